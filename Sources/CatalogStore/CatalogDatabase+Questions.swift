import GRDB
import GRDBSQLite
package import Reporting

/// What takes the rows of an answer, one after the other, while the database is read.
package protocol RowReceiver {
  /// Called once, before the first row.
  mutating func begin(columns: [String]) throws
  mutating func receive(_ row: [Cell]) throws
}

/// Why a question of somebody cannot be answered.
package struct QuestionError: Error, Equatable, CustomStringConvertible {
  package var message: String
  /// Where in the question, counted from 1; nil when it is not known.
  package var line: Int?
  /// In Unicode characters.
  package var column: Int?

  init(_ message: String, at offset: Int32 = -1, of sql: String = "") {
    self.message = message
    guard offset >= 0, offset <= sql.utf8.count else { return }
    let before = String(decoding: sql.utf8.prefix(Int(offset)), as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: false)
    line = before.count
    column = (before.last?.unicodeScalars.count ?? 0) + 1
  }

  package var description: String {
    guard let line, let column else { return message }
    return "line \(line), column \(column): \(message)"
  }
}

extension CatalogDatabase {
  /// Answers a question in SQL, row by row, from one moment of the database.
  ///
  /// Whoever writes meanwhile is not held up. For a database that was opened for reading.
  ///
  /// - Throws: `QuestionError` for what is no question or no SQL; what the receiver throws.
  package func answer(_ sql: String, to receiver: inout some RowReceiver) throws {
    try Self.checkKeyword(of: sql)
    try pool.read { db in
      try db.execute(sql: "PRAGMA query_only = 1")
      let statement = try Self.prepare(sql, db)
      guard statement.isReadonly else {
        throw QuestionError("this would write; a query only reads")
      }
      guard statement.columnCount > 0 else { throw QuestionError("this gives no rows") }
      do {
        try Self.fetch(statement, [], to: &receiver)
      } catch let error as DatabaseError where error.resultCode != .SQLITE_BUSY {
        throw QuestionError(error.message ?? "\(error.resultCode)")
      }
    }
  }

  /// Hands the rows of a statement on.
  static func fetch(
    _ statement: Statement,
    _ arguments: StatementArguments,
    to receiver: inout some RowReceiver
  ) throws {
    try receiver.begin(columns: statement.columnNames)
    let rows = try Row.fetchCursor(statement, arguments: arguments)
    while let row = try rows.next() {
      try receiver.receive(row.databaseValues.map(Self.cell))
    }
  }

  static func cell(_ value: DatabaseValue) -> Cell {
    switch value.storage {
    case .null: .null
    case .int64(let value): .integer(value)
    case .double(let value): .real(value)
    case .string(let value): .text(value)
    case .blob(let value): .bytes(Array(value))
    }
  }

  private static func prepare(_ sql: String, _ db: Database) throws -> Statement {
    do {
      return try db.makeStatement(sql: sql)
    } catch let error as DatabaseError where error.resultCode == .SQLITE_MISUSE {
      throw QuestionError("expected one statement, got more")
    } catch let error as DatabaseError {
      let offset = sqlite3_error_offset(db.sqliteConnection)
      throw QuestionError(error.message ?? "\(error.resultCode)", at: offset, of: sql)
    }
  }

  /// Refuses by their names what SQLite would let a reader do: attach other files, write copies, begin
  /// transactions.
  private static func checkKeyword(of sql: String) throws {
    let word = firstWord(of: sql).uppercased()
    guard !word.isEmpty else { throw QuestionError("expected a query, got an empty text") }
    guard ["SELECT", "WITH", "VALUES", "EXPLAIN", "PRAGMA"].contains(word) else {
      throw QuestionError(
        "expected SELECT, WITH, VALUES, EXPLAIN or PRAGMA, got \(word); a query only reads",
        at: 0,
        of: sql
      )
    }
  }

  /// The first word behind blanks and comments.
  private static func firstWord(of sql: String) -> String {
    var rest = sql.unicodeScalars[...]
    while let first = rest.first {
      if first.properties.isWhitespace || first == ";" {
        rest.removeFirst()
      } else if rest.starts(with: "--".unicodeScalars) {
        rest = rest.drop { $0 != "\n" }
      } else if rest.starts(with: "/*".unicodeScalars) {
        rest.removeFirst(2)
        while !rest.isEmpty, !rest.starts(with: "*/".unicodeScalars) { rest.removeFirst() }
        rest = rest.dropFirst(2)
      } else {
        break
      }
    }
    let word = rest.prefix { $0.properties.isAlphabetic }
    return word.isEmpty ? String(rest.prefix(10)) : String(word)
  }
}
