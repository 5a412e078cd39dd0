import GRDB

/// What the database holds of one file.
package struct FileContents: Sendable, Equatable {
  package struct Entity: Sendable, Equatable {
    package var ref: String
    package var line: Int
  }

  package struct Problem: Sendable, Equatable {
    package var severity: String
    package var rule: String
    package var message: String
    /// Nil for what has no place in the file.
    package var line: Int?
    package var column: Int?
  }

  package var url: String
  /// `present`, `absent` or `unread`.
  package var state: String
  /// In the order of the file.
  package var entities: [Entity]
  package var problems: [Problem]
}

/// What a location leads to.
package struct LocationStatus: Sendable, Equatable {
  package var location: StoredLocation
  /// Files that are there, at the location itself and behind it.
  package var files: Int
  /// Entities of these files that hold their names.
  package var entities: Int
  /// What is wrong with the location itself; nil when nothing is.
  package var problem: String?
}

extension CatalogDatabase {
  /// Every file with what it holds, by address.
  ///
  /// For a database of a few files.
  package func contents() async throws -> [FileContents] {
    try await pool.read { db in
      try Row.fetchAll(db, sql: "SELECT id, url, state FROM file ORDER BY url").map { row in
        let entities = try Row.fetchAll(
          db,
          sql: "SELECT ref, line FROM entity WHERE file_id = ? ORDER BY line, ref",
          arguments: [row[0]]
        )
        let problems = try Row.fetchAll(
          db,
          sql: """
            SELECT severity, rule, message, line, column FROM problem WHERE file_id = ?
            ORDER BY line, column, rule, message
            """,
          arguments: [row[0]]
        )
        return FileContents(
          url: row[1],
          state: row[2],
          entities: entities.map { FileContents.Entity(ref: $0[0], line: $0[1]) },
          problems: problems.map {
            FileContents.Problem(severity: $0[0], rule: $0[1], message: $0[2], line: $0[3], column: $0[4])
          }
        )
      }
    }
  }

  /// Every location with what it leads to, by target.
  package func locationStatus() async throws -> [LocationStatus] {
    let locations = try await locations()
    return try await pool.read { db in
      try locations.map { location in
        let counts = try Row.fetchOne(
          db,
          sql: """
            WITH RECURSIVE reached (file_id) AS (
              SELECT lf.file_id FROM location_target t JOIN location_file lf ON lf.target_id = t.id
              WHERE t.location_id = ?
              UNION
              SELECT lf.file_id FROM reached r JOIN entity e ON e.file_id = r.file_id
                JOIN location_target t ON t.entity_id = e.id JOIN location_file lf ON lf.target_id = t.id
            )
            SELECT
              (SELECT count(*) FROM file WHERE state = 'present' AND id IN (SELECT file_id FROM reached)),
              (SELECT count(*) FROM entity WHERE is_holder = 1 AND file_id IN (SELECT file_id FROM reached))
            """,
          arguments: [location.id]
        )
        let problem = try String.fetchOne(
          db,
          sql: """
            SELECT p.message FROM problem p JOIN location_target t ON t.id = p.target_id
            WHERE t.location_id = ? ORDER BY p.id LIMIT 1
            """,
          arguments: [location.id]
        )
        return LocationStatus(
          location: location,
          files: counts?[0] ?? 0,
          entities: counts?[1] ?? 0,
          problem: problem
        )
      }
    }
  }
}
