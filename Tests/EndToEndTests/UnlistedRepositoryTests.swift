import AzureSimulator
import CatalogStore
import Crawl
import TestSupport
import Testing

/// Repositories that no list has and that locations lead to all the same.
@Suite(.timeLimit(.minutes(1)))
struct UnlistedRepositoryTests {
  private let target = "https://dev.azure.com/contoso/P/_git/hidden?path=/hidden.yaml"

  private func world(access: World.Repository.Access) -> World {
    var hidden = World.Repository(
      "hidden",
      files: ["/hidden.yaml": World.File(bytes: component("hidden").utf8)]
    )
    hidden.access = access
    let root = World.Repository(
      "root",
      files: ["/catalog-info.yaml": World.File(bytes: location("root", [target]).utf8)]
    )
    return World(organizations: [
      World.Organization(
        "contoso",
        tokens: ["simulator-token"],
        projects: [World.Project("P", repositories: [root, hidden])]
      )
    ])
  }

  @Test func `one that was never listed stays what it is, and nothing is written`() async throws {
    let simulator = Simulator(world: world(access: .unlisted))
    try await simulator.serving { url in
      let crawling = try Crawling(url)
      #expect(try await crawling.crawl(at: 1).exitCode == 0)
      let everything = try await crawling.everything()
      #expect(everything.contains { $0.contains("component:default/hidden") })

      for day in 2...3 {
        let report = try await crawling.crawl(at: day)
        #expect(report.exitCode == 0)
        // The list, the root, the question who `hidden` is, and its file.
        #expect(report.totals.requests == 4)
        #expect(try await crawling.everything() == everything)
      }
    }
  }

  @Test func `one that left the list and answers is settled behind the next two lists`() async throws {
    let simulator = Simulator(world: world(access: .readable))
    try await simulator.serving { url in
      let crawling = try Crawling(url)
      try await crawling.crawl(at: 1)
      simulator.change { $0.update("contoso/P/hidden") { $0.access = .unlisted } }
      #expect(try await crawling.crawl(at: 2).exitCode == 0)
      try await crawling.crawl(at: 3)
      let everything = try await crawling.everything()

      for day in 4...6 {
        #expect(try await crawling.crawl(at: day).exitCode == 0)
        #expect(try await crawling.everything() == everything)
      }
      // Neither does an operator remove what is there.
      var request = CrawlRequest.sync
      request.acceptsRemovals = true
      try await crawling.crawl(request, at: 7)
      #expect(try await crawling.rows("SELECT name FROM entity ORDER BY name") == ["hidden", "root"])

      simulator.change { $0.update("contoso/P/hidden") { $0.access = .readable } }
      try await crawling.crawl(at: 8)
      #expect(try await crawling.rows("SELECT DISTINCT state FROM repository") == ["active"])
      #expect(try await crawling.rows("SELECT count(*) FROM missing_repository") == ["0"])
    }
  }
}
