import Catalog
import GRDB
import GRDBSQLite

/// Writes the rows of `search_value` and `search_null`, within a transaction.
///
/// There are some twenty rows an entity, so one statement adds many of them: they wait for that, across entities, until
/// `finish`, and are added in the order of their keys, so that rows that lie together are written together. Which rows
/// an entity has is not stored by entity: those to be removed follow from the document that it had. Whoever changes
/// what `SearchRows` makes of a document has to write all rows anew, in a migration.
struct SearchRowWriter {
  private let db: Database
  private let insertNull: Statement
  private let deleteValue: Statement
  private let deleteNull: Statement
  private let selectKey: Statement
  private let insertKey: Statement
  /// The ids of keys that were used in this transaction.
  private var keys = KeyIDs()
  private var waiting = WaitingRows()

  init(_ db: Database) throws {
    self.db = db
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

    fileprivate var searchRows: SearchRows { SearchRows.of(json.utf8, uid: uid) }
    fileprivate var rows: [SearchRows.Row] { searchRows.rows }
  }

  /// Adds the rows of an entity that has none; `finish` when there are no more.
  mutating func add(_ rows: SearchRows, of entity: Int64) throws {
    try rows.texts.withUnsafeBytes { texts in
      func text(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: texts[range])
      }
      for row in rows.places {
        let key = try keyID(text(row.key))
        guard let value = row.value else {
          try add(key: key, entity: entity)
          continue
        }
        waiting.append(key: key, entity: entity, value: text(value), written: row.written.map(text))
      }
    }
    if waiting.isFull { try finish() }
  }

  /// Makes the rows of one document those of another; `finish` when there are no more documents.
  ///
  /// - Parameters:
  ///   - before: Nil when there was none; the same goes for `after`.
  mutating func replace(_ before: Document?, by after: Document?) throws {
    guard let before else {
      if let after { try add(after.searchRows, of: after.entity) }
      return
    }
    var (left, added) = (before.rows, after?.rows ?? [])
    if before.entity == after?.entity {
      (left, added) = (Self.stored(left), Self.stored(added))
      let (old, new) = (left.map(Key.init), added.map(Key.init))
      let (stored, wanted) = (Set(old), Set(new))
      left = zip(left, old).filter { !wanted.contains($1) }.map(\.0)
      added = zip(added, new).filter { !stored.contains($1) }.map(\.0)
    }
    for row in left { try remove(row, of: before.entity) }
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
  mutating func finish() throws { try waiting.insert(db) }

  private mutating func write(_ row: SearchRows.Row, of entity: Int64) throws {
    let key = try keyID(of: row.key)
    guard var value = row.value else { return try add(key: key, entity: entity) }
    value.withUTF8 { value in
      guard var written = row.written else {
        return waiting.append(key: key, entity: entity, value: UnsafeRawBufferPointer(value), written: nil)
      }
      written.withUTF8 { written in
        waiting.append(
          key: key,
          entity: entity,
          value: UnsafeRawBufferPointer(value),
          written: UnsafeRawBufferPointer(written)
        )
      }
    }
  }

  private func add(key: Int64, entity: Int64) throws {
    var values = StatementValues()
    values.append(key)
    values.append(entity)
    try values.execute(insertNull, db)
  }

  private mutating func remove(_ row: SearchRows.Row, of entity: Int64) throws {
    let key = try keyID(of: row.key)
    guard let value = row.value else { return try deleteNull.execute(arguments: [key, entity]) }
    try deleteValue.execute(arguments: [key, value, entity])
  }

  private mutating func keyID(of key: String) throws -> Int64 {
    var key = key
    return try key.withUTF8 { try keyID(UnsafeRawBufferPointer($0)) }
  }

  private mutating func keyID(_ key: UnsafeRawBufferPointer) throws -> Int64 {
    let hash = KeyIDs.hash(key)
    if let id = keys.id(of: key, hash: hash) { return id }
    var values = StatementValues()
    values.append(utf8: key)
    var id = try values.firstRow(of: selectKey, db) { sqlite3_column_int64($0, 0) }
    if id == nil {
      try values.execute(insertKey, db)
      id = db.lastInsertedRowID
    }
    keys.add(id ?? 0, of: key, hash: hash)
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
