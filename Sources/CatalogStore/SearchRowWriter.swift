import Catalog
import GRDB
import GRDBSQLite

/// Writes the rows of `search_value` and `search_null`, within a transaction.
///
/// There are some twenty rows an entity, so they go past GRDB's values: the texts are bound where they lie. Which rows
/// an entity has is not stored by entity: those to be removed follow from the document that it had. Whoever changes
/// what `SearchRows` makes of a document has to write all rows anew, in a migration.
struct SearchRowWriter {
  private let db: Database
  private let insertValue: Statement
  private let insertNull: Statement
  private let deleteValue: Statement
  private let deleteNull: Statement
  private let selectKey: Statement
  private let insertKey: Statement
  /// The ids of keys that were used in this transaction.
  private var keys: [String: Int64] = [:]

  init(_ db: Database) throws {
    self.db = db
    insertValue = try db.cachedStatement(
      sql:
        "INSERT OR IGNORE INTO search_value (key_id, value, entity_id, original_value) VALUES (?1, ?3, ?2, ?4)"
    )
    insertNull = try db.cachedStatement(
      sql: "INSERT OR IGNORE INTO search_null (key_id, entity_id) VALUES (?1, ?2)"
    )
    deleteValue = try db.cachedStatement(
      sql: "DELETE FROM search_value WHERE key_id = ?1 AND value = ?3 AND entity_id = ?2"
    )
    deleteNull = try db.cachedStatement(sql: "DELETE FROM search_null WHERE key_id = ?1 AND entity_id = ?2")
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

  /// Makes the rows of one document those of another.
  ///
  /// - Parameters:
  ///   - before: Nil when there was none; the same goes for `after`.
  mutating func replace(_ before: Document?, by after: Document?) throws {
    var added = after?.rows ?? []
    if let before {
      var left = before.rows
      if before.entity == after?.entity {
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

  /// Rows byte by byte: Swift's strings are equal when they only look the same.
  private struct Key: Hashable {
    let bytes: [UInt8]

    init(_ row: SearchRows.Row) {
      bytes =
        Array(row.key.utf8) + [0] + Array((row.value ?? "\u{0}").utf8) + [0] + Array((row.written ?? "").utf8)
    }
  }

  private mutating func write(_ row: SearchRows.Row, of entity: Int64) throws {
    let key = try keyID(row.key)
    guard let value = row.value else { return try run(insertNull, key, entity) }
    try run(insertValue, key, entity, value, row.written)
  }

  private mutating func remove(_ row: SearchRows.Row, of entity: Int64) throws {
    let key = try keyID(row.key)
    guard let value = row.value else { return try run(deleteNull, key, entity) }
    try run(deleteValue, key, entity, value)
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

  private func run(
    _ statement: Statement,
    _ key: Int64,
    _ entity: Int64,
    _ value: String? = nil,
    _ written: String? = nil
  ) throws {
    let handle = statement.sqliteStatement
    sqlite3_bind_int64(handle, 1, key)
    sqlite3_bind_int64(handle, 2, entity)
    var (value, written) = (value, written)
    let code = Self.bind(&value, 3, handle) { Self.bind(&written, 4, handle) { sqlite3_step(handle) } }
    let failure = sqlite3_reset(handle)
    guard code == SQLITE_DONE else {
      throw DatabaseError(
        resultCode: ResultCode(rawValue: failure),
        message: String(cString: sqlite3_errmsg(db.sqliteConnection))
      )
    }
    // The texts are gone by now.
    if value != nil { sqlite3_clear_bindings(handle) }
  }

  /// Binds a text for as long as the body runs; nil leaves null.
  private static func bind(
    _ text: inout String?,
    _ index: Int32,
    _ statement: OpaquePointer,
    _ body: () -> Int32
  ) -> Int32 {
    guard text != nil else { return body() }
    return text?.withUTF8 { bytes in
      // Without an address SQLite would take the empty text for null.
      guard let address = bytes.baseAddress, !bytes.isEmpty else {
        return "".withCString { empty in
          sqlite3_bind_text(statement, index, empty, 0, nil)
          return body()
        }
      }
      return address.withMemoryRebound(to: CChar.self, capacity: bytes.count) { characters in
        sqlite3_bind_text(statement, index, characters, Int32(bytes.count), nil)
        return body()
      }
    } ?? SQLITE_MISUSE
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
