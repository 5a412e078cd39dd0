import Catalog
import GRDB

/// Writes the rows of `search_value` and `search_null`, within a transaction.
///
/// There are some twenty rows an entity, so one statement adds many of them: they wait for that, across entities, until
/// `finish`. Which rows an entity has is not stored by entity: those to be removed follow from the document that it
/// had. Whoever changes what `SearchRows` makes of a document has to write all rows anew, in a migration.
struct SearchRowWriter {
  /// Rows that one statement adds (measured: 16 and 32 take the same time, 1 takes a third longer).
  private static let rowsAtOnce = 32
  private static let columns = 4
  private static let insertManySQL = insertSQL(rows: rowsAtOnce)

  private static func insertSQL(rows: Int) -> String {
    "INSERT OR IGNORE INTO search_value (key_id, value, entity_id, original_value) VALUES "
      + repeatElement("(?, ?, ?, ?)", count: rows).joined(separator: ", ")
  }

  private let db: Database
  private let insertValue: Statement
  private let insertValues: Statement
  private let insertNull: Statement
  private let deleteValue: Statement
  private let deleteNull: Statement
  private let selectKey: Statement
  private let insertKey: Statement
  /// The ids of keys that were used in this transaction.
  private var keys: [String: Int64] = [:]
  /// Of the rows that wait to be added.
  private var waiting = StatementValues()

  init(_ db: Database) throws {
    self.db = db
    insertValue = try db.cachedStatement(sql: Self.insertSQL(rows: 1))
    insertValues = try db.cachedStatement(sql: Self.insertManySQL)
    insertNull = try db.cachedStatement(
      sql: "INSERT OR IGNORE INTO search_null (key_id, entity_id) VALUES (?, ?)"
    )
    deleteValue = try db.cachedStatement(
      sql: "DELETE FROM search_value WHERE key_id = ? AND value = ? AND entity_id = ?"
    )
    deleteNull = try db.cachedStatement(sql: "DELETE FROM search_null WHERE key_id = ? AND entity_id = ?")
    selectKey = try db.cachedStatement(sql: "SELECT id FROM search_key WHERE key = ?")
    insertKey = try db.cachedStatement(sql: "INSERT INTO search_key (key) VALUES (?)")
  }

  /// A document, and the entity that it is of.
  struct Document {
    var entity: Int64
    var json: String
    var uid: String?

    fileprivate var rows: [SearchRows.Row] { SearchRows.of(json.utf8, uid: uid).rows }
  }

  /// Makes the rows of one document those of another; `finish` when there are no more documents.
  ///
  /// - Parameters:
  ///   - before: Nil when there was none; the same goes for `after`.
  mutating func replace(_ before: Document?, by after: Document?) throws {
    var added = after?.rows ?? []
    if let before {
      var left = before.rows
      if before.entity == after?.entity {
        (left, added) = (Self.stored(left), Self.stored(added))
        let (old, new) = (left.map(Key.init), added.map(Key.init))
        let (stored, wanted) = (Set(old), Set(new))
        left = zip(left, old).filter { !wanted.contains($1) }.map(\.0)
        added = zip(added, new).filter { !stored.contains($1) }.map(\.0)
      }
      for row in left { try remove(row, of: before.entity) }
    }
    guard let after else { return }
    for row in added { try write(row, of: after.entity) }
  }

  /// The rows of a document that are stored: of those that differ only in how they are written, the first.
  private static func stored(_ rows: [SearchRows.Row]) -> [SearchRows.Row] {
    var seen: Set<Key> = []
    return rows.filter { row in
      var key = row
      key.written = nil
      return seen.insert(Key(key)).inserted
    }
  }

  /// Rows byte by byte: Swift's strings are equal when they only look the same.
  private struct Key: Hashable {
    let bytes: [UInt8]

    init(_ row: SearchRows.Row) {
      bytes =
        Array(row.key.utf8) + [0] + Array((row.value ?? "\u{0}").utf8) + [0] + Array((row.written ?? "").utf8)
    }
  }

  /// Adds the rows that still wait.
  mutating func finish() throws {
    for start in stride(from: 0, to: waiting.count, by: Self.columns) {
      try waiting.execute(insertValue, db, only: start..<start + Self.columns)
    }
    waiting.removeAll()
  }

  private mutating func write(_ row: SearchRows.Row, of entity: Int64) throws {
    let key = try keyID(row.key)
    guard let value = row.value else { return try insertNull.execute(arguments: [key, entity]) }
    waiting.append(key)
    waiting.append(value)
    waiting.append(entity)
    waiting.append(row.written)
    guard waiting.count == Self.rowsAtOnce * Self.columns else { return }
    try waiting.execute(insertValues, db)
    waiting.removeAll()
  }

  private mutating func remove(_ row: SearchRows.Row, of entity: Int64) throws {
    let key = try keyID(row.key)
    guard let value = row.value else { return try deleteNull.execute(arguments: [key, entity]) }
    try deleteValue.execute(arguments: [key, value, entity])
  }

  private mutating func keyID(_ key: String) throws -> Int64 {
    if let id = keys[key] { return id }
    var id = try Int64.fetchOne(selectKey, arguments: [key])
    if id == nil {
      try insertKey.execute(arguments: [key])
      id = db.lastInsertedRowID
    }
    // Swift's strings are equal when they only look the same, which letters of ASCII never do.
    if key.utf8.allSatisfy({ $0 < 0x80 }) { keys[key] = id }
    return id ?? 0
  }
}

extension SearchRowWriter {
  /// Makes the rows of all entities that hold their refs: a part of the migration that brings the tables.
  static func fill(_ db: Database) throws {
    var writer = try SearchRowWriter(db)
    let rows = try Row.fetchCursor(
      db,
      sql: "SELECT id, json, uid FROM entity WHERE is_holder = 1 ORDER BY id"
    )
    while let row = try rows.next() {
      try writer.replace(nil, by: Document(entity: row[0], json: row[1], uid: row[2]))
    }
    try writer.finish()
  }

  /// The rows that are stored of an entity and those that its document has, where they differ.
  ///
  /// - Parameter document: Of an entity that holds its ref.
  static func isSound(_ document: Document, _ db: Database) throws -> (isSound: Bool, count: Int) {
    let stored = try db.cachedStatement(
      sql: """
        SELECT EXISTS (SELECT 1 FROM search_key k JOIN search_value v ON v.key_id = k.id
          WHERE k.key = ?1 AND v.value = ?2 AND v.entity_id = ?3 AND v.original_value IS ?4)
        OR ?2 IS NULL AND EXISTS (SELECT 1 FROM search_key k JOIN search_null n ON n.key_id = k.id
          WHERE k.key = ?1 AND n.entity_id = ?3)
        """
    )
    var keys: Set<[UInt8]> = []
    for row in document.rows {
      // A value that is there twice, in two spellings, has one row with the first of them.
      guard keys.insert(Array(row.key.utf8) + [0] + Array((row.value ?? "\u{0}").utf8)).inserted else {
        continue
      }
      let isThere = try Bool.fetchOne(stored, arguments: [row.key, row.value, document.entity, row.written])
      if isThere != true { return (false, 0) }
    }
    return (true, keys.count)
  }
}
