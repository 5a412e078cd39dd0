import YAML

/// Rows as JSON objects, with the columns in their order: one array, or one object a line.
struct JSONRows {
  /// The names as JSON, each with a colon behind it.
  private let keys: [String]
  private let isLines: Bool
  private var isBegun = false

  init(columns: [String], isLines: Bool) {
    // An object has no key twice: the second `name` of a join is `name_2`.
    var seen: [String: Int] = [:]
    keys = columns.map { column in
      seen[column, default: 0] += 1
      let count = seen[column] ?? 1
      return JSONText.string(count == 1 ? column : "\(column)_\(count)") + ":"
    }
    self.isLines = isLines
  }

  mutating func add(_ row: [Cell]) -> String {
    let object = "{" + zip(keys, row).map { $0 + Self.value($1) }.joined(separator: ",") + "}"
    if isLines { return object + "\n" }
    defer { isBegun = true }
    return (isBegun ? ",\n" : "[\n") + object
  }

  mutating func end() -> String {
    if isLines { return "" }
    return isBegun ? "\n]\n" : "[]\n"
  }

  private static func value(_ cell: Cell) -> String {
    switch cell {
    case .null: "null"
    case .integer, .real: cell.text ?? "null"
    case .text(let text): JSONText.string(text)
    case .bytes: JSONText.string(cell.text ?? "")
    }
  }
}
