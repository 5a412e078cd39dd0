import AzureSimulator
import CatalogStore
import Crawl
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct SyncTests {
  @Test func `a first crawl stores what the files say, with one request for the list and one per repository`()
    async throws
  {
    let simulator = Simulator(
      world: world(["a": component("api", owner: "team-x"), "b": component("web"), "c": nil])
    )
    try await simulator.serving { base in
      let crawling = try Crawling(base)

      let report = try await crawling.crawl()

      #expect(report.outcome == .complete)
      #expect(report.exitCode == 0)
      #expect(report.totals.requests == 4)
      #expect(simulator.requests.byRoute == ["repositories": 1, "items": 3])
      #expect(report.totals.repositoriesListed == 3)
      #expect(report.totals.filesFound == 2)
      #expect(report.totals.entitiesAdded == 2)
      #expect(
        try await crawling.rows("SELECT ref, owner, is_holder, line FROM entity ORDER BY ref") == [
          "component:default/api|team-x|1|1", "component:default/web|team-a|1|1",
        ]
      )
      #expect(
        try await crawling.rows("SELECT url, state, blob_id IS NOT NULL FROM file ORDER BY url") == [
          "https://dev.azure.com/contoso/P/_git/a?path=/catalog-info.yaml|present|1",
          "https://dev.azure.com/contoso/P/_git/b?path=/catalog-info.yaml|present|1",
          "https://dev.azure.com/contoso/P/_git/c?path=/catalog-info.yaml|absent|0",
        ]
      )
    }
  }

  @Test func `a crawl that finds nothing new asks 1 + N and writes only its own rows`() async throws {
    let simulator = Simulator(
      world: world(["a": component("api"), "b": component("web", more: "\n  tags: [Bad_Tag]"), "c": nil])
    )
    try await simulator.serving { base in
      let crawling = try Crawling(base)
      try await crawling.crawl(at: 1)
      let before = try await crawling.everything()
      simulator.resetRequests()

      let report = try await crawling.crawl(at: 2)

      #expect(simulator.requests.total == 4)
      #expect(try await crawling.everything() == before)
      #expect(report.totals.entitiesUnchanged == 1)
      #expect(
        report.totals.entitiesAdded + report.totals.entitiesChanged + report.totals.entitiesRemoved == 0
      )
      #expect(try await crawling.rows("SELECT count(*) FROM crawl") == ["2"])
    }
  }

  @Test func `a changed, an added, a deleted and a broken file each give exactly their rows`() async throws {
    let simulator = Simulator(
      world: world([
        "changed": component("one"), "added": nil, "deleted": component("three"), "broken": component("four"),
        "same": component("five"),
      ])
    )
    try await simulator.serving { base in
      let crawling = try Crawling(base)
      try await crawling.crawl(at: 1)
      setCatalog(component("one", owner: "team-b"), of: "changed", in: simulator)
      setCatalog(component("two"), of: "added", in: simulator)
      setCatalog(nil, of: "deleted", in: simulator)
      setCatalog("kind: Component\n metadata: [\n", of: "broken", in: simulator)

      let report = try await crawling.crawl(at: 2)

      let counts = report.totals
      #expect([counts.entitiesAdded, counts.entitiesChanged, counts.entitiesRemoved] == [1, 1, 1])
      #expect(counts.entitiesUnchanged == 2)
      #expect(report.outcome == .complete, "a file that is not right is data, not a failure")
      #expect(
        try await crawling.rows("SELECT ref, owner, stale_since, changed_at FROM entity ORDER BY ref") == [
          "component:default/five|team-a||2026-03-01T09:00:00.000Z",
          "component:default/four|team-a|2026-03-02T09:00:00.000Z|2026-03-01T09:00:00.000Z",
          "component:default/one|team-b||2026-03-02T09:00:00.000Z",
          "component:default/two|team-a||2026-03-02T09:00:00.000Z",
        ]
      )
      #expect(
        try await crawling.rows(
          """
          SELECT r.name, p.class, p.rule, p.line, p.since FROM problem p
          JOIN repository r ON r.id = p.repository_id
          """
        ) == ["broken|content|yaml-syntax|2|2026-03-02T09:00:00.000Z"]
      )
    }
  }

  @Test func `a broken file that is mended loses its problem and its age`() async throws {
    let simulator = Simulator(world: world(["a": component("api")]))
    try await simulator.serving { base in
      let crawling = try Crawling(base)
      try await crawling.crawl(at: 1)
      let healthy = try await crawling.dump()
      setCatalog("a: [", of: "a", in: simulator)
      try await crawling.crawl(at: 2)
      setCatalog("a: [", of: "a", in: simulator)
      try await crawling.crawl(at: 3)
      #expect(try await crawling.rows("SELECT since FROM problem") == ["2026-03-02T09:00:00.000Z"])
      setCatalog(component("api"), of: "a", in: simulator)

      try await crawling.crawl(at: 4)

      // The branch has moved on, the content has not.
      let commit = { (line: String) in !line.hasPrefix("file") }
      #expect(try await crawling.dump().filter(commit) == healthy.filter(commit))
    }
  }

  @Test func `disabled and empty repositories are stored with their reason and not asked`() async throws {
    var simulated = world(["a": component("api")])
    simulated.organizations[0].projects[0].repositories += [
      World.Repository("off", files: ["/catalog-info.yaml": "x"], isDisabled: true),
      World.Repository("busy", files: ["/catalog-info.yaml": "x"], isInMaintenance: true),
      World.Repository("new"),
    ]
    let simulator = Simulator(world: simulated)
    try await simulator.serving { base in
      let crawling = try Crawling(base)

      let report = try await crawling.crawl()

      #expect(report.outcome == .complete)
      #expect(simulator.requests.total == 2)
      #expect(
        try await crawling.rows("SELECT name, state FROM repository ORDER BY name") == [
          "a|active", "busy|maintenance", "new|empty", "off|disabled",
        ]
      )
    }
  }

  @Test func `a repository that leaves the list keeps what is known of it`() async throws {
    let simulator = Simulator(world: world(["a": component("api"), "b": component("web")]))
    try await simulator.serving { base in
      let crawling = try Crawling(base)
      try await crawling.crawl(at: 1)
      simulator.change { $0.organizations[0].projects[0].repositories.removeLast() }

      for day in 2...4 {
        let report = try await crawling.crawl(at: day)
        #expect(report.outcome == .partial && report.organizations[0].heldBack.repositories == 1)
      }
      #expect(
        try await crawling.rows("SELECT rule, severity, since FROM problem") == [
          "removals-held-back|warning|2026-03-02T09:00:00.000Z"
        ]
      )

      #expect(
        try await crawling.rows("SELECT name, state FROM repository ORDER BY name") == [
          "a|active", "b|unlisted",
        ]
      )
      #expect(try await crawling.rows("SELECT ref FROM entity ORDER BY ref").count == 2)
    }
  }

  @Test func `what left the list goes when an operator accepts it`() async throws {
    let simulator = Simulator(world: world(["a": component("api"), "b": component("web")]))
    try await simulator.serving { base in
      let crawling = try Crawling(base)
      try await crawling.crawl(at: 1)
      simulator.change { $0.organizations[0].projects[0].repositories.removeLast() }
      var request = CrawlRequest.sync
      request.acceptsRemovals = true

      let report = try await crawling.crawl(request, at: 2)

      #expect(report.outcome == .complete)
      #expect(report.totals.entitiesRemoved == 1)
      #expect(try await crawling.rows("SELECT ref FROM entity") == ["component:default/api"])
      #expect(try await crawling.rows("SELECT count(*) FROM problem") == ["0"])
    }
  }

  @Test func `a limit of the settings that changes is applied to files that have not`() async throws {
    let simulator = Simulator(
      world: world(["a": component("api", more: "\n  description: \(String(repeating: "x", count: 2000))")])
    )
    try await simulator.serving { base in
      let folder = try TemporaryFolder()
      let tight = try Crawling(base, more: "  yaml: {maxBytes: 1024}\n", folder: folder)
      try await tight.crawl(at: 1)
      #expect(try await tight.rows("SELECT rule FROM problem") == ["yaml-limit"])

      try await Crawling(base, folder: folder).crawl(at: 2)

      #expect(try await tight.rows("SELECT count(*) FROM problem") == ["0"])
      #expect(try await tight.rows("SELECT ref FROM entity") == ["component:default/api"])
    }
  }

  @Test func `a file that no rule asks for any more is marked and kept`() async throws {
    let simulator = Simulator(world: world(["a": component("api"), "b": component("web")]))
    try await simulator.serving { base in
      let folder = try TemporaryFolder()
      try await Crawling(base, folder: folder).crawl(at: 1)
      let narrow = try Crawling(base, more: "  exclude: [b]\n", folder: folder)

      let report = try await narrow.crawl(at: 2)

      #expect(report.totals.filesAsked == 1)
      let marks = "SELECT url, out_of_scope_since FROM file ORDER BY url"
      #expect(
        try await narrow.rows(marks) == [
          "https://dev.azure.com/contoso/P/_git/a?path=/catalog-info.yaml|",
          "https://dev.azure.com/contoso/P/_git/b?path=/catalog-info.yaml|2026-03-02T09:00:00.000Z",
        ]
      )
      #expect(try await narrow.rows("SELECT count(*) FROM entity") == ["2"])
      let before = try await narrow.everything()
      try await narrow.crawl(at: 3)
      #expect(try await narrow.everything() == before)
      try await Crawling(base, folder: folder).crawl(at: 4)
      #expect(
        try await narrow.rows("SELECT count(*) FROM file WHERE out_of_scope_since IS NOT NULL") == ["0"]
      )
    }
  }

  @Test func `two files that claim one ref have one holder, whatever the order, and it is replaced at once`()
    async throws
  {
    let simulator = Simulator(
      world: world(["b": component("api", owner: "team-b"), "a": component("api", owner: "team-a")]),
      options: SimulatorOptions(shuffleSeed: 3)
    )
    try await simulator.serving { base in
      let crawling = try Crawling(base)
      try await crawling.crawl(at: 1)
      let holders = "SELECT owner, is_holder FROM entity ORDER BY owner"
      #expect(try await crawling.rows(holders) == ["team-a|1", "team-b|0"])
      setCatalog(nil, of: "a", in: simulator)
      try await crawling.crawl(at: 2)
      #expect(try await crawling.rows(holders) == ["team-b|1"])
      setCatalog(component("api", owner: "team-a"), of: "a", in: simulator)

      try await crawling.crawl(at: 3)

      // The claim of `b` is by now the older one.
      #expect(try await crawling.rows(holders) == ["team-a|0", "team-b|1"])
    }
  }

  @Test func `the same world gives the same rows whatever the order and the concurrency`() async throws {
    let plan = World.Plan(
      repositories: 60,
      projects: 3,
      organizations: 2,
      missing: 0.1,
      documents: 2,
      seed: 5
    )
    var dumps: [[String]] = []
    for (concurrency, seed) in [(1, nil), (16, UInt64(1)), (64, 2)] {
      let simulator = Simulator(world: .generated(plan), options: SimulatorOptions(shuffleSeed: seed))
      try await simulator.serving { base in
        let tokens = ["org1": "simulator-token", "org2": "simulator-token"]
        let crawling = try Crawling(base, tokens: tokens, concurrency: concurrency)
        try await crawling.crawl()
        dumps.append(try await crawling.dump() + crawling.history())
        #expect(simulator.requests.total == 2 + 120)
        #expect(simulator.requests.maxConnections <= 2 * concurrency)
      }
    }

    #expect(dumps[0].count > 400)
    #expect(dumps[1] == dumps[0])
    #expect(dumps[2] == dumps[0])
  }
}
