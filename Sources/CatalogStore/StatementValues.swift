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

  var count: Int { values.count }

  mutating func append(_ number: Int64?) { values.append(number.map(Value.integer) ?? .null) }

  mutating func append(_ text: String?) {
    guard let text else { return values.append(.null) }
    append(utf8: text.utf8)
  }

  mutating func append(utf8 text: some Sequence<UInt8>) {
    let start = texts.count
    texts.append(contentsOf: text)
    values.append(.text(start: start, count: texts.count - start))
  }

  mutating func removeAll() {
    texts.removeLast(texts.count - 1)
    values.removeAll(keepingCapacity: true)
  }

  /// Executes a statement that returns no rows.
  ///
  /// - Parameters:
  ///   - statement: With one parameter for each value.
  ///   - range: The values to bind; nil for all.
  /// - Throws: `DatabaseError`.
  func execute(_ statement: Statement, _ db: Database, only range: Range<Int>? = nil) throws {
    let handle = statement.sqliteStatement
    let code = texts.withUnsafeBytes { texts in
      for (index, value) in values[range ?? values.indices].enumerated() {
        let parameter = Int32(index + 1)
        switch value {
        case .null: sqlite3_bind_null(handle, parameter)
        case .integer(let number): sqlite3_bind_int64(handle, parameter, number)
        case .text(let start, let count):
          let text = texts.baseAddress?.advanced(by: start).assumingMemoryBound(to: CChar.self)
          sqlite3_bind_text(handle, parameter, text, Int32(count), nil)
        }
      }
      return sqlite3_step(handle)
    }
    let failure = sqlite3_reset(handle)
    // The texts may be gone when it is executed again.
    sqlite3_clear_bindings(handle)
    guard code == SQLITE_DONE else {
      throw DatabaseError(
        resultCode: ResultCode(rawValue: failure),
        message: String(cString: sqlite3_errmsg(db.sqliteConnection))
      )
    }
  }
}
