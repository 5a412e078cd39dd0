import Catalog
import GRDB
import Migrations

/// One thing that was looked at in a database, and what is wrong with it.
package struct DatabaseFinding: Sendable, Equatable {
  /// What was looked at, for people: `foreign keys`.
  package var name: String
  /// What is wrong, for people, the first few; empty when it is in order.
  package var faults: [String]

  package init(name: String, faults: [String]) {
    self.name = name
    self.faults = faults
  }
}

extension CatalogDatabase {
  /// How many faults of a kind are told.
  private static let toldFaults = 10

  /// Looks whether the file is whole and what is in it agrees with itself.
  ///
  /// Changes nothing, but needs to be allowed to write: SQLite looks at a word index only then.
  ///
  /// - Returns: Everything that was looked at, in the order that it was.
  package func check() async throws -> [DatabaseFinding] {
    try await pool.writeWithoutTransaction { db in
      try [
        DatabaseFinding(name: "pages and indexes", faults: Self.pageFaults(db)),
        DatabaseFinding(name: "foreign keys", faults: Self.foreignKeyFaults(db)),
        DatabaseFinding(name: "one holder for each ref", faults: Self.holderFaults(db)),
        DatabaseFinding(name: "search rows", faults: Self.searchFaults(db)),
        DatabaseFinding(name: "word index", faults: Self.wordFaults(db)),
        DatabaseFinding(name: "history", faults: Self.historyFaults(db)),
      ]
    }
  }

  private static func pageFaults(_ db: Database) throws -> [String] {
    try String.fetchAll(db, sql: "PRAGMA integrity_check(\(toldFaults))").filter { $0 != "ok" }
  }

  private static func foreignKeyFaults(_ db: Database) throws -> [String] {
    try String.fetchAll(
      db,
      sql: """
        SELECT "table" || ' row ' || coalesce(rowid, '?') || ' names a row of ' || "parent" || ' that is not there'
        FROM pragma_foreign_key_check LIMIT ?
        """,
      arguments: [toldFaults]
    )
  }

  private static func holderFaults(_ db: Database) throws -> [String] {
    try String.fetchAll(
      db,
      sql: """
        SELECT ref || ' is held by ' || sum(is_holder) || ' documents' FROM entity
        GROUP BY ref HAVING sum(is_holder) <> 1 ORDER BY ref LIMIT ?
        """,
      arguments: [toldFaults]
    )
  }

  private static func searchFaults(_ db: Database) throws -> [String] {
    var faults: [String] = []
    var count = 0
    let entities = try Row.fetchCursor(db, sql: "SELECT id, ref, json, uid FROM entity WHERE is_holder = 1")
    while let entity = try entities.next(), faults.count < toldFaults {
      let document = SearchRowWriter.Document(entity: entity[0], json: entity[2], uid: entity[3])
      let (isSound, rows) = try SearchRowWriter.isSound(document, db)
      count += rows
      if !isSound { faults.append("the rows of \(entity[1] as String) are not those of its document") }
    }
    guard faults.isEmpty else { return faults }
    let stored = try Int.fetchOne(
      db,
      sql: "SELECT (SELECT count(*) FROM search_value) + (SELECT count(*) FROM search_null)"
    )
    if let stored, stored != count {
      faults.append("there are \(stored) rows, and \(count) follow from the documents")
    }
    return faults
  }

  private static func wordFaults(_ db: Database) throws -> [String] {
    do {
      // 1: with the texts that it was made of.
      try db.execute(sql: "INSERT INTO entity_fts (entity_fts, rank) VALUES ('integrity-check', 1)")
      return []
    } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
      return ["the index does not agree with the texts of the entities"]
    }
  }

  private static func historyFaults(_ db: Database) throws -> [String] {
    let pending = try Int.fetchOne(db, sql: "SELECT count(*) FROM pending_change") ?? 0
    var faults =
      pending > 0 ? ["\(pending) changes by another program are not written down yet; 'sync' does it"] : []
    faults += try String.fetchAll(
      db,
      sql: """
        SELECT h.name || ' is said to be removed and is there' FROM history h
        WHERE h.subject = 'entity' AND h.change = 'removed'
          AND NOT EXISTS (SELECT 1 FROM history n WHERE n.name = h.name AND n.subject = 'entity' AND n.id > h.id)
          AND EXISTS (SELECT 1 FROM entity e WHERE e.ref = h.name AND e.is_holder = 1)
        LIMIT ?
        """,
      arguments: [toldFaults]
    )
    return faults
  }
}

extension CatalogDatabase {
  /// The version of the schema that this program reads and writes.
  package static var schemaVersion: Int { Schema.steps.count }

  /// The size of the database in bytes: its pages, those that are free included, without the WAL.
  package func size() async throws -> Int64 {
    try await pool.read { db in
      try (Int64.fetchOne(db, sql: "PRAGMA page_count") ?? 0)
        * (Int64.fetchOne(db, sql: "PRAGMA page_size") ?? 0)
    }
  }

  /// Writes a copy of the database to another file while it is in use, and looks whether the copy is whole.
  ///
  /// - Throws: `StoreError.backupFailed` when there is no room, when the file is there already, or when the copy
  ///   is not whole; then there is no copy.
  package func backUp(to target: String) throws {
    try DatabaseCopy(source: path, target: target).make(pool.connections)
  }

  /// Writes the database anew, without free pages and in the order of its tables, and counts what is in it for
  /// SQLite's choice of indexes.
  ///
  /// Needs as much room again while it runs, and that no one else writes; readers go on.
  package func vacuum() async throws {
    try await pool.writeWithoutTransaction { db in
      try db.execute(
        sql:
          """
          DELETE FROM search_key WHERE NOT EXISTS (SELECT 1 FROM search_value WHERE key_id = search_key.id)
            AND NOT EXISTS (SELECT 1 FROM search_null WHERE key_id = search_key.id)
          """
      )
      try db.execute(sql: "INSERT INTO entity_fts (entity_fts) VALUES ('optimize')")
      try db.execute(sql: "VACUUM")
      try db.execute(sql: "PRAGMA analysis_limit = 1000")
      try db.execute(sql: "ANALYZE")
      _ = try db.checkpoint(.passive)
    }
  }
}
