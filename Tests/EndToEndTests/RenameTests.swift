import AzureSimulator
import CatalogStore
import Crawl
import TestSupport
import Testing

/// Repositories that are renamed, moved, disabled or made empty: they are the same ones as before.
@Suite(.timeLimit(.minutes(2)))
struct RenameTests {
  private let base = "https://dev.azure.com/contoso"

  private func simulator() -> Simulator {
    Simulator(
      world: world(files: [
        "contoso/P/a": [
          "/catalog-info.yaml": location("root", ["./more.yaml"]) + "---\n" + component("api"),
          "/more.yaml": component("more"),
        ],
        // Claims a name of the other one, and comes behind it whatever that is called.
        "contoso/Z/z": ["/catalog-info.yaml": component("api", owner: "team-z")],
        "contoso/P/none": ["/README.md": "x"],
      ])
    )
  }

  /// What must not change, whatever the repository is called.
  private func identities(_ crawling: Crawling) async throws -> [String] {
    try await crawling.rows(
      """
      SELECT e.id, e.ref, e.uid, e.is_holder, e.claimed_in_crawl, e.file_id, f.repository_id, f.blob_id, f.commit_id
      FROM entity e JOIN file f ON f.id = e.file_id ORDER BY e.id
      """
    )
  }

  private func files(_ crawling: Crawling) async throws -> [String] {
    try await crawling.rows("SELECT url, state FROM file ORDER BY url")
  }

  private func annotations(_ crawling: Crawling, of name: String) async throws -> [String] {
    try await crawling.rows(
      """
      SELECT json ->> '$.metadata.annotations."backstage.io/managed-by-location"',
        json ->> '$.metadata.annotations."backstage.io/managed-by-origin-location"',
        json ->> '$.metadata.annotations."backstage.io/source-location"',
        json ->> '$.metadata.annotations."dev.azure.com/project-repo"'
      FROM entity WHERE name = '\(name)' AND is_holder = 1
      """
    )
  }

  @Test(arguments: [
    (["rename"], "P", "b"), (["move"], "Q", "a"), (["rename", "move"], "Q", "b"),
    (["project"], "Payments%20%26%20more", "a"),
  ])
  func `everything of a renamed or moved repository stays, and its addresses follow in the same crawl`(
    changes: [String],
    project: String,
    name: String
  ) async throws {
    let simulator = simulator()
    try await simulator.serving { url in
      let crawling = try Crawling(url)
      try await crawling.crawl(at: 1)
      let before = try await identities(crawling)
      simulator.change { world in
        if changes.contains("rename") { world.renameRepository("contoso/P/a", to: "b") }
        if changes.contains("move") {
          world.moveRepository("contoso/P/\(changes.contains("rename") ? "b" : "a")", toProject: "Q")
        }
        if changes.contains("project") { world.renameProject("contoso/P", to: "Payments & more") }
      }
      simulator.resetRequests()

      let report = try await crawling.crawl(at: 2)

      #expect(report.exitCode == 0)
      #expect(report.totals.entitiesAdded == 0 && report.totals.entitiesRemoved == 0)
      // The list, three files by rule, and the one that the location leads to.
      #expect(simulator.requests.byRoute == ["repositories": 1, "items": 4])
      #expect(try await identities(crawling) == before)
      let other = changes == ["project"] ? project : "P"
      #expect(
        try await files(crawling)
          == [
            "\(base)/\(project)/_git/\(name)?path=/catalog-info.yaml|present",
            "\(base)/\(project)/_git/\(name)?path=/more.yaml|present",
            "\(base)/\(other)/_git/none?path=/catalog-info.yaml|absent",
            "\(base)/Z/_git/z?path=/catalog-info.yaml|present",
          ].sorted()
      )
      let root = "url:\(base)/\(project)/_git/\(name)?path=/catalog-info.yaml"
      #expect(
        try await annotations(crawling, of: "more").first?.hasPrefix(
          "url:\(base)/\(project)/_git/\(name)?path=/more.yaml|\(root)|url:\(base)/\(project)/_git/\(name)?path=%2F"
        ) == true
      )
      #expect(try await crawling.rows("SELECT ref FROM entity WHERE orphan_since IS NOT NULL").isEmpty)
      let everything = try await crawling.everything()
      try await crawling.crawl(at: 3)
      #expect(try await crawling.everything() == everything)
    }
  }

  @Test func `two repositories that change names keep each its own`() async throws {
    let simulator = Simulator(world: world(["a": component("one"), "b": component("two")]))
    try await simulator.serving { url in
      let crawling = try Crawling(url)
      try await crawling.crawl(at: 1)
      let before = try await identities(crawling)
      simulator.change {
        $0.renameRepository("contoso/P/a", to: "c")
        $0.renameRepository("contoso/P/b", to: "a")
        $0.renameRepository("contoso/P/c", to: "b")
      }

      let report = try await crawling.crawl(at: 2)

      #expect(report.totals.entitiesAdded == 0 && report.totals.entitiesRemoved == 0)
      #expect(try await identities(crawling) == before)
      #expect(
        try await crawling.rows(
          "SELECT e.name, f.url FROM entity e JOIN file f ON f.id = e.file_id ORDER BY e.name"
        ) == [
          "one|\(base)/P/_git/b?path=/catalog-info.yaml", "two|\(base)/P/_git/a?path=/catalog-info.yaml",
        ]
      )
    }
  }

  @Test func `what is disabled keeps its entities, marked, and goes on when it is enabled`() async throws {
    let simulator = simulator()
    try await simulator.serving { url in
      let crawling = try Crawling(url)
      try await crawling.crawl(at: 1)
      let before = try await crawling.dump()
      simulator.change { $0.update("contoso/Z/z") { $0.isDisabled = true } }

      for day in 2...4 {
        let report = try await crawling.crawl(at: day)
        #expect(report.exitCode == 0 && report.totals.entitiesRemoved == 0)
      }

      #expect(try await crawling.rows("SELECT state FROM repository WHERE name = 'z'") == ["disabled"])
      #expect(try await crawling.rows("SELECT * FROM missing_repository").isEmpty)
      simulator.change { $0.update("contoso/Z/z") { $0.isDisabled = false } }
      try await crawling.crawl(at: 5)
      #expect(try await crawling.dump() == before)
    }
  }
}
