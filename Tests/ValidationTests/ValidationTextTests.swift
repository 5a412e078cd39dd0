import Testing
import Validation

struct ValidationTextTests {
  @Test func `a problem shows its line, its column and its key path`() {
    let text = """
      apiVersion: backstage.io/v1alpha1
      kind: Thing
      metadata:
        name: my service
      """

    #expect(
      shown(text, path: "x/a.yaml") == """
        x/a.yaml:2:7: warning: the kind 'Thing' is unknown, so its spec is not checked [unknown-kind]
          | kind: Thing
          |       ^
          at kind
        x/a.yaml:4:9: error: expected 1 to 63 letters, digits, '-', '_' or '.' with a letter or digit at both \
        ends, got 'my service' [metadata-name-format]
          |   name: my service
          |         ^
          at metadata.name
        1 file, 0 entities, 1 error, 1 warning

        """
    )
  }

  @Test func `files are in order, and a good one is only counted`() {
    let text = ValidationText.text(
      of: report(["a.yaml": "- a", "b.yaml": good, "c.yaml": "- c"]),
      isColoured: false
    )

    #expect(
      text.split(separator: "\n").filter { $0.contains(".yaml:") }.map { $0.prefix(6) } == [
        "a.yaml", "c.yaml",
      ]
    )
    #expect(text.hasSuffix("\n3 files, 1 entity, 2 errors, 0 warnings\n"))
  }

  /// The lines of the excerpt for a key that stands behind the given text, and the caret's.
  private func excerpt(_ text: String) -> [String] {
    shown(text).split(separator: "\n").filter { $0.hasPrefix("  | ") }.map { String($0.dropFirst(4)) }
  }

  @Test(
    "the caret stands under the character whatever is before it",
    arguments: [
      // A tab leads on to the next multiple of four columns.
      ("{a: 1,\t\tb: 2}", ["{a: 1,      b: 2}", "            ^"]),
      ("[a, \t{\"x\t\": 1, @}]", ["[a,     {\"x \": 1, @}]", "                  ^"]),
      // Wide characters and emoji take two columns, marks on others none.
      ("[\"日本\", @]", ["[\"日本\", @]", "         ^"]),
      ("[\"🚀\", @]", ["[\"🚀\", @]", "       ^"]),
      ("[\"e\u{301}\", @]", ["[\"e\u{301}\", @]", "      ^"]),
      // What moves the cursor or turns the direction of the text is shown as something else.
      ("[\"\u{85}\u{202E}\", @]", ["[\"\u{FFFD}\u{FFFD}\", @]", "       ^"]),
      // At the end of a text that ends too early.
      ("a: [b", ["a: [b", "     ^"]),
      ("a: [b\n", ["", "^"]),
      ("a: [b\r\n", ["", "^"]),
    ]
  )
  func caret(text: String, shown: [String]) {
    #expect(Array(excerpt(text).suffix(2)) == shown)
  }

  @Test func `control characters of a file never reach the terminal`() {
    let text = shown("\"a\\e[31m\\u0007\\u009b\": 1\n\"a\\e[31m\\u0007\\u009b\": 2\n# \u{1B}]0;x\u{7}\n")

    #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || $0.properties.generalCategory != .control })
    let path = shown("- a", path: "a\u{1B}[2J\nb.yaml")
    #expect(path.hasPrefix("a\u{241B}[2J\u{240A}b.yaml:1:1: error: "))
  }

  @Test func `what a file holds is no command of a pipeline`() {
    let text = shown("[##vso[task.setvariable variable=a]b, ##[group]x, '## [', ##VSO[x]")

    #expect(!text.lowercased().contains("##vso[") && !text.contains("##["))
    #expect(text.contains("| [#\u{FFFD}vso[task.setvariable variable=a]b, #\u{FFFD}[group]x, '## ['"))
    #expect(!shown("::error::x").contains("\n::"))
  }

  @Test func `of a long line the part around the place is shown`() {
    let long = String(repeating: "k", count: 5_000)

    #expect(
      excerpt("{a: \(long), @}") == [
        "...\(String(repeating: "k", count: 78)), @}",
        String(repeating: " ", count: 83) + "^",
      ]
    )
    #expect(excerpt("[@ \(long)]") == ["[@ \(String(repeating: "k", count: 78))...", " ^"])
    let path = shown("apiVersion: 1\nkind: A\nmetadata:\n  name: a\n  labels:\n    ? \(long)\n    : a b\n")
    #expect(path.contains("\n  at metadata.labels.\(String(repeating: "k", count: 184))...\n"))
  }

  @Test func `places count from behind a byte order mark`() {
    #expect(excerpt("\u{FEFF}[@]") == ["[@]", " ^"])
  }

  @Test func `each line end counts once`() {
    #expect(excerpt("a: b\r\nc: d\re: f\n@") == ["@", "^"])
  }

  @Test func `colours mark path, severity and caret`() {
    let text = ValidationText.text(of: report(["a.yaml": "- a"]), isColoured: true)

    #expect(text.hasPrefix("\u{1B}[1ma.yaml:1:1:\u{1B}[0m \u{1B}[1;31merror:\u{1B}[0m expected a mapping"))
    #expect(text.contains("  | \u{1B}[1;32m^\u{1B}[0m\n"))
  }
}
