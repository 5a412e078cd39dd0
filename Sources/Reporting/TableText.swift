/// Rows in aligned columns, page by page.
///
/// A column is as wide as the widest value so far. No value takes more columns of the terminal than
/// `maxWidth`.
struct TableText {
  /// How many rows are looked at before they are laid out; enough for more than a screen.
  static let pageSize = 200
  /// Leaves two long values room beside each other on a wide terminal.
  static let maxWidth = 80
  /// An address that is cut leads nowhere; longer than this it is no address that people follow.
  static let maxAddressWidth = 400

  private struct Value {
    var text: String
    var width: Int
    var isNumber: Bool
  }

  private let columns: [Value]
  private var widths: [Int]
  private var page: [[Value]] = []
  private var isBegun = false
  private var isEmpty = true

  init(columns: [String]) {
    self.columns = columns.map { Self.value(.text($0)) }
    widths = self.columns.map(\.width)
  }

  mutating func add(_ row: [Cell]) -> String {
    isEmpty = false
    page.append(row.map(Self.value))
    return page.count == Self.pageSize ? flush() : ""
  }

  mutating func end() -> String { flush() + (isEmpty ? "(no rows)\n" : "") }

  private mutating func flush() -> String {
    for row in page {
      for (index, value) in row.enumerated() { widths[index] = max(widths[index], value.width) }
    }
    var text = ""
    if !isBegun {
      isBegun = true
      let numbers = columns.indices.map { column in page.first?[column].isNumber ?? false }
      append(zip(columns, numbers).map { Value(text: $0.text, width: $0.width, isNumber: $1) }, to: &text)
      append(
        widths.map { Value(text: String(repeating: "-", count: $0), width: $0, isNumber: false) },
        to: &text
      )
    }
    for row in page { append(row, to: &text) }
    page.removeAll(keepingCapacity: true)
    return text
  }

  private func append(_ row: [Value], to text: inout String) {
    var line = ""
    var blanks = 0
    for (index, value) in row.enumerated() {
      let padding = widths[index] - value.width
      line += String(repeating: " ", count: blanks + (value.isNumber ? padding : 0)) + value.text
      blanks = 2 + (value.isNumber ? 0 : padding)
    }
    while line.last == " " { line.removeLast() }
    text += line + "\n"
  }

  private static func value(_ cell: Cell) -> Value {
    guard let text = cell.text else { return Value(text: "", width: 0, isNumber: false) }
    var (shown, width) = DisplayText.line(text)
    // A character is at most two columns wide, so that cutting ends.
    let most = text.hasPrefix("https://") ? maxAddressWidth : maxWidth
    var length = most
    while width > most {
      shown = DisplayText.short(text, length - 3)
      width = DisplayText.line(shown).width
      length -= max(1, (width - most) / 2)
    }
    return Value(text: shown, width: width, isNumber: cell.isNumber)
  }
}
