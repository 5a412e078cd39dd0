import Testing

@testable import AzureDevOps

struct JSONRowsTests {
  /// The rows of a text that arrives in pieces of a size.
  private func rows(_ text: String, pieces: Int = 7) throws -> [String] {
    var rows = JSONRows()
    var found: [String] = []
    let bytes = Array(text.utf8)
    for start in stride(from: 0, to: bytes.count, by: pieces) {
      let piece = Array(bytes[start..<min(start + pieces, bytes.count)])
      found += try rows.feed(piece).map { String(decoding: $0, as: UTF8.self) }
    }
    try rows.finish()
    return found
  }

  @Test(arguments: [1, 2, 3, 7, 1000])
  func `rows are found however the bytes are cut`(pieces: Int) throws {
    let text = #"{"value":[{"a":"x]},{\"","b":[1,{"c":2}]},{"d":"é"}],"count":2}"#

    #expect(try rows(text, pieces: pieces) == [#"{"a":"x]},{\"","b":[1,{"c":2}]}"#, #"{"d":"é"}"#])
  }

  @Test func `the number may stand before the rows, with blanks between`() throws {
    #expect(try rows("{ \"count\" : 1,\n \"value\" : [ {\"a\": 1} ] }") == [#"{"a":1}"#])
  }

  @Test func `an empty list has no rows`() throws {
    #expect(try rows(#"{"value":[],"count":0}"#) == [])
    #expect(try rows("\u{FEFF}" + #"{"count":0,"value":[]}"#) == [])
  }

  @Test(arguments: [
    (#"{"value":[{"a":1},{"b""#, "the list ends in the middle, after 1 rows"),
    (#"{"value":[{"a":1}]"#, "the list ends in the middle, after 1 rows"),
    (#"{"value":[{"a":1}],"count":2}"#, "the list says it has 2 rows but has 1"),
    (#"{"count":0}"#, "the answer has no list named 'value'"),
    (#"{"other":[{"a":1}]}"#, "the answer has no list named 'value'"),
    (#"<html>"#, "the answer is not a JSON object"),
    (#"{"value":[1]}"#, "row 1 is not a JSON object"),
    (#"{"value":[]}x"#, "there is more text after the list"),
    ("", "the list ends in the middle, after 0 rows"),
  ])
  func `a list that is not whole says what is wrong`(text: String, reason: String) {
    #expect(throws: JSONRows.Malformed(reason: reason)) { try rows(text) }
  }
}

struct JSONObjectTests {
  private func object(_ text: String) -> JSONObject? { JSONObject(Array(text.utf8)[...]) }

  @Test func `members are found by name and type`() throws {
    let found = try #require(object(#" {"s":"x","n":-12,"t":true,"f":false,"o":{"i":1},"z":null} "#))

    #expect(found.string("s") == "x")
    #expect(found.integer("n") == -12)
    #expect(found.isTrue("t") && !found.isTrue("f") && !found.isTrue("missing"))
    #expect(found.object("o")?.integer("i") == 1)
    #expect(found.string("z") == nil && found.string("n") == nil && found.string("missing") == nil)
  }

  @Test(arguments: [
    (#"a\"b\\c\/d"#, "a\"b\\c/d"), (#"\n\r\t\b\f"#, "\n\r\t\u{8}\u{C}"), (#"\u00e9"#, "é"),
    (#"\ud83d\ude00!"#, "😀!"), (#"\ud83d!"#, "\u{FFFD}!"), ("plain é 😀", "plain é 😀"), ("", ""),
  ])
  func `a string is read without its escapes`(written: String, meant: String) {
    #expect(object(#"{"s":"\#(written)"}"#)?.string("s") == meant)
  }

  @Test(arguments: [
    "", "{", "[]", "{}x", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{"a":"x}"#, #"{"a":[1}"#, #"{"a":1 "b":2}"#,
  ])
  func `what is not one whole object is refused`(text: String) {
    #expect(object(text) == nil)
  }

  @Test func `hostile nesting is refused`() {
    #expect(object(#"{"a":"# + String(repeating: "[", count: 100_000)) == nil)
  }
}
