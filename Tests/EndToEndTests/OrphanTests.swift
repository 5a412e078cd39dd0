import AzureSimulator
import CatalogStore
import Crawl
import Foundation
import TestSupport
import Testing

/// What becomes of entities that nothing leads to any more, that two files claim, or that the rules forbid.
@Suite(.timeLimit(.minutes(2)))
struct OrphanTests {
  private func entities(_ crawling: Crawling) async throws -> [String] {
    try await crawling.rows(
      "SELECT ref, orphan_since IS NOT NULL FROM entity WHERE is_holder = 1 ORDER BY ref"
    )
  }

  @Test
  func
    `C152 and C163: a circle of locations that lost its way in is orphaned, kept for some crawls, and removed`()
    async throws
  {
    let simulator = Simulator(
      world: world(files: [
        "contoso/P/root": [
          "/catalog-info.yaml": location("root", ["./b.yaml"]), "/b.yaml": location("b", ["./c.yaml"]),
          "/c.yaml": location("c", ["./d.yaml"]),
          "/d.yaml": location("d", ["./b.yaml"]) + "---\n" + component("x"),
        ]
      ])
    )
    try await simulator.serving { url in
      let crawling = try Crawling(url, more: "  orphans: {keepCrawls: 2}\n")
      try await crawling.crawl(at: 1)
      #expect(try await entities(crawling).count == 5)

      setFile(
        location("root", []).replacing("targets:", with: "targets: []"),
        "/catalog-info.yaml",
        of: "root",
        in: simulator
      )
      let marked = try await crawling.crawl(at: 2)
      let orphans = [
        "component:default/x|1", "location:default/b|1", "location:default/c|1", "location:default/d|1",
        "location:default/root|0",
      ]
      #expect(try await entities(crawling) == orphans)
      #expect(marked.totals.entitiesRemoved == 0)

      try await crawling.crawl(at: 3)
      #expect(try await entities(crawling) == orphans)

      let removing = try await crawling.crawl(at: 4)
      #expect(try await entities(crawling) == ["location:default/root|0"])
      #expect(removing.totals.entitiesRemoved == 4)

      // It comes back as if it were new, as another incarnation of itself.
      let uid = try await crawling.rows("SELECT uid FROM entity")
      setFile(location("root", ["./b.yaml"]), "/catalog-info.yaml", of: "root", in: simulator)
      let again = try await crawling.crawl(at: 5)
      #expect(again.totals.entitiesAdded == 4)
      #expect(try await crawling.rows("SELECT uid FROM entity WHERE name = 'root'") == uid)
      #expect(
        try await crawling.rows("SELECT times FROM removed_ref WHERE ref = 'component:default/x'") == ["1"]
      )
    }
  }

  @Test func `what stands in an organization that the settings name no more is orphaned, kept, and removed`()
    async throws
  {
    let simulator = Simulator(
      world: world(files: [
        "contoso/P/root": [
          "/catalog-info.yaml": location(
            "root",
            ["https://dev.azure.com/fabrikam/Q/_git/led?path=/catalog-info.yaml"]
          )
        ],
        "fabrikam/Q/led": ["/catalog-info.yaml": component("led")],
        "fabrikam/Q/lib": ["/catalog-info.yaml": component("lib")],
      ])
    )
    func provider(_ organizations: String...) -> String {
      "  orphans: {keepCrawls: 2}\ncatalog:\n  providers:\n    azureDevOps:\n"
        + organizations.map { "      \($0): {organization: \($0), project: '*', path: /catalog-info.yaml}\n" }
        .joined()
    }
    let tokens = ["contoso": "simulator-token", "fabrikam": "simulator-token"]
    try await simulator.serving { url in
      let folder = try TemporaryFolder()
      let both = try Crawling(url, tokens: tokens, more: provider("contoso", "fabrikam"), folder: folder)
      #expect(try await both.crawl(at: 1).outcome == .complete)
      simulator.setFaults([FaultRule(organization: "fabrikam", answer: .unauthorized)])
      #expect(try await both.crawl(at: 2).outcome == .partial)
      #expect(
        try await both.rows("SELECT count(*) FROM problem WHERE rule = 'sign-in' AND file_id IS NULL") == [
          "1"
        ]
      )
      simulator.setFaults([])

      let one = try Crawling(url, tokens: tokens, more: provider("contoso"), folder: folder)
      let plan = try await one.plan().last
      #expect(plan?.name == "fabrikam" && plan?.leavingFiles == 2 && plan?.leavingEntities == 2)
      #expect(try await one.crawl(at: 3).outcome == .complete)

      #expect(
        try await entities(one) == [
          "component:default/led|0", "component:default/lib|1", "location:default/root|0",
        ]
      )
      #expect(try await one.rows("SELECT count(*) FROM problem") == ["0"])
      // It is back in the settings: nothing was lost.
      #expect(try await both.crawl(at: 4).outcome == .complete)
      #expect(try await entities(both).allSatisfy { $0.hasSuffix("|0") })

      for day in 5...7 { #expect(try await one.crawl(at: day).outcome == .complete) }
      #expect(try await entities(one) == ["component:default/led|0", "location:default/root|0"])
      let everything = try await one.everything()
      try await one.crawl(at: 8)
      #expect(try await one.everything() == everything)
    }
  }

  @Test func `nothing becomes an orphan while something cannot be read`() async throws {
    let simulator = Simulator(
      world: world(files: [
        "contoso/P/root": [
          "/catalog-info.yaml": location("root", ["./a.yaml", "./b.yaml"]), "/a.yaml": component("a"),
          "/b.yaml": component("b"),
        ],
        "contoso/P/other": ["/catalog-info.yaml": component("other")],
      ])
    )
    try await simulator.serving { url in
      let crawling = try Crawling(url)
      try await crawling.crawl(at: 1)
      setFile(location("root", ["./a.yaml"]), "/catalog-info.yaml", of: "root", in: simulator)
      simulator.setFaults([FaultRule(route: "items", repository: "other", answer: .forbidden)])

      #expect(try await crawling.crawl(at: 2).outcome == .partial)
      let all = ["component:default/a|0", "component:default/b|0", "component:default/other|0"]
      #expect(try await entities(crawling) == all + ["location:default/root|0"])

      simulator.setFaults([])
      #expect(try await crawling.crawl(at: 3).outcome == .complete)
      #expect(try await entities(crawling).contains("component:default/b|1"))
    }
  }

  @Test func `what is asked for again is no orphan any more, also where something else cannot be read`()
    async throws
  {
    let simulator = Simulator(world: world(["a": component("api"), "b": component("web")]))
    try await simulator.serving { url in
      let folder = try TemporaryFolder()
      let all = try Crawling(url, folder: folder)
      try await all.crawl(at: 1)
      try await Crawling(url, more: "  exclude: [b]\n", folder: folder).crawl(at: 2)
      #expect(try await entities(all) == ["component:default/api|0", "component:default/web|1"])
      simulator.setFaults([FaultRule(route: "items", repository: "a", answer: .forbidden)])

      #expect(try await all.crawl(at: 3).outcome == .partial)

      #expect(try await entities(all) == ["component:default/api|0", "component:default/web|0"])
      #expect(try await all.rows("SELECT count(*) FROM file WHERE out_of_scope_since IS NOT NULL") == ["0"])
    }
  }

  @Test func `what is led to again before it is removed is no orphan any more`() async throws {
    let simulator = Simulator(
      world: world(files: [
        "contoso/P/root": [
          "/catalog-info.yaml": location("root", ["./b.yaml"]), "/b.yaml": location("b", ["./c.yaml"]),
          "/c.yaml": component("c"),
        ]
      ])
    )
    try await simulator.serving { url in
      let crawling = try Crawling(url)
      try await crawling.crawl(at: 1)
      let before = try await entities(crawling)
      setFile(component("other"), "/catalog-info.yaml", of: "root", in: simulator)
      try await crawling.crawl(at: 2)
      #expect(
        try await entities(crawling)
          == ["component:default/c|1", "component:default/other|0", "location:default/b|1"]
      )
      setFile(location("root", ["./b.yaml"]), "/catalog-info.yaml", of: "root", in: simulator)
      setFile(component("c", owner: "new"), "/c.yaml", of: "root", in: simulator)

      let third = try await crawling.crawl(at: 3)

      #expect(try await entities(crawling) == before)
      #expect(third.totals.entitiesChanged == 1)
      #expect(try await crawling.rows("SELECT owner FROM entity WHERE name = 'c'") == ["new"])
    }
  }

  @Test func `C153 and C162: what two locations lead to stays while one of them does`() async throws {
    let simulator = Simulator(
      world: world(files: [
        "contoso/P/root": [
          "/catalog-info.yaml": location("root", ["./a.yaml", "./b.yaml"]),
          "/a.yaml": location("a", ["./shared.yaml"]), "/b.yaml": location("b", ["./shared.yaml"]),
          "/shared.yaml": component("shared"),
        ]
      ])
    )
    try await simulator.serving { url in
      let crawling = try Crawling(url, more: "  orphans: {keepCrawls: 1}\n")
      try await crawling.crawl(at: 1)
      setFile(location("root", ["./b.yaml"]), "/catalog-info.yaml", of: "root", in: simulator)
      try await crawling.crawl(at: 2)
      try await crawling.crawl(at: 3)

      #expect(
        try await entities(crawling)
          == ["component:default/shared|0", "location:default/b|0", "location:default/root|0"]
      )
    }
  }

  @Test func `C150: two files claim one ref, both sides show it, and the other takes over at once`()
    async throws
  {
    let simulator = Simulator(
      world: world(["r1": component("web", owner: "one"), "r2": component("web", owner: "two")])
    )
    try await simulator.serving { url in
      let crawling = try Crawling(url)
      try await crawling.crawl(at: 1)

      #expect(
        try await crawling.rows("SELECT ref, is_holder, url FROM entity_conflict ORDER BY url") == [
          "component:default/web|1|https://dev.azure.com/contoso/P/_git/r1?path=/catalog-info.yaml",
          "component:default/web|0|https://dev.azure.com/contoso/P/_git/r2?path=/catalog-info.yaml",
        ]
      )
      let uid = try await crawling.rows("SELECT DISTINCT uid FROM entity")
      #expect(uid.count == 1)
      #expect(
        try await crawling.rows(
          "SELECT type, target_ref FROM entity_relation WHERE source_ref = 'component:default/web'"
        )
          == ["ownedBy|group:default/one"]
      )

      setCatalog(nil, of: "r1", in: simulator)
      try await crawling.crawl(at: 2)

      #expect(try await crawling.rows("SELECT * FROM entity_conflict").isEmpty)
      #expect(try await crawling.rows("SELECT owner, uid FROM entity") == ["two|\(uid[0])"])
      #expect(
        try await crawling.rows(
          "SELECT type, target_ref FROM entity_relation WHERE source_ref = 'component:default/web'"
        )
          == ["ownedBy|group:default/two"]
      )
    }
  }

  @Test func `C144, C145 and C147: relations are seen from both ends, each once, and dangling ones too`()
    async throws
  {
    let group = """
      apiVersion: backstage.io/v1alpha1
      kind: Group
      metadata: {name: g}
      spec: {type: team, children: [], members: [u]}
      ---
      apiVersion: backstage.io/v1alpha1
      kind: User
      metadata: {name: u}
      spec: {memberOf: [g, nobody]}

      """
    let simulator = Simulator(world: world(["r": group]))
    try await simulator.serving { url in
      let crawling = try Crawling(url)
      try await crawling.crawl()

      #expect(
        try await crawling.rows(
          "SELECT source_ref, type, target_ref, source_exists, target_exists FROM entity_relation ORDER BY 1, 2, 3"
        ) == [
          "group:default/g|hasMember|user:default/u|1|1", "group:default/nobody|hasMember|user:default/u|0|1",
          "user:default/u|memberOf|group:default/g|1|1", "user:default/u|memberOf|group:default/nobody|1|0",
        ]
      )
    }
  }

  @Test func `C155 and G143: a kind that the rules forbid is a problem, and its siblings are stored`()
    async throws
  {
    let text =
      component("web") + """
        ---
        apiVersion: backstage.io/v1alpha1
        kind: Group
        metadata: {name: g}
        spec: {type: team, children: []}

        """
    let simulator = Simulator(world: world(["r": text]))
    try await simulator.serving { url in
      let folder = try TemporaryFolder()
      let free = try Crawling(url, folder: folder)
      try await free.crawl(at: 1)
      #expect(try await entities(free) == ["component:default/web|0", "group:default/g|0"])

      // The settings put it out of scope: it is marked, kept for some crawls, and removed.
      let rules = "  orphans: {keepCrawls: 1}\ncatalog:\n  rules:\n    - allow: [component]\n"
      let ruled = try Crawling(url, more: rules, folder: folder)
      let second = try await ruled.crawl(at: 2)
      #expect(second.outcome == .complete)
      #expect(try await entities(ruled) == ["component:default/web|0", "group:default/g|1"])
      #expect(
        try await ruled.rows("SELECT rule, ref, line, column, key_path FROM problem")
          == ["kind-not-allowed|group:default/g|11|7|kind"]
      )
      try await ruled.crawl(at: 3)
      #expect(try await entities(ruled) == ["component:default/web|0"])

      // The rule goes, and the entity comes back although the file is the same.
      try await free.crawl(at: 4)
      #expect(try await entities(free) == ["component:default/web|0", "group:default/g|0"])
      #expect(try await free.rows("SELECT * FROM problem").isEmpty)
    }
  }

  @Test func `C161: a file that no rule asks for any more is kept for some crawls`() async throws {
    let simulator = Simulator(world: world(["a": component("a"), "b": component("b")]))
    try await simulator.serving { url in
      let folder = try TemporaryFolder()
      try await Crawling(url, folder: folder).crawl(at: 1)
      let less = try Crawling(
        url,
        more: "  orphans: {keepCrawls: 1}\n  exclude:\n    - {repository: a}\n",
        folder: folder
      )

      try await less.crawl(at: 2)
      #expect(try await entities(less) == ["component:default/a|1", "component:default/b|0"])
      try await less.crawl(at: 3)
      #expect(try await entities(less) == ["component:default/b|0"])
    }
  }
}
