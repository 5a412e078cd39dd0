import GRDB

/// How much there is of what, for those who watch.
package struct CatalogFigures: Sendable, Equatable {
  /// Entities that hold their ref, by kind as it is written.
  package var entities: [String: Int] = [:]
  /// Locations that were registered by command or API.
  package var registeredLocations = 0
  /// Relations of these entities, each counted in both directions.
  package var relations = 0
  /// Entities whose ref is held by another file's.
  package var contenders = 0
  package var orphans = 0
  /// Entities whose file could not be read the last time.
  package var staleEntities = 0
  package var files: [String: Int] = [:]
  /// By state.
  package var repositories: [String: Int] = [:]
  package var problems: [ProblemFigure] = []
  package var organizations: [OrganizationFigure] = []
  /// When the file that was looked at longest ago was; nil when there is none.
  package var oldestCheck: String?

  package init() {}

  package struct ProblemFigure: Sendable, Equatable {
    package var severity: String
    package var rule: String
    package var count: Int

    package init(severity: String, rule: String, count: Int) {
      self.severity = severity
      self.rule = rule
      self.count = count
    }
  }

  package struct OrganizationFigure: Sendable, Equatable {
    package var host: String
    package var name: String
    /// When its repositories were listed the last time; nil for never.
    package var listedAt: String?
    /// Whether something is wrong with it as a whole.
    package var isFailing: Bool

    package init(host: String, name: String, listedAt: String?, isFailing: Bool) {
      self.host = host
      self.name = name
      self.listedAt = listedAt
      self.isFailing = isFailing
    }
  }
}

extension CatalogDatabase {
  /// Counts everything in one reading.
  package func figures() async throws -> CatalogFigures {
    try await pool.read { db in
      var figures = CatalogFigures()
      figures.entities = try Self.counts(
        db,
        "SELECT kind, count(*) FROM entity WHERE is_holder = 1 GROUP BY kind"
      )
      figures.files = try Self.counts(db, "SELECT state, count(*) FROM file GROUP BY state")
      figures.repositories = try Self.counts(db, "SELECT state, count(*) FROM repository GROUP BY state")
      let row = try Row.fetchOne(
        db,
        sql: """
          SELECT (SELECT count(*) FROM location WHERE source = 'registered'),
            (SELECT count(*) FROM relation r JOIN entity e ON e.id = r.entity_id WHERE e.is_holder = 1),
            (SELECT count(*) FROM entity WHERE is_holder = 0),
            (SELECT count(*) FROM entity WHERE orphan_since IS NOT NULL),
            (SELECT count(*) FROM entity WHERE stale_since IS NOT NULL),
            (SELECT min(checked_at) FROM file WHERE out_of_scope_since IS NULL)
          """
      )
      if let row {
        figures.registeredLocations = row[0]
        figures.relations = 2 * (row[1] as Int)
        figures.contenders = row[2]
        figures.orphans = row[3]
        figures.staleEntities = row[4]
        figures.oldestCheck = row[5]
      }
      figures.problems = try Row.fetchAll(
        db,
        sql: "SELECT severity, rule, count(*) FROM problem GROUP BY severity, rule ORDER BY severity, rule"
      ).map { .init(severity: $0[0], rule: $0[1], count: $0[2]) }
      figures.organizations = try Row.fetchAll(
        db,
        sql: """
          SELECT host, name, listed_at, EXISTS (SELECT 1 FROM problem
            WHERE organization_id = o.id AND repository_id IS NULL AND class = 'read')
          FROM organization o ORDER BY host, name
          """
      ).map { .init(host: $0[0], name: $0[1], listedAt: $0[2], isFailing: $0[3]) }
      return figures
    }
  }

  private static func counts(_ db: Database, _ sql: String) throws -> [String: Int] {
    var counts: [String: Int] = [:]
    for row in try Row.fetchAll(db, sql: sql) { counts[row[0]] = row[1] }
    return counts
  }
}
