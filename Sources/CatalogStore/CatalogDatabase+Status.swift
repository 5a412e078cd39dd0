import GRDB

/// How many problems are open.
package struct ProblemCounts: Sendable, Equatable {
  /// Things that could not be read.
  package var unread = 0
  /// Errors in what was read.
  package var errors = 0
  package var warnings = 0

  package init(unread: Int = 0, errors: Int = 0, warnings: Int = 0) {
    self.unread = unread
    self.errors = errors
    self.warnings = warnings
  }

  package static func + (a: ProblemCounts, b: ProblemCounts) -> ProblemCounts {
    ProblemCounts(unread: a.unread + b.unread, errors: a.errors + b.errors, warnings: a.warnings + b.warnings)
  }
}

/// A crawl as the database remembers it.
package struct CrawlRecord: Sendable, Equatable {
  package var id: Int64
  package var command: String
  package var scope: String?
  package var startedAt: String
  package var endedAt: String?
  package var outcome: String
  package var totals: OrganizationCounts
}

/// What the database holds of an organization.
package struct OrganizationStatus: Sendable, Equatable {
  package var host: String
  package var name: String
  /// Start of the last `sync` that went through all of it; nil when there was none.
  package var lastCrawledAt: String?
  /// What is wrong with the organization as a whole; nil when nothing is.
  package var failure: String?
  package var repositories: Int
  package var files: Int
  package var entities: Int
  package var problems: ProblemCounts
}

extension CatalogDatabase {
  /// The open problems of an organization.
  package func problemCounts(of organization: Int64) async throws -> ProblemCounts {
    try await regardless { try Self.problemCounts($0, of: organization) }
  }

  private static func problemCounts(_ db: Database, of organization: Int64) throws -> ProblemCounts {
    let row = try Row.fetchOne(
      db,
      sql: """
        SELECT count(*) FILTER (WHERE class = 'read'),
          count(*) FILTER (WHERE class = 'content' AND severity = 'error'),
          count(*) FILTER (WHERE class = 'content' AND severity = 'warning')
        FROM problem WHERE organization_id = ?
        """,
      arguments: [organization]
    )
    return row.map { ProblemCounts(unread: $0[0], errors: $0[1], warnings: $0[2]) } ?? ProblemCounts()
  }

  /// Whether a repository of this name is stored and in the last list; the project is optional.
  package func knowsRepository(
    named name: String,
    project: String?,
    of organization: Int64
  ) async throws -> Bool {
    try await pool.read { db in
      try Bool.fetchOne(
        db,
        sql: """
          SELECT EXISTS (
            SELECT 1 FROM repository r JOIN project p ON p.id = r.project_id
            WHERE r.organization_id = ?1 AND r.name = ?2 COLLATE NOCASE AND r.state IN ('active', 'empty')
              AND (?3 IS NULL OR p.name = ?3 COLLATE NOCASE)
          )
          """,
        arguments: [organization, name, project]
      ) ?? false
    }
  }

  /// The last crawls, newest first.
  package func crawls(limit: Int) async throws -> [CrawlRecord] {
    try await pool.read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT c.id, c.command, c.scope, c.started_at, c.ended_at, c.outcome,
            total(o.requests), total(o.repositories_listed), total(o.files_asked),
            total(o.files_failed), total(o.files_found), total(o.files_changed),
            total(o.entities_added), total(o.entities_changed), total(o.entities_removed),
            total(o.entities_unchanged), total(o.pauses), total(o.paused_seconds)
          FROM crawl c LEFT JOIN crawl_organization o ON o.crawl_id = c.id
          GROUP BY c.id ORDER BY c.id DESC LIMIT ?
          """,
        arguments: [limit]
      ).map { row in
        var totals = OrganizationCounts()
        totals.requests = Int(row[6] as Double)
        totals.repositoriesListed = Int(row[7] as Double)
        totals.filesAsked = Int(row[8] as Double)
        totals.filesFailed = Int(row[9] as Double)
        totals.filesFound = Int(row[10] as Double)
        totals.filesChanged = Int(row[11] as Double)
        totals.entitiesAdded = Int(row[12] as Double)
        totals.entitiesChanged = Int(row[13] as Double)
        totals.entitiesRemoved = Int(row[14] as Double)
        totals.entitiesUnchanged = Int(row[15] as Double)
        totals.pauses = Int(row[16] as Double)
        totals.pausedSeconds = row[17]
        return CrawlRecord(
          id: row[0],
          command: row[1],
          scope: row[2],
          startedAt: row[3],
          endedAt: row[4],
          outcome: row[5],
          totals: totals
        )
      }
    }
  }

  /// Every organization that was ever crawled, sorted by host and name.
  package func organizations() async throws -> [OrganizationStatus] {
    try await pool.read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT o.id, o.host, o.name,
            (SELECT max(c.started_at) FROM crawl_organization c JOIN crawl ON crawl.id = c.crawl_id
              WHERE c.organization_id = o.id AND c.failure_rule IS NULL AND crawl.command = 'sync'
                AND crawl.outcome IN ('complete', 'partial')),
            (SELECT message FROM problem
              WHERE organization_id = o.id AND repository_id IS NULL ORDER BY severity, id LIMIT 1),
            (SELECT count(*) FROM repository WHERE organization_id = o.id AND state <> 'unlisted'),
            (SELECT count(*) FROM file f JOIN repository r ON r.id = f.repository_id
              WHERE r.organization_id = o.id AND f.state = 'present'),
            (SELECT count(*) FROM entity e JOIN file f ON f.id = e.file_id
              JOIN repository r ON r.id = f.repository_id WHERE r.organization_id = o.id AND e.is_holder = 1)
          FROM organization o ORDER BY o.host, o.name
          """
      ).map { row in
        OrganizationStatus(
          host: row[1],
          name: row[2],
          lastCrawledAt: row[3],
          failure: row[4],
          repositories: row[5],
          files: row[6],
          entities: row[7],
          problems: try Self.problemCounts(db, of: row[0])
        )
      }
    }
  }
}
