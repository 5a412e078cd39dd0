/// Rows as comma-separated values (RFC 4180): lines end with CR LF, quotes are doubled.
///
/// Null is nothing at all and an empty text two quotes, which is how PostgreSQL and DuckDB tell them apart.
/// Values are written as they are, `=1+1` too: RFC 4180 knows no formulas, and a program that loads the file needs
/// the values. For a file that people open in a spreadsheet, texts that it would take for a formula get an
/// apostrophe before them.
struct CSVText {
  private let columns: [String]
  private let isForSpreadsheet: Bool
  private var isBegun = false

  init(columns: [String], isForSpreadsheet: Bool) {
    self.columns = columns
    self.isForSpreadsheet = isForSpreadsheet
  }

  mutating func add(_ row: [Cell]) -> String { header() + line(row) }

  mutating func end() -> String { header() }

  private mutating func header() -> String {
    guard !isBegun else { return "" }
    isBegun = true
    return line(columns.map(Cell.text))
  }

  private func line(_ row: [Cell]) -> String { row.map(field).joined(separator: ",") + "\r\n" }

  private func field(_ cell: Cell) -> String {
    guard case .text(var text) = cell else { return cell.text ?? "" }
    if isForSpreadsheet, let first = text.utf8.first, Self.formulaMarks.contains(first) { text = "'" + text }
    let needsQuotes =
      text.isEmpty || text.utf8.first == 0x20 || text.utf8.last == 0x20
      || text.utf8.contains { Self.special.contains($0) }
    guard needsQuotes else { return text }
    // By scalars: a quote with a mark upon it is another character to Swift and a quote to everybody else.
    var quoted = "\""
    for scalar in text.unicodeScalars {
      if scalar == "\"" { quoted.unicodeScalars.append(scalar) }
      quoted.unicodeScalars.append(scalar)
    }
    return quoted + "\""
  }

  /// `,`, `"`, CR and LF.
  private static let special: Set<UInt8> = [0x2C, 0x22, 0x0D, 0x0A]
  /// `=`, `+`, `-`, `@`, tab and CR: what spreadsheets begin a formula with.
  private static let formulaMarks: Set<UInt8> = [0x3D, 0x2B, 0x2D, 0x40, 0x09, 0x0D]
}
