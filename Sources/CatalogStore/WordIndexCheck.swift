import GRDB

/// Looks whether the index of words agrees with itself and with the texts that it was made of.
///
/// SQLite does that as a statement that writes, though it writes nothing, and so takes the lock that a crawl waits for.
/// Here a connection that can only read copies the index into a temporary table, which is no part of the database,
/// and has that one looked at, over the texts of the database. What the copy takes is given back with the connection.
struct WordIndexCheck {
  /// The database.
  let path: String

  /// The tables that an index of words consists of (https://www.sqlite.org/fts5.html, 9.1): those that are here.
  private static let parts = ["data", "idx", "docsize", "config"]

  /// - Returns: What is wrong, for people; empty when it is in order.
  /// - Throws: `DatabaseError`, also when there is no room for the copy.
  func faults() async throws -> [String] {
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(Double(CatalogDatabase.busyTimeout))
    return try await DatabaseQueue(path: path, configuration: configuration).read { db in
      try copyIndex(db)
      do {
        // 1: with the texts that it was made of.
        try db.execute(sql: "INSERT INTO temp.entity_fts (entity_fts, rank) VALUES ('integrity-check', 1)")
        return []
      } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
        return ["the index does not agree with the texts of the entities"]
      }
    }
  }

  private func copyIndex(_ db: Database) throws {
    let declaration = try String.fetchOne(
      db,
      sql: "SELECT sql FROM main.sqlite_schema WHERE type = 'table' AND name = 'entity_fts'"
    )
    guard let columns = declaration?.split(separator: "entity_fts", maxSplits: 1).last else { return }
    // The index finds its texts in its own schema.
    try db.execute(sql: "CREATE TEMP VIEW entity_text AS SELECT * FROM main.entity_text")
    try db.execute(sql: "CREATE VIRTUAL TABLE temp.entity_fts \(columns)")
    for part in Self.parts {
      try db.execute(
        sql: """
          DELETE FROM temp.entity_fts_\(part);
          INSERT INTO temp.entity_fts_\(part) SELECT * FROM main.entity_fts_\(part);
          """
      )
    }
  }
}
