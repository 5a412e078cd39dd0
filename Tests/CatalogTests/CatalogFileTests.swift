import Testing

@testable import Catalog

/// Files of several documents (facts/backstage-catalog.md 2, 11.D).
@Suite struct CatalogFileTests {
  private static let a = document(kind: "System", metadata: "{name: a}", spec: "{owner: o}")
  private static let b = document(kind: "System", metadata: "{name: b}", spec: "{owner: o}")

  @Test(
    arguments: [
      ("C073", "\(a)---\n\(b)", ["system:default/a", "system:default/b"]),
      ("C074", "---\n\(a)---\n\(b)---\n...\n", ["system:default/a", "system:default/b"]),
      ("C075", "\(a)---\n# only this\n---\n\(b)", ["system:default/a", "system:default/b"]),
      ("C076", "", []), ("C076", "# nothing\n", []),
      (
        "C089", "\u{FEFF}" + "\(a)---\n\(b)".replacing("\n", with: "\r\n"),
        ["system:default/a", "system:default/b"]
      ),
    ] as [(String, String, [String])]
  )
  func `every document with content is an entity, in order`(number: String, text: String, expected: [String])
  {
    #expect(contents(read(text)) == expected, "\(number)")
    #expect(read(text).problems == [], "\(number)")
  }

  @Test(
    arguments: [
      ("C077", "\(a)---\nhello\n---\n\(b)", "(unknown)", "root-type", 6),
      ("C079", "\(a)---\nkind: x\n  y: z\n---\n\(b)", "(unknown)", "yaml-syntax", 7),
      ("C080", "\(a)---\nmetadata: {name: a, name: b}\n---\n\(b)", "(unknown)", "yaml-duplicate-key", 6),
      ("C082", "x: &o 1\n---\n\(a)---\nkind: *o\n---\n\(b)", "(unknown)", "yaml-alias", 8),
      (
        "C088", "\(a)---\n\(document(metadata: "{name: c, tags: [A]}"))---\n\(b)", "(component:default/c)",
        "tag-format", 8
      ),
    ]
  )
  func `good documents beside a bad one are kept`(
    number: String,
    text: String,
    bad: String,
    rule: String,
    line: Int
  ) throws {
    let file = read(text)

    let seen = contents(file).suffix(3)
    #expect(Array(seen) == ["system:default/a", bad, "system:default/b"], "\(number)")
    let problem = try #require(file.documents[file.documents.count - 2].problems.first)
    #expect(problem.rule == rule, "\(number)")
    #expect(problem.line == line, "\(number)")
  }

  @Test func `C087 a document without a name is invalid and the others are not`() {
    let file = read("\(Self.a)---\n\(document(metadata: "{title: x}"))---\n\(Self.b)")

    #expect(contents(file) == ["system:default/a", "(unknown)", "system:default/b"])
    #expect(file.documents.map(\.number) == [1, 2, 3])
    #expect(file.documents.map(\.line) == [1, 6, 11])
    #expect(file.documents.map(\.problems.count) == [0, 1, 0])
  }

  @Test func `C077 and E112: a root that is no mapping is named`() {
    #expect(
      read("hello").problems.map(\.message) == [
        "expected a mapping with apiVersion, kind and metadata, got a string"
      ]
    )
    #expect(
      read("7").problems.map(\.message) == [
        "expected a mapping with apiVersion, kind and metadata, got a number"
      ]
    )
    #expect(
      read("- a").problems.map(\.message) == [
        "expected a mapping with apiVersion, kind and metadata, got a list"
      ]
    )
  }

  @Test func `C085 and C086 of documents with one ref the last counts`() throws {
    let file = read(
      "\(document(metadata: "{name: Web, title: first}"))---\n\(Self.a)---\n\(document(metadata: "{name: web, title: second}"))"
        + "---\n\(document(metadata: "{name: wEB, title: third}"))"
    )

    #expect(
      contents(file) == [
        "(component:default/web)", "system:default/a", "(component:default/web)", "component:default/web",
      ]
    )
    #expect(file.problems.map(\.rule) == ["duplicate-ref", "duplicate-ref"])
    #expect(file.problems.map(\.severity) == [.warning, .warning])
    #expect(file.problems.map(\.line) == [1, 11])
    #expect(
      file.problems.first?.message
        == "component:default/web stands again at line 16, and the last document of a file counts"
    )
    guard case .entity(let entity) = try #require(file.documents.last).content else {
      Issue.record("expected an entity")
      return
    }
    #expect(entity.title == "third")
  }

  @Test func `an invalid document does not take the place of a good one`() {
    let file = read("\(document())---\n\(document(metadata: "{name: web, tags: [A]}"))")

    #expect(contents(file) == ["component:default/web", "(component:default/web)"])
    #expect(file.problems.map(\.rule) == ["tag-format"])
  }

  @Test(
    arguments: [
      ([0xFF, 0xFE, 0x61, 0x00], "yaml-encoding"),
      (Array("a: \(String(repeating: "x", count: 5 << 20))".utf8), "yaml-limit"),
      (Array(String(repeating: "--- 1\n", count: 1_001).utf8), "yaml-limit"),
    ] as [([UInt8], String)]
  )
  func `a file that cannot be read at all may stand for any entity`(bytes: [UInt8], rule: String) {
    let file = CatalogFile.read(bytes)

    #expect(contents(file) == ["(unknown)"])
    #expect(file.documents.flatMap(\.problems) == [])
    #expect(file.fileProblems.map(\.rule) == [rule])
    #expect(file.problems == file.fileProblems)
  }
}

/// The lines that problems are in, as they are stored and shown.
@Suite struct ProblemLineTests {
  @Test(
    arguments: [
      // A line as it is, blanks too.
      ("a: 1\r\n  b : [\r\nc: 2\r\n", 2, 3, "  b : ["),
      ("a\u{301}: \u{1F680} x: y", 1, 3, "a\u{301}: \u{1F680} x: y"),
      ("\u{FEFF}- a", 1, 1, "- a"), ("a: b", 1, 5, "a: b"), ("a: b\n", 2, 1, ""),
      ("a\tb\u{0}c", 1, 1, "a\tb\u{0}c"),
      // Of a long one 80 characters on each side of the place.
      (
        String(repeating: "x", count: 100) + "@" + String(repeating: "y", count: 10_000), 1, 101,
        "…" + String(repeating: "x", count: 80) + "@" + String(repeating: "y", count: 79) + "…"
      ),
      (String(repeating: "é", count: 200), 1, 1, String(repeating: "é", count: 80) + "…"),
      (String(repeating: "é", count: 200), 1, 200, "…" + String(repeating: "é", count: 81)),
    ] as [(String, Int, Int, String)]
  )
  func `a line is cut around its problem`(text: String, line: Int, column: Int, expected: String) {
    let problem = Problem(rule: "r", severity: .error, message: "m", line: line, column: column, keyPath: "")
    let lines = ProblemLine.all(of: [problem], in: Array(text.utf8))
    #expect(lines[ProblemLine(problem)] == expected)
  }

  @Test func `each problem of a file has the line that it is in, in whatever order they are told`() {
    let text = """
      apiVersion: backstage.io/v1alpha1
      kind: Component
      metadata: {name: a, tags: [Ab]}
      spec:
        type: service
        lifecycle: 5
      ---
      kind: [
      """
    let file = CatalogFile.read(Array(text.utf8))
    let lines = Dictionary(grouping: file.problems, by: \.line).mapValues { file.line(of: $0[0]) }

    #expect(lines[3] == "metadata: {name: a, tags: [Ab]}")
    #expect(lines[6] == "  lifecycle: 5")
    #expect(
      file.problems.allSatisfy { $0.line > text.split(separator: "\n").count || file.line(of: $0) != "" }
    )
  }
}
