import Testing
import YAML

@Suite(.timeLimit(.minutes(3))) struct LimitTests {
  @Test func `a text beyond the size is refused as a whole`() throws {
    var limits = YAMLLimits()
    limits.maxBytes = 5

    #expect(read("a: 1\n", limits: limits) == [#"{"a":1}"#])
    let found = try #require(onlyProblem("a: 12\n", limits: limits))
    #expect(found.rule == .limit)
    #expect(found.isOfWholeText)
    #expect(found.message == "the file has 6 bytes, more than the limit of 5")
  }

  @Test func `too many documents refuse the text as a whole, good or bad`() throws {
    var limits = YAMLLimits()
    limits.maxDocuments = 2

    #expect(read("--- a\n--- b\n---\n# c\n", limits: limits) == [#""a""#, #""b""#])
    #expect(try #require(onlyProblem("--- a\n--- b\n--- c\n", limits: limits)).isOfWholeText)
    #expect(try #require(onlyProblem("--- [\n--- b\n--- {\n", limits: limits)).isOfWholeText)
    #expect(read("--- [\n--- b\n", limits: limits) == ["yaml-syntax 2:1", #""b""#])
  }

  @Test func `nesting has a limit that aliases cannot get around`() {
    var limits = YAMLLimits()
    limits.maxDepth = 3

    #expect(read("[[[1]]]", limits: limits) == ["[[[1]]]"])
    #expect(read("a: 1\n---\n[[{a: [1]}]]", limits: limits) == [#"{"a":1}"#, "yaml-limit 3:7"])
    #expect(read("[&a [1], [*a]]", limits: limits) == ["[[1],[[1]]]"])
    #expect(read("[&a [1], [[*a]]]", limits: limits) == ["yaml-limit 1:12"])
    #expect(read("[&a [1], &b [*a], [*b]]", limits: limits) == ["yaml-limit 1:20"])
  }

  @Test func `what aliases add has a limit in nodes`() {
    var limits = YAMLLimits()
    limits.maxAliases = 6

    #expect(read("[&a [1, 2], *a, *a]", limits: limits) == ["[[1,2],[1,2],[1,2]]"])
    #expect(read("[&a [1, 2], *a, *a, *a]", limits: limits) == ["yaml-alias 1:21"])
    #expect(read("[&a [1, 2], &b [*a, *a], *b]", limits: limits) == ["yaml-alias 1:26"])
    // Each document counts for itself.
    #expect(
      read("[&a [1, 2], *a, *a]\n---\n[&a [3, 4], *a, *a]", limits: limits).last == "[[3,4],[3,4],[3,4]]"
    )
    #expect(read("x: &a k\n*a : 1\ny: *a", limits: limits) == [#"{"x":"k","k":1,"y":"k"}"#])
  }

  @Test func `what aliases add has a limit in bytes`() {
    var limits = YAMLLimits()
    limits.maxBytes = 60

    #expect(read("- &a \(String(repeating: "x", count: 30))\n- *a\n", limits: limits).first?.count == 67)
    #expect(
      read("- &a \(String(repeating: "x", count: 31))\n- *a\n- *a\n", limits: limits) == ["yaml-alias 3:3"]
    )
  }

  @Test func `a bomb of nine levels is refused`() {
    let levels = (1...9).map { level in
      "l\(level): &l\(level) [\(Array(repeating: "*l\(level - 1)", count: 9).joined(separator: ", "))]"
    }

    #expect(read("l0: &l0 x\n" + levels.joined(separator: "\n")) == ["yaml-alias 6:10"])
  }

  @Test func `a million bytes of any shape are read in time`() {
    let size = 1 << 20
    var limits = YAMLLimits()
    limits.maxAliases = 1 << 30
    let long = String(repeating: "k", count: 1_000)

    // Deep nesting, open or closed, stops at the limit.
    #expect(read(String(repeating: "[", count: size)) == ["yaml-limit 1:101"])
    #expect(read(String(repeating: "{a: ", count: size / 4)) == ["yaml-limit 1:401"])
    #expect(read(String(repeating: "- ", count: size / 2)) == ["yaml-limit 1:201"])
    // Many keys in one mapping, in blocks and in one line, and many long ones.
    #expect(read((0..<size / 10).map { "k\($0): 1\n" }.joined()).first?.utf8.count == 1_147_175)
    #expect(read("{" + (0..<size / 10).map { "k\($0): 1" }.joined(separator: ", ") + "}").count == 1)
    #expect(read((0..<size / 1_000).map { "\(long)\($0): 1\n" }.joined()).count == 1)
    #expect(
      read((0..<size / 10).map { "k\($0): 1\n" }.joined() + "k7: 2\n") == ["yaml-duplicate-key 104858:1"]
    )
    // Many anchors and aliases.
    #expect(
      read("- &a x\n" + String(repeating: "- *a\n", count: size / 5), limits: limits).first?.count == 838_865
    )
    #expect(read((0..<size / 16).map { "- &a\($0) x\n- *a\($0)\n" }.joined(), limits: limits).count == 1)
    // Many small documents, broken ones too.
    #expect(read(String(repeating: "--- a\n", count: size / 6)) == ["yaml-limit 1:1"])
    #expect(read(String(repeating: "--- [\n", count: size / 6)) == ["yaml-limit 1:1"])
    #expect(read(String(repeating: "---\n", count: size / 4)).isEmpty)
    // Long scalars, and a quote that never ends.
    #expect(read("a: " + String(repeating: "x", count: size)).first?.utf8.count == size + 8)
    #expect(read("a: \"" + String(repeating: "x \n ", count: size / 4)).count == 1)
    #expect(read("a: |\n" + String(repeating: "  x\n", count: size / 4)).count == 1)
    #expect(read("a: >\n" + String(repeating: "  x\n\n", count: size / 5)).count == 1)
  }

  @Test func `a text may not have directives without end`() throws {
    let directives = (0..<50_000).map { "%TAG !a\($0)! tag:example.com:\n" }

    #expect(read(directives.prefix(1_000).joined() + "--- a\n") == [#""a""#])
    let found = try #require(onlyProblem(directives.joined() + "--- a\n"))
    #expect(found.isOfWholeText)
    #expect(found.mark == YAMLMark(line: 1_001, column: 1))
    #expect(read("a: |\n" + String(repeating: "  %\n", count: 2_000)).count == 1)
  }

  @Test func `many large documents do not cost more than their text`() {
    let document = "a: \(String(repeating: "x", count: 4_000))\n---\n"

    #expect(read(String(repeating: document, count: 1_000)).count == 1_000)
  }
}
