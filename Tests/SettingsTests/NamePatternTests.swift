import Testing

@testable import Settings

/// Facts/backstage-azure.md 5.4, rules 1 and 3; 9, cases 139 and 140.
@Suite struct NamePatternTests {
  @Test(arguments: [
    // 140
    ("service-*", "Service-B", true),
    ("service-*", "service-", true),
    ("service-*", "my-service-b", false),
    ("a.b", "axb", false),
    ("a.b", "A.B", true),
    // `?` is one character, `*` any run.
    ("a?c", "abc", true),
    ("a?c", "ac", false),
    ("a?c", "aéc", true),
    ("*", "", true),
    ("*", "anything", true),
    ("", "", true),
    ("", "a", false),
    ("*a*b*c", "xxaxbxbxc", true),
    ("*a*b*c", "xxaxbxbx", false),
    ("**x", "x", true),
    ("a*", "ba", false),
    ("ÄB", "äb", true),
    ("[ab]", "a", false),
    ("[ab]", "[AB]", true),
    ("Platform *", "platform tools", true),
  ])
  func `F140: the whole name matches, whatever its letter case`(pattern: String, name: String, isMatch: Bool)
  {
    #expect(NamePattern(pattern).matches(name) == isMatch)
  }

  @Test func `F139: quotes around a name change nothing`() {
    let quoted = NamePattern("\"My Project\"")

    #expect(quoted == NamePattern("My Project"))
    #expect(quoted.text == "My Project")
    #expect(quoted.matches("my project"))
    #expect(!quoted.matches("\"My Project\""))
    #expect(NamePattern("\"").matches("\""))
  }

  @Test(arguments: [("a", false), ("a*", true), ("?", true), ("\"*\"", true), ("", false)])
  func `a wildcard is seen`(pattern: String, hasWildcard: Bool) {
    #expect(NamePattern(pattern).hasWildcard == hasWildcard)
  }

  @Test func `many stars cost no exponential time`() {
    let pattern = NamePattern(String(repeating: "*a", count: 30) + "b")

    #expect(!pattern.matches(String(repeating: "a", count: 2_000)))
  }
}
