import AzureSimulator
import CatalogStore
import Crawl
import TestSupport
import Testing

/// Providers whose path has wildcards: what they find, and how many requests that costs.
@Suite(.timeLimit(.minutes(2)))
struct PatternTests {
  private static let services = "/services/*/catalog-info.yaml"

  /// Settings of one provider for `contoso`.
  private func provider(_ path: String, _ more: String = "") -> String {
    """
    catalog:
      providers:
        azureDevOps:
          main:
            organization: contoso
            project: '*'
            path: \(path)
    \(more)
    """
  }

  /// A monorepo with two services, one without any, and one without the folder.
  private func simulator() -> Simulator {
    Simulator(
      world: world(files: [
        "contoso/P/mono": [
          "/README.md": "x", "/services/a/catalog-info.yaml": component("a"), "/services/a/main.c": "x",
          "/services/b/catalog-info.yaml": component("b"), "/services/catalog-info.yaml": component("no"),
          "/services/b/deep/catalog-info.yaml": component("no"),
          "/services/.hidden/catalog-info.yaml": component("no"), "/catalog-info.yaml": component("no"),
        ],
        "contoso/P/other": ["/services/README.md": "x"],
        "contoso/P/plain": ["/catalog-info.yaml": component("no")],
      ])
    )
  }

  private func names(_ crawling: Crawling) async throws -> [String] {
    try await crawling.rows("SELECT name FROM entity WHERE is_holder = 1 ORDER BY name")
  }

  @Test func `a first crawl lists each repository once and asks for each file that matches`() async throws {
    let simulator = simulator()
    try await simulator.serving { url in
      let crawling = try Crawling(url, more: provider(Self.services))

      let report = try await crawling.crawl()

      #expect(report.exitCode == 0)
      #expect(simulator.requests.byRoute == ["repositories": 1, "items": 3 + 2])
      #expect(try await names(crawling) == ["a", "b"])
      #expect(
        try await crawling.rows("SELECT url, state, is_asked, origin FROM file ORDER BY url") == [
          "https://dev.azure.com/contoso/P/_git/mono?path=/services/a/catalog-info.yaml|present|1"
            + "|url:https://dev.azure.com/contoso/P/_git/mono?path=/services/a/catalog-info.yaml",
          "https://dev.azure.com/contoso/P/_git/mono?path=/services/b/catalog-info.yaml|present|1"
            + "|url:https://dev.azure.com/contoso/P/_git/mono?path=/services/b/catalog-info.yaml",
        ]
      )
      #expect(
        try await crawling.rows(
          """
          SELECT r.name, f.branch, f.pattern, f.tree_id IS NOT NULL, f.files_id IS NOT NULL FROM folder f
          JOIN repository r ON r.id = f.repository_id ORDER BY r.name
          """
        ) == ["mono||\(Self.services)|1|1", "other||\(Self.services)|1|1", "plain||\(Self.services)|0|1"]
      )
      // Two files, and two repositories in which a search found none.
      #expect(report.totals.filesAsked == 4 && report.totals.filesFound == 2)
    }
  }

  @Test(arguments: [services, "/**/catalog-info.yaml", "services/**/catalog-info.yaml"])
  func `a crawl that finds nothing new asks each repository for one folder and writes nothing`(
    path: String
  ) async throws {
    let simulator = simulator()
    try await simulator.serving { url in
      let crawling = try Crawling(url, more: provider(path))
      let first = try await crawling.crawl(at: 1)
      let everything = try await crawling.everything()
      simulator.resetRequests()

      let report = try await crawling.crawl(at: 2)

      #expect(simulator.requests.byRoute == ["repositories": 1, "items": 3])
      #expect(report.totals.entitiesUnchanged == first.totals.entitiesAdded)
      #expect(report.totals.filesFound == first.totals.filesFound)
      #expect(report.totals.filesChanged == 0)
      #expect(try await crawling.everything() == everything)
    }
  }

  @Test(
    arguments: [
      // What changes in the monorepo, and how many requests follow besides the list and one folder for each of the
      // three repositories: a listing, and each file that is another one.
      (["/services/a/catalog-info.yaml": component("a", owner: "new")], 2, [0, 1, 0], ["a", "b"]),
      (["/services/c/catalog-info.yaml": component("c")], 2, [1, 0, 0], ["a", "b", "c"]),
      (["/services/a/catalog-info.yaml": nil], 1, [0, 0, 1], ["b"]),
      (["/services/a/catalog-info.yaml": nil, "/services/b/catalog-info.yaml": nil], 1, [0, 0, 2], []),
      // A file that does not match: a listing, and nothing else.
      (["/services/a/main.c": "y"], 1, [0, 0, 0], ["a", "b"]),
      // Nothing below the folder: nothing.
      (["/README.md": "y"], 0, [0, 0, 0], ["a", "b"]),
      (
        [
          "/services/a/catalog-info.yaml": nil, "/services/z/catalog-info.yaml": component("a"),
          "/services/b/catalog-info.yaml": component("b", owner: "new"),
        ], 3, [1, 1, 1], ["a", "b"]
      ),
    ] as [([String: String?], Int, [Int], [String])]
  )
  func `what has changed costs a listing and the files that have`(
    changes: [String: String?],
    requests: Int,
    counts: [Int],
    names: [String]
  ) async throws {
    let simulator = simulator()
    try await simulator.serving { url in
      let crawling = try Crawling(url, more: provider(Self.services))
      try await crawling.crawl(at: 1)
      for (path, text) in changes { setFile(text, path, of: "mono", in: simulator) }
      simulator.resetRequests()

      let report = try await crawling.crawl(at: 2)

      #expect(report.exitCode == 0)
      #expect(simulator.requests.byRoute == ["repositories": 1, "items": 3 + requests])
      let totals = report.totals
      #expect([totals.entitiesAdded, totals.entitiesChanged, totals.entitiesRemoved] == counts)
      #expect(try await self.names(crawling) == names)
      simulator.resetRequests()
      let everything = try await crawling.everything()
      try await crawling.crawl(at: 3)
      #expect(simulator.requests.total == 4)
      #expect(try await crawling.everything() == everything)
      let fresh = try Crawling(url, more: provider(Self.services))
      try await fresh.crawl()
      // Files keep the commit that they were read at, and what was gone for a moment is another incarnation.
      let isState = { (line: String) in !line.hasPrefix("file") && !line.hasPrefix("entity") }
      #expect(try await crawling.dump().filter(isState) == fresh.dump().filter(isState))
    }
  }

  @Test func `a folder that comes is listed, and one that goes takes its files along`() async throws {
    let simulator = simulator()
    try await simulator.serving { url in
      let crawling = try Crawling(url, more: provider(Self.services))
      try await crawling.crawl(at: 1)
      setFile(component("new"), "/services/x/catalog-info.yaml", of: "plain", in: simulator)
      simulator.resetRequests()

      try await crawling.crawl(at: 2)
      #expect(simulator.requests.byRoute["items"] == 3 + 2)
      #expect(try await names(crawling) == ["a", "b", "new"])

      setFile(nil, "/services/x/catalog-info.yaml", of: "plain", in: simulator)
      simulator.resetRequests()
      let report = try await crawling.crawl(at: 3)

      #expect(simulator.requests.byRoute["items"] == 3, "the folder's absence says it all")
      #expect(report.totals.entitiesRemoved == 1)
      #expect(try await names(crawling) == ["a", "b"])
    }
  }

  @Test func `a pattern is looked for on the branch of its rule`() async throws {
    var simulated = world([:])
    simulated.organizations[0].projects[0].repositories = [
      World.Repository(
        "a",
        files: ["/services/x/catalog-info.yaml": "\(component("main"))"],
        branches: ["release/1": ["/services/x/catalog-info.yaml": "\(component("release"))"]]
      ), World.Repository("b", files: ["/services/x/catalog-info.yaml": "\(component("no"))"]),
      World.Repository("empty"),
    ]
    let simulator = Simulator(world: simulated)
    try await simulator.serving { url in
      let crawling = try Crawling(url, more: provider(Self.services, "        branch: release/1"))

      let report = try await crawling.crawl(at: 1)

      // A branch is looked for in an empty repository too; neither that nor one without the branch is a failure.
      #expect(simulator.requests.byRoute == ["repositories": 1, "items": 4])
      #expect(report.exitCode == 0)
      #expect(try await names(crawling) == ["release"])

      // The branch goes: that may be a missing right.
      simulator.change { $0.update("contoso/P/a") { $0.branches["release/1"] = nil } }
      let second = try await crawling.crawl(at: 2)
      #expect(second.exitCode == 2)
      #expect(second.organizations[0].readFailures.map(\.rule) == ["branch-absent"])
      #expect(try await names(crawling) == ["release"])
    }
  }

  @Test func `a file that several rules find is asked for once`() async throws {
    let simulator = simulator()
    try await simulator.serving { url in
      let more = """
        catalog:
          providers:
            azureDevOps:
              one: {organization: contoso, project: P, path: \(Self.services)}
              two: {organization: contoso, project: P, path: '/services/{a,b}/*.yaml'}
              three: {organization: contoso, project: P, path: /services/a/catalog-info.yaml}

        """
      let crawling = try Crawling(url, more: more)

      try await crawling.crawl(at: 1)

      // For each repository two listings and the plain path; where it was listed, the listing's id is enough.
      #expect(simulator.requests.byRoute["items"] == 3 * 2 + 3 + 1)
      #expect(try await names(crawling) == ["a", "b"])
      simulator.resetRequests()
      try await crawling.crawl(at: 2)
      #expect(simulator.requests.byRoute["items"] == 3 * 2 + 2, "the folders, and the plain path twice")
    }
  }

  @Test(arguments: [
    (FaultAnswer.serverError, "service-trouble"), (.forbidden, "forbidden"),
    (.wrongJSON, "broken-answer"), (.connectionCutInBody, "unreachable"),
  ])
  func `a repository that cannot be searched fails alone, is said, and heals`(
    fault: FaultAnswer,
    rule: String
  )
    async throws
  {
    let simulator = simulator()
    try await simulator.serving { url in
      let crawling = try Crawling(url, more: provider(Self.services))
      try await crawling.crawl(at: 1)
      let before = try await crawling.dump()
      simulator.setFaults([FaultRule(route: "items", repository: "mono", answer: fault)])

      let report = try await crawling.crawl(at: 2)

      #expect(report.exitCode == 2)
      let failures = report.organizations[0].readFailures
      #expect(failures.map(\.rule) == [rule])
      #expect(failures.map(\.path) == [Self.services])
      #expect(failures.map(\.repository) == ["mono"])
      #expect(report.totals.entitiesUnchanged == 2)
      #expect(
        try await crawling.rows(
          """
          SELECT r.name, p.class, p.rule, f.pattern FROM problem p JOIN folder f ON f.id = p.folder_id
          JOIN repository r ON r.id = p.repository_id
          """
        ) == ["mono|read|\(rule)|\(Self.services)"]
      )
      let broken = try await crawling.everything()
      try await crawling.crawl(at: 2)
      #expect(try await crawling.everything() == broken, "the same failure again writes nothing")
      simulator.setFaults([])
      #expect(try await crawling.crawl(at: 3).exitCode == 0)
      #expect(try await crawling.dump() == before)
    }
  }

  @Test func `a search that fails on the first crawl is a problem of its own, and is made up for`()
    async throws
  {
    let simulator = simulator()
    try await simulator.serving { url in
      let crawling = try Crawling(url, more: provider(Self.services))
      simulator.setFaults([FaultRule(route: "items", repository: "mono", answer: .forbidden)])
      #expect(try await crawling.crawl(at: 1).exitCode == 2)
      #expect(try await crawling.rows("SELECT rule FROM problem") == ["forbidden"])
      #expect(try await names(crawling).isEmpty)
      simulator.setFaults([])

      let report = try await crawling.crawl(at: 2)

      #expect(report.exitCode == 0 && report.totals.entitiesAdded == 2)
      #expect(try await crawling.rows("SELECT * FROM problem").isEmpty)
    }
  }

  @Test func `a file that could not be read is asked for again though its tree is the same`() async throws {
    let simulator = simulator()
    try await simulator.serving { url in
      let crawling = try Crawling(url, more: provider(Self.services))
      // The listings come first, then the files of the monorepo.
      simulator.setFaults([
        FaultRule(route: "items", repository: "mono", numbers: .nth(2), answer: .forbidden)
      ])
      #expect(try await crawling.crawl(at: 1).exitCode == 2)
      #expect(try await names(crawling).count == 1)
      simulator.setFaults([])
      simulator.resetRequests()

      let report = try await crawling.crawl(at: 2)

      // The folder, the listing, and the one file.
      #expect(simulator.requests.byRoute["items"] == 3 + 2)
      #expect(report.exitCode == 0)
      #expect(try await names(crawling) == ["a", "b"])
    }
  }

  @Test func `what was not read to its end is read by the next crawl`() async throws {
    let simulator = simulator()
    try await simulator.serving { url in
      let crawling = try Crawling(url, concurrency: 1, more: provider(Self.services))
      simulator.setFaults([
        FaultRule(route: "items", repository: "mono", numbers: .only(Set(2...20)), answer: .signInPage)
      ])
      let first = try await crawling.crawl(at: 1)
      #expect(first.organizations[0].failure?.rule == "sign-in")
      #expect(try await names(crawling).isEmpty)
      simulator.setFaults([])

      #expect(try await crawling.crawl(at: 2).totals.entitiesAdded == 2)
      #expect(try await names(crawling) == ["a", "b"])
    }
  }

  // MARK: - Refresh

  @Test func `a refresh of a file that a pattern finds costs one request, new or changed or gone`()
    async throws
  {
    let simulator = simulator()
    try await simulator.serving { url in
      let crawling = try Crawling(url, more: provider(Self.services))
      try await crawling.crawl(at: 1)
      let refresh = { (path: String) in
        CrawlRequest.refresh(
          CrawlLimits(organization: "contoso", project: "P", repository: "mono", path: path)
        )
      }
      let old = try await crawling.rows("SELECT tree_id FROM folder f WHERE tree_id IS NOT NULL")
      setFile(component("a", owner: "new"), "/services/a/catalog-info.yaml", of: "mono", in: simulator)
      setFile(component("c"), "/services/c/catalog-info.yaml", of: "mono", in: simulator)
      simulator.resetRequests()

      let changed = try await crawling.crawl(refresh("/services/a/catalog-info.yaml"), at: 2)
      let added = try await crawling.crawl(refresh("/services/c/catalog-info.yaml"), at: 2)

      #expect(simulator.requests.byRoute == ["items": 2])
      #expect(changed.totals.entitiesChanged == 1 && added.totals.entitiesAdded == 1)
      #expect(try await names(crawling) == ["a", "b", "c"])

      // The changes are taken back, so that the folder is as it was when it was listed; the files are not.
      setFile(component("a"), "/services/a/catalog-info.yaml", of: "mono", in: simulator)
      setFile(nil, "/services/c/catalog-info.yaml", of: "mono", in: simulator)
      let back = try await crawling.crawl(at: 3)

      #expect(try await crawling.rows("SELECT tree_id FROM folder f WHERE tree_id IS NOT NULL") == old)
      #expect(back.totals.entitiesChanged == 1 && back.totals.entitiesRemoved == 1)
      #expect(
        try await crawling.rows("SELECT name, owner FROM entity ORDER BY name") == ["a|team-a", "b|team-a"]
      )
      await #expect(throws: CrawlScopeError.fileNotAskedFor("/x.yaml", paths: [Self.services])) {
        try await crawling.crawl(refresh("/x.yaml"))
      }
    }
  }

  @Test func `a refresh of a repository searches it`() async throws {
    let simulator = simulator()
    try await simulator.serving { url in
      let crawling = try Crawling(url, more: provider(Self.services))
      try await crawling.crawl(at: 1)
      setFile(component("c"), "/services/c/catalog-info.yaml", of: "mono", in: simulator)
      simulator.resetRequests()

      let report = try await crawling.crawl(.refresh(CrawlLimits(repository: "mono")), at: 2)
      let nothing = try await crawling.crawl(.refresh(CrawlLimits(repository: "plain")), at: 2)

      #expect(simulator.requests.byRoute == ["items": 3 + 1])
      #expect(report.totals.entitiesAdded == 1)
      #expect(nothing.exitCode == 0, "it was searched, though nothing is there")
    }
  }

  // MARK: - Settings that change

  @Test func `files of a pattern that the settings no longer have are orphans, and come back with it`()
    async throws
  {
    let simulator = simulator()
    try await simulator.serving { url in
      let folder = try TemporaryFolder()
      let with = try Crawling(
        url,
        more: "  orphans: {keepCrawls: 1}\n" + provider(Self.services),
        folder: folder
      )
      try await with.crawl(at: 1)
      let before = try await with.rows("SELECT name, orphan_since FROM entity ORDER BY name")
      let without = try Crawling(
        url,
        more: "  orphans: {keepCrawls: 1}\n" + provider("/nowhere.yaml"),
        folder: folder
      )
      try await without.crawl(at: 2)
      #expect(try await without.rows("SELECT * FROM folder").isEmpty)
      #expect(
        try await without.rows("SELECT name, orphan_since IS NOT NULL FROM entity ORDER BY name")
          == ["a|1", "b|1"]
      )
      try await without.crawl(at: 3)
      #expect(try await names(without).isEmpty)

      // The tree is the same, but what it stood for is gone.
      try await Crawling(url, more: provider(Self.services), folder: folder).crawl(at: 4)
      #expect(try await with.rows("SELECT name, orphan_since FROM entity ORDER BY name") == before)
    }
  }

  @Test func `files of a pattern in a repository that is renamed stay the same ones`() async throws {
    let simulator = simulator()
    try await simulator.serving { url in
      let crawling = try Crawling(url, more: provider(Self.services))
      try await crawling.crawl(at: 1)
      let identities = try await crawling.rows("SELECT id, uid, file_id FROM entity ORDER BY id")
      simulator.change { $0.renameRepository("contoso/P/mono", to: "all") }

      let report = try await crawling.crawl(at: 2)

      #expect(report.totals.entitiesAdded == 0 && report.totals.entitiesRemoved == 0)
      #expect(try await crawling.rows("SELECT id, uid, file_id FROM entity ORDER BY id") == identities)
      #expect(
        try await crawling.rows("SELECT url FROM file WHERE state = 'present' ORDER BY url") == [
          "https://dev.azure.com/contoso/P/_git/all?path=/services/a/catalog-info.yaml",
          "https://dev.azure.com/contoso/P/_git/all?path=/services/b/catalog-info.yaml",
        ]
      )
    }
  }

  @Test func `a file that is copied into many repositories is fetched once`() async throws {
    let template = component("same")
    var catalogs: [String: [String: String]] = [:]
    for number in 1...40 {
      catalogs["contoso/P/r\(number)"] = ["/x/catalog-info.yaml": template, "/README.md": "\(number)"]
    }
    let simulator = Simulator(world: world(files: catalogs))
    try await simulator.serving { url in
      let crawling = try Crawling(url, more: provider("/**/catalog-info.yaml"))

      let first = try await crawling.crawl(at: 1)

      // The list, a listing for each repository, and one content.
      #expect(first.totals.requests == 1 + 40 + 1)
      #expect(try await crawling.rows("SELECT count(DISTINCT blob_id), count(*) FROM file") == ["1|40"])
      #expect(try await crawling.rows("SELECT count(*), sum(is_holder) FROM entity") == ["40|1"])
      #expect(
        try await crawling.rows("SELECT count(DISTINCT commit_id), count(etag) FROM file") == ["40|0"]
      )
    }
  }

  @Test func `a file that takes in another is not asked for while its commit stays`() async throws {
    let api = """
      apiVersion: backstage.io/v1alpha1
      kind: API
      metadata: {name: web}
      spec: {type: text, lifecycle: production, owner: team-a, definition: {$text: ./a.txt}}

      """
    let simulator = Simulator(
      world: world(files: ["contoso/P/r": ["/x/catalog-info.yaml": api, "/x/a.txt": "one"]])
    )
    try await simulator.serving { url in
      let crawling = try Crawling(url, more: provider("/x/catalog-info.yaml".replacing("catalog", with: "*")))
      #expect(try await crawling.crawl(at: 1).totals.requests == 4)
      // The list, and the folder's id, which comes with the commit.
      #expect(try await crawling.crawl(at: 2).totals.requests == 2)

      // Another commit with the same folder: the text is looked at once more, the file is known by its id.
      setFile("x", "/README.md", of: "r", in: simulator)
      #expect(try await crawling.crawl(at: 3).totals.requests == 4)
      #expect(try await crawling.crawl(at: 4).totals.requests == 2)

      setFile("two", "/x/a.txt", of: "r", in: simulator)
      try await crawling.crawl(at: 5)
      #expect(try await crawling.rows("SELECT json ->> '$.spec.definition' FROM entity") == ["two"])
    }
  }

  @Test func `the same world gives the same rows whatever the order and the concurrency`() async throws {
    var files: [String: [String: String]] = [:]
    for number in 1...30 {
      var contents = ["/README.md": "x"]
      for service in 0..<(number % 5) {
        contents["/services/s\(service)/catalog-info.yaml"] = component("c\(number)-\(service)")
        contents["/services/s\(service)/main.c"] = "x"
      }
      files["contoso/P\(number % 3)/r\(number)"] = contents
    }
    var dumps: [[String]] = []
    for (concurrency, seed) in [(1, nil), (8, UInt64(1)), (64, 2)] {
      let simulator = Simulator(world: world(files: files), options: SimulatorOptions(shuffleSeed: seed))
      try await simulator.serving { url in
        let crawling = try Crawling(url, concurrency: concurrency, more: provider(Self.services))
        try await crawling.crawl()
        dumps.append(try await crawling.dump())
        // 24 repositories have new contents; six of them two, which are asked for one by one.
        #expect(simulator.requests.total == 1 + 30 + 24 + 6)
        #expect(simulator.requests.maxConnections <= concurrency)
      }
    }

    #expect(dumps[0].count > 150)
    #expect(dumps[1] == dumps[0])
    #expect(dumps[2] == dumps[0])
  }
}
