import AzureSimulator
import CatalogStore
import Crawl
import Foundation
import TestSupport
import Testing

/// `refresh --due`: those that change often are visited often, within a budget.
@Suite(.timeLimit(.minutes(2)))
struct DueRefreshTests {
  private let start = Date(timeIntervalSince1970: 1_772_355_600)

  private func catalogs(_ count: Int) -> [String: String?] {
    Dictionary(uniqueKeysWithValues: (0..<count).map { ("r\($0)", component("c\($0)")) })
  }

  private func due(_ budget: Int, longest: Double = 7 * 86_400) -> CrawlRequest {
    .refresh(due: DueRefresh(budget: budget, shortest: 300, longest: longest), CrawlLimits())
  }

  /// How often each repository was visited since, by the number of its requests.
  private func visits(_ crawling: Crawling) async throws -> [String: Double] {
    let rows = try await crawling.rows(
      "SELECT r.name, p.interval FROM repository r JOIN repository_pace p ON p.repository_id = r.id ORDER BY 1"
    )
    return Dictionary(
      uniqueKeysWithValues: rows.map { row in
        let parts = row.split(separator: "|").map(String.init)
        return (parts[0], Double(parts[1]) ?? 0)
      }
    )
  }

  @Test func `what changes often is due often, what does not rarely, and the budget is kept`() async throws {
    let simulator = Simulator(world: world(catalogs(20)))
    try await simulator.serving { url in
      let crawling = try Crawling(url)
      try await crawling.crawl(now: start)

      // Every six hours, for ten days; r0 changes every time.
      for step in 1...40 {
        setCatalog(component("c0", owner: "team-\(step)"), of: "r0", in: simulator)
        let report = try await crawling.crawl(due(4), now: start.addingTimeInterval(Double(step) * 21_600))
        #expect(report.totals.requests <= 4)
        #expect(report.exitCode == 0)
      }

      let intervals = try await visits(crawling)
      #expect(intervals.count == 20, "none is left out")
      let busy = try #require(intervals["r0"])
      #expect(intervals.filter { $0.key != "r0" }.values.allSatisfy { $0 > 2 * busy })
      #expect(try await crawling.rows("SELECT count(*) FROM problem") == ["0"])
    }
  }

  @Test func `a full crawl counts as a visit, writes nothing of it, and nothing is lost`() async throws {
    let simulator = Simulator(world: world(catalogs(5)))
    try await simulator.serving { url in
      let crawling = try Crawling(url)
      try await crawling.crawl(now: start)

      // Nothing is due right behind the full crawl.
      let first = try await crawling.crawl(due(10), now: start.addingTimeInterval(60))
      #expect(first.totals.requests == 0)

      // After the longest interval everything is.
      let second = try await crawling.crawl(due(10), now: start.addingTimeInterval(8 * 86_400))
      #expect(second.totals.requests == 5)
      #expect(try await crawling.rows("SELECT count(*) FROM repository_pace") == ["5"])
      let paces = try await crawling.rows("SELECT * FROM repository_pace ORDER BY 1")
      let everything = try await crawling.everything()

      try await crawling.crawl(now: start.addingTimeInterval(9 * 86_400))
      #expect(try await crawling.rows("SELECT * FROM repository_pace ORDER BY 1") == paces)
      #expect(try await crawling.everything() == everything)
      let third = try await crawling.crawl(due(10), now: start.addingTimeInterval(9 * 86_400 + 60))
      #expect(third.totals.requests == 0)
    }
  }

  @Test func `locations are not followed, and nothing that is due is no failure`() async throws {
    let simulator = Simulator(
      world: world(files: [
        "contoso/P/root": ["/catalog-info.yaml": location("root", ["./a.yaml"]), "/a.yaml": component("a")],
        "contoso/P/other": ["/x.yaml": component("x")],
      ])
    )
    try await simulator.serving { url in
      let target = "https://dev.azure.com/contoso/P/_git/other?path=/x.yaml"
      let crawling = try Crawling(
        url,
        more: "catalog:\n  locations:\n    - {type: url, target: '\(target)'}\n"
      )
      try await crawling.crawl(now: start)

      let none = try await crawling.crawl(due(10), now: start.addingTimeInterval(60))
      #expect(none.totals.requests == 0)
      #expect(none.exitCode == 0)

      // The two files that rules ask for, and the two that are known of their repositories besides.
      let all = try await crawling.crawl(due(10), now: start.addingTimeInterval(8 * 86_400))
      #expect(all.totals.requests == 4)
    }
  }

  @Test func `a repository that is gone is said and holds up no other`() async throws {
    let simulator = Simulator(world: world(catalogs(4)))
    try await simulator.serving { url in
      let crawling = try Crawling(url)
      try await crawling.crawl(now: start)
      simulator.change { $0.deleteRepository("contoso/P/r1") }
      setCatalog(component("c3", owner: "new"), of: "r3", in: simulator)

      let report = try await crawling.crawl(due(10), now: start.addingTimeInterval(8 * 86_400))

      #expect(report.exitCode == 2)
      #expect(report.organizations[0].readFailures.map(\.repository) == ["r1"])
      #expect(try await crawling.rows("SELECT owner FROM entity WHERE name = 'c3'") == ["new"])
      #expect(try await crawling.rows("SELECT count(*) FROM entity WHERE is_holder = 1") == ["4"])
      #expect(report.totals.requests == 4)
    }
  }
}
