import GRDB
import GRDBSQLite
import Synchronization

/// A value of a statement.
enum SQLValue: Sendable, Hashable {
  case integer(Int64)
  case text(String)
}

extension SQLValue {
  /// Byte by byte, as SQLite compares texts.
  static func == (left: SQLValue, right: SQLValue) -> Bool {
    switch (left, right) {
    case (.integer(let left), .integer(let right)): left == right
    case (.text(let left), .text(let right)): left.utf8.elementsEqual(right.utf8)
    case (.integer, .text), (.text, .integer): false
    }
  }

  func hash(into hasher: inout Hasher) {
    switch self {
    case .integer(let number): hasher.combine(number)
    // Texts that are equal byte by byte are equal as characters too.
    case .text(let text): hasher.combine(text)
    }
  }
}

/// A row of a statement, read where SQLite has it: nothing is made of what is only copied on.
struct RawRow {
  fileprivate let handle: SQLiteStatement

  func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

  /// 0 for null.
  func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

  /// Empty for null; good until the next row.
  func bytes(_ column: Int32) -> UnsafeBufferPointer<UInt8> {
    guard let text = sqlite3_column_text(handle, column) else {
      return UnsafeBufferPointer(start: nil, count: 0)
    }
    return UnsafeBufferPointer(start: text, count: Int(sqlite3_column_bytes(handle, column)))
  }

  /// Empty for null.
  func string(_ column: Int32) -> String { String(decoding: bytes(column), as: UTF8.self) }

  func optionalString(_ column: Int32) -> String? { isNull(column) ? nil : string(column) }
}

extension Database {
  /// Goes through the rows of a statement that is asked again and again.
  ///
  /// - Parameter body: Returns whether it wants more rows. It must not ask the same statement.
  /// - Throws: `CatalogQuestionError.tookTooLong`, and what the database and the body throw.
  func rows(
    _ sql: String,
    _ values: [SQLValue] = [],
    _ body: (RawRow) throws -> Bool
  ) throws {
    try rows(cachedStatement(sql: sql), values, body)
  }

  /// The same with a statement of this connection that is kept meanwhile: texts are long to be looked for.
  func rows(
    _ statement: Statement,
    _ values: [SQLValue],
    _ body: (RawRow) throws -> Bool
  ) throws {
    let handle = statement.sqliteStatement
    defer {
      sqlite3_reset(handle)
      sqlite3_clear_bindings(handle)
    }
    for (index, value) in values.enumerated() { Self.bind(value, at: Int32(index + 1), of: handle) }
    while true {
      let code = sqlite3_step(handle)
      if code == SQLITE_DONE { return }
      if code == SQLITE_INTERRUPT { throw CatalogQuestionError.tookTooLong }
      guard code == SQLITE_ROW else {
        throw DatabaseError(
          resultCode: ResultCode(rawValue: code),
          message: String(cString: sqlite3_errmsg(sqliteConnection))
        )
      }
      guard try body(RawRow(handle: handle)) else { return }
    }
  }

  /// The first column of the first row as a number; nil without a row.
  func number(_ sql: String, _ values: [SQLValue] = []) throws -> Int64? {
    var number: Int64?
    try rows(sql, values) { row in
      if !row.isNull(0) { number = row.integer(0) }
      return false
    }
    return number
  }

  /// Runs a statement that is asked again and again and has no rows.
  func run(_ sql: String) throws { try rows(sql) { _ in true } }

  private static func bind(_ value: SQLValue, at index: Int32, of handle: SQLiteStatement) {
    switch value {
    case .integer(let number): sqlite3_bind_int64(handle, index, number)
    case .text(var text):
      // SQLite copies the text: it need not stay where it is.
      let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
      text.withUTF8 { bytes in
        // Without an address the empty text would be null.
        let start = bytes.baseAddress ?? UnsafePointer<UInt8>(bitPattern: 1)
        _ = start?.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
          sqlite3_bind_text(handle, index, $0, Int32(bytes.count), copied)
        }
      }
    }
  }
}

/// Why a question of the API was not answered.
package enum CatalogQuestionError: Error, Equatable, CustomStringConvertible {
  /// The database was still busy with it after the time that a question has.
  case tookTooLong
  /// A facet has more different values than an answer may have.
  case tooManyValues(facet: String, limit: Int)

  package var description: String {
    switch self {
    case .tookTooLong: "the question took too long; ask for less, by filters that name few entities"
    case .tooManyValues(let facet, let limit):
      "the facet '\(facet.prefix(100))' has more than \(limit) different values"
    }
  }
}

/// Ends statements of a connection that run for too long, or that nobody waits for any more.
final class QuestionDeadline: Sendable {
  /// So many steps of SQLite's machine pass before the clock is looked at: some tenths of a millisecond.
  private static let steps: Int32 = 20_000

  private let limit: Duration
  private let isCancelled = Atomic(false)

  init(_ limit: Duration) { self.limit = limit }

  /// What is being read, or will be, ends with `CancellationError`.
  func cancel() { isCancelled.store(true, ordering: .relaxed) }

  /// Reads until the limit from now on; statements that run longer are interrupted.
  func watching<Value>(_ db: Database, _ body: () throws -> Value) throws -> Value {
    if isCancelled.load(ordering: .relaxed) { throw CancellationError() }
    let watch = Watch(deadline: self, end: .now + limit)
    sqlite3_progress_handler(
      db.sqliteConnection,
      Self.steps,
      { context in
        guard let context else { return 0 }
        return Unmanaged<Watch>.fromOpaque(context).takeUnretainedValue().isOver ? 1 : 0
      },
      Unmanaged.passUnretained(watch).toOpaque()
    )
    defer { sqlite3_progress_handler(db.sqliteConnection, 0, nil, nil) }
    do {
      return try withExtendedLifetime(watch, body)
    } catch CatalogQuestionError.tookTooLong where isCancelled.load(ordering: .relaxed) {
      throw CancellationError()
    }
  }

  /// One read.
  private final class Watch {
    private let deadline: QuestionDeadline
    private let end: ContinuousClock.Instant

    init(deadline: QuestionDeadline, end: ContinuousClock.Instant) {
      self.deadline = deadline
      self.end = end
    }

    var isOver: Bool { deadline.isCancelled.load(ordering: .relaxed) || .now > end }
  }
}
