import AzureSimulator
import CatalogStore
import Crawl
import Foundation
import TestSupport
import Testing

/// Locations of the settings: files of repositories, and files of this machine.
@Suite(.timeLimit(.minutes(2)))
struct StaticLocationTests {
  private func entities(_ crawling: Crawling) async throws -> [String] {
    try await crawling.rows(
      "SELECT ref, orphan_since IS NOT NULL FROM entity WHERE is_holder = 1 ORDER BY ref"
    )
  }

  private let user = """
    apiVersion: backstage.io/v1alpha1
    kind: User
    metadata: {name: u}
    spec: {memberOf: []}

    """

  @Test func `G143, G146 and C156: a location may carry three kinds, and more by a rule of its own`()
    async throws
  {
    let simulator = Simulator(
      world: world(files: ["contoso/P/docs": ["/all.yaml": component("web") + "---\n" + user]])
    )
    try await simulator.serving { url in
      let folder = try TemporaryFolder()
      let target = "https://dev.azure.com/contoso/p/_git/DOCS?path=%2Fall.yaml"
      func crawling(_ rules: String) throws -> Crawling {
        try Crawling(
          url,
          more: "catalog:\n  locations:\n    - {type: url, target: '\(target)'\(rules)}\n",
          folder: folder
        )
      }

      let plain = try crawling("")
      let report = try await plain.crawl(at: 1)

      #expect(report.outcome == .complete)
      #expect(try await entities(plain) == ["component:default/web|0"])
      #expect(
        try await plain.rows("SELECT rule, ref FROM problem") == ["kind-not-allowed|user:default/u"]
      )
      // The names are those of the organization; the origin is the location as it is written.
      #expect(
        try await plain.rows("SELECT url, origin_source, origin, is_asked FROM file WHERE path = '/all.yaml'")
          == [
            "https://dev.azure.com/contoso/P/_git/docs?path=/all.yaml"
              + "|settings|url:https://dev.azure.com/contoso/p/_git/DOCS?path=/all.yaml|0"
          ]
      )

      let ruled = try crawling(", rules: [{allow: [User]}]")
      try await ruled.crawl(at: 2)
      #expect(try await entities(ruled) == ["component:default/web|0", "user:default/u|0"])
      #expect(try await ruled.rows("SELECT * FROM problem").isEmpty)

      // The location leaves the settings: what it led to is an orphan, and goes after some crawls.
      let without = try Crawling(url, more: "  orphans: {keepCrawls: 1}\n", folder: folder)
      try await without.crawl(at: 3)
      #expect(try await entities(without) == ["component:default/web|1", "user:default/u|1"])
      let last = try await without.crawl(at: 4)
      #expect(try await entities(without).isEmpty)
      #expect(last.totals.entitiesRemoved == 2)
    }
  }

  @Test func `a file that a rule and a location find is one file, and has the rights of the rule`()
    async throws
  {
    let simulator = Simulator(world: world(["r": user]))
    try await simulator.serving { url in
      let crawling = try Crawling(
        url,
        more: """
          catalog:
            locations:
              - {type: url, target: 'https://dev.azure.com/contoso/P/_git/r?path=/catalog-info.yaml&version=GBmain'}

          """
      )

      let report = try await crawling.crawl()

      #expect(report.totals.requests == 2)
      #expect(try await entities(crawling) == ["user:default/u|0"])
      #expect(try await crawling.rows("SELECT count(*) FROM file") == ["1"])
    }
  }

  @Test func `files below a folder that the settings name are read, with what they lead to`() async throws {
    let simulator = Simulator(world: world(["r": component("web")]))
    try await simulator.serving { url in
      let folder = try TemporaryFolder()
      try folder.write(location("local", ["./teams/*.yaml", "./missing.yaml"]), to: "catalog/all.yaml")
      try folder.write(component("one") + "---\n" + component("two"), to: "catalog/teams/a.yaml")
      try folder.write(
        "apiVersion: backstage.io/v1alpha1\nkind: API\nmetadata: {name: api}\n"
          + "spec: {type: t, lifecycle: l, owner: o, definition: {$text: ../definition.txt}}\n",
        to: "catalog/teams/b.yaml"
      )
      try folder.write("text", to: "catalog/definition.txt")
      try folder.write(component("secret"), to: "outside.yaml")
      try FileManager.default.createSymbolicLink(
        at: folder.url.appending(path: "catalog/teams/link.yaml"),
        withDestinationURL: folder.url.appending(path: "outside.yaml")
      )
      let more = """
          locations: {fileRoots: [./catalog]}
        catalog:
          locations:
            - {type: file, target: ./catalog/all.yaml}

        """
      let crawling = try Crawling(url, more: more, folder: folder)

      let first = try await crawling.crawl(at: 1)

      #expect(
        try await entities(crawling) == [
          "api:default/api|0", "component:default/one|0", "component:default/two|0",
          "component:default/web|0",
          "location:default/local|0",
        ]
      )
      #expect(first.organizations.map(\.name) == ["contoso", "local"])
      #expect(
        try await crawling.rows("SELECT json ->> '$.spec.definition' FROM entity WHERE kind = 'API'") == [
          "text"
        ]
      )
      #expect(
        try await crawling.rows("SELECT class, rule, key_path FROM problem ORDER BY rule") == [
          "content|target-absent|spec.targets[1]"
        ]
      )

      let everything = try await crawling.everything()
      let second = try await crawling.crawl(at: 2)
      #expect(second.totals.requests == 2)
      #expect(try await crawling.everything() == everything)

      try folder.write(component("one"), to: "catalog/teams/a.yaml")
      try folder.write("other", to: "catalog/definition.txt")
      let third = try await crawling.crawl(at: 3)
      #expect(third.totals.entitiesRemoved == 1)
      #expect(third.totals.entitiesChanged == 1)
    }
  }

  @Test func `a pipe or a device below the folder is no file, and is not waited for`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(location("local", ["./pipe.yaml", "./zero.yaml"]), to: "catalog/all.yaml")
    mkfifo(folder.path("catalog/pipe.yaml"), 0o600)
    try FileManager.default.createSymbolicLink(
      at: folder.url.appending(path: "catalog/zero.yaml"),
      withDestinationURL: URL(filePath: "/dev/zero")
    )
    let simulator = Simulator(world: world(["r": component("web")]))
    try await simulator.serving { url in
      let more =
        "  locations: {fileRoots: [./catalog]}\ncatalog:\n  locations:\n    - {type: file, target: ./catalog/all.yaml}\n"
      let crawling = try Crawling(url, more: more, folder: folder)

      try await crawling.crawl()

      let problems = try await crawling.rows("SELECT rule, key_path FROM problem ORDER BY key_path")
      #expect(problems == ["target-absent|spec.targets[0]", "target-folder|spec.targets[1]"])
    }
  }

  @Test(arguments: [
    ("{type: file, target: /etc/passwd}", "does not lie below a folder of crawler.locations.fileRoots"),
    ("{type: foo, target: x}", "expected the type url or file, got 'foo'"),
    ("{type: url, target: 'https://example.com/a.yaml'}", "is not the address of a git repository"),
    (
      "{type: url, target: 'https://tfs.example.com/c/p/_git/r?path=/a.yaml'}",
      "the host tfs.example.com is not configured"
    ),
    ("{type: url, target: 'https://dev.azure.com/contoso/P/_git/r'}", "names no file"),
  ])
  func `a location that nothing can read is left out with a warning that says where`(
    location: String,
    message: String
  ) async throws {
    let simulator = Simulator(world: world(["r": component("web")]))
    try await simulator.serving { url in
      let folder = try TemporaryFolder()
      let crawling = try Crawling(url, more: "catalog:\n  locations:\n    - \(location)\n", folder: folder)
      let warnings = Locked<[String]>([])

      let report = try await crawling.crawl(observe: { event in
        if case .warning(let text) = event { warnings.withLock { $0.append(text) } }
      })

      let warning = try #require(warnings.withLock { $0 }.first)
      #expect(warning.contains(message) && warning.contains("app-config.yaml:13"), "\(warning)")
      #expect(report.exitCode == 0)
      #expect(try await entities(crawling) == ["component:default/web|0"])
      let problems = "SELECT class, severity, message = '\(warning.replacing("'", with: "''"))' FROM problem"
      #expect(try await crawling.rows(problems) == ["content|warning|1"])
      #expect(report.organizations.map(\.name) == ["contoso", "local"])
      #expect(report.organizations.last?.problems.warnings == 1)
      let everything = try await crawling.everything()
      try await crawling.crawl(at: 2)
      #expect(try await crawling.everything() == everything)

      // It leaves the settings, and the warning goes.
      let without = try Crawling(url, folder: folder)
      try await without.crawl(at: 3)
      #expect(try await without.rows(problems).isEmpty)
    }
  }
}
