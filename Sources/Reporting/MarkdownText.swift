/// Rows as a table of GitHub-flavoured Markdown; what could be taken for markup is escaped.
struct MarkdownText {
  private let columns: [String]
  private var isBegun = false

  init(columns: [String]) { self.columns = columns }

  mutating func add(_ row: [Cell]) -> String { header(numbers: row.map(\.isNumber)) + line(row) }

  mutating func end() -> String { header(numbers: columns.map { _ in false }) }

  private mutating func header(numbers: [Bool]) -> String {
    guard !isBegun else { return "" }
    isBegun = true
    let rule = "|" + numbers.map { $0 ? " ---: |" : " --- |" }.joined() + "\n"
    return line(columns.map(Cell.text)) + rule
  }

  private func line(_ row: [Cell]) -> String {
    "|" + row.map { " " + escaped($0.text ?? "") + " |" }.joined() + "\n"
  }

  private func escaped(_ text: String) -> String {
    var result = ""
    for (index, line) in text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
      if index > 0 { result += "<br>" }
      let line = line.last == 0x0D ? line.dropLast() : line
      for scalar in DisplayText.line(String(Substring(line))).text.unicodeScalars {
        switch scalar {
        case "\\", "|", "*", "_", "`", "[", "]", "~": result += "\\\(scalar)"
        case "<": result += "&lt;"
        case "&": result += "&amp;"
        default: result.unicodeScalars.append(scalar)
        }
      }
    }
    return result
  }
}
