import GRDB
import GRDBSQLite

/// Rows of `search_value` that wait to be added, their texts one behind the other.
struct WaitingRows {
  private struct Row {
    var key: Int64
    var entity: Int64
    var value: Range<UInt32>
    /// Empty when it is the same as `value`.
    var written: Range<UInt32>
  }

  /// Rows that one statement adds (measured: 16 and 32 take the same time, 1 takes a third longer).
  private static let rowsAtOnce = 32
  /// Bytes of text that are put in order together: those of most transactions.
  private static let maxBytes = 256 << 10
  private static let columns: Int32 = 4

  /// For one row, and for as many as go at once.
  private static let (insertOne, insertMany) = (insertSQL(rows: 1), insertSQL(rows: rowsAtOnce))

  private static func insertSQL(rows: Int) -> String {
    "INSERT OR IGNORE INTO search_value (key_id, value, entity_id, original_value) VALUES "
      + repeatElement("(?, ?, ?, ?)", count: rows).joined(separator: ", ")
  }

  /// Never empty: without an address SQLite would take the empty text for null.
  private var texts: [UInt8] = [0]
  private var rows: [Row] = []

  var isFull: Bool { texts.count > Self.maxBytes }

  mutating func append(
    key: Int64,
    entity: Int64,
    value: UnsafeRawBufferPointer,
    written: UnsafeRawBufferPointer?
  ) {
    rows.append(Row(key: key, entity: entity, value: add(value), written: written.map { add($0) } ?? 0..<0))
  }

  private mutating func add(_ text: UnsafeRawBufferPointer) -> Range<UInt32> {
    let begin = UInt32(texts.count)
    texts.append(contentsOf: text)
    return begin..<UInt32(texts.count)
  }

  /// Adds them to the table; none waits any more.
  ///
  /// Of rows that differ in how they are written only, the first one counts.
  ///
  /// - Throws: `DatabaseError`.
  mutating func insert(_ db: Database) throws {
    // Sorting may exchange rows of the same key.
    let order = rows.indices.sorted { (rows[$0].key, $0) < (rows[$1].key, $1) }
    let many = try db.cachedStatement(sql: Self.insertMany).sqliteStatement
    let one = try db.cachedStatement(sql: Self.insertOne).sqliteStatement
    try texts.withUnsafeBytes { texts in
      var left = order[...]
      while !left.isEmpty {
        let isMany = left.count >= Self.rowsAtOnce
        let statement = isMany ? many : one
        for (index, row) in left.prefix(isMany ? Self.rowsAtOnce : 1).enumerated() {
          bind(rows[row], texts, statement, Int32(index) * Self.columns)
        }
        try BoundText.step(statement, db) { _ in }
        left = left.dropFirst(isMany ? Self.rowsAtOnce : 1)
      }
    }
    rows.removeAll(keepingCapacity: true)
    texts.removeLast(texts.count - 1)
  }

  private func bind(_ row: Row, _ texts: UnsafeRawBufferPointer, _ statement: OpaquePointer, _ before: Int32)
  {
    sqlite3_bind_int64(statement, before + 1, row.key)
    bind(row.value, texts, statement, before + 2)
    sqlite3_bind_int64(statement, before + 3, row.entity)
    if !row.written.isEmpty { bind(row.written, texts, statement, before + 4) }
  }

  private func bind(
    _ text: Range<UInt32>,
    _ texts: UnsafeRawBufferPointer,
    _ statement: OpaquePointer,
    _ parameter: Int32
  ) {
    let bytes = texts[Int(text.lowerBound)..<Int(text.upperBound)]
    BoundText.bind(UnsafeRawBufferPointer(rebasing: bytes), statement, parameter)
  }
}

/// Ids by texts, for a few hundred texts that are asked for again and again.
struct KeyIDs {
  private struct Entry {
    var text: Range<Int>
    var id: Int64
  }

  private var texts: [UInt8] = []
  private var entries: [UInt64: Entry] = [:]

  /// FNV-1a.
  static func hash(_ text: UnsafeRawBufferPointer) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in text { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return hash
  }

  /// - Returns: Nil when it is not known.
  func id(of text: UnsafeRawBufferPointer, hash: UInt64) -> Int64? {
    guard let entry = entries[hash], texts[entry.text].elementsEqual(text) else { return nil }
    return entry.id
  }

  /// Of two texts with the same hash the last one is known.
  mutating func add(_ id: Int64, of text: UnsafeRawBufferPointer, hash: UInt64) {
    let begin = texts.count
    texts.append(contentsOf: text)
    entries[hash] = Entry(text: begin..<texts.count, id: id)
  }
}
