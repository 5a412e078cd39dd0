import Testing
import YAML

/// How a text is taken apart into documents (facts/backstage-catalog.md 2).
@Suite struct DocumentTests {
  @Test(
    arguments: [
      // C073 and the order of documents.
      ("a: 1\n---\nb: 2\n", [#"{"a":1}"#, #"{"b":2}"#]),
      // C074: markers at the ends give nothing more.
      ("---\na: 1\n---\n", [#"{"a":1}"#]), ("a: 1\n...\n", [#"{"a":1}"#]),
      ("---\na: 1\n...\n---\n...\n", [#"{"a":1}"#]),
      // C075: documents of comments, of nothing and of null are none.
      ("a: 1\n---\n# only this\n---\nb: 2\n", [#"{"a":1}"#, #"{"b":2}"#]), ("--- ~\n---\nnull\n---\n\n", []),
      // C076
      ("", []), ("\n\n", []), ("# comment", []), ("   ", []), ("---", []),
      // C077, C078: other roots are documents here.
      ("hello", [#""hello""#]), ("- a\n", [#"["a"]"#]), ("7", ["7"]),
      // C081: aliases are resolved, also to collections.
      ("a: &o team-a\nb: *o\n", [#"{"a":"team-a","b":"team-a"}"#]),
      ("a: &o {x: [1]}\nb: [*o, *o]\n", [#"{"a":{"x":[1]},"b":[{"x":[1]},{"x":[1]}]}"#]),
      ("a: &o 1\nb: &o 2\nc: *o\n", [#"{"a":1,"b":2,"c":2}"#]),
      ("a: &k key\n*k : b\n", [#"{"a":"key","key":"b"}"#]),
      ("a: &k 1.0\n*k : b\n", [#"{"a":1,"1":"b"}"#]), ("&r a: *r\n", [#"{"a":"a"}"#]),
      // C083: no merging.
      ("a: &b {x: 1}\nc:\n  <<: *b\n", [#"{"a":{"x":1},"c":{"<<":{"x":1}}}"#]),
      // C089: line ends of Windows and a byte order mark.
      ("\u{FEFF}a: 1\r\n---\r\nb: |\r\n  x\r\n  y\r\n", [#"{"a":1}"#, #"{"b":"x\ny\n"}"#]), ("\u{FEFF}", []),
      // A marker on the line of the content, and directives.
      ("--- {a: 1}\n--- !!str b\n", [#"{"a":1}"#, #""b""#]), ("%YAML 1.2\n---\na: 1\n", [#"{"a":1}"#]),
      ("a: 1\n...\n%YAML 1.2\n---\nb: 2\n", [#"{"a":1}"#, #"{"b":2}"#]),
      ("%TAG ! tag:example.com,2000:\n---\na: !x b\n", [#"{"a":"b"}"#]),
      // Only a marker at the first column of a line is one.
      ("a: |\n  x\n  ---\n  y\nb: '---'\n", [#"{"a":"x\n---\ny\n","b":"---"}"#]),
      ("a: ---b\n", [#"{"a":"---b"}"#]),
      ("a: x\n ---\n", [#"{"a":"x ---"}"#]), ("---a: 1\n", [#"{"---a":1}"#]),
    ] as [(String, [String])]
  )
  func `a text is its documents with content, in order`(text: String, documents: [String]) {
    #expect(read(text) == documents)
  }

  @Test(
    arguments: [
      // C079: bad indentation, a tab, and the places counted in the whole file.
      ("a: 1\n---\nb: 1\n  c: 2\n---\nd: 4\n", [#"{"a":1}"#, "yaml-syntax 4:4", #"{"d":4}"#]),
      ("a: 1\n---\nb:\n\tc: 2\n---\nd: 4\n", [#"{"a":1}"#, "yaml-syntax 4:1", #"{"d":4}"#]),
      // C080: keys are unique, whichever way they are written.
      (
        "a: 1\n---\nm: {name: a, name: b}\n---\nd: 4\n",
        [#"{"a":1}"#, "yaml-duplicate-key 3:14", #"{"d":4}"#]
      ),
      ("1: a\n'1': b\n", ["yaml-duplicate-key 2:1"]), ("a: &k b\nb: 1\n*k : 2\n", ["yaml-duplicate-key 3:1"]),
      // C082: aliases are of their document.
      ("a: &o 1\n---\nb: *o\n---\nc: 3\n", [#"{"a":1}"#, "yaml-alias 3:4", #"{"c":3}"#]),
      ("a: *o\nb: &o 1\n", ["yaml-alias 1:4"]),
      ("a: &o [*o]\n", ["yaml-alias 1:8"]),
      // Keys that are collections.
      ("? [a]\n: b\n", ["yaml-syntax 1:3"]), ("{a: b}: c\n", ["yaml-syntax 1:1"]),
      ("a: &o {b: 1}\n*o : c\n", ["yaml-syntax 2:1"]),
      // A marker ends a document even inside of quotes, brackets and blocks.
      ("a: 'x\n---\nb: 1\n", ["yaml-syntax 2:1", #"{"b":1}"#]),
      ("a: [1,\n---\nb: 1\n", ["yaml-syntax 2:1", #"{"b":1}"#]),
      ("x: [\n---\na: |\n  t\n---\nb: 1\n", ["yaml-syntax 2:1", #"{"a":"t\n"}"#, #"{"b":1}"#]),
      // Two bad ones, the ends of documents, and comments and directives of the one behind.
      ("a: [\n---\nb: 1\n---\nc: }\n", ["yaml-syntax 2:1", #"{"b":1}"#, "yaml-syntax 5:4"]),
      ("a: [\n...\n# c\n%YAML 1.2\n---\nb: 1\n", ["yaml-syntax 2:1", #"{"b":1}"#]),
      ("a: [\r\n---\r\nb: 1\r\n", ["yaml-syntax 2:1", #"{"b":1}"#]),
      ("---\n---\na: [\n---\n---\n--- \n---\nb: 1\n", ["yaml-syntax 4:1", #"{"b":1}"#]),
      // Text behind a document, unknown versions, controls.
      ("{a: 1} b\n---\nc: 1\n", ["yaml-syntax 1:8", #"{"c":1}"#]),
      ("%YAML 3.0\n---\na: 1\n", ["yaml-syntax 1:1"]),
      ("a: 1\nbé: x\u{1}y\n---\nc: 1\n", ["yaml-syntax 2:6", #"{"c":1}"#]),
      ("a: 1\n---\nb: 'x\u{0}'\n", [#"{"a":1}"#, "yaml-syntax 3:6"]),
    ] as [(String, [String])]
  )
  func `a broken document is one problem and leaves the others alone`(text: String, expected: [String]) {
    #expect(read(text) == expected)
  }

  @Test func `a problem says what is wrong`() throws {
    #expect(try #require(onlyProblem("a: {x: 1, x: 2}")).message == "the key 'x' stands twice in one mapping")
    #expect(try #require(onlyProblem("a: *b")).message.contains("'*b'"))
    #expect(
      try #require(onlyProblem("? {a: b}\n: c")).message == "a key must be a single value, not a mapping"
    )
    #expect(try #require(onlyProblem("a: [")).isOfWholeText == false)
    #expect(
      try #require(onlyProblem("a: \u{7}")).description
        == "line 1, column 4: control characters are not allowed (character 7)"
    )
  }

  @Test(
    arguments: [
      // UTF-16 with and without a mark, a byte of Latin-1, a cut character, an overlong one, a surrogate.
      ([0xFF, 0xFE, 0x61, 0x00], "yaml-encoding 1:1"), ([0xFE, 0xFF, 0x00, 0x61], "yaml-encoding 1:1"),
      ([0x61, 0x00, 0x3A, 0x00], "yaml-syntax 1:2"),
      (Array("a: b\nc: é".utf8) + [0xE9, 0x0A], "yaml-encoding 2:5"),
      (Array("a: b\n".utf8) + [0xC3], "yaml-encoding 2:1"), ([0xC0, 0x80], "yaml-encoding 1:1"),
      ([0x61, 0xED, 0xA0, 0x80], "yaml-encoding 1:2"), ([0xEF, 0xBB, 0xBF, 0x61, 0xFF], "yaml-encoding 1:2"),
      ([0x61, 0xF0, 0x9F, 0x98, 0x80, 0xF0, 0x9F, 0x98], "yaml-encoding 1:3"),
    ] as [([UInt8], String)]
  )
  func `bytes that are not UTF-8 are one problem at their place`(bytes: [UInt8], expected: String) {
    #expect(read(bytes) == [expected])
  }
}
