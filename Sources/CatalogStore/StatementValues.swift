import GRDB
import GRDBSQLite

/// Values of a statement that is executed for every entity, or for every scalar of one.
///
/// Their texts lie one behind the other and are bound where they lie. GRDB makes a value of its own of each, and
/// calls itself once for each that it binds, which takes as long as SQLite does with a short row.
struct StatementValues {
  private enum Value {
    case null
    case integer(Int64)
    case text(start: Int, count: Int)
  }

  /// Never empty: without an address SQLite would take the empty text for null.
  private var texts: [UInt8] = [0]
  private var values: [Value] = []

  /// - Parameter textBytes: About how long all texts are.
  init(textBytes: Int = 256) {
    texts.reserveCapacity(textBytes)
    values.reserveCapacity(8)
  }

  mutating func append(_ number: Int64?) { values.append(number.map(Value.integer) ?? .null) }

  mutating func append(_ text: String?) {
    guard var text else { return values.append(.null) }
    text.withUTF8 { append(utf8: $0) }
  }

  mutating func append(utf8 text: some Collection<UInt8>) {
    let start = texts.count
    texts.append(contentsOf: text)
    values.append(.text(start: start, count: texts.count - start))
  }

  /// Executes a statement that returns no rows.
  ///
  /// - Parameter statement: With one parameter for each value.
  /// - Throws: `DatabaseError`.
  func execute(_ statement: Statement, _ db: Database) throws {
    _ = try firstRow(of: statement, db) { _ in }
  }

  /// Executes a statement and reads the first row that it returns.
  ///
  /// - Parameters:
  ///   - statement: With one parameter for each value.
  ///   - read: Reads the columns; what they point at is gone afterwards.
  /// - Returns: Nil when there is no row.
  /// - Throws: `DatabaseError`.
  func firstRow<Value>(
    of statement: Statement,
    _ db: Database,
    _ read: (OpaquePointer) -> Value
  ) throws -> Value? {
    let handle = statement.sqliteStatement
    return try texts.withUnsafeBytes { texts in
      for (index, value) in values.enumerated() {
        let parameter = Int32(index + 1)
        switch value {
        case .null: sqlite3_bind_null(handle, parameter)
        case .integer(let number): sqlite3_bind_int64(handle, parameter, number)
        case .text(let start, let count):
          BoundText.bind(UnsafeRawBufferPointer(rebasing: texts[start..<start + count]), handle, parameter)
        }
      }
      return try BoundText.step(handle, db, read)
    }
  }
}

/// What a row holds, within `StatementValues.firstRow`.
enum Column {
  /// - Returns: Nil for null.
  static func text(_ row: OpaquePointer, _ column: Int32) -> String? {
    bytes(row, column).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Whether a text is this one, byte by byte: Swift's strings are equal when they only look the same.
  ///
  /// - Parameter text: Nil is the same as null.
  static func isSame(_ row: OpaquePointer, _ column: Int32, _ text: String?) -> Bool {
    guard let stored = bytes(row, column), let text else { return bytes(row, column) == nil && text == nil }
    return stored.elementsEqual(text.utf8)
  }

  private static func bytes(_ row: OpaquePointer, _ column: Int32) -> UnsafeBufferPointer<UInt8>? {
    guard let text = sqlite3_column_text(row, column) else { return nil }
    return UnsafeBufferPointer(start: text, count: Int(sqlite3_column_bytes(row, column)))
  }
}

/// Texts that are bound where they lie.
enum BoundText {
  /// - Parameter text: Has an address even when it is empty, and stays where it is until `step` has returned.
  static func bind(_ text: UnsafeRawBufferPointer, _ handle: OpaquePointer, _ parameter: Int32) {
    let address = text.baseAddress?.assumingMemoryBound(to: CChar.self)
    sqlite3_bind_text(handle, parameter, address, Int32(text.count), nil)
  }

  /// Executes a statement up to its first row, and forgets what was bound.
  ///
  /// - Returns: What was read of the row; nil when there is none.
  /// - Throws: `DatabaseError`.
  @discardableResult
  static func step<Value>(
    _ handle: OpaquePointer,
    _ db: Database,
    _ read: (OpaquePointer) -> Value
  ) throws -> Value? {
    let code = sqlite3_step(handle)
    let value = code == SQLITE_ROW ? read(handle) : nil
    let failure = sqlite3_reset(handle)
    // The texts may be gone when it is executed again.
    sqlite3_clear_bindings(handle)
    guard code == SQLITE_DONE || code == SQLITE_ROW else {
      throw DatabaseError(
        resultCode: ResultCode(rawValue: failure),
        message: String(cString: sqlite3_errmsg(db.sqliteConnection))
      )
    }
    return value
  }
}

extension Database {
  /// The first row of a question with one text.
  ///
  /// - Parameter read: As in `StatementValues.firstRow`.
  /// - Returns: Nil when there is no row.
  func firstRow<Value>(
    _ sql: String,
    _ text: String,
    _ read: (OpaquePointer) -> Value
  ) throws -> Value? {
    var values = StatementValues()
    values.append(text)
    return try values.firstRow(of: cachedStatement(sql: sql), self, read)
  }
}
