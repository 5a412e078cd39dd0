import AzureSimulator
import CatalogStore
import Crawl
import TestSupport
import Testing

/// `crawler.codeSearch`: what is new comes first, and nothing is believed.
@Suite(.timeLimit(.minutes(2)))
struct CodeSearchHintTests {
  private func catalogs() -> [String: String?] {
    var catalogs: [String: String?] = ["none": nil]
    for number in 1...9 { catalogs["r\(number)"] = component("c\(number)") }
    return catalogs
  }

  private func crawling(_ url: String) throws -> Crawling {
    try Crawling(
      url,
      concurrency: 1,
      more: "    almsearch.dev.azure.com: \(url)\n  codeSearch: true\n"
    )
  }

  /// The repository whose file is asked for first.
  private func first(of report: CrawlReport) -> String? {
    report.organizations.first?.readFailures.first?.repository
  }

  private let firstFails = FaultRule(route: "items", numbers: .nth(1), answer: .status(400))

  @Test func `what has changed is visited first, and everything else after it`() async throws {
    let simulator = Simulator(world: world(catalogs()))
    try await simulator.serving { url in
      let crawling = try crawling(url)
      let first = try await crawling.crawl(at: 1)
      // The list, Code Search, and each repository.
      #expect(first.totals.requests == 1 + 1 + 10)
      #expect(first.totals.entitiesAdded == 9)

      setCatalog(component("c8", owner: "new"), of: "r8", in: simulator)
      simulator.setFaults([firstFails])
      let second = try await crawling.crawl(at: 2)
      #expect(self.first(of: second) == "r8")
      #expect(second.totals.filesAsked == 10)

      simulator.setFaults([])
      #expect(try await crawling.crawl(at: 3).totals.entitiesChanged == 1)
    }
  }

  @Test func `an index that lags behind hides nothing and removes nothing`() async throws {
    let simulator = Simulator(
      world: world(catalogs()),
      options: SimulatorOptions(searchLag: .seconds(3600), elapsed: { .seconds(1) })
    )
    try await simulator.serving { url in
      let crawling = try crawling(url)
      try await crawling.crawl(at: 1)
      setCatalog(component("c8", owner: "new"), of: "r8", in: simulator)
      setCatalog(nil, of: "r3", in: simulator)
      setCatalog(component("none"), of: "none", in: simulator)

      let second = try await crawling.crawl(at: 2)

      #expect(second.outcome == .complete)
      #expect(second.totals.entitiesAdded == 1)
      #expect(second.totals.entitiesChanged == 1)
      #expect(second.totals.entitiesRemoved == 1)
    }
  }

  @Test(arguments: [
    (CodeSearchState.notInstalled, "the Code Search extension is not installed"),
    (.forbidden, "the credential may not use Code Search"), (.notIndexed(infoCode: 3), "infoCode 3"),
  ])
  func `without Code Search a warning is all that is different`(state: CodeSearchState, reason: String)
    async throws
  {
    let simulator = Simulator(world: world(catalogs()), options: SimulatorOptions(codeSearch: state))
    try await simulator.serving { url in
      let crawling = try crawling(url)
      let warnings = Locked<[String]>([])

      let report = try await crawling.crawl(observe: { event in
        if case .warning(let text) = event { warnings.withLock { $0.append(text) } }
      })

      #expect(report.exitCode == 0)
      #expect(report.totals.entitiesAdded == 9)
      #expect(warnings.withLock { $0.count } == 1)
      #expect(
        warnings.withLock { $0.first?.contains("contoso: ") == true && $0.first?.contains(reason) == true }
      )
    }
  }

  @Test func `trouble of Code Search is not the organization's`() async throws {
    let simulator = Simulator(world: world(catalogs()))
    simulator.setFaults([FaultRule(route: "codeSearch", answer: .serverError)])
    try await simulator.serving { url in
      let report = try await crawling(url).crawl()
      #expect(report.exitCode == 0)
      #expect(report.totals.entitiesAdded == 9)
    }
  }
}
