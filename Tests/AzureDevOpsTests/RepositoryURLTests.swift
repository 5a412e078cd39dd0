import Testing

@testable import AzureDevOps

/// facts/backstage-azure.md 3.1, 3.2, 3.5 and its cases D.
struct RepositoryURLTests {
  @Test(arguments: [
    // short form: project and repository have one name
    ("https://dev.azure.com/my-org/_git/my-project", "my-org", "my-project", "my-project"),
    ("https://dev.azure.com/my-org/p/_git/r", "my-org", "p", "r"),
    ("http://my-host/tfs/projects/my-project/_git/my-repo", "tfs/projects", "my-project", "my-repo"),
    ("https://my-org.visualstudio.com/my-project/_git/my-repo", "my-org", "my-project", "my-repo"),
    ("https://my-org.visualstudio.com/DefaultCollection/p/_git/r", "my-org", "p", "r"),
    ("https://my-org.visualstudio.com/_git/r", "my-org", "r", "r"),
    ("https://my-org@dev.azure.com/my-org/p/_git/r", "my-org", "p", "r"),
    (
      "https://dev.azure.com/o/My%20Project/_git/portal%20%5Blegacy%5D?path=/a", "o", "My Project",
      "portal [legacy]"
    ),
    ("https://dev.azure.com/o/p/_git/r/commit/abc?_a=history#L1", "o", "p", "r"),
  ])
  func `the place of _git says what the parts are`(
    text: String,
    organization: String,
    project: String,
    repository: String
  ) throws {
    let url = try RepositoryURL(text)

    #expect(url.organization == organization)
    #expect(url.project == project)
    #expect(url.repository == repository)
  }

  @Test(arguments: [
    ("?path=%2Fa%20b%2Fc.yaml", "/a b/c.yaml"), ("?path=/a%2Bb%26c%23d.yaml", "/a+b&c#d.yaml"),
    ("?path=/c+d.yaml", "/c d.yaml"), ("?path=my-template.yaml", "/my-template.yaml"), ("?path=", nil),
    ("", nil),
    ("?_a=contents&path=/x&line=3", "/x"),
  ])
  func `the path is decoded once`(query: String, path: String?) throws {
    #expect(try RepositoryURL("https://dev.azure.com/o/p/_git/r" + query).path == path)
  }

  @Test(arguments: [
    ("GBmain", RepositoryURL.Version.branch("main")), ("GBfeature%2Fx", .branch("feature/x")),
    ("GT1.2.0", .tag("1.2.0")), ("GC6eead79", .commit("6eead79")), ("GB", nil), ("", nil),
  ])
  func `the version says branch, tag or commit`(text: String, version: RepositoryURL.Version?) throws {
    #expect(try RepositoryURL("https://dev.azure.com/o/p/_git/r?version=\(text)").version == version)
  }

  @Test(arguments: [
    "https://dev.azure.com/my-org/_git", "https://dev.azure.com/my-org/_git/", "https://dev.azure.com/o/p/",
    "https://dev.azure.com/o/p/_not-git", "https://dev.azure.com/o/_workitems/recentlyupdated/",
    "https://api.com/a/b/blob/master/path/to/c.yaml",
  ])
  func `what names no repository is refused`(text: String) {
    #expect(throws: RepositoryURLError.notARepository(text)) { try RepositoryURL(text) }
  }

  @Test func `a host is the same with and without the port that goes without saying`() throws {
    #expect(try RepositoryURL("https://dev.azure.com:443/o/p/_git/r").host == "dev.azure.com")
    #expect(try RepositoryURL("http://server:8080/o/p/_git/r").host == "server:8080")
  }

  @Test func `an address that is refused is not repeated with its secrets`() {
    let error = #expect(throws: RepositoryURLError.self) {
      try RepositoryURL("https://me:s3cr3t@dev.azure.com/contoso/P?token=s3cr3t")
    }

    #expect(error?.description.contains("'https://dev.azure.com/contoso/P'") == true)
    #expect(error?.description.contains("s3cr3t") == false)
  }

  @Test func `what is no URL, climbs, or has an unknown version is refused`() {
    #expect(throws: RepositoryURLError.notAURL("com/a/b")) { try RepositoryURL("com/a/b") }
    #expect(throws: RepositoryURLError.unknownVersion("main")) {
      try RepositoryURL("https://dev.azure.com/o/p/_git/r?version=main")
    }
    let climbing = "https://dev.azure.com/o/p/_git/r?path=/a/%2e%2e/b"
    #expect(throws: RepositoryURLError.climbingPath(climbing)) { try RepositoryURL(climbing) }
  }

  @Test(arguments: [
    (
      "Payments", "api", "/catalog-info.yaml", nil,
      "https://dev.azure.com/o/Payments/_git/api?path=/catalog-info.yaml"
    ),
    (
      "My Project", "a#b", "/a&b+c.yaml", nil,
      "https://dev.azure.com/o/My%20Project/_git/a%23b?path=/a%26b%2Bc.yaml"
    ),
    (
      "p", "portal [legacy]", "/x", "feature/x",
      "https://dev.azure.com/o/p/_git/portal%20%5Blegacy%5D?path=/x&version=GBfeature/x"
    ),
    ("Données", "r", "/x", nil, "https://dev.azure.com/o/Donn%C3%A9es/_git/r?path=/x"),
  ])
  func `an address is written so that it reads back to the same file`(
    project: String,
    repository: String,
    path: String,
    branch: String?,
    text: String
  ) throws {
    let url = RepositoryURL(
      host: "dev.azure.com",
      organization: "o",
      project: project,
      repository: repository,
      path: path,
      version: branch.map(RepositoryURL.Version.branch)
    )

    #expect(url.text == text)
    #expect(try RepositoryURL(text) == url)
  }

  @Test func `an address on visualstudio.com has the organization in its host`() {
    let url = RepositoryURL(
      host: "contoso.visualstudio.com",
      organization: "contoso",
      project: "p",
      repository: "r"
    )

    #expect(url.text == "https://contoso.visualstudio.com/p/_git/r")
  }
}
