import Reporting
import Testing

/// Tables fit the terminal that they are shown on.
struct TerminalTableTests {
  private func table(_ rows: [[Cell]], columns: [String], width: Int?) -> [String] {
    var writer = RowWriter(.table, columns: columns, width: width)
    var text = ""
    for row in rows { text += writer.add(row) }
    text += writer.end()
    return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
  }

  private let rows: [[Cell]] = [
    [.text("component:default/payments-api-of-the-shop"), .text("team-with-a-long-name"), .integer(7)]
  ]
  private let columns = ["ref", "owner", "n"]

  @Test func `the widest columns are made narrower, and what is cut says so`() {
    let lines = table(rows, columns: columns, width: 40)

    #expect(lines.allSatisfy { $0.count <= 40 })
    #expect(lines.count == 3)
    #expect(lines[2] == "component:defau...  team-with-a-l...  7" || lines[2].contains("...  "), "\(lines)")
    #expect(lines[2].hasSuffix("  7"))
  }

  @Test func `a table that fits, and one that is no terminal's, is as it was`() {
    let wide = table(rows, columns: columns, width: nil)

    #expect(wide == table(rows, columns: columns, width: 200))
    #expect(wide[2] == "component:default/payments-api-of-the-shop  team-with-a-long-name  7")
  }

  @Test func `what cannot be made to fit is shown one value a line, addresses whole`() {
    let address = "https://dev.azure.com/contoso/Payments/_git/api?path=/catalog-info.yaml"
    let lines = table(
      [[.text("api"), .text(address)], [.text("web"), .null]],
      columns: ["name", "link"],
      width: 40
    )

    #expect(lines == ["name  api", "link  \(address)", "", "name  web"])
  }
}
