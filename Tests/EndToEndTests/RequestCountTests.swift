import AzureSimulator
import CatalogStore
import Crawl
import Foundation
import TestSupport
import Testing

/// What every plan costs, in worlds of several sizes: requests are the cost.
@Suite(.timeLimit(.minutes(5)))
struct RequestCountTests {
  /// A way to find files, with the requests that it takes for `n` repositories: a list, and what is said here.
  struct Plan: Sendable, CustomTestStringConvertible {
    var name: String
    /// The files of one repository, by its number.
    var files: @Sendable (Int) -> [String: String]
    /// Behind the simulator's address in the settings.
    var settings: @Sendable (_ url: String) -> String = { _ in "" }
    var options = SimulatorOptions()
    var first: @Sendable (_ n: Int) -> [String: Int]
    var unchanged: @Sendable (_ n: Int) -> [String: Int]
    /// The files that a repository has instead when it has changed.
    var others: @Sendable (Int) -> [String: String]
    var changed: @Sendable (_ n: Int) -> [String: Int]

    var testDescription: String { name }
  }

  private static func paths(_ paths: [String]) -> @Sendable (String) -> String {
    { _ in
      "catalog:\n  providers:\n    azureDevOps:\n"
        + paths.enumerated().map { index, path in
          "      p\(index): {organization: contoso, project: P, path: '\(path)'}\n"
        }.joined()
    }
  }

  private static let codeSearch: @Sendable (String) -> String = { url in
    "    almsearch.dev.azure.com: \(url)\n  codeSearch: true\n"
  }

  private static func catalog(_ number: Int, _ owner: String) -> [String: String] {
    ["/catalog-info.yaml": component("c\(number)", owner: owner)]
  }

  private static func services(_ number: Int, _ owner: String, count: Int = 5) -> [String: String] {
    Dictionary(
      uniqueKeysWithValues: (0..<count).map { service in
        ("/s/\(service)/c.yaml", component("c\(number)-\(service)", owner: owner))
      }
    )
  }

  private static func withMany(_ files: [String: String]) -> [String: String] {
    files.merging((0..<300).map { ("/s/f\($0).c", "x") }) { one, _ in one }
  }

  private static func searching(_ name: String, _ options: SimulatorOptions) -> Plan {
    Plan(
      name: name,
      files: { catalog($0, "one") },
      settings: codeSearch,
      options: options,
      first: { ["items": $0, "codeSearch": 1] },
      unchanged: { ["items": $0, "codeSearch": 1] },
      others: { catalog($0, "two") },
      changed: { ["items": $0, "codeSearch": 1] }
    )
  }

  private static func tagged(_ mode: ETagMode) -> Plan {
    Plan(
      name: "ETag \(mode)",
      files: { catalog($0, "one") },
      options: SimulatorOptions(etags: mode),
      first: { ["items": $0] },
      unchanged: { ["items": $0] },
      others: { catalog($0, "two") },
      changed: { ["items": $0] }
    )
  }

  static let plans: [Plan] = [
    Plan(
      name: "one fixed path",
      files: { catalog($0, "one") },
      first: { ["items": $0] },
      unchanged: { ["items": $0] },
      others: { catalog($0, "two") },
      changed: { ["items": $0] }
    ),
    Plan(
      name: "a fixed path that no repository has",
      files: { _ in ["/README.md": "x"] },
      first: { ["items": $0] },
      unchanged: { ["items": $0] },
      others: { _ in ["/README.md": "y"] },
      changed: { ["items": $0] }
    ),
    Plan(
      name: "three fixed paths",
      files: { catalog($0, "one") },
      settings: paths(["/catalog-info.yaml", "/b.yaml", "/c.yaml"]),
      first: { ["items": 3 * $0] },
      unchanged: { ["items": 3 * $0] },
      others: { catalog($0, "two").merging(["/b.yaml": component("b\($0)")]) { one, _ in one } },
      changed: { ["items": 3 * $0] }
    ),
    // The folder's list and the content; the folder's id; the id, the list and the content.
    Plan(
      name: "a pattern",
      files: { services($0, "one", count: 1) },
      settings: paths(["/s/**/c.yaml"]),
      first: { ["items": 2 * $0] },
      unchanged: { ["items": $0] },
      others: { services($0, "two", count: 1) },
      changed: { ["items": 3 * $0] }
    ),
    Plan(
      name: "many contents in one archive",
      files: { services($0, "one") },
      settings: paths(["/s/**/c.yaml"]),
      first: { ["items": $0, "blobs": $0] },
      unchanged: { ["items": $0] },
      others: { services($0, "two") },
      changed: { ["items": 2 * $0, "blobs": $0] }
    ),
    Plan(
      name: "changes of a large folder",
      files: { withMany(services($0, "one", count: 1)) },
      settings: paths(["/s/**/c.yaml"]),
      first: { ["items": 2 * $0] },
      unchanged: { ["items": $0] },
      others: { withMany(services($0, "two", count: 1)) },
      changed: { ["items": 2 * $0, "diffs": $0] }
    ),
    Plan(
      name: "one content in all repositories",
      files: { _ in services(0, "one", count: 1) },
      settings: paths(["/s/**/c.yaml"]),
      first: { ["items": $0 + 1] },
      unchanged: { ["items": $0] },
      others: { _ in services(0, "two", count: 1) },
      changed: { ["items": 2 * $0 + 1] }
    ),
    searching("Code Search", SimulatorOptions()),
    searching("Code Search that is not installed", SimulatorOptions(codeSearch: .notInstalled)),
    searching(
      "Code Search that lags behind",
      SimulatorOptions(searchLag: .seconds(3600), elapsed: { .seconds(1) })
    ),
    tagged(.honoured),
    tagged(.ignored),
  ]

  private static func world(_ n: Int, _ files: (Int) -> [String: String]) -> World {
    EndToEndTests.world(
      files: Dictionary(uniqueKeysWithValues: (1...n).map { ("contoso/P/r\($0)", files($0)) })
    )
  }

  @Test(arguments: plans, [1, 7, 40])
  func `a plan costs what it says`(plan: Plan, n: Int) async throws {
    let simulator = Simulator(world: Self.world(n, plan.files), options: plan.options)
    try await simulator.serving { url in
      let crawling = try Crawling(url, more: plan.settings(url))
      for (day, expected) in [plan.first(n), plan.unchanged(n), plan.changed(n)].enumerated() {
        if day == 2 {
          simulator.change { world in
            for number in 1...n {
              world.update("contoso/P/r\(number)") {
                $0.files = World.Files(plan.others(number).mapValues { World.File(bytes: $0.utf8) })
              }
            }
          }
        }
        simulator.resetRequests()

        let report = try await crawling.crawl(at: day + 1)

        #expect(report.outcome == .complete)
        #expect(simulator.requests.byRoute == expected.merging(["repositories": 1]) { one, _ in one })
        #expect(report.totals.requests == simulator.requests.total)
      }
      #expect(try await crawling.rows("SELECT count(*) FROM entity WHERE owner = 'one'") == ["0"])
    }
  }

  @Test(arguments: [1, 7, 40])
  func `what is due costs a request for each file, the rest nothing`(n: Int) async throws {
    let simulator = Simulator(world: Self.world(n) { Self.catalog($0, "one") })
    try await simulator.serving { url in
      let crawling = try Crawling(url)
      let start = Date(timeIntervalSince1970: 1_772_355_600)
      func due(_ budget: Int, day: Double) async throws -> [String: Int] {
        simulator.resetRequests()
        let request = CrawlRequest.refresh(due: DueRefresh(budget: budget), CrawlLimits())
        try await crawling.crawl(request, now: start.addingTimeInterval(day * 86_400))
        return simulator.requests.byRoute
      }
      try await crawling.crawl(now: start)

      #expect(try await due(1_000, day: 0.001) == [:])
      #expect(try await due(1_000, day: 8) == ["items": n])
      #expect(try await due(1_000, day: 8.001) == [:])
      let half = (n + 1) / 2
      #expect(try await due(half, day: 16) == ["items": half])
    }
  }

  @Test(arguments: [1, 7, 40])
  func `a plan asks for the list alone, and a plan of what is known for nothing`(n: Int) async throws {
    let simulator = Simulator(world: Self.world(n) { Self.services($0, "one") })
    try await simulator.serving { url in
      let crawling = try Crawling(url, more: Self.paths(["/s/**/c.yaml", "/catalog-info.yaml"])(url))
      let known = CrawlRequest.refresh(CrawlLimits(organization: "contoso", repository: "r1"))
      for day in 1...2 {
        simulator.resetRequests()
        let plan = try #require(try await crawling.plan().first)
        #expect(simulator.requests.byRoute == ["repositories": 1])
        #expect(plan.requests == 1 + 2 * n)
        let report = try await crawling.crawl(at: day)
        #expect(report.totals.requests == 1 + 2 * n + (day == 1 ? n : 0))
      }
      simulator.resetRequests()
      #expect(try await crawling.plan(known).first?.requests == 2)
      #expect(simulator.requests.total == 0)
      #expect(try await crawling.crawl(known, at: 3).totals.requests == 2)
    }
  }
}
