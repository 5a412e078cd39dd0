import Catalog
import GRDB

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
  /// Only reads, and needs no lock: a crawl writes meanwhile. Each of the things is looked at in one moment of the
  /// database.
  ///
  /// - Returns: Everything that was looked at, in the order that it was.
  package func check() async throws -> [DatabaseFinding] {
    let words = WordIndexCheck(path: path)
    return try await [
      DatabaseFinding(name: "pages and indexes", faults: pool.read(Self.pageFaults)),
      DatabaseFinding(name: "foreign keys", faults: pool.read(Self.foreignKeyFaults)),
      DatabaseFinding(name: "one holder for each ref", faults: pool.read(Self.holderFaults)),
      DatabaseFinding(name: "missing refs", faults: pool.read(Self.missingRefFaults)),
      DatabaseFinding(name: "search rows", faults: pool.read(Self.searchFaults)),
      DatabaseFinding(name: "word index", faults: words.faults()),
      DatabaseFinding(name: "history", faults: pool.read(Self.historyFaults)),
    ]
  }

  @Sendable private static func pageFaults(_ db: Database) throws -> [String] {
    try String.fetchAll(db, sql: "PRAGMA integrity_check(\(toldFaults))").filter { $0 != "ok" }
  }

  @Sendable private static func foreignKeyFaults(_ db: Database) throws -> [String] {
    try String.fetchAll(
      db,
      sql: """
        SELECT "table" || ' row ' || coalesce(rowid, '?') || ' names a row of ' || "parent" || ' that is not there'
        FROM pragma_foreign_key_check LIMIT ?
        """,
      arguments: [toldFaults]
    )
  }

  @Sendable private static func holderFaults(_ db: Database) throws -> [String] {
    try String.fetchAll(
      db,
      sql: """
        SELECT ref || ' is held by ' || sum(is_holder) || ' documents' FROM entity
        GROUP BY ref HAVING sum(is_holder) <> 1 ORDER BY ref LIMIT ?
        """,
      arguments: [toldFaults]
    )
  }

  @Sendable private static func missingRefFaults(_ db: Database) throws -> [String] {
    try MissingRefCheck.faults(db, limit: toldFaults)
  }

  @Sendable private static func searchFaults(_ db: Database) throws -> [String] {
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

  @Sendable private static func historyFaults(_ db: Database) throws -> [String] {
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
