import Reporting
import Testing

/// Rows as texts, format by format.
struct RowFormatTests {
  private func text(
    _ format: RowFormat,
    _ columns: [String],
    _ rows: [[Cell]],
    isForSpreadsheet: Bool = false
  ) -> String {
    var writer = RowWriter(format, columns: columns, isForSpreadsheet: isForSpreadsheet)
    var text = ""
    for row in rows { text += writer.add(row) }
    return text + writer.end()
  }

  private let rows: [[Cell]] = [
    [.text("a,b"), .integer(7), .null], [.text("say \"x\"\nand y"), .integer(-12), .text("")],
  ]

  @Test func `a table has aligned columns, numbers to the right`() {
    #expect(
      text(.table, ["name", "count", "note"], rows) == """
        name           count  note
        -------------  -----  ----
        a,b                7
        say "x"␊and y    -12

        """
    )
    #expect(text(.table, ["a"], []) == "a\n-\n(no rows)\n")
  }

  @Test func `what a catalog file says cannot move a terminal's cursor or hide anything`() {
    let table = text(.table, ["x"], [[.text("\u{1B}[2J\u{202E}evil\u{7F}\u{9B}31m\r\u{8}")]])

    #expect(table == "x\n----------------\n␛[2J\u{FFFD}evil␡\u{FFFD}31m␍␈\n")
  }

  @Test func `long values are cut in a table, wide characters count twice`() {
    let table = text(
      .table,
      ["x", "y"],
      [[.text(String(repeating: "a", count: 200)), .text("z")], [.text("日本"), .text("z")]]
    )
    let lines = table.split(separator: "\n")

    #expect(lines[2] == "\(String(repeating: "a", count: 77))...  z")
    #expect(lines[3] == "日本" + String(repeating: " ", count: 78) + "z")
  }

  @Test func `a table is written page by page`() {
    var writer = RowWriter(.table, columns: ["x"])
    var pages: [Int] = []
    for index in 1...500 { if !writer.add([.integer(Int64(index))]).isEmpty { pages.append(index) } }

    #expect(pages == [200, 400])
    #expect(writer.end().split(separator: "\n").count == 100)
  }

  // RFC 4180, 2
  @Test func `CSV quotes what needs it, and null is not the empty text`() {
    #expect(
      text(.csv, ["name", "count", "note"], rows)
        == "name,count,note\r\n\"a,b\",7,\r\n\"say \"\"x\"\"\nand y\",-12,\"\"\r\n"
    )
    #expect(text(.csv, ["a", "b"], []) == "a,b\r\n")
    // A quote with an accent upon it is one character to Swift.
    #expect(text(.csv, ["a"], [[.text("x\"\u{301}, y")]]) == "a\r\n\"x\"\"\u{301}, y\"\r\n")
    #expect(text(.csv, ["a"], [[.text("x\r\ny")]]) == "a\r\n\"x\r\ny\"\r\n")
  }

  @Test(arguments: ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
  func `CSV holds what could be a formula as it is, and for a spreadsheet behind an apostrophe`(value: String)
  {
    let needsQuotes = value.hasPrefix("\r")
    func quoted(_ text: String) -> String { needsQuotes ? "\"\(text)\"" : text }

    #expect(text(.csv, ["a"], [[.text(value)]]) == "a\r\n\(quoted(value))\r\n")
    #expect(text(.csv, ["a"], [[.text(value)]], isForSpreadsheet: true) == "a\r\n\(quoted("'" + value))\r\n")
    #expect(text(.csv, ["a"], [[.integer(-1)]], isForSpreadsheet: true) == "a\r\n-1\r\n")
  }

  @Test func `JSON is one array and NDJSON one object a line, columns in their order`() {
    #expect(
      text(.json, ["name", "count", "note"], rows)
        == "[\n{\"name\":\"a,b\",\"count\":7,\"note\":null},\n{\"name\":\"say \\\"x\\\"\\nand y\",\"count\":-12,\"note\":\"\"}\n]\n"
    )
    #expect(text(.ndjson, ["x"], [[.real(1.5)], [.bytes([0, 255])]]) == "{\"x\":1.5}\n{\"x\":\"00ff\"}\n")
    #expect(text(.json, ["x"], []) == "[]\n")
    #expect(text(.ndjson, ["x"], []) == "")
    #expect(text(.ndjson, ["n", "n"], [[.integer(1), .integer(2)]]) == "{\"n\":1,\"n_2\":2}\n")
  }

  @Test func `Markdown escapes what could be markup`() {
    #expect(
      text(.markdown, ["name", "count"], [[.text("a|b <i>&\n[x](y)"), .integer(7)]])
        == "| name | count |\n| --- | ---: |\n| a\\|b &lt;i>&amp;<br>\\[x\\](y) | 7 |\n"
    )
  }
}
