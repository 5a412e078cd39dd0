import Catalog
import GRDB
import GRDBSQLite

/// Writes the rows of `search_value`, within a transaction.
///
/// There are some twenty rows an entity, so they go past GRDB's values: the texts are bound where they lie.
struct SearchRowWriter {
  private let db: Database
  private let insert: Statement
  private let delete: Statement
  private let selectKey: Statement
  private let insertKey: Statement
  /// The ids of keys that were used in this transaction.
  private var keys: [String: Int64] = [:]

  init(_ db: Database) throws {
    self.db = db
    insert = try db.cachedStatement(
      sql: """
        INSERT INTO search_value (entity_id, position, key_id, value, original_value) VALUES (?, ?, ?, ?, ?)
        """
    )
    delete = try db.cachedStatement(sql: "DELETE FROM search_value WHERE entity_id = ?")
    selectKey = try db.cachedStatement(sql: "SELECT id FROM search_key WHERE key = ?")
    insertKey = try db.cachedStatement(sql: "INSERT INTO search_key (key) VALUES (?)")
  }

  /// Writes the rows of an entity that has none.
  mutating func write(_ entity: Int64, json: String, uid: String?) throws {
    let statement = insert.sqliteStatement
    for (position, row) in SearchRows.of(json.utf8, uid: uid).rows.enumerated() {
      let key = try keyID(row.key)
      sqlite3_bind_int64(statement, 1, entity)
      sqlite3_bind_int64(statement, 2, Int64(position))
      sqlite3_bind_int64(statement, 3, key)
      let written = row.originalValue.flatMap { original in
        row.value.map { $0.utf8.elementsEqual(original.utf8) } == true ? nil : original
      }
      try Self.bind(row.value, 4, statement) {
        try Self.bind(written, 5, statement) {
          let code = sqlite3_step(statement)
          let reset = sqlite3_reset(statement)
          guard code == SQLITE_DONE else {
            throw DatabaseError(
              resultCode: ResultCode(rawValue: reset),
              message: String(cString: sqlite3_errmsg(db.sqliteConnection))
            )
          }
        }
      }
    }
    // The texts are gone by now.
    sqlite3_clear_bindings(statement)
  }

  /// Removes the rows of an entity.
  func remove(_ entity: Int64) throws { try delete.execute(arguments: [entity]) }

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

  /// Binds a text for as long as the body runs.
  private static func bind(
    _ text: String?,
    _ index: Int32,
    _ statement: OpaquePointer,
    _ body: () throws -> Void
  ) throws {
    guard var text else {
      sqlite3_bind_null(statement, index)
      return try body()
    }
    try text.withUTF8 { bytes in
      try bytes.withMemoryRebound(to: CChar.self) { characters in
        // Without an address SQLite would take the empty text for null.
        if characters.isEmpty {
          sqlite3_bind_text(statement, index, "", 0, nil)
        } else {
          sqlite3_bind_text(statement, index, characters.baseAddress, Int32(characters.count), nil)
        }
        try body()
      }
    }
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
    while let row = try rows.next() { try writer.write(row[0], json: row[1], uid: row[2]) }
  }
}
