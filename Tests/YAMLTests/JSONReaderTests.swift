import Testing

@testable import YAML

struct JSONReaderTests {
  private func json(_ text: String) throws -> String {
    let document = try JSONReader.read(Array(text.utf8))
    var json: [UInt8] = []
    document.withRoot { $0.appendJSON(to: &json) }
    return String(decoding: json, as: UTF8.self)
  }

  @Test(arguments: [
    (#"{"a":1,"b":[true,false,null],"c":{"d":"e"}}"#, nil), ("[]", nil), ("{}", nil), (#""x""#, nil),
    ("-12", nil),
    (" \t\r\n[ 1 , 2 ]\n", "[1,2]"), (#""\u00e9\ud83d\ude00\/\b\f""#, "\"é😀/\\u0008\\u000c\""),
    (#""\ud83d x""#, "\"\u{FFFD} x\""), ("[1.5e3,-0,1E400]", "[1500,0,null]"),
    ("\u{FEFF}{\"a\": 12345678901234567890}", #"{"a":12345678901234567890}"#),
  ])
  func `JSON is read as it is meant`(text: String, expected: String?) throws {
    #expect(try json(text) == expected ?? text)
  }

  @Test(arguments: [
    ("", "1:1", "expected a value"), ("{a: 1}", "1:2", "expected a key in double quotes"),
    ("[1,]", "1:4", "expected a value behind ','"), (#"{"a":1,}"#, "1:8", "expected a key in double quotes"),
    ("[1 2]", "1:4", "expected ',' or ']'"), (#"{"a" 1}"#, "1:6", "expected ':' behind the key"),
    ("01", "1:1", "expected a number without a 0 before it"),
    ("1.", "1:1", "expected digits behind the point of a number"),
    ("tru", "1:1", "expected a value"), ("\"a", "1:3", "expected '\"' at the end of the string"),
    ("\"\n\"", "1:2", "expected an escape such as \\n in place of a control character"),
    (#""\x""#, "1:4", "expected an escape that JSON knows"),
    (#""\u12g4""#, "1:4", "expected four hexadecimal digits behind \\u"),
    ("[]\n x", "2:2", "expected the end of the text"),
    (#"{"a":1,"a":2}"#, "1:8", "the key 'a' stands twice in one mapping"),
  ])
  func `what is no JSON is a problem with its place`(text: String, place: String, message: String) {
    let problem = #expect(throws: YAMLProblem.self) { try json(text) }

    #expect(problem.map { "\($0.mark.line):\($0.mark.column)" } == place)
    #expect(problem?.message == message)
  }

  @Test func `nesting has a limit`() {
    let text = String(repeating: "[", count: 101) + String(repeating: "]", count: 101)

    #expect(throws: YAMLProblem.self) { try json(text) }
  }
}
