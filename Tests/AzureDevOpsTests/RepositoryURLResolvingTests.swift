import Testing

@testable import AzureDevOps

/// Targets of Locations and of included files (facts/backstage-azure.md 3.6, facts/backstage-catalog.md 3.3).
///
/// Results are in our one spelling, where slashes of a path are not escaped.
@Suite struct RepositoryURLResolvingTests {
  private static let repository = "https://dev.azure.com/org/proj/_git/repo"
  private static let base = "\(repository)?path=/services/a/catalog-info.yaml&version=GBmain"

  private func resolved(_ target: String, from base: String = base) throws -> String {
    try RepositoryURL(base).resolving(target).text
  }

  @Test(arguments: [
    ("./docs/openapi.yaml", "\(repository)?path=/services/a/docs/openapi.yaml&version=GBmain"),
    ("openapi.yaml", "\(repository)?path=/services/a/openapi.yaml&version=GBmain"),
    ("../b/catalog-info.yaml", "\(repository)?path=/services/b/catalog-info.yaml&version=GBmain"),
    ("/root.yaml", "\(repository)?path=/root.yaml&version=GBmain"),
    ("./", "\(repository)?path=/services/a/&version=GBmain"),
    ("../../../../x.yaml", "\(repository)?path=/x.yaml&version=GBmain"),
    ("x.yaml?foo=1", "\(repository)?path=/services/a/x.yaml&version=GBmain"),
    // Backstage escapes the blank twice, and then finds no such file.
    ("./my api.yaml", "\(repository)?path=/services/a/my%20api.yaml&version=GBmain"),
    ("https://example.com/x", "https://example.com/x"),
  ])
  func `C100: a target is resolved against the file that names it`(target: String, result: String) throws {
    #expect(try resolved(target) == result)
  }

  @Test(arguments: [
    (
      "D89", "../a.yaml",
      "https://dev.azure.com/organization/project/_git/repository?path=%2Ffolder%2Fcatalog-info.yaml",
      "https://dev.azure.com/organization/project/_git/repository?path=/a.yaml"
    ),
    (
      "D90", "/a.yaml",
      "https://internal.com/organization/project/_git/repository?path=%2Ffolder%2Fcatalog-info.yaml",
      "https://internal.com/organization/project/_git/repository?path=/a.yaml"
    ),
    (
      "D91", "./a.yaml", "https://dev.azure.com/organization/_git/project",
      "https://dev.azure.com/organization/project/_git/project?path=/a.yaml"
    ),
    (
      "D92", "./a.yaml", "http://not-azure.com/organization/_git/project",
      "https://not-azure.com/organization/project/_git/project?path=/a.yaml"
    ),
    (
      "D93", "https://absolute.com/path", "https://dev.azure.com/o/p/_git/r?path=/x",
      "https://absolute.com/path"
    ),
    (
      "C100 a tag, which Backstage does not resolve", "./x.yaml",
      "https://dev.azure.com/org/proj/_git/repo?path=/a/b.yaml&version=GTv1",
      "https://dev.azure.com/org/proj/_git/repo?path=/a/x.yaml&version=GTv1"
    ),
    (
      "D95", "./b.yaml", "https://dev.azure.com/o/p/_git/r?path=/x%20y/a.yaml",
      "https://dev.azure.com/o/p/_git/r?path=/x%20y/b.yaml"
    ),
    (
      "D95 a base without a slash before its path", "./b.yaml",
      "https://dev.azure.com/o/p/_git/r?path=x/a.yaml",
      "https://dev.azure.com/o/p/_git/r?path=/x/b.yaml"
    ),
    (
      "3.5 a collection", "./b.yaml", "http://server:8080/tfs/c/p/_git/r?path=/a.yaml",
      "https://server:8080/tfs/c/p/_git/r?path=/b.yaml"
    ),
    (
      "C125 the folder of a file at the root", "./",
      "https://dev.azure.com/o/p/_git/r?path=/catalog-info.yaml",
      "https://dev.azure.com/o/p/_git/r?path=/"
    ),
  ])
  func `D89-D93, D95: a target is resolved against any form of address`(
    name: String,
    target: String,
    base: String,
    result: String
  ) throws {
    #expect(try resolved(target, from: base) == result, "\(name)")
  }

  @Test func `D94: against what is no address of a repository, a target is resolved as URLs are`() throws {
    let base = TargetAddress.other("https://dev.azure.com/organization/project/_git")

    #expect(try base.resolving("./test") == .other("https://dev.azure.com/organization/project/test"))
    #expect(try base.resolving("xyz:a") == .other("xyz:a"))
    #expect(
      try base.resolving("_git/r?path=/my file")
        == .repository(
          RepositoryURL(
            host: "dev.azure.com",
            organization: "organization",
            project: "project",
            repository: "r",
            path: "/my file"
          )
        )
    )
    #expect(throws: RepositoryURLError.notAURL("./a")) { try TargetAddress.other("no base").resolving("./a") }
  }

  @Test func `D94: against an address of a repository, a target is resolved in it`() throws {
    let base = TargetAddress.repository(try RepositoryURL(Self.base))

    #expect(try base.resolving("/x").text == "\(Self.repository)?path=/x&version=GBmain")
  }

  @Test func `D90: an address of a line`() throws {
    let url = "https://internal.com/organization/project/_git/repository"

    #expect(
      try RepositoryURL("\(url)?path=%2Fa.yaml").text(atLine: 14)
        == "\(url)?path=/a.yaml&line=14&lineEnd=15&lineStartColumn=1&lineEndColumn=1"
    )
    #expect(
      try RepositoryURL(url).text(atLine: 1)
        == "\(url)?line=1&lineEnd=2&lineStartColumn=1&lineEndColumn=1"
    )
  }

  @Test(arguments: [
    ("./my%20api.yaml", "/services/a/my api.yaml"), ("my api.yaml", "/services/a/my api.yaml"),
    // A plus sign is a blank in a query only.
    ("a+b.yaml", "/services/a/a+b.yaml"), ("a%2Bb.yaml", "/services/a/a+b.yaml"),
    ("100%.yaml", "/services/a/100%.yaml"), ("100%25.yaml", "/services/a/100%.yaml"),
    ("a%23b.yaml#fragment", "/services/a/a#b.yaml"), ("a&b=c.yaml", "/services/a/a&b=c.yaml"),
    ("é.yaml", "/services/a/é.yaml"), ("a%2Fb.yaml", "/services/a/a/b.yaml"),
  ])
  func `a name is decoded once`(target: String, path: String) throws {
    guard case .repository(let url) = try RepositoryURL(Self.base).resolving(target) else {
      Issue.record("\(target) is not in the repository")
      return
    }

    #expect(url.path == path)
    #expect(try RepositoryURL(url.text) == url)
  }

  @Test(arguments: [
    (".", "/services/a/"), ("..", "/services/"), ("../..", "/"), ("../../..", "/"),
    ("./b/", "/services/a/b/"),
    ("./b/..", "/services/a/"), ("./b/../c.yaml", "/services/a/c.yaml"),
    ("./%2e%2e/c.yaml", "/services/c.yaml"),
    ("./.%2E/c.yaml", "/services/c.yaml"), ("./b//c.yaml", "/services/a/b/c.yaml"),
    ("//b/c.yaml", "/b/c.yaml"),
    ("/", "/"), (".\\b\\c.yaml", "/services/a/b/c.yaml"), ("..\\c.yaml", "/services/c.yaml"),
    (" ./b.yaml\n", "/services/a/b.yaml"), ("./b\t.yaml", "/services/a/b.yaml"), ("...", "/services/a/..."),
    ("", "/services/a/catalog-info.yaml"), ("#part", "/services/a/catalog-info.yaml"),
    ("?x=1", "/services/a/catalog-info.yaml"), ("/\u{301}b/c.yaml", "/\u{301}b/c.yaml"),
  ])
  func `3.3: paths are resolved by the rules of URLs`(target: String, path: String) throws {
    let url = try RepositoryURL(Self.base).resolving(target)

    guard case .repository(let url) = url else {
      Issue.record("\(target) is not in the repository")
      return
    }
    #expect(url.path == path)
    #expect(url.version == .branch("main"))
  }

  @Test func `3.3: in a folder, a target is resolved in that folder`() throws {
    let folder = "https://dev.azure.com/o/p/_git/r?path=/services/"

    #expect(
      try resolved("./a.yaml", from: folder) == "https://dev.azure.com/o/p/_git/r?path=/services/a.yaml"
    )
  }

  @Test(arguments: [
    ("./service-?/x.yaml", "/services/a/service-?/x.yaml", true), ("./*.yaml", "/services/a/*.yaml", true),
    ("/**/catalog-info.yaml", "/**/catalog-info.yaml", true), ("*.y?ml", "/services/a/*.y?ml", true),
    ("a-?", "/services/a/a-?", true), ("a.yaml?raw", "/services/a/a.yaml?raw", true),
    ("/b-?/x.yaml?raw=1&x=/y", "/b-?/x.yaml", true), ("a.yaml?raw=1", "/services/a/a.yaml", false),
    ("a.yaml?=1", "/services/a/a.yaml?=1", true), ("b-?/c=d.yaml", "/services/a/b-?/c=d.yaml", true),
    ("a.yaml#x?y", "/services/a/a.yaml", false),
  ])
  func `a question mark is a wildcard unless a name and an equals sign follow it`(
    target: String,
    path: String,
    isPattern: Bool
  ) throws {
    guard case .repository(let url) = try RepositoryURL(Self.base).resolving(target) else {
      Issue.record("\(target) is not in the repository")
      return
    }

    #expect(url.path == path)
    #expect(url.isPattern == isPattern)
  }

  @Test(arguments: [
    "https://example.com/100%/x", "http://example.com", "mailto:a@b", "file:///etc/passwd", "javascript:x",
    "C:\\a.yaml", "url:https://dev.azure.com/o/p/_git/r", "https://dev.azure.com/o/p/_wiki/wikis/r",
    "https://bücher.example/A",
  ])
  func `D93: a URL of any scheme is returned as it is`(target: String) throws {
    #expect(try RepositoryURL(Self.base).resolving(target) == .other(target))
  }

  @Test func `D93: a URL of another repository is read as one`() throws {
    #expect(
      try resolved(" https://user@DEV.azure.com/o/_git/r?path=%2Fa.yaml ")
        == "https://dev.azure.com/o/r/_git/r?path=/a.yaml"
    )
  }

  @Test(arguments: [
    ("%252e%252e/x.yaml", RepositoryURLError.climbingPath("%252e%252e/x.yaml")),
    ("..%2f..%2fx.yaml", .climbingPath("..%2f..%2fx.yaml")), ("..%5cx.yaml", .climbingPath("..%5cx.yaml")),
    ("a%252f..%252fx", .climbingPath("a%252f..%252fx")), ("%ff.yaml", .malformedEscape("%ff.yaml")),
    ("https://", .notAURL("https://")), ("http:x.yaml", .notAURL("http:x.yaml")),
    (
      "https://dev.azure.com/o/p/_git/r?version=main", .unknownVersion("main")
    ),
    (
      "https://dev.azure.com/o/p/_git/r?path=/../x",
      .climbingPath("https://dev.azure.com/o/p/_git/r?path=/../x")
    ),
    (
      "https://dev.azure.com/o/p/_git/r%?path=/x",
      .malformedEscape("https://dev.azure.com/o/p/_git/r%?path=/x")
    ),
  ])
  func `a target that leads nowhere is refused`(target: String, error: RepositoryURLError) {
    #expect(throws: error) { try resolved(target) }
  }

  @Test func `D109: a file that a pattern matches has the pattern's version`() throws {
    var url = try RepositoryURL("https://dev.azure.com/o/p/_git/r?path=%2F**%2Findex.*&version=GBmaster")
    #expect(url.isPattern)
    #expect(url.text == "https://dev.azure.com/o/p/_git/r?path=/**/index.*&version=GBmaster")

    url.path = "/docs/index.md"
    #expect(url.text == "https://dev.azure.com/o/p/_git/r?path=/docs/index.md&version=GBmaster")
  }
}
