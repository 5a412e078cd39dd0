import AzureSimulator
import CatalogStore
import Crawl
import Testing

@Suite(.timeLimit(.minutes(2)))
struct RefreshTests {
  @Test func `a refresh of a repository that is known costs one request`() async throws {
    let simulator = Simulator(world: world(["a": component("api"), "b": component("web")]))
    try await simulator.serving { base in
      let crawling = try Crawling(base)
      try await crawling.crawl(at: 1)
      setCatalog(component("api", owner: "team-b"), of: "a", in: simulator)
      setCatalog(component("web", owner: "team-b"), of: "b", in: simulator)
      simulator.resetRequests()

      let report = try await crawling.crawl(
        .refresh(CrawlLimits(organization: "CONTOSO", repository: "A")),
        at: 2
      )

      #expect(report.exitCode == 0)
      #expect(simulator.requests.byRoute == ["items": 1])
      #expect(
        try await crawling.rows("SELECT ref, owner FROM entity ORDER BY ref") == [
          "component:default/api|team-b", "component:default/web|team-a",
        ]
      )
      #expect(
        try await crawling.rows("SELECT command, scope FROM crawl ORDER BY id") == [
          "sync|", "refresh|organization CONTOSO, repository A",
        ]
      )
    }
  }

  @Test func `a refresh of a repository that is not known lists first`() async throws {
    let simulator = Simulator(world: world(["a": component("api"), "b": component("web")]))
    try await simulator.serving { base in
      let crawling = try Crawling(base)

      let report = try await crawling.crawl(.refresh(CrawlLimits(repository: "b")))

      #expect(report.exitCode == 0)
      #expect(simulator.requests.byRoute == ["repositories": 1, "items": 1])
      #expect(try await crawling.rows("SELECT ref FROM entity") == ["component:default/web"])
    }
  }

  @Test func `a repository that was made anew under its name is found by a refresh`() async throws {
    let simulator = Simulator(world: world(["a": component("api")]))
    try await simulator.serving { base in
      let crawling = try Crawling(base)
      try await crawling.crawl(at: 1)
      simulator.change { world in
        let files: World.Files = ["/catalog-info.yaml": "\(component("api", owner: "team-new"))"]
        world.organizations[0].projects[0].repositories = [
          World.Repository("a", id: "11111111-2222-4333-8444-555555555555", files: files)
        ]
      }

      let report = try await crawling.crawl(.refresh(CrawlLimits(repository: "a")), at: 2)

      #expect(report.organizations[0].readFailures.isEmpty)
      #expect(try await crawling.rows("SELECT owner FROM entity WHERE is_holder = 1") == ["team-new"])
    }
  }

  @Test(arguments: ["dev.azure.com", "contoso.visualstudio.com", "DEV.AZURE.COM"])
  func `both addresses of an organization mean it`(host: String) async throws {
    let simulator = Simulator(world: world(["a": component("api")]))
    try await simulator.serving { base in
      let crawling = try Crawling(base)

      let limits = CrawlLimits(host: host, organization: "contoso", repository: "a")
      let report = try await crawling.crawl(.refresh(limits))

      #expect(report.exitCode == 0)
    }
  }

  @Test func `a refresh that did not ask for the list leaves what is wrong with it`() async throws {
    let simulator = Simulator(world: world(["a": component("api")]))
    try await simulator.serving { base in
      let crawling = try Crawling(base)
      try await crawling.crawl(at: 1)
      simulator.setFaults([FaultRule(route: "repositories", answer: .forbidden)])
      try await crawling.crawl(at: 2)

      let report = try await crawling.crawl(.refresh(CrawlLimits(repository: "a")), at: 3)

      #expect(report.exitCode == 0)
      #expect(try await crawling.rows("SELECT rule FROM problem") == ["forbidden"])
      let status = try await crawling.database.organizations()
      #expect(status[0].lastCrawledAt == "2026-03-01T09:00:00.000Z")
      #expect(status[0].failure?.contains("may not read") == true)
    }
  }

  @Test func `a refresh that fits nothing says so by its exit code`() async throws {
    let simulator = Simulator(world: world(["a": component("api")]))
    try await simulator.serving { base in
      let crawling = try Crawling(base)

      let report = try await crawling.crawl(.refresh(CrawlLimits(repository: "zzz")))

      #expect(report.isNothingVisited)
      #expect(report.exitCode == 1)
      await #expect(throws: CrawlScopeError.unknownOrganization("zzz", known: ["dev.azure.com/contoso"])) {
        try await crawling.crawl(.refresh(CrawlLimits(organization: "zzz")))
      }
      await #expect(throws: CrawlScopeError.fileNotAskedFor("/other.yaml", paths: ["/catalog-info.yaml"])) {
        try await crawling.crawl(.refresh(CrawlLimits(repository: "a", path: "/other.yaml")))
      }
    }
  }

  @Test func `providers decide which repositories, branch and path are asked for`() async throws {
    let more = """
      catalog:
        providers:
          azureDevOps:
            main:
              organization: contoso
              project: P
              repository: svc-*
              path: /ops/catalog.yaml
              branch: release/1

      """
    var simulated = world([:])
    let there: World.Files = ["/ops/catalog.yaml": "\(component("there"))"]
    simulated.organizations[0].projects[0].repositories = [
      World.Repository("svc-a", files: ["/x": "y"], branches: ["release/1": there]),
      World.Repository("SVC-b", files: ["/x": "y"]),
      World.Repository("other", files: ["/x": "y"], branches: ["release/1": there]),
    ]
    let simulator = Simulator(world: simulated)
    try await simulator.serving { base in
      let crawling = try Crawling(base, more: more)

      let report = try await crawling.crawl()

      #expect(report.outcome == .complete)
      #expect(simulator.requests.byRoute == ["repositories": 1, "items": 2])
      #expect(
        try await crawling.rows("SELECT url, branch, state FROM file ORDER BY url") == [
          "https://dev.azure.com/contoso/P/_git/SVC-b?path=/ops/catalog.yaml&version=GBrelease/1|release/1|absent",
          "https://dev.azure.com/contoso/P/_git/svc-a?path=/ops/catalog.yaml&version=GBrelease/1|release/1|present",
        ]
      )
    }
  }

  @Test func `content that JSON cannot carry is read as a blob and verified`() async throws {
    let bytes: [UInt8] = [0xEF, 0xBB, 0xBF] + Array(component("bom").utf8)
    var simulated = world([:])
    simulated.organizations[0].projects[0].repositories = [
      World.Repository("a", files: ["/catalog-info.yaml": World.File(bytes: bytes)])
    ]
    let simulator = Simulator(world: simulated)
    try await simulator.serving { base in
      let crawling = try Crawling(base)

      try await crawling.crawl()

      #expect(try await crawling.rows("SELECT ref FROM entity") == ["component:default/bom"])
    }
  }
}
