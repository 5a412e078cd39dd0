import Testing

@testable import AzureDevOps

/// The forms of addresses and what is refused (facts/backstage-azure.md 3.1-3.5 and its cases D;
/// facts/backstage-catalog.md C101-C106).
///
/// The rows name addresses of the API as well. Ours are built from the ids of repositories, never from these
/// texts, so each row is held to the parts that are read and to the one spelling of the address.
@Suite struct RepositoryURLFormTests {
  struct Form: CustomTestStringConvertible {
    var name: String
    var text: String
    /// Host, organization, project, repository.
    var parts: [String]
    var path: String?
    var version: RepositoryURL.Version?
    var canonical: String

    var testDescription: String { name }
  }

  static let services = [
    Form(
      name: "D63 the short form",
      text: "https://dev.azure.com/my-org/_git/my-project",
      parts: ["dev.azure.com", "my-org", "my-project", "my-project"],
      canonical: "https://dev.azure.com/my-org/my-project/_git/my-project"
    ),
    Form(
      name: "D64, C102 the short form with a path",
      text: "https://dev.azure.com/my-org/_git/my-project?path=%2Ftest.yaml",
      parts: ["dev.azure.com", "my-org", "my-project", "my-project"],
      path: "/test.yaml",
      canonical: "https://dev.azure.com/my-org/my-project/_git/my-project?path=/test.yaml"
    ),
    Form(
      name: "D65 the short form with a path and a branch",
      text: "https://dev.azure.com/my-org/_git/my-project?path=%2Ftest.yaml&version=GBtest-branch",
      parts: ["dev.azure.com", "my-org", "my-project", "my-project"],
      path: "/test.yaml",
      version: .branch("test-branch"),
      canonical:
        "https://dev.azure.com/my-org/my-project/_git/my-project?path=/test.yaml&version=GBtest-branch"
    ),
    Form(
      name: "C101 a path without a slash before it, and a branch",
      text:
        "https://dev.azure.com/org-name/project-name/_git/repo-name?path=my-template.yaml&version=GBmaster",
      parts: ["dev.azure.com", "org-name", "project-name", "repo-name"],
      path: "/my-template.yaml",
      version: .branch("master"),
      canonical:
        "https://dev.azure.com/org-name/project-name/_git/repo-name?path=/my-template.yaml&version=GBmaster"
    ),
    // Backstage up to 2025 refuses commits; here they are read (decisions.md 18).
    Form(
      name: "D73, C104 a commit",
      text: "https://dev.azure.com/my-org/_git/my-project?version=GC6eead79870d998a3befd4bc7c72cc89e446f2970",
      parts: ["dev.azure.com", "my-org", "my-project", "my-project"],
      version: .commit("6eead79870d998a3befd4bc7c72cc89e446f2970"),
      canonical:
        "https://dev.azure.com/my-org/my-project/_git/my-project?version=GC6eead79870d998a3befd4bc7c72cc89e446f2970"
    ),
    Form(
      name: "D79 blanks everywhere, a branch with a slash",
      text:
        "https://dev.azure.com/my-org/My%20Project/_git/my%20repo?path=%2Fa%20b%2Fc.yaml&version=GBfeature%2Fx",
      parts: ["dev.azure.com", "my-org", "My Project", "my repo"],
      path: "/a b/c.yaml",
      version: .branch("feature/x"),
      canonical:
        "https://dev.azure.com/my-org/My%20Project/_git/my%20repo?path=/a%20b/c.yaml&version=GBfeature/x"
    ),
    Form(
      name: "D80 a user",
      text: "https://my-org@dev.azure.com/my-org/p/_git/r?path=/a.yaml",
      parts: ["dev.azure.com", "my-org", "p", "r"],
      path: "/a.yaml",
      canonical: "https://dev.azure.com/my-org/p/_git/r?path=/a.yaml"
    ),
    Form(
      name: "D81 upper case: the host's is lost, all other is kept",
      text: "HTTPS://DEV.AZURE.COM/MyOrg/P/_git/R?path=/A.yaml",
      parts: ["dev.azure.com", "MyOrg", "P", "R"],
      path: "/A.yaml",
      canonical: "https://dev.azure.com/MyOrg/P/_git/R?path=/A.yaml"
    ),
    Form(
      name: "D82 other parameters, more of the path, a fragment",
      text: "https://dev.azure.com/o/p/_git/r/commit/abc%zz?_a=100%&path=/x&line=3&lineEnd=4#path=/y",
      parts: ["dev.azure.com", "o", "p", "r"],
      path: "/x",
      canonical: "https://dev.azure.com/o/p/_git/r?path=/x"
    ),
    Form(
      name: "D87 a tag",
      text: "https://dev.azure.com/o/p/_git/r?path=/x&version=GT1.2.0",
      parts: ["dev.azure.com", "o", "p", "r"],
      path: "/x",
      version: .tag("1.2.0"),
      canonical: "https://dev.azure.com/o/p/_git/r?path=/x&version=GT1.2.0"
    ),
    Form(
      name: "the first of two parameters counts, and names may be escaped",
      text: "https://dev.azure.com/o/p/_git/r?p%61th=/x&path=/y&version=GBa&version=GBb",
      parts: ["dev.azure.com", "o", "p", "r"],
      path: "/x",
      version: .branch("a"),
      canonical: "https://dev.azure.com/o/p/_git/r?path=/x&version=GBa"
    ),
    Form(
      name: "a project named tfs in the cloud",
      text: "https://dev.azure.com/tfs/p/_git/r",
      parts: ["dev.azure.com", "tfs", "p", "r"],
      canonical: "https://dev.azure.com/tfs/p/_git/r"
    ),
  ]

  static let ownServers = [
    Form(
      name: "D66 the long form",
      text: "http://my-host/my-org/my-project/_git/my-repo",
      parts: ["my-host", "my-org", "my-project", "my-repo"],
      canonical: "https://my-host/my-org/my-project/_git/my-repo"
    ),
    Form(
      name: "D67 the long form with a folder and a branch",
      text: "http://my-host/my-org/my-project/_git/my-repo?path=%2Ffolder&version=GBtest-branch",
      parts: ["my-host", "my-org", "my-project", "my-repo"],
      path: "/folder",
      version: .branch("test-branch"),
      canonical: "https://my-host/my-org/my-project/_git/my-repo?path=/folder&version=GBtest-branch"
    ),
    Form(
      name: "D68, C103 a collection",
      text: "http://my-host/tfs/projects/my-project/_git/my-repo",
      parts: ["my-host", "tfs/projects", "my-project", "my-repo"],
      canonical: "https://my-host/tfs/projects/my-project/_git/my-repo"
    ),
    Form(
      name: "D69 a collection, a path and a branch",
      text: "http://my-host/tfs/projects/my-project/_git/my-repo?path=%2Ffolder&version=GBtest-branch",
      parts: ["my-host", "tfs/projects", "my-project", "my-repo"],
      path: "/folder",
      version: .branch("test-branch"),
      canonical:
        "https://my-host/tfs/projects/my-project/_git/my-repo?path=/folder&version=GBtest-branch"
    ),
    Form(
      name: "D86 a port and a collection, whose slash is not escaped",
      text: "http://my-host:8080/tfs/DefaultCollection/p/_git/r?path=/a.yaml&version=GBmain",
      parts: ["my-host:8080", "tfs/DefaultCollection", "p", "r"],
      path: "/a.yaml",
      version: .branch("main"),
      canonical: "https://my-host:8080/tfs/DefaultCollection/p/_git/r?path=/a.yaml&version=GBmain"
    ),
    Form(
      name: "3.5: a collection in the short form, which Backstage takes for an organization and a project",
      text: "http://my-host:8080/tfs/DefaultCollection/_git/r",
      parts: ["my-host:8080", "tfs/DefaultCollection", "r", "r"],
      canonical: "https://my-host:8080/tfs/DefaultCollection/r/_git/r"
    ),
    Form(
      name: "3.4 any host",
      text: "https://api.com/org-name/project-name/_git/repo-name?path=my-template.yaml",
      parts: ["api.com", "org-name", "project-name", "repo-name"],
      path: "/my-template.yaml",
      canonical: "https://api.com/org-name/project-name/_git/repo-name?path=/my-template.yaml"
    ),
    Form(
      name: "an IPv6 address with a port",
      text: "http://[2001:DB8::1]:8080/c/p/_git/r",
      parts: ["[2001:db8::1]:8080", "c", "p", "r"],
      canonical: "https://[2001:db8::1]:8080/c/p/_git/r"
    ),
  ]

  static let visualStudio = [
    Form(
      name: "D70 the organization in the host",
      text: "https://my-org.visualstudio.com/my-project/_git/my-repo",
      parts: ["my-org.visualstudio.com", "my-org", "my-project", "my-repo"],
      canonical: "https://my-org.visualstudio.com/my-project/_git/my-repo"
    ),
    Form(
      name: "D71, D72 the organization in the host, with a path",
      text: "https://my-org.visualstudio.com/my-project/_git/my-repo?path=%2Ftest.yaml",
      parts: ["my-org.visualstudio.com", "my-org", "my-project", "my-repo"],
      path: "/test.yaml",
      canonical: "https://my-org.visualstudio.com/my-project/_git/my-repo?path=/test.yaml"
    ),
    Form(
      name: "3.1 DefaultCollection",
      text: "https://my-org.visualstudio.com/DefaultCollection/p/_git/r",
      parts: ["my-org.visualstudio.com", "my-org", "p", "r"],
      canonical: "https://my-org.visualstudio.com/p/_git/r"
    ),
    Form(
      name: "3.1 DefaultCollection in the short form",
      text: "https://my-org.visualstudio.com/defaultcollection/_git/r",
      parts: ["my-org.visualstudio.com", "my-org", "r", "r"],
      canonical: "https://my-org.visualstudio.com/r/_git/r"
    ),
    Form(
      name: "D88 the short form",
      text: "https://org.visualstudio.com/_git/repo",
      parts: ["org.visualstudio.com", "org", "repo", "repo"],
      canonical: "https://org.visualstudio.com/repo/_git/repo"
    ),
    Form(
      name: "3.5 the organization once more",
      text: "https://My-Org.visualstudio.com/My-Org/p/_git/r?path=/a.yaml",
      parts: ["my-org.visualstudio.com", "my-org", "p", "r"],
      path: "/a.yaml",
      canonical: "https://my-org.visualstudio.com/p/_git/r?path=/a.yaml"
    ),
    Form(
      name: "a project that is named as its organization",
      text: "https://my-org.visualstudio.com/My-Org/_git/r",
      parts: ["my-org.visualstudio.com", "my-org", "My-Org", "r"],
      canonical: "https://my-org.visualstudio.com/My-Org/_git/r"
    ),
  ]

  @Test(arguments: services + ownServers + visualStudio)
  func `an address is read into its parts and written in one spelling`(form: Form) throws {
    let url = try RepositoryURL(form.text)

    #expect([url.host, url.organization, url.project, url.repository] == form.parts)
    #expect(url.path == form.path)
    #expect(url.version == form.version)
    #expect(url.text == form.canonical)
    #expect(try RepositoryURL(url.text) == url)
  }

  @Test(arguments: [
    // D74-D77, C105
    "https://dev.azure.com/my-org/_git", "https://dev.azure.com/my-org/_git/",
    "https://dev.azure.com/my-org/my-project/", "https://dev.azure.com/my-org/my-project/_not-git",
    "https://dev.azure.com/my-org/my-project/_not-git/my-repo",
    "https://dev.azure.com/my-org/_workitems/recentlyupdated/",
    "https://api.com/a/b/blob/master/path/to/c.yaml",
    // A part is missing, or there is one too many.
    "https://dev.azure.com/_git/r", "https://dev.azure.com/o//_git/r", "https://dev.azure.com//p/_git/r",
    "https://dev.azure.com/o/p/_git//r", "https://dev.azure.com/a/b/c/d/_git/r",
    "https://my-host/tfs/_git/r", "https://o.visualstudio.com/a/b/_git/r", "https://dev.azure.com",
    "https://dev.azure.com/o/100%/x",
    // Browsers resolve these parts; no name is one of them.
    "https://dev.azure.com/o/p/../_git/r", "https://dev.azure.com/o/%2e/_git/r",
    "https://dev.azure.com/o/p/_git/%2e%2e",
  ])
  func `D74-D77, C105: what names no repository is refused`(text: String) {
    #expect(throws: RepositoryURLError.notARepository(text)) { try RepositoryURL(text) }
  }

  @Test(arguments: [
    "com/a/b/blob/master/path/to/c.yaml", "", "dev.azure.com/o/p/_git/r", "//dev.azure.com/o/p/_git/r",
    "https:dev.azure.com/o/p/_git/r", "https:///o/p/_git/r", "https://:80/o/p/_git/r",
    "https://h:port/o/p/_git/r", "https://h:65536/o/p/_git/r", "https://a b/o/p/_git/r",
    "https://user@/o/p/_git/r", "ftp://dev.azure.com/o/p/_git/r", "git@ssh.dev.azure.com:v3/o/p/r",
  ])
  func `D78: what is no URL of the web is refused`(text: String) {
    #expect(throws: RepositoryURLError.notAURL(text)) { try RepositoryURL(text) }
  }

  @Test(arguments: [
    "https://dev.azure.com/o/100%/_git/r", "https://dev.azure.com/o/p/_git/r%2",
    "https://dev.azure.com/o/p/_git/r?path=/a%zz", "https://dev.azure.com/o/p/_git/r?version=GBa%",
    "https://dev.azure.com/o/p/_git/r?path=/%ff",
  ])
  func `3.1: an escape that is none is refused`(text: String) {
    #expect(throws: RepositoryURLError.malformedEscape(text)) { try RepositoryURL(text) }
  }

  @Test(arguments: ["?version=", "?version=GB", "?version", "?path=/x&version=", ""])
  func `D83: a version that names nothing is none`(query: String) throws {
    let url = try RepositoryURL("https://dev.azure.com/o/p/_git/r" + query)

    #expect(url.version == nil)
    #expect(!url.text.contains("version"))
  }

  @Test(arguments: ["GT", "GC", "main", "gbmain", "G"])
  func `3.2: a version of no known type is refused`(version: String) {
    #expect(throws: RepositoryURLError.unknownVersion(version)) {
      try RepositoryURL("https://dev.azure.com/o/p/_git/r?version=\(version)")
    }
  }

  @Test func `D87: a version knows its name and what the API calls its type`() {
    #expect(RepositoryURL.Version.tag("1.2.0").type == "tag")
    #expect(RepositoryURL.Version.branch("feature/x").type == "branch")
    #expect(RepositoryURL.Version.commit("6eead79").type == "commit")
    #expect(RepositoryURL.Version.tag("1.2.0").name == "1.2.0")
  }

  @Test(arguments: ["", "?path=", "?path", "?path=/", "?path=/services/"])
  func `D84, C106: a repository or a folder is no file`(query: String) throws {
    let url = try RepositoryURL("https://dev.azure.com/o/p/_git/r" + query)

    #expect(throws: RepositoryURLError.noFile(url.text)) { try url.filePath() }
    #expect(!url.text.contains("path=") || url.path != nil)
  }

  @Test func `C106: a file has its path`() throws {
    #expect(try RepositoryURL("https://dev.azure.com/o/p/_git/r?path=%2Fa.yaml").filePath() == "/a.yaml")
  }

  @Test(arguments: [
    ("/a%2Bb.yaml", "/a+b.yaml"), ("/a+b.yaml", "/a b.yaml"), ("/a b/c+d.yaml", "/a b/c d.yaml"),
    ("/a%2Bb%26c%23d.yaml", "/a+b&c#d.yaml"), ("/a=b.yaml", "/a=b.yaml"), ("%2F100%25.yaml", "/100%.yaml"),
    ("/a%2520b.yaml", "/a%20b.yaml"),
  ])
  func `D85: a plus sign in a query is a blank, and escapes are resolved once`(
    query: String,
    path: String
  ) throws {
    let url = try RepositoryURL("https://dev.azure.com/o/p/_git/r?path=" + query)

    #expect(url.path == path)
    #expect(try RepositoryURL(url.text) == url)
  }

  @Test(arguments: [
    "/../a.yaml", "/a/../b.yaml", "/a/..", "..", "../a.yaml", "/a/%2e%2e/b", "/a/%2E./b", "/a/%252e%252e/b",
    "/a/%25252e%25252e/b", "/a/..%2fb", "/a%252f..%252fb", "/a%255c..%255cb", "/a\\..\\b",
    "/%25%32%65%252e/b",
  ])
  func `D96: a path that climbs is refused, however often it is escaped`(path: String) {
    let text = "https://dev.azure.com/o/p/_git/r?path=\(path)"

    #expect(throws: RepositoryURLError.climbingPath(text)) { try RepositoryURL(text) }
  }

  @Test(arguments: ["/a..b/c", "/...", "/..a", "/a../b", "/.hidden/x", "/%2e%2ea"])
  func `D96: dots in names are no climbing`(path: String) throws {
    #expect(try RepositoryURL("https://dev.azure.com/o/p/_git/r?path=\(path)").path != nil)
  }

  @Test(arguments: [
    ("?path=/services/*/catalog-info.yaml", true), ("?path=%2F%2A%2A/x", true),
    ("?path=/service-%3F/x", true),
    ("?path=/service-?/x", true), ("?path=/{a,b}/x", false), ("?path=/[a]/x", false), ("", false),
  ])
  func `4.3: a star or a question mark makes a path a pattern`(query: String, isPattern: Bool) throws {
    #expect(try RepositoryURL("https://dev.azure.com/o/p/_git/r" + query).isPattern == isPattern)
  }

  @Test func `a mark that joins a sign into another character does not hide the sign`() throws {
    let url = try RepositoryURL("https://me:s3cr3t@\u{301}dev.azure.com/o/\u{301}p/_git/r?path=/\u{301}/x")
    #expect(url.host == "\u{301}dev.azure.com")
    #expect(url.project == "\u{301}p")
    #expect(url.path == "/\u{301}/x")

    let error = RepositoryURLError.notARepository("https://me:s3cr3t@\u{301}dev.azure.com/?\u{301}s3cr3t")
    #expect(!error.description.contains("s3cr3t"))
  }

  @Test(arguments: [
    "https://me:s3cr3t@dev.azure.com/o/p/_git/r%?token=s3cr3t",
    "https://me:s3cr3t@dev.azure.com/o/p/_git/r?path=/../s3cr3t",
    "https://me:s3cr3t@dev.azure.com/o?s3cr3t", "https://me:s3cr3t@?s3cr3t",
  ])
  func `no error repeats what may be a secret`(text: String) {
    let error = #expect(throws: RepositoryURLError.self) { try RepositoryURL(text) }

    #expect(error?.description.contains("s3cr3t") == false)
  }

  @Test(arguments: [
    // An escaped slash would make another collection of the name, or lead out of it.
    "https://ado.example.com/a%2F..%2Fb/p/_git/r", "https://ado.example.com/a%2Fb%2Fc/p/_git/r",
    "https://ado.example.com/a%2Fb/_git/r", "https://dev.azure.com/a%2Fb/p/_git/r",
    // A first part of that name says nothing, so it can be no project.
    "https://o.visualstudio.com/DefaultCollection/DefaultCollection/_git/r",
    "https://o.visualstudio.com/o/DefaultCollection/_git/r",
  ])
  func `an address that would read back to another one is refused`(text: String) {
    #expect(throws: RepositoryURLError.notARepository(text)) { try RepositoryURL(text) }
  }

  @Test func `a host with nothing before its domain names no organization`() throws {
    #expect(try RepositoryURL("https://..visualstudio.com/o/_git/r").organization == "o")
  }

  @Test func `a mark behind a bracket does not make a name of a host`() {
    #expect(throws: RepositoryURLError.self) { try RepositoryURL("https://[\u{301}/o/p/_git/r") }
  }
}
