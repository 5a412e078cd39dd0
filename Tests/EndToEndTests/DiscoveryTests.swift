import AzureSimulator
import CatalogStore
import Crawl
import TestSupport
import Testing

/// What Backstage's discovery is tested with, crawled (facts/backstage-azure.md 5.4, 5.5 and its cases F).
///
/// Where it asks Code Search, the list of repositories is read here. F133 and F136 are not followed
/// (decisions.md 18): the organization is listed and repositories are named by their ids, and one repository that
/// fails does not hold back the others.
@Suite(.timeLimit(.minutes(2)))
struct DiscoveryTests {
  private func provider(_ fields: String) -> String {
    "catalog: {providers: {azureDevOps: {main: {organization: contoso, \(fields)}}}}\n"
  }

  private func files(_ crawling: Crawling) async throws -> [String] {
    try await crawling.rows("SELECT url FROM file WHERE state = 'present' ORDER BY url")
  }

  private func repository(
    _ name: String,
    branch: String? = nil,
    hasCatalog: Bool = true,
    change: (inout World.Repository) -> Void = { _ in }
  ) -> World.Repository {
    var files: World.Files = ["/README.md": "x"]
    if hasCatalog { files["/catalog-info.yaml"] = "\(component(name.lowercased()))" }
    var repository = World.Repository(name, files: files)
    if let branch { repository.branches[branch] = files }
    change(&repository)
    return repository
  }

  private func simulator(_ projects: [String: [World.Repository]]) -> Simulator {
    Simulator(
      world: World(organizations: [
        World.Organization(
          "contoso",
          projects: projects.sorted { $0.key < $1.key }.map { World.Project($0.key, repositories: $0.value) }
        )
      ])
    )
  }

  @Test func `F134 and F142: forks are asked, disabled and empty repositories are not`() async throws {
    let simulator = simulator([
      "myproject": [
        repository("myrepo"), repository("myfork") { $0.forkOf = "myproject/myrepo" },
        repository("nocatalog", hasCatalog: false), repository("disabled") { $0.isDisabled = true },
        World.Repository("empty"),
      ]
    ])
    try await simulator.serving { url in
      let crawling = try Crawling(url, more: provider("project: myproject"))

      let report = try await crawling.crawl()

      #expect(report.exitCode == 0)
      #expect(simulator.requests.byRoute == ["repositories": 1, "items": 3])
      let base = "https://dev.azure.com/contoso/myproject/_git"
      #expect(
        try await files(crawling)
          == ["\(base)/myfork?path=/catalog-info.yaml", "\(base)/myrepo?path=/catalog-info.yaml"]
      )
    }
  }

  @Test func `F135 and F142: patterns of names, a branch, no forks, and an empty repository is asked`()
    async throws
  {
    let simulator = simulator([
      "Platform Services": [
        repository("service-a", branch: "mybranch"), World.Repository("service-empty"),
        repository("service-fork", branch: "mybranch") { $0.forkOf = "Platform Services/service-a" },
        repository("other", branch: "mybranch"),
      ],
      "platform tools": [repository("Service-B", branch: "mybranch")],
      "Other": [repository("service-c", branch: "mybranch")],
    ])
    try await simulator.serving { url in
      let crawling = try Crawling(
        url,
        more: provider(
          "project: '\"Platform *\"', repository: service-*, path: catalog-info.yaml, branch: mybranch, "
            + "skipForkedRepos: true"
        )
      )

      let report = try await crawling.crawl()

      #expect(report.exitCode == 0)
      #expect(simulator.requests.byRoute == ["repositories": 1, "items": 3])
      #expect(
        try await files(crawling) == [
          "https://dev.azure.com/contoso/Platform%20Services/_git/service-a?path=/catalog-info.yaml"
            + "&version=GBmybranch",
          "https://dev.azure.com/contoso/platform%20tools/_git/Service-B?path=/catalog-info.yaml"
            + "&version=GBmybranch",
        ]
      )
    }
  }

  @Test func `F123: a list of 2,401 repositories is one request, and all are kept`() async throws {
    let simulator = Simulator(world: .generated(World.Plan(repositories: 2_401, projects: 3, documents: 1)))
    try await simulator.serving { url in
      let crawling = try Crawling(
        url,
        tokens: ["org1": "simulator-token"],
        more: "  include: [service-002401]\n"
      )

      let report = try await crawling.crawl()

      #expect(report.totals.repositoriesListed == 2_401)
      #expect(simulator.requests.byRoute == ["repositories": 1, "items": 1])
      #expect(try await crawling.rows("SELECT count(*) FROM repository") == ["2401"])
    }
  }

  @Test(arguments: [FaultAnswer.signInPage, .status(400), .unauthorized])
  func `F124: a list that is refused leaves what is stored`(fault: FaultAnswer) async throws {
    let simulator = simulator(["P": [repository("a"), repository("b")]])
    try await simulator.serving { url in
      let crawling = try Crawling(url)
      try await crawling.crawl(at: 1)
      let before = try await crawling.rows("SELECT * FROM entity ORDER BY id")
      simulator.setFaults([FaultRule(route: "repositories", answer: fault)])

      for day in 2...4 { #expect(try await crawling.crawl(at: day).outcome == .failed) }

      #expect(try await crawling.rows("SELECT * FROM entity ORDER BY id") == before)
      #expect(try await crawling.rows("SELECT * FROM missing_repository").isEmpty, "no list was complete")
    }
  }

  @Test func `F125: an empty list removes nothing, however often it comes`() async throws {
    let simulator = simulator(["P": [repository("a"), repository("b")]])
    try await simulator.serving { url in
      let crawling = try Crawling(url)
      try await crawling.crawl(at: 1)
      simulator.change { $0.hideProject("contoso/P") }

      for day in 2...5 {
        let report = try await crawling.crawl(at: day)
        #expect(report.exitCode == 2 && report.organizations[0].heldBack.repositories == 2)
      }

      #expect(try await crawling.rows("SELECT count(*) FROM entity WHERE is_holder = 1") == ["2"])
      simulator.change { $0.hideProject("contoso/P", false) }
      #expect(try await crawling.crawl(at: 6).exitCode == 0)
    }
  }

  @Test func `F126: a file that several providers find is one file`() async throws {
    let simulator = simulator(["P": [repository("a"), repository("b")]])
    try await simulator.serving { url in
      let more = """
        catalog:
          providers:
            azureDevOps:
              one: {organization: contoso, project: P}
              two: {organization: CONTOSO, project: '*', repository: a}
              three: {organization: contoso, project: P, path: '/*.yaml'}

        """
      let crawling = try Crawling(url, more: more)

      try await crawling.crawl()

      // Besides a listing of each repository.
      #expect(simulator.requests.byRoute == ["repositories": 1, "items": 2 + 2])
      #expect(try await files(crawling).count == 2)
    }
  }

  @Test func `F129: what is found says where it was found`() async throws {
    let simulator = simulator(["P": [repository("a")]])
    try await simulator.serving { url in
      let crawling = try Crawling(url)

      try await crawling.crawl()

      let target = "url:https://dev.azure.com/contoso/P/_git/a?path=/catalog-info.yaml"
      #expect(
        try await crawling.rows(
          """
          SELECT json ->> '$.metadata.annotations."backstage.io/managed-by-location"',
            json ->> '$.metadata.annotations."backstage.io/managed-by-origin-location"' FROM entity
          """
        ) == ["\(target)|\(target)"]
      )
    }
  }

  @Test(arguments: [FaultAnswer.serverError, .frontEndUnavailable, .status(502)])
  func `F137: one repository that fails keeps its own entities, and the others are updated`(
    fault: FaultAnswer
  ) async throws {
    let simulator = simulator(["P": [repository("a"), repository("b"), repository("c")]])
    try await simulator.serving { url in
      let crawling = try Crawling(url)
      try await crawling.crawl(at: 1)
      for name in ["a", "b", "c"] { setCatalog(component(name, owner: "new"), of: name, in: simulator) }
      simulator.setFaults([FaultRule(route: "items", repository: "b", answer: fault)])

      let report = try await crawling.crawl(at: 2)

      #expect(report.outcome == .partial)
      #expect(
        try await crawling.rows("SELECT name, owner FROM entity ORDER BY name")
          == ["a|new", "b|team-a", "c|new"]
      )
    }
  }

  @Test(arguments: [1, 5]) func `F138: never more requests at a time than the settings say`(limit: Int)
    async throws
  {
    let plan = World.Plan(repositories: 60, projects: 2, documents: 1)
    let simulator = Simulator(
      world: .generated(plan),
      options: SimulatorOptions(latency: .milliseconds(2))
    )
    try await simulator.serving { url in
      let crawling = try Crawling(url, tokens: ["org1": "simulator-token"], concurrency: limit)

      try await crawling.crawl()

      #expect(simulator.requests.total == 61)
      #expect(simulator.requests.maxConnections <= limit)
    }
  }
}
