import Testing
import YAML

/// Places are those of YAML 1.2 (5.4) and of editors: lines end with LF, CR or both, and with nothing else.
struct PlaceTests {
  /// The root's mark of each document, or the problem's.
  private func places(_ text: String) -> [String] {
    YAMLReader.read(Array(text.utf8)).map { item in
      switch item {
      case .document(let document): "\(document.root.mark.line):\(document.root.mark.column)"
      case .problem(let problem): "\(problem.mark.line):\(problem.mark.column)"
      }
    }
  }

  @Test(
    arguments: [
      ("# a\n\n  x: y", ["3:3"]), ("# a\r\n\r\n  x: y", ["3:3"]), ("# a\r\r  x: y", ["3:3"]),
      ("# a\r\n\r  x: y\n---\rz: [", ["3:3", "5:5"]),
      ("a: 1\r---\rb: [\r---\rc: 3\r", ["1:1", "4:1", "5:1"]), ("a: \u{7}\rb", ["1:4"]),
      ("x: 1\r\r\rb: \u{7}\r", ["4:4"]),
      // libyaml ends lines at the characters of YAML 1.1 too: U+0085, U+2028, U+2029.
      ("# a\u{2028}b\n---\nx: 1\n", ["1:5", "3:1"]),
      ("a: 'b\u{85}c'\n---\nx: 1\n---\ny: [", ["1:1", "3:1", "5:5"]),
      ("# é\u{2029}\u{2029}\r\nx: é\n---\n[\u{2028}a, b: {", ["2:1", "4:10"]),
      ("# a\u{2028}b: 1\n", ["1:5"]),
    ] as [(String, [String])]
  )
  func `lines end where editors end them`(text: String, expected: [String]) {
    #expect(places(text) == expected)
  }

  @Test(
    arguments: [
      ("a: [b", "1:6"), ("a: 'é", "1:6"), ("a: [b\n", "2:1"), ("a: [b # c", "1:10"), ("\u{FEFF}a: [b", "1:6"),
      ("x\n---\n[", "3:2"),
    ]
  )
  func `a text that ends too early has its fault at its end`(text: String, expected: String) {
    #expect(places(text).last == expected)
  }
}
