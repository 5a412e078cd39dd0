import AzureDevOps
import Settings
import Testing

@testable import Crawl

/// What Code Search is asked.
struct SearchHintsTests {
  @Test func `a path is asked for as it is, a pattern by its name, and each once`() {
    let queries = SearchHints.queries(for: [
      DiscoveryRule(provider: "a"), DiscoveryRule(provider: "b", repository: NamePattern("api*")),
      DiscoveryRule(provider: "c", path: "/**/entity.yaml", branch: "release"),
      DiscoveryRule(provider: "d", path: "/x/*.yaml"),
    ])

    #expect(
      queries == [
        .init(search: .path("/catalog-info.yaml"), path: "/catalog-info.yaml"),
        .init(search: .name("entity.yaml", branch: "release"), path: "/**/entity.yaml"),
      ]
    )
  }

  @Test(arguments: [("/a/entity.yaml", true), ("/a/b/entity.yaml", false), ("/a/entity.yml", false)])
  func `of what a name finds only what the pattern matches is wanted`(path: String, isWanted: Bool) {
    let query = SearchHints.queries(for: [DiscoveryRule(path: "/*/entity.yaml")])[0]
    #expect(query.wants(path) == isWanted)
  }
}
