import GRDB

/// What is stored of an organization, as far as it tells what the next crawl costs.
package struct StoredOrganization: Sendable, Equatable {
  package var id: Int64
  /// Repositories that the last complete list had.
  package var repositories: Int
  /// Targets of locations that lead to it and that no rule finds the file of.
  package var locationTargets: Int
  /// The last crawl of everything that was read to its end, and how long it took here; nil when there was none.
  package var lastCrawl: LastCrawl?

  package struct LastCrawl: Sendable, Equatable {
    package var id: Int64
    package var requests: Int
    package var seconds: Double
  }
}

extension CatalogDatabase {
  /// What is stored of an organization; nil when nothing is.
  package func storedOrganization(host: String, name: String) async throws -> StoredOrganization? {
    try await pool.read { db in
      let id = try Int64.fetchOne(
        db,
        sql: "SELECT id FROM organization WHERE host = ? AND name = ?",
        arguments: [host, name]
      )
      guard let id else { return nil }
      let repositories = try Int.fetchOne(
        db,
        sql: "SELECT count(*) FROM repository WHERE organization_id = ? AND state <> 'unlisted'",
        arguments: [id]
      )
      let targets = try Int.fetchOne(
        db,
        sql: """
          SELECT count(*) FROM location_target t
          WHERE t.host = ? AND t.organization = ? AND NOT EXISTS (
            SELECT 1 FROM location_file lf JOIN file f ON f.id = lf.file_id
            WHERE lf.target_id = t.id AND f.is_asked = 1)
          """,
        arguments: [host, name]
      )
      let last = try Row.fetchOne(
        db,
        sql: """
          SELECT c.id, o.requests, (julianday(o.ended_at) - julianday(o.started_at)) * 86400.0
          FROM crawl_organization o JOIN crawl c ON c.id = o.crawl_id
          WHERE o.organization_id = ? AND c.command = 'sync' AND o.ended_at IS NOT NULL
            AND o.failure_rule IS NULL AND c.outcome IN ('complete', 'partial')
          ORDER BY c.id DESC LIMIT 1
          """,
        arguments: [id]
      )
      return StoredOrganization(
        id: id,
        repositories: repositories ?? 0,
        locationTargets: targets ?? 0,
        lastCrawl: last.map { .init(id: $0[0], requests: $0[1], seconds: $0[2]) }
      )
    }
  }

  /// The organizations that the settings do not name any more, with the files that rules asked for in them and their
  /// entities, by host and name.
  ///
  /// - Parameter named: Those of the settings.
  package func leftOrganizations(
    but named: [(host: String, name: String)]
  ) async throws -> [(host: String, name: String, files: Int, entities: Int)] {
    try await pool.read { db in
      let ids = try named.compactMap { place in
        try Int64.fetchOne(
          db,
          sql: "SELECT id FROM organization WHERE host = ? AND name = ?",
          arguments: [place.host, place.name]
        )
      }
      let all = try Row.fetchAll(db, sql: "SELECT id, host, name FROM organization ORDER BY host, name")
      return try all.filter { !ids.contains($0[0]) }.compactMap { row in
        let counts = try Row.fetchOne(
          db,
          sql: """
            SELECT count(*), total((SELECT count(*) FROM entity WHERE file_id = f.id))
            FROM repository r JOIN file f ON f.repository_id = r.id
            WHERE r.organization_id = ? AND f.is_asked = 1
            """,
          arguments: [row[0] as Int64]
        )
        guard let counts, counts[0] as Int > 0 else { return nil }
        return (row[1], row[2], counts[0], Int(counts[1] as Double))
      }
    }
  }

  /// What is stored of listed repositories, under the names that the list has; those that are new have the id 0.
  package func known(_ listed: [ListedRepository], of organization: Int64?) async throws -> [KnownRepository]
  {
    try await pool.read { db in
      try listed.map { repository in
        let id = try organization.flatMap { organization in
          try Int64.fetchOne(
            db.cachedStatement(sql: "SELECT id FROM repository WHERE organization_id = ? AND guid = ?"),
            arguments: [organization, repository.guid]
          )
        }
        var known = KnownRepository(
          id: id ?? 0,
          guid: repository.guid,
          name: repository.name,
          projectName: repository.projectName,
          isFork: repository.isFork,
          size: repository.size,
          defaultBranch: repository.defaultBranch,
          state: repository.state
        )
        if let id { try Self.addContents(to: &known, id, db) }
        return known
      }
    }
  }

  static func addContents(to repository: inout KnownRepository, _ id: Int64, _ db: Database) throws {
    var files: [KnownFile] = []
    var folders: [KnownFolder] = []
    try Self.files(db, where: "f.repository_id = ?", [id]) { files.append($1) }
    try Self.folders(db, of: id...id) { folders.append($1) }
    (repository.files, repository.folders) = (files, folders)
  }
}
