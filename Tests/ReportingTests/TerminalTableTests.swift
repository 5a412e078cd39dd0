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
    [.text("the payments API of the shop, first part"), .text("team-with-a-long-name"), .integer(7)]
  ]
  private let columns = ["ref", "owner", "n"]

  @Test func `the widest columns are made narrower, and what is cut says so`() {
    let lines = table(rows, columns: columns, width: 40)

    #expect(lines.allSatisfy { $0.count <= 40 })
    #expect(lines.count == 3)
    #expect(lines[2] == "the payments A...  team-with-a-lon...  7")
    #expect(lines[2].hasSuffix("  7"))
  }

  @Test func `a ref is not cut while there is something else to cut`() {
    let lines = table(
      [[.text("component:default/web"), .text("a title that is rather long")]],
      columns: ["ref", "title"],
      width: 40
    )

    #expect(lines[2] == "component:default/web  a title that i...")
  }

  @Test func `a table that fits, and one that is no terminal's, is as it was`() {
    let wide = table(rows, columns: columns, width: nil)

    #expect(wide == table(rows, columns: columns, width: 200))
    #expect(wide[2] == "the payments API of the shop, first part  team-with-a-long-name  7")
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
