import AzureSimulator
import CatalogStore
import Crawl
import TestSupport
import Testing

/// What an answer means for a file that a location leads to, and what becomes of its entity.
///
/// facts/backstage-azure.md 9.E, facts/backstage-catalog.md 11.E and 11.I. Archives (E107) are not read: files are
/// asked for one by one.
@Suite(.timeLimit(.minutes(2)))
struct ReadingCaseTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    /// What every request for the file is answered with; nil for the right answer.
    var fault: FaultAnswer?
    /// `rule` of the problem that says it; nil for none.
    var rule: String?
    var testDescription: String { name }
  }

  /// The pattern is listed, and its file read, as the tree and the archive are upstream.
  private static let cases = [
    Case(name: "E97: 200", fault: nil, rule: nil),
    Case(name: "C107, E98 and E106: 203 with a page", fault: .signInPage, rule: "sign-in"),
    Case(name: "E100: 401", fault: .unauthorized, rule: "sign-in"),
    Case(name: "E100: 403", fault: .forbidden, rule: "forbidden"),
    Case(name: "E100: 500", fault: .serverError, rule: "service-trouble"),
    Case(name: "E101: no answer", fault: .connectionCutBeforeAnswer, rule: "unreachable"),
  ]

  @Test(arguments: cases)
  func `an answer that is no content keeps what was read, and says why`(reading: Case) async throws {
    for target in ["./a.yaml", "./*.yml"] {
      let simulator = Simulator(
        world: world(files: [
          "contoso/P/root": ["/catalog-info.yaml": component("root")],
          "contoso/P/other": [
            "/catalog-info.yaml": location("all", [target]), "/a.yaml": component("a"),
            "/b.yml": component("a"),
          ],
        ])
      )
      try await simulator.serving { url in
        let crawling = try Crawling(url)
        try await crawling.crawl(at: 1)
        let before = try await crawling.rows("SELECT ref, owner FROM entity ORDER BY ref")
        setFile(component("a", owner: "new"), "/a.yaml", of: "other", in: simulator)
        setFile(component("a", owner: "new"), "/b.yml", of: "other", in: simulator)
        // The first request for an item of it is the catalog file itself.
        if let fault = reading.fault {
          simulator.setFaults([
            FaultRule(repository: "other", numbers: .only(Set(2...60)), answer: fault)
          ])
        }

        let report = try await crawling.crawl(at: 2)

        let after = try await crawling.rows("SELECT ref, owner FROM entity ORDER BY ref")
        #expect((after == before) == (reading.fault != nil))
        #expect(report.exitCode == (reading.fault == nil ? 0 : 2))
        let rules = try await crawling.rows("SELECT DISTINCT rule FROM problem WHERE class = 'read'")
        #expect(rules == [reading.rule].compactMap(\.self))
        simulator.setFaults([])
        try await crawling.crawl(at: 3)
        #expect(try await crawling.rows("SELECT * FROM problem").isEmpty)
        #expect(try await crawling.rows("SELECT owner FROM entity WHERE name = 'a'") == ["new"])
      }
    }
  }

  @Test func `C108, E99, E104 and E105: what is not there is not there, and an empty repository is no fault`()
    async throws
  {
    var world = world(files: [
      "contoso/P/root": [
        "/catalog-info.yaml": location(
          "all",
          [
            "./none.yaml", "./none/*.yaml", "https://dev.azure.com/contoso/P/_git/empty?path=/a.yaml",
            "https://dev.azure.com/contoso/P/_git/empty?path=/*.yaml",
            "https://dev.azure.com/contoso/P/_git/root?path=/catalog-info.yaml&version=GBnone",
            "https://dev.azure.com/contoso/P/_git/nothing?path=/a.yaml",
          ]
        )
      ]
    ])
    world.organizations[0].projects[0].repositories.append(World.Repository("empty"))
    let simulator = Simulator(world: world)
    try await simulator.serving { url in
      let crawling = try Crawling(url)

      let report = try await crawling.crawl()

      let problems = try await crawling.rows("SELECT key_path, class, rule FROM problem ORDER BY key_path")
      #expect(
        problems == [
          "spec.targets[0]|content|target-absent", "spec.targets[1]|content|target-absent",
          "spec.targets[2]|content|target-absent", "spec.targets[3]|content|target-absent",
          "spec.targets[4]|content|target-absent", "spec.targets[5]|read|repository-unavailable",
        ]
      )
      #expect(report.exitCode == 2)
    }
  }

  @Test
  func `C118, E110 and E111: a broken document behind an optional location is a problem, its siblings count`()
    async throws
  {
    let simulator = Simulator(
      world: world(files: [
        "contoso/P/root": [
          "/catalog-info.yaml": location("all", ["./a.yaml"], more: "\n  presence: optional"),
          "/a.yaml": component("a") + "---\na: [\n---\n" + component("b") + "---\n",
        ]
      ])
    )
    try await simulator.serving { url in
      let crawling = try Crawling(url)

      try await crawling.crawl()

      #expect(try await crawling.rows("SELECT name FROM entity ORDER BY name") == ["a", "all", "b"])
      let problems = try await crawling.rows("SELECT class, rule, line FROM problem")
      #expect(problems == ["content|yaml-syntax|11"])
    }
  }

  @Test
  func
    `C148, C149 and C151: an entity that never was is not there, a broken one is stale, a dropped one goes`()
    async throws
  {
    let simulator = Simulator(world: world(["r": component("a", owner: "''")]))
    try await simulator.serving { url in
      let crawling = try Crawling(url)
      try await crawling.crawl(at: 1)
      #expect(try await crawling.rows("SELECT * FROM entity").isEmpty)
      #expect(try await crawling.rows("SELECT rule, ref FROM problem") == ["empty|component:default/a"])

      setCatalog(component("a") + "---\n" + component("b"), of: "r", in: simulator)
      try await crawling.crawl(at: 2)
      let good = try await crawling.rows("SELECT ref, etag, changed_at, stale_since FROM entity ORDER BY ref")
      try await crawling.crawl(at: 3)
      #expect(
        try await crawling.rows("SELECT ref, etag, changed_at, stale_since FROM entity ORDER BY ref") == good
      )

      setCatalog(component("a", owner: "''"), of: "r", in: simulator)
      try await crawling.crawl(at: 4)
      #expect(
        try await crawling.rows("SELECT ref, etag, stale_since IS NOT NULL FROM entity")
          == [good[0].split(separator: "|")[0...1].joined(separator: "|") + "|1"]
      )

      setCatalog(component("a"), of: "r", in: simulator)
      try await crawling.crawl(at: 5)
      #expect(try await crawling.rows("SELECT ref, etag, changed_at, stale_since FROM entity") == [good[0]])
      #expect(try await crawling.rows("SELECT * FROM problem").isEmpty)
    }
  }

  @Test func `C154: what an entity was related to loses the relation with it`() async throws {
    let group =
      "apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {name: g}\nspec: {type: t, children: []}\n"
    let simulator = Simulator(world: world(["r": component("a", owner: "g"), "g": group]))
    try await simulator.serving { url in
      let crawling = try Crawling(url)
      let relations = "SELECT type, target_ref FROM entity_relation WHERE source_ref = 'group:default/g'"
      try await crawling.crawl(at: 1)
      #expect(try await crawling.rows(relations) == ["ownerOf|component:default/a"])

      setCatalog(nil, of: "r", in: simulator)
      try await crawling.crawl(at: 2)

      #expect(try await crawling.rows(relations).isEmpty)
      #expect(try await crawling.rows("SELECT * FROM relation").isEmpty)
    }
  }
}
