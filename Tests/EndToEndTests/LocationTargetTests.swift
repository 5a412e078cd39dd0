import AzureSimulator
import Catalog
import CatalogStore
import Crawl
import Foundation
import TestSupport
import Testing

/// Locations whose targets change under them: repositories that are made anew, are disabled, or are in an
/// organization that nothing lists.
@Suite(.timeLimit(.minutes(2)))
struct LocationTargetTests {
  private let tokens = ["contoso": "simulator-token", "fabrikam": "simulator-token"]
  private let foreign = "https://dev.azure.com/fabrikam/Q/_git/lib?path=/lib.yaml"

  /// Settings by which nothing lists `fabrikam`: only a location leads there.
  private func crawling(_ url: String, _ folder: TemporaryFolder? = nil, more: String = "") throws -> Crawling
  {
    let provider = """
      catalog:
        providers:
          azureDevOps:
            a: {organization: contoso, project: P, path: /catalog-info.yaml}

      """
    return try Crawling(url, tokens: tokens, more: more + provider, folder: folder)
  }

  private func entities(_ crawling: Crawling) async throws -> [String] {
    try await crawling.rows(
      "SELECT ref, orphan_since IS NOT NULL FROM entity WHERE is_holder = 1 ORDER BY ref"
    )
  }

  private func setLibrary(_ repository: World.Repository, in simulator: Simulator) {
    simulator.change { world in
      for index in world.organizations.indices where world.organizations[index].name == "fabrikam" {
        world.organizations[index].projects[0].repositories = [repository]
      }
    }
  }

  @Test func `a repository that was deleted and made anew under its name is followed to the new one`()
    async throws
  {
    let simulator = Simulator(
      world: world(files: [
        "contoso/P/root": ["/catalog-info.yaml": location("root", [foreign])],
        "fabrikam/Q/lib": ["/lib.yaml": component("lib")],
      ])
    )
    try await simulator.serving { url in
      let crawling = try crawling(url, more: "  orphans: {keepCrawls: 1}\n")
      let first = try await crawling.crawl(at: 1)
      #expect(first.outcome == .complete)
      #expect(try await entities(crawling) == ["component:default/lib|0", "location:default/root|0"])
      let uid = try await crawling.rows("SELECT uid FROM entity WHERE name = 'lib'")

      setLibrary(
        World.Repository(
          "lib",
          id: "6a1f3c50-0000-4000-8000-000000000001",
          files: ["/lib.yaml": World.File(bytes: Array(component("lib", owner: "new").utf8))]
        ),
        in: simulator
      )
      let second = try await crawling.crawl(at: 2)

      #expect(second.outcome == .complete)
      #expect(
        try await crawling.rows(
          "SELECT owner FROM entity WHERE ref = 'component:default/lib' AND is_holder = 1"
        )
          == ["new"]
      )
      #expect(try await crawling.rows("SELECT uid FROM entity WHERE is_holder = 1 AND name = 'lib'") == uid)
      #expect(
        try await crawling.rows("SELECT state FROM repository WHERE name = 'lib' ORDER BY id")
          == ["unlisted", "active"]
      )
      try await crawling.crawl(at: 3)
      try await crawling.crawl(at: 4)
      #expect(try await crawling.rows("SELECT count(*) FROM entity WHERE name = 'lib'") == ["1"])
      let everything = try await crawling.everything()
      let last = try await crawling.crawl(at: 5)
      #expect(try await crawling.everything() == everything)
      // Two lists' worth of nothing: the list, the root, the question who `lib` is, and its file.
      #expect(last.totals.requests == 4)
    }
  }

  @Test
  func `what once kept an organization from being read that nothing lists is no problem once it is read`()
    async throws
  {
    let simulator = Simulator(
      world: world(files: [
        "contoso/P/root": ["/catalog-info.yaml": location("root", [foreign])],
        "contoso/P/other": ["/catalog-info.yaml": component("other")],
        "fabrikam/Q/lib": ["/lib.yaml": component("lib")],
      ])
    )
    try await simulator.serving { url in
      let crawling = try crawling(url)
      simulator.setFaults([FaultRule(organization: "fabrikam", answer: .unauthorized)])
      #expect(try await crawling.crawl(at: 1).outcome == .partial)
      let problems = "SELECT rule FROM problem WHERE repository_id IS NULL"
      #expect(try await crawling.rows(problems) == ["sign-in"])

      // Of another organization's trouble it knows nothing.
      simulator.setFaults([FaultRule(route: "items", repository: "other", answer: .forbidden)])
      #expect(try await crawling.crawl(at: 2).outcome == .partial)
      #expect(try await crawling.rows(problems) == [])
    }
  }

  @Test func `a placeholder finds a repository that was made anew under its name`() async throws {
    let api = """
      apiVersion: backstage.io/v1alpha1
      kind: API
      metadata: {name: web}
      spec:
        type: text
        lifecycle: production
        owner: team-a
        definition: {$text: 'https://dev.azure.com/fabrikam/Q/_git/lib?path=/a.txt'}

      """
    let simulator = Simulator(
      world: world(files: [
        "contoso/P/root": [
          "/catalog-info.yaml": location("root", [foreign, "./api.yaml"]), "/api.yaml": api,
        ],
        "fabrikam/Q/lib": ["/lib.yaml": component("lib"), "/a.txt": "one"],
      ])
    )
    try await simulator.serving { url in
      let crawling = try crawling(url)
      try await crawling.crawl(at: 1)
      setLibrary(
        World.Repository(
          "lib",
          id: "6a1f3c50-0000-4000-8000-000000000001",
          files: ["/lib.yaml": World.File(bytes: Array(component("lib").utf8)), "/a.txt": "two"]
        ),
        in: simulator
      )

      let second = try await crawling.crawl(at: 2)

      #expect(second.outcome == .complete)
      #expect(
        try await crawling.rows("SELECT json ->> '$.spec.definition' FROM entity WHERE name = 'web'") == [
          "two"
        ]
      )
    }
  }

  @Test(arguments: [true, false])
  func `a location into a repository that answers no questions says so and costs nothing`(isDisabled: Bool)
    async throws
  {
    let simulator = Simulator(
      world: world(files: [
        "contoso/P/root": [
          "/catalog-info.yaml": location("root", ["https://dev.azure.com/contoso/P/_git/lib?path=/lib.yaml"])
        ],
        "contoso/P/lib": ["/lib.yaml": component("lib")],
      ])
    )
    try await simulator.serving { url in
      let crawling = try Crawling(url)
      try await crawling.crawl(at: 1)
      simulator.change { world in
        world.update("contoso/P/lib") {
          ($0.isDisabled, $0.isInMaintenance) = (isDisabled, !isDisabled)
        }
      }

      let second = try await crawling.crawl(at: 2)

      #expect(second.outcome == .complete)
      #expect(try await entities(crawling) == ["component:default/lib|0", "location:default/root|0"])
      let reason = isDisabled ? "is disabled" : "is in maintenance"
      #expect(
        try await crawling.rows("SELECT class, rule, ref, line, message FROM problem") == [
          "content|target-repository|location:default/root|7|the repository P/lib \(reason): "
            + "what was read of it before stays"
        ]
      )

      simulator.change { world in
        world.update("contoso/P/lib") { ($0.isDisabled, $0.isInMaintenance) = (false, false) }
      }
      #expect(try await crawling.crawl(at: 3).outcome == .complete)
      #expect(try await crawling.rows("SELECT * FROM problem").isEmpty)
    }
  }

  @Test func `a file that nothing leads to and that holds no entity is forgotten with its problems`()
    async throws
  {
    let simulator = Simulator(
      world: world(files: [
        "contoso/P/root": ["/catalog-info.yaml": location("root", ["./bad.yaml"]), "/bad.yaml": "a: [\n"]
      ])
    )
    try await simulator.serving { url in
      let crawling = try Crawling(url, more: "  orphans: {keepCrawls: 5}\n")
      try await crawling.crawl(at: 1)
      #expect(try await crawling.rows("SELECT count(*) FROM problem") == ["1"])

      setFile(component("other"), "/catalog-info.yaml", of: "root", in: simulator)
      let second = try await crawling.crawl(at: 2)

      #expect(second.outcome == .complete)
      #expect(try await crawling.rows("SELECT path FROM file") == ["/catalog-info.yaml"])
      #expect(try await crawling.rows("SELECT * FROM problem").isEmpty)
    }
  }

  @Test func `a placeholder's file that stays away writes nothing, and is seen when it comes`() async throws {
    let api = """
      apiVersion: backstage.io/v1alpha1
      kind: API
      metadata: {name: web}
      spec: {type: text, lifecycle: production, owner: team-a, definition: {$text: ./a.txt}}

      """
    let simulator = Simulator(world: world(files: ["contoso/P/root": ["/catalog-info.yaml": api]]))
    try await simulator.serving { url in
      let crawling = try Crawling(url)
      try await crawling.crawl(at: 1)
      let everything = try await crawling.everything()
      #expect(try await crawling.crawl(at: 2).totals.requests == 2)
      #expect(try await crawling.everything() == everything)

      setFile("text", "/README.md", of: "root", in: simulator)
      #expect(try await crawling.crawl(at: 3).totals.requests == 3)
      #expect(try await crawling.crawl(at: 4).totals.requests == 2)

      setFile("one", "/a.txt", of: "root", in: simulator)
      try await crawling.crawl(at: 5)
      #expect(
        try await crawling.rows("SELECT json ->> '$.spec.definition' FROM entity WHERE name = 'web'") == [
          "one"
        ]
      )
      #expect(try await crawling.rows("SELECT * FROM problem").isEmpty)
    }
  }

  @Test func `a registered location on a host that left the settings is not asked, and says so`() async throws
  {
    let simulator = Simulator(
      world: world(files: [
        "contoso/P/root": ["/all.yaml": component("a")], "contoso/P/r": ["/README.md": "x"],
      ])
    )
    try await simulator.serving { url in
      let crawling = try Crawling(url)
      _ = try await crawling.database.register(
        .url,
        FileAddress(
          text: "https://tfs.example.com/c/p/_git/r?path=/a.yaml",
          host: "tfs.example.com",
          organization: "c"
        ),
        at: Date(timeIntervalSince1970: 0)
      )

      let report = try await crawling.crawl()

      #expect(
        report.organizations.map { "\($0.host) \($0.counts.requests)" } == [
          "dev.azure.com 3", "tfs.example.com 0",
        ]
      )
      #expect(try await crawling.rows("SELECT class, rule FROM problem") == ["content|target-host"])
    }
  }

  @Test(arguments: [["a", "b"], ["b", "a"]])
  func `an entity that moves from one file to another in one crawl stays the same one`(names: [String])
    async throws
  {
    // Which repository is asked first follows from its id.
    let (old, new) = (names[0], names[1])
    let simulator = Simulator(world: world([old: component("x"), new: nil]))
    try await simulator.serving { url in
      let crawling = try Crawling(url, concurrency: 1)
      try await crawling.crawl(at: 1)
      let uid = try await crawling.rows("SELECT uid FROM entity")
      setCatalog(component("other"), of: old, in: simulator)
      setCatalog(component("x"), of: new, in: simulator)

      try await crawling.crawl(at: 2)

      #expect(try await crawling.rows("SELECT uid FROM entity WHERE name = 'x'") == uid)
      #expect(try await crawling.rows("SELECT * FROM removed_ref").isEmpty)

      // It goes for once, and comes back in another crawl: that is another one.
      setCatalog(nil, of: new, in: simulator)
      try await crawling.crawl(at: 3)
      setCatalog(component("x"), of: new, in: simulator)
      try await crawling.crawl(at: 4)
      #expect(try await crawling.rows("SELECT uid FROM entity WHERE name = 'x'") != uid)
    }
  }

  @Test func `more patterns than are followed at a time are all followed`() async throws {
    var files = ["/catalog-info.yaml": location("root", (1...11).map { "./d\($0)/*.yaml" })]
    for number in 1...11 { files["/d\(number)/a.yaml"] = component("c\(number)") }
    let simulator = Simulator(world: world(files: ["contoso/P/root": files]))
    try await simulator.serving { url in
      let crawling = try Crawling(url)

      try await crawling.crawl()

      #expect(try await entities(crawling).count == 12)
      #expect(try await crawling.rows("SELECT * FROM problem").isEmpty)
    }
  }
}
