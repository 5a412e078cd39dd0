import Testing

@testable import AzureDevOps

/// One file, one text (facts/backstage-azure.md 3.7, 5.5 and its cases F).
@Suite struct RepositoryURLSpellingTests {
  @Test(arguments: [
    [
      "https://dev.azure.com/o/_git/r?path=/a.yaml", "https://dev.azure.com/o/r/_git/r?path=%2Fa.yaml",
      "https://DEV.Azure.com/o/_git/r?path=a.yaml", "https://o@dev.azure.com/o/_git/r?path=//a.yaml",
      "https://user:token@dev.azure.com:443/o/r/_git/r?path=/./a.yaml",
      "http://dev.azure.com/o/_git/r?path=/a.yaml",
      " https://dev.azure.com/o/_git/r?path=/a.yaml\n",
      "https://dev.azure.com/o/_git/%72?path=/%61.yaml&version=GB",
      "https://dev.azure.com/o/_git/r?version=&_a=contents&path=/a.yaml#L3",
      "https:\n//dev.azure.com\\o\\r\\_git\\r?path=/a.yaml",
    ],
    [
      "https://o.visualstudio.com/p/_git/r", "https://O.visualstudio.com/DefaultCollection/p/_git/r",
      "https://o.visualstudio.com/o/p/_git/r", "https://o.visualstudio.com/p/_git/r/",
    ],
    [
      "http://server/tfs/c/_git/r?path=/a+b", "http://SERVER:80/tfs/c/r/_git/r?path=/a%20b",
      "http://server:00080/tfs/c/r/_git/r?path=/a b",
    ],
    [
      "https://server:8443/c/p/_git/r?path=/services/*/x.yaml",
      "https://server:8443/c/p/_git/r?path=%2Fservices%2F%2A%2Fx.yaml",
    ],
  ])
  func `two spellings of one file are one text`(spellings: [String]) throws {
    let texts = try Set(spellings.map { try RepositoryURL($0).text })

    #expect(texts.count == 1, "\(texts)")
  }

  @Test(arguments: [
    ("https://dev.azure.com/o/p/_git/r?path=/a", "https://dev.azure.com/o/p/_git/r?path=/A"),
    ("https://dev.azure.com/o/p/_git/r?path=/a", "https://dev.azure.com/o/p/_git/r?path=/a/"),
    ("https://dev.azure.com/o/p/_git/r", "https://dev.azure.com/o/p/_git/r?path=/"),
    ("https://dev.azure.com/o/p/_git/r?version=GBa", "https://dev.azure.com/o/p/_git/r?version=GTa"),
    ("https://server/c/p/_git/r", "https://server:8080/c/p/_git/r"),
  ])
  func `what is not the same stays apart`(one: String, other: String) throws {
    #expect(try RepositoryURL(one).text != RepositoryURL(other).text)
  }

  /// 5.5: what Backstage's discovery writes, since the name of the Location is a hash of it.
  @Test(arguments: [
    (
      "myproject", "myrepo", nil,
      "https://dev.azure.com/myorganization/myproject/_git/myrepo?path=/catalog-info.yaml"
    ),
    // F130: a blank in the project.
    (
      "Platform Services", "service-a", "mybranch",
      "https://dev.azure.com/myorganization/Platform%20Services/_git/service-a?path=/catalog-info.yaml&version=GBmybranch"
    ),
    // F131: the slash of a branch.
    (
      "myproject", "myrepo", "feature/x",
      "https://dev.azure.com/myorganization/myproject/_git/myrepo?path=/catalog-info.yaml&version=GBfeature/x"
    ),
    (
      "Payments (old), ~2", "é[1]", nil,
      "https://dev.azure.com/myorganization/Payments%20(old),%20~2/_git/%C3%A9%5B1%5D?path=/catalog-info.yaml"
    ),
  ])
  func `F130, F131: the text is the one that discovery writes`(
    project: String,
    repository: String,
    branch: String?,
    text: String
  ) {
    let url = RepositoryURL(
      host: "dev.azure.com",
      organization: "myorganization",
      project: project,
      repository: repository,
      path: "/catalog-info.yaml",
      version: branch.map(RepositoryURL.Version.branch)
    )

    #expect(url.text == text)
  }

  @Test(arguments: [
    "a#b", "a&b", "a+b", "a?b", "a%b", "a%20b", "a'b", "a=b;c:d@e$f!g*h(i),j", "%2e%2e a", "ü/ö",
  ])
  func `F141: whatever a name has in it, its address reads back to the same file`(name: String) throws {
    let url = RepositoryURL(
      host: "dev.azure.com",
      organization: "o",
      project: name,
      repository: name,
      path: "/\(name)/\(name).yaml",
      version: .branch(name)
    )

    #expect(try RepositoryURL(url.text) == url)
    #expect(!url.text.contains("'"))
  }

  @Test(arguments: [
    ("https://dev.azure.com/o/_git/r?path=%2Fa.yaml", "https://dev.azure.com/o/r/_git/r?path=/a.yaml"),
    ("https://example.com/A%2fb", "https://example.com/A%2fb"), ("/tmp/a.yaml", "/tmp/a.yaml"), ("", ""),
  ])
  func `a text of any kind has one spelling`(text: String, canonical: String) {
    #expect(RepositoryURL.canonicalText(of: text) == canonical)
  }
}
