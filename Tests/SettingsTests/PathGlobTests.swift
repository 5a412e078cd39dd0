import Testing

@testable import Settings

/// Patterns as the catalog uses them (facts/backstage-azure.md 4.3; facts/backstage-catalog.md 3.4, 4).
///
/// What the facts leave open is as minimatch 9.0.5 answers.
@Suite struct PathGlobTests {
  @Test(arguments: [
    // C121
    ("services/*/catalog-info.yaml", "services/a/catalog-info.yaml", true),
    ("services/*/catalog-info.yaml", "services/a/b/catalog-info.yaml", false),
    ("services/**/catalog-info.yaml", "services/a/b/catalog-info.yaml", true),
    ("*", "a/b", false), ("**", "a/b", true),
    // D109
    ("**/index.*", "docs/index.md", true), ("**/index.*", "index.md", true),
    ("**/index.*", "a/b/c/index.md", true), ("**/index.*", "a/b/index", false),
    // C120, with the slash that paths of a repository have before them
    ("/services/*/catalog-info.yaml", "/services/a/catalog-info.yaml", true),
    ("/services/*/catalog-info.yaml", "services/a/catalog-info.yaml", true),
    ("services/*/catalog-info.yaml", "/services/catalog-info.yaml", false),
  ])
  func `C121, D109: a star stays between slashes, two stars alone do not`(
    pattern: String,
    path: String,
    isMatch: Bool
  ) throws {
    #expect(try PathGlob(pattern).matches(path) == isMatch)
  }

  @Test(arguments: [
    ("a/**", "a", false), ("a/**", "a/b", true), ("a/**", "a/b/c", true), ("a/**/b", "a/b", true),
    ("a/**/b", "a/x/y/b", true), ("a/**/b", "a/x/y/c", false), ("a/**/**/b", "a/b", true),
    ("a/**/b/**/c", "a/b/x/b/c", true), ("a**b", "axxb", true), ("a**b", "a/b", false), ("***", "a", true),
    ("***", "a/b", false),
  ])
  func `two stars are any number of folders`(pattern: String, path: String, isMatch: Bool) throws {
    #expect(try PathGlob(pattern).matches(path) == isMatch)
  }

  @Test(arguments: [
    ("*", ".hidden", false), (".*", ".hidden", true), ("?x", ".x", false), ("[!a]x", ".x", false),
    ("[.]x", ".x", true), ("**", ".a", false), ("**/x", ".a/x", false), ("a/**/b", "a/.x/b", false),
    ("a/.*/**/b", "a/.x/b", true), ("**/.x/*", "a/.x/b", true), ("a/**/.*", "a/b/.c", true),
    ("a*", "a.b", true), ("{.a,b}/*", ".a/x", true),
  ])
  func `wildcards do not see names that begin with a dot`(
    pattern: String,
    path: String,
    isMatch: Bool
  ) throws {
    #expect(try PathGlob(pattern).matches(path) == isMatch)
  }

  @Test(arguments: [
    ("a?c", "abc", true), ("a?c", "ac", false), ("a?c", "a/c", false), ("a?c", "aéc", true),
    ("a?c", "a😀c", true), ("?", "", false), ("*.y?ml", "x.yaml", true), ("a*", "a", true), ("*a", "a", true),
    ("*", "", false), ("*a*b*c", "xxaxbxbxc", true), ("*a*b*c", "xxaxbxbx", false), ("A*", "abc", false),
    ("[a-c]x", "bx", true), ("[a-c]x", "dx", false), ("[!a-c]x", "bx", false), ("[!a-c]x", "dx", true),
    ("[^a-c]x", "dx", true), ("[]a]x", "]x", true), ("[a-]x", "-x", true), ("[-a]x", "-x", true),
    ("[a", "[a", true), ("[a*", "[ab", true), ("[z-a]x", "bx", false), ("[ac-e]x", "dx", true),
    ("a[/]b", "a/b", false), ("[\\]]*", "]x", true), ("[a\\-z]x", "-x", true), ("[a\\-z]x", "bx", false),
    ("\\*x", "*x", true), ("\\*x", "ax", false), ("a\\", "a\\", true), ("#a*", "#ab", true),
  ])
  func `one character, any of them, one of a set, or the character itself`(
    pattern: String,
    path: String,
    isMatch: Bool
  ) throws {
    #expect(try PathGlob(pattern).matches(path) == isMatch)
  }

  @Test(arguments: [
    ("{a,b}/*.yaml", "a/x.yaml", true), ("{a,b}/*.yaml", "b/x.yaml", true),
    ("{a,b}/*.yaml", "c/x.yaml", false),
    ("{a,b}/*.yaml", "{a,b}/x.yaml", false), ("{a}/*", "{a}/x", true), ("{a/{b,c},d}/*", "a/c/x", true),
    ("{a/{b,c},d}/*", "d/x", true), ("{a/{b,c},d}/*", "a/d/x", false), ("{a,b}{c,d}*", "bd", true),
    ("{a,b}{c,d}*", "ab", false), ("{{a,b}}*", "{a}", true), ("${a,b}*", "${a,b}c", true),
    ("{a,b*", "{a,bc", true), ("a}*", "a}b", true), ("{,x}a*", "a", true), ("{,x}a*", "xa", true),
    ("\\{a,b}*", "{a,b}c", true), ("{a\\,b,c}*", "a,b", true), ("{a,b}/**", "b/c/d", true),
    ("{a{b,c}*", "{acx", true),
  ])
  func `braces are one text or another`(pattern: String, path: String, isMatch: Bool) throws {
    #expect(try PathGlob(pattern).matches(path) == isMatch)
  }

  @Test(arguments: [
    ("!a*", "abc", false), ("!a*", "xbc", true), ("!!a*", "abc", true), ("!a*", ".x", true),
  ])
  func `an exclamation mark at the beginning turns a pattern around`(
    pattern: String,
    path: String,
    isMatch: Bool
  ) throws {
    #expect(try PathGlob(pattern).matches(path) == isMatch)
  }

  @Test(arguments: [
    ("a//b*", "a/b", true), ("a/./*", "a/b", true), ("a/*/", "a/b/", true), ("a/*/", "a/b", false),
    ("a/*", "a/b/", true), ("a/*", "a/", false), ("", "", true), ("", "a", false),
  ])
  func `slashes and lone dots count once or not at all`(pattern: String, path: String, isMatch: Bool) throws {
    #expect(try PathGlob(pattern).matches(path) == isMatch)
  }

  @Test(arguments: [
    // C158
    ("https://dev.azure.com/org/**", "https://dev.azure.com/org/p/_git/r?path=/.hidden/a.yaml", true),
    ("https://dev.azure.com/org/**", "https://dev.azure.com/ORG/p/_git/r", true),
    ("https://dev.azure.com/Org/**", "https://dev.azure.com/org/.p/_git/r", true),
    ("https://dev.azure.com/org/**", "https://dev.azure.com/organization/p/_git/r", false),
    ("https://dev.azure.com/org/**", "https://dev.azure.com/org", false),
    ("https://dev.azure.com/org/*", "https://dev.azure.com/org/p/_git/r", false),
    ("https://x/*", "https://x/y/", true), ("[A-C]*", "bx", true), ("*", "..", false),
    ("a/**", "a/../b", false),
    ("/etc/**", "/etc/a/b", true), ("./**", "a", false), ("etc/**", "/etc/a", false),
    ("*/etc/a", "/etc/a", false),
    ("**/a", "/etc/a", true),
  ])
  func `C158: on targets, dots and letter case are no difference`(
    pattern: String,
    target: String,
    isMatch: Bool
  ) throws {
    #expect(try PathGlob(pattern, for: .targets).matches(target) == isMatch)
  }

  @Test(arguments: [
    ("/services/*/catalog-info.yaml", "/services"), ("services/a/*.yaml", "/services/a"), ("**/x", "/"),
    ("/*.yaml", "/"), ("/a/b.yaml", "/a"), ("/a/b*/c/d", "/a"), ("/a/{b,c}/*.yaml", "/a"),
    ("/{a/b,a/c}/d/*.yaml", "/a"), ("/{a,a}/b/*", "/a/b"), ("/{a,b}/c/*.yaml", "/"), ("/a\\*/b/*", "/a*/b"),
    ("/[a]/b/*", "/a/b"), ("/a/[bc]/*", "/a"), ("!/a/*", "/"), ("/a//b/./*", "/a/b"), ("/a/", "/a"),
    ("", "/"),
    ("/{a/b/c,a}/*", "/a"),
  ])
  func `the folder before the first wildcard holds all that matches`(pattern: String, folder: String) throws {
    #expect(try PathGlob(pattern).literalPrefix == folder)
  }

  @Test(arguments: [("a", false), ("/a/*", true), ("?", true), ("{a,b}", false), ("[a]", false), ("", false)])
  func `only stars and question marks make a pattern`(path: String, isPattern: Bool) {
    #expect(PathGlob.isPattern(path) == isPattern)
  }

  @Test(arguments: ["+(a|b)", "x/@(a)*", "!(a)", "*(a)", "?(a|b)c", "{1..3}*", "a{b..d}", "[[:alpha:]]*"])
  func `a form that is not supported is refused`(pattern: String) {
    let error = #expect(throws: PathGlobError.self) { try PathGlob(pattern) }

    guard case .unsupported(let message) = error else {
      Issue.record("\(pattern): \(String(describing: error))")
      return
    }
    #expect(message.contains("not supported; write "))
  }

  @Test(arguments: ["Payments (old)/*", "+a(b)*", "+(a/b)*", "{a,b..c}*", "a..b*"])
  func `what only looks like such a form is not refused`(pattern: String) throws {
    _ = try PathGlob(pattern)
  }

  @Test(arguments: [
    (String(repeating: "{a,b}", count: 40), PathGlobError.tooLarge),
    ("{" + String(repeating: ",", count: 300) + "}", .tooLarge),
    (String(repeating: "a", count: 4_001), .tooLarge),
    ("{a,b}" + String(repeating: "a", count: 2_000), .tooLarge),
    (String(repeating: "{a,", count: 18) + String(repeating: "}", count: 18), .tooDeep),
  ])
  func `a pattern that comes to too much is refused`(pattern: String, error: PathGlobError) {
    #expect(throws: error) { try PathGlob(pattern) }
    #expect(error.description.contains("the pattern"))
  }

  @Test func `braces below the limits are written out`() throws {
    let many = "{" + (1...200).map { "service-\($0)" }.joined(separator: ",") + "}/*.yaml"
    let deep = String(repeating: "{a,", count: 16) + "b" + String(repeating: "}", count: 16)
    let unclosed = String(repeating: "{", count: 3_000) + "*"

    #expect(try PathGlob(many).matches("service-200/x.yaml"))
    #expect(try PathGlob(deep).matches("b"))
    #expect(try PathGlob(unclosed).matches(String(repeating: "{", count: 3_000) + "x"))
  }

  @Test(
    .timeLimit(.minutes(1)),
    arguments: [
      (String(repeating: "a*", count: 1_000) + "b", String(repeating: "a", count: 4_000)),
      (String(repeating: "**/a/", count: 500) + "b", String(repeating: "a/", count: 2_000)),
      (String(repeating: "**/*a*/", count: 300) + "b", String(repeating: "aaa/", count: 1_000)),
      (String(repeating: "*?", count: 1_000) + "b", String(repeating: "a", count: 4_000)),
    ]
  )
  func `hostile patterns cost no exponential time`(pattern: String, path: String) throws {
    #expect(try !PathGlob(pattern).matches(path))
  }
}
