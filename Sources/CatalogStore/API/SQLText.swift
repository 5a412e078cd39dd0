/// A piece of SQL with the values of its parameters, in their order.
struct SQLText: Sendable, Hashable {
  var sql: String
  var values: [SQLValue] = []

  init(_ sql: String, _ values: [SQLValue] = []) {
    self.sql = sql
    self.values = values
  }

  /// In bytes of what is said, about.
  var size: Int {
    values.reduce(sql.utf8.count) { size, value in
      if case .text(let text) = value { size + text.utf8.count } else { size + 8 }
    }
  }

  static func + (left: SQLText, right: SQLText) -> SQLText {
    SQLText(left.sql + right.sql, left.values + right.values)
  }

  static func + (left: SQLText, right: String) -> SQLText { SQLText(left.sql + right, left.values) }

  static func + (left: String, right: SQLText) -> SQLText { SQLText(left + right.sql, right.values) }

  static func joined(_ parts: [SQLText], by separator: String) -> SQLText {
    SQLText(parts.map(\.sql).joined(separator: separator), parts.flatMap(\.values))
  }

  /// So many parameters for texts.
  static func list(_ texts: [String]) -> SQLText {
    SQLText("(" + texts.map { _ in "?" }.joined(separator: ", ") + ")", texts.map(SQLValue.text))
  }
}
