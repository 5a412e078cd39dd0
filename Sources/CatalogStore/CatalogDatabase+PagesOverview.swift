import GRDB

/// Numbers of the whole catalog.
///
/// To count them takes a tenth of a second for each million entities, so that they are
/// counted beside the pages and shown from memory.
package struct CatalogCensus: Sendable, Equatable {
  package struct Count: Sendable, Equatable {
    package var name: String
    package var count: Int

    package init(name: String, count: Int) {
      self.name = name
      self.count = count
    }
  }

  /// Entities that hold their refs, most first.
  package var kinds: [Count] = []
  /// Repositories by coverage, as in `report_repository_coverage`; without those that there are none of.
  package var coverage: [Count] = []
  /// Open problems by age: `today`, `this week`, `this month`, `older`; all four.
  package var problemAges: [Count] = []
  /// The rules that anything breaks, errors first, most problems first; 200 at most.
  package var problemGroups: [ProblemGroup] = []

  package init() {}

  package var entities: Int { kinds.reduce(0) { $0 + $1.count } }
  package var repositories: Int { coverage.reduce(0) { $0 + $1.count } }
  package var problems: Int { problemAges.reduce(0) { $0 + $1.count } }
}

/// What the first page says of an organization.
package struct OrganizationOverview: Sendable, Equatable {
  package var host: String
  package var name: String
  /// Start of the last `sync` that went through all of it; nil when there was none.
  package var lastCrawledAt: String?
  /// What is wrong with the organization as a whole; nil when nothing is.
  package var failure: String?
  package var problems: ProblemCounts
}

extension CatalogDatabase {
  /// A number that is another one whenever what `census` counts may have changed, within a crawl too.
  package func censusMark() throws -> String {
    try pool.read { db in
      try String.fetchOne(
        db,
        sql: """
          SELECT coalesce((SELECT max(id) FROM history), 0) || '/' || coalesce((SELECT max(id) FROM crawl), 0) || '/'
            || coalesce((SELECT ended_at FROM crawl ORDER BY id DESC LIMIT 1), '') || '/'
            || coalesce((SELECT max(id) FROM problem), 0) || '/' || coalesce((SELECT max(id) FROM entity), 0)
          """
      ) ?? ""
    }
  }

  /// Whether the catalog is so large that a page must not wait until it is counted.
  package func isLargeCatalog() throws -> Bool {
    try pool.read { db in try Int64.fetchOne(db, sql: "SELECT max(id) FROM entity") ?? 0 > 50_000 }
  }

  /// Counts the catalog: goes through indexes of all entities, files and repositories.
  ///
  /// - Parameter now: The moment that ages are of, as text.
  package func census(at now: String) throws -> CatalogCensus {
    try pool.read { db in
      var census = CatalogCensus()
      census.kinds = try Self.counts(
        db,
        "SELECT kind, count(*) FROM entity WHERE is_holder = 1 GROUP BY kind ORDER BY 2 DESC, 1",
        []
      )
      census.coverage = try Self.counts(
        db,
        """
        WITH present AS MATERIALIZED (SELECT DISTINCT repository_id AS id FROM file WHERE state = 'present'),
          asked AS MATERIALIZED (SELECT DISTINCT repository_id AS id FROM file),
          broken AS MATERIALIZED (SELECT DISTINCT repository_id AS id FROM problem
            WHERE class = 'content' AND severity = 'error' AND repository_id IS NOT NULL),
          unread AS MATERIALIZED (SELECT DISTINCT repository_id AS id FROM problem
            WHERE class = 'read' AND severity = 'error' AND repository_id IS NOT NULL)
        SELECT CASE WHEN g.id IN unread THEN 'unreadable' WHEN g.id IN broken THEN 'invalid'
            WHEN g.id IN present THEN 'valid' WHEN g.state <> 'active' THEN 'skipped'
            WHEN g.id IN asked THEN 'none' ELSE 'not asked' END, count(*)
        FROM repository g GROUP BY 1 ORDER BY 2 DESC, 1
        """,
        []
      )
      let row = try Row.fetchOne(
        db,
        sql: """
          SELECT count(*) FILTER (WHERE age < 1), count(*) FILTER (WHERE age >= 1 AND age < 7),
            count(*) FILTER (WHERE age >= 7 AND age < 30), count(*) FILTER (WHERE age >= 30)
          FROM (SELECT coalesce(julianday(?) - julianday(since), 0) AS age FROM problem)
          """,
        arguments: [now]
      )
      census.problemAges = ["today", "this week", "this month", "older"].enumerated().map { index, name in
        CatalogCensus.Count(name: name, count: row?[index] ?? 0)
      }
      census.problemGroups = try Self.problemGroups(db)
      return census
    }
  }

  private static func counts(
    _ db: Database,
    _ sql: String,
    _ arguments: StatementArguments
  ) throws -> [CatalogCensus.Count] {
    try Row.fetchAll(db, sql: sql, arguments: arguments).map {
      CatalogCensus.Count(name: $0[0], count: $0[1])
    }
  }

  /// Every organization that was ever crawled, by host and name; nothing is counted but its problems.
  package func organizationOverviews() throws -> [OrganizationOverview] {
    try pool.read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT o.id, o.host, o.name,
            (SELECT w.started_at FROM crawl_organization w JOIN crawl c ON c.id = w.crawl_id
              WHERE w.organization_id = o.id AND w.failure_rule IS NULL AND +c.command = 'sync'
                AND c.outcome IN ('complete', 'partial') ORDER BY w.crawl_id DESC LIMIT 1),
            (SELECT substr(b.message, 1, 500) FROM problem b
              WHERE b.organization_id = o.id AND b.repository_id IS NULL ORDER BY b.severity, b.id LIMIT 1)
          FROM organization o ORDER BY o.host, o.name LIMIT 200
          """
      ).map { row in
        OrganizationOverview(
          host: row[1],
          name: row[2],
          lastCrawledAt: row[3],
          failure: row[4],
          problems: try Self.countedProblems(db, of: row[0])
        )
      }
    }
  }

  private static func countedProblems(_ db: Database, of organization: Int64) throws -> ProblemCounts {
    let row = try Row.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT count(*) FILTER (WHERE class = 'read'),
            count(*) FILTER (WHERE class = 'content' AND severity = 'error'),
            count(*) FILTER (WHERE class = 'content' AND severity = 'warning')
          FROM problem WHERE organization_id = ?
          """
      ),
      arguments: [organization]
    )
    return row.map { ProblemCounts(unread: $0[0], errors: $0[1], warnings: $0[2]) } ?? ProblemCounts()
  }
}
