/// Rows in aligned columns, page by page.
///
/// A column is as wide as the widest value so far. No value takes more columns of the terminal than
/// `maxWidth`. Where the table has to fit a terminal, the widest columns are made narrower; what still does not fit is
/// laid out row by row, one value a line.
struct TableText {
  /// How many rows are looked at before they are laid out; enough for more than a screen.
  static let pageSize = 200
  /// Leaves two long values room beside each other on a wide terminal.
  static let maxWidth = 80
  /// An address that is cut leads nowhere; longer than this it is no address that people follow.
  static let maxAddressWidth = 400

  /// No column of words is made narrower than this to fit a terminal.
  static let minWidth = 8

  private struct Value {
    var text: String
    var width: Int
    var isNumber: Bool

    /// Whether it is worth nothing when it is cut: an address, or an entity's ref (`kind:namespace/name`).
    var isAddress: Bool {
      if text.hasPrefix("https://") { return true }
      guard let colon = text.firstIndex(of: ":"), text.contains("/"), !text.contains(" ") else {
        return false
      }
      return text[..<colon].allSatisfy { $0.isLetter }
    }
  }

  private let columns: [Value]
  private var widths: [Int]
  private var page: [[Value]] = []
  private var isBegun = false
  private var isEmpty = true
  /// How many columns of a terminal there are; nil for as many as are needed.
  private let terminalWidth: Int?
  /// Whether rows are laid out one value a line; decided with the first page.
  private var isTall = false

  /// - Parameter width: How many columns of a terminal the table may take; nil for as many as it needs.
  init(columns: [String], width: Int? = nil) {
    terminalWidth = width
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
    if let terminalWidth { fit(into: terminalWidth) }
    var text = ""
    if isTall {
      for row in page { appendTall(row, to: &text) }
      isBegun = true
      page.removeAll(keepingCapacity: true)
      return text
    }
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

  /// Makes the widest columns narrower until a row fits; those of addresses, refs and numbers stay.
  private mutating func fit(into most: Int) {
    let shrinks = columns.indices.map { column in
      !page.contains { $0[column].isAddress || $0[column].isNumber }
    }
    func total() -> Int { widths.reduce(2 * max(0, widths.count - 1), +) }
    while total() > most {
      let widest = columns.indices.filter { shrinks[$0] && widths[$0] > Self.minWidth }
        .max { widths[$0] < widths[$1] }
      guard let widest else { break }
      widths[widest] -= 1
    }
    if !isBegun { isTall = total() > most }
  }

  /// One value a line, with its column's name before it.
  private func appendTall(_ row: [Value], to text: inout String) {
    if isBegun || !text.isEmpty { text += "\n" }
    let width = columns.map(\.width).max() ?? 0
    for (name, value) in zip(columns, row) where value.width > 0 {
      text += name.text + String(repeating: " ", count: width - name.width + 2) + value.text + "\n"
    }
  }

  /// The value in no more than a width.
  private static func cut(_ value: Value, to width: Int) -> Value {
    guard value.width > width, !value.isAddress else { return value }
    var (text, length) = (value.text, width)
    while DisplayText.line(text).width > width, length > 3 {
      text = DisplayText.short(value.text, length - 3)
      length -= 1
    }
    return Value(text: text, width: DisplayText.line(text).width, isNumber: value.isNumber)
  }

  private func append(_ row: [Value], to text: inout String) {
    var line = ""
    var blanks = 0
    for (index, whole) in row.enumerated() {
      let value = Self.cut(whole, to: widths[index])
      let padding = max(0, widths[index] - value.width)
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
