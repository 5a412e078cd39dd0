import AzureSimulator
import CatalogStore
import Crawl
import TestSupport
import Testing

/// What a crawl asks when there is a cheaper way than one request for each file, and what it does when that way is
/// closed.
@Suite(.timeLimit(.minutes(2)))
struct CheapPlanTests {
  private func crawling(_ url: String) throws -> Crawling {
    try Crawling(
      url,
      more: """
        catalog:
          providers:
            azureDevOps:
              p: {organization: contoso, project: P, path: '/services/**/catalog-info.yaml'}

        """
    )
  }

  /// A repository with so many services, and so many files besides.
  private func simulator(services: Int, others: Int = 0, _ options: SimulatorOptions = .init()) -> Simulator {
    var files: [String: String] = ["/README.md": "x"]
    for number in 0..<services { files["/services/s\(number)/catalog-info.yaml"] = component("s\(number)") }
    for number in 0..<others { files["/services/src/f\(number).c"] = "x" }
    return Simulator(world: world(files: ["contoso/P/mono": files]), options: options)
  }

  private func names(_ crawling: Crawling) async throws -> [String] {
    try await crawling.rows("SELECT name FROM entity WHERE is_holder = 1 ORDER BY name")
  }

  // MARK: - Contents together

  @Test(arguments: [(1, 1), (2, 2), (3, 1), (50, 1), (51, 2), (120, 3)])
  func `new contents of one repository come fifty at a time`(services: Int, requests: Int) async throws {
    let simulator = simulator(services: services)
    try await simulator.serving { url in
      let crawling = try crawling(url)

      let report = try await crawling.crawl(at: 1)

      // The list of repositories, the list of files, and the contents.
      #expect(report.totals.requests == 2 + requests)
      #expect(report.outcome == .complete)
      #expect(report.totals.entitiesAdded == services)
      #expect(try await crawling.crawl(at: 2).totals.requests == 2)
    }
  }

  @Test func `a service that gives no archive costs a request for each file, and the rows are the same`()
    async throws
  {
    let together = simulator(services: 7)
    let alone = simulator(services: 7)
    alone.setFaults([FaultRule(route: "blobs", answer: .status(400))])
    var dumps: [[String]] = []
    for simulator in [together, alone] {
      try await simulator.serving { url in
        let crawling = try crawling(url)
        let report = try await crawling.crawl()
        #expect(report.outcome == .complete)
        dumps.append(try await crawling.dump())
      }
    }
    #expect(alone.requests.byRoute["items"] == 1 + 7)
    #expect(together.requests.byRoute["items"] == 1)
    #expect(dumps[0] == dumps[1])
    #expect(dumps[0].count > 14)
  }

  @Test func `the files of a location's pattern come together too`() async throws {
    var files = ["/catalog-info.yaml": location("root", ["./x/*.yaml"])]
    for number in 0..<12 { files["/x/\(number).yaml"] = component("c\(number)") }
    let simulator = Simulator(world: world(files: ["contoso/P/root": files]))
    try await simulator.serving { url in
      let crawling = try Crawling(url)

      // The list of repositories, the root, the list of files, and the contents.
      #expect(try await crawling.crawl(at: 1).totals.requests == 4)
      #expect(try await names(crawling).count == 13)
    }
  }

  // MARK: - Changes

  @Test func `of a large folder the changes are asked for and not the list`() async throws {
    let simulator = simulator(services: 5, others: 400)
    try await simulator.serving { url in
      let crawling = try crawling(url)
      try await crawling.crawl(at: 1)

      setFile(component("s1", owner: "new"), "/services/s1/catalog-info.yaml", of: "mono", in: simulator)
      setFile(component("more"), "/services/more/catalog-info.yaml", of: "mono", in: simulator)
      setFile("y", "/services/src/f7.c", of: "mono", in: simulator)
      simulator.resetRequests()
      let second = try await crawling.crawl(at: 2)

      #expect(second.totals.entitiesAdded == 1)
      #expect(second.totals.entitiesChanged == 1)
      #expect(simulator.requests.byRoute == ["repositories": 1, "items": 3, "diffs": 1])

      // As the rows of a crawl that saw nothing before.
      let fresh = try self.crawling(url)
      try await fresh.crawl(at: 2)
      #expect(
        try await crawling.dump().filter { $0.hasPrefix("entity") }
          == fresh.dump().filter { $0.hasPrefix("entity") }
      )

      simulator.resetRequests()
      #expect(try await crawling.crawl(at: 3).totals.requests == 2)
    }
  }

  @Test func `a file that goes from a large folder goes from the catalog, and one that moves stays`()
    async throws
  {
    let simulator = simulator(services: 5, others: 400)
    try await simulator.serving { url in
      let crawling = try crawling(url)
      try await crawling.crawl(at: 1)

      setFile(nil, "/services/s1/catalog-info.yaml", of: "mono", in: simulator)
      setFile("x", "/services/s1/README.md", of: "mono", in: simulator)
      setFile(nil, "/services/s2/catalog-info.yaml", of: "mono", in: simulator)
      setFile(component("s2"), "/services/moved/catalog-info.yaml", of: "mono", in: simulator)
      let second = try await crawling.crawl(at: 2)

      #expect(second.outcome == .complete)
      #expect(try await names(crawling) == ["s0", "s2", "s3", "s4"])
      #expect(
        try await crawling.rows("SELECT path FROM file WHERE state = 'present' ORDER BY path") == [
          "/services/moved/catalog-info.yaml", "/services/s0/catalog-info.yaml",
          "/services/s3/catalog-info.yaml",
          "/services/s4/catalog-info.yaml",
        ]
      )
    }
  }

  @Test(arguments: [FaultAnswer.status(404), .status(400)])
  func `where the service tells no changes the files are listed`(fault: FaultAnswer) async throws {
    let simulator = simulator(services: 5, others: 400)
    try await simulator.serving { url in
      let crawling = try crawling(url)
      try await crawling.crawl(at: 1)
      setFile(component("s1", owner: "new"), "/services/s1/catalog-info.yaml", of: "mono", in: simulator)
      simulator.setFaults([FaultRule(route: "diffs", answer: fault)])

      let second = try await crawling.crawl(at: 2)

      #expect(second.outcome == .complete)
      #expect(second.totals.entitiesChanged == 1)
    }
  }

  // MARK: - Conditions

  @Test(arguments: [ETagMode.none, .honoured, .ignored])
  func `a service with tags is right whatever it makes of them`(mode: ETagMode) async throws {
    let simulator = Simulator(
      world: world(["a": component("a"), "b": component("b")]),
      options: SimulatorOptions(etags: mode)
    )
    try await simulator.serving { url in
      let crawling = try Crawling(url)
      try await crawling.crawl(at: 1)
      #expect(try await crawling.rows("SELECT count(etag) FROM file") == [mode == .none ? "0" : "2"])
      let everything = try await crawling.everything()

      let second = try await crawling.crawl(at: 2)
      #expect(second.totals.entitiesUnchanged == 2)
      #expect(try await crawling.everything() == everything)

      setCatalog(component("a", owner: "new"), of: "a", in: simulator)
      let third = try await crawling.crawl(at: 3)
      #expect(third.totals.entitiesChanged == 1)
      #expect(try await crawling.rows("SELECT owner FROM entity WHERE name = 'a'") == ["new"])
    }
  }
}
