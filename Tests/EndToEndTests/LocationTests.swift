import AzureSimulator
import CatalogStore
import Crawl
import Foundation
import Settings
import TestSupport
import Testing

/// A Location with the given targets.
func location(_ name: String, _ targets: [String], more: String = "") -> String {
  """
  apiVersion: backstage.io/v1alpha1
  kind: Location
  metadata:
    name: \(name)
  spec:
    targets:
  \(targets.map { "    - \($0)" }.joined(separator: "\n"))\(more)

  """
}

/// A world of organizations, projects and repositories, by `ORGANIZATION/PROJECT/REPOSITORY`, with their files.
func world(files: [String: [String: String]]) -> World {
  var organizations: [String: [String: [World.Repository]]] = [:]
  for (name, contents) in files.sorted(by: { $0.key < $1.key }) {
    let parts = name.split(separator: "/").map(String.init)
    var files: World.Files = [:]
    for (path, text) in contents { files[path] = World.File(bytes: Array(text.utf8)) }
    organizations[parts[0], default: [:]][parts[1], default: []].append(
      World.Repository(parts[2], files: files)
    )
  }
  return World(
    organizations: organizations.sorted { $0.key < $1.key }.map { name, projects in
      World.Organization(
        name,
        tokens: ["simulator-token"],
        projects: projects.sorted { $0.key < $1.key }.map { World.Project($0.key, repositories: $0.value) }
      )
    }
  )
}

/// Changes a file of a repository of the simulator's world; nil deletes it.
func setFile(_ text: String?, _ path: String, of name: String, in simulator: Simulator) {
  simulator.change { world in
    for o in world.organizations.indices {
      for p in world.organizations[o].projects.indices {
        for r in world.organizations[o].projects[p].repositories.indices
        where world.organizations[o].projects[p].repositories[r].name == name {
          world.organizations[o].projects[p].repositories[r].files[path] =
            text.map { World.File(bytes: Array($0.utf8)) }
        }
      }
    }
  }
}

/// What locations lead to.
@Suite(.timeLimit(.minutes(4)))
struct LocationTests {
  private let base = "https://dev.azure.com/contoso/P/_git"

  private func entities(_ crawling: Crawling) async throws -> [String] {
    try await crawling.rows("SELECT ref FROM entity WHERE is_holder = 1 ORDER BY ref")
  }

  private func problems(_ crawling: Crawling) async throws -> [String] {
    try await crawling.rows(
      "SELECT class, severity, rule, ref, line, column, key_path FROM problem ORDER BY rule, line, ref"
    )
  }

  @Test func `C113 and C126: relative targets are read from the file's folder, with the origin of the root`()
    async throws
  {
    let simulator = Simulator(
      world: world(files: [
        "contoso/P/root": [
          "/catalog-info.yaml": location("root", ["./services/all.yaml", "/teams.yaml"]),
          "/services/all.yaml": location("services", ["a/a.yaml", "../services/a/b.yaml"]),
          "/services/a/a.yaml": component("a"),
          "/services/a/b.yaml": component("b"),
          "/teams.yaml": component("teams"),
        ]
      ])
    )
    try await simulator.serving { url in
      let crawling = try Crawling(url)

      let report = try await crawling.crawl()

      #expect(report.outcome == .complete)
      #expect(
        try await entities(crawling) == [
          "component:default/a", "component:default/b", "component:default/teams", "location:default/root",
          "location:default/services",
        ]
      )
      #expect(
        try await crawling.rows(
          """
          SELECT json ->> '$.metadata.annotations."backstage.io/managed-by-location"',
            json ->> '$.metadata.annotations."backstage.io/managed-by-origin-location"',
            json ->> '$.metadata.annotations."backstage.io/source-location"'
          FROM entity WHERE name = 'b'
          """
        ) == [
          "url:\(base)/root?path=/services/a/b.yaml|url:\(base)/root?path=/catalog-info.yaml"
            + "|url:\(base)/root?path=%2Fservices%2Fa%2F"
        ]
      )
      // One list, and one request for each file.
      #expect(report.totals.requests == 6)
      #expect(try await problems(crawling).isEmpty)
    }
  }

  @Test func `C109, E102 and E113: what is as it was is not read again, and nothing is written`() async throws
  {
    let simulator = Simulator(
      world: world(files: [
        "contoso/P/root": [
          "/catalog-info.yaml": location("root", ["./a.yaml", "./x/*.yaml"]), "/a.yaml": component("a"),
          "/x/1.yaml": component("one"), "/x/2.yaml": component("two"),
        ]
      ])
    )
    try await simulator.serving { url in
      let crawling = try Crawling(url)
      try await crawling.crawl(at: 1)
      let everything = try await crawling.everything()

      let second = try await crawling.crawl(at: 2)

      #expect(try await crawling.everything() == everything)
      #expect(second.totals.entitiesUnchanged == 4)
      // The list, the root, `a.yaml`, and the listing of `/x`, which says that its files are as they were.
      #expect(second.totals.requests == 4)
    }
  }

  @Test func `C120, C121, E103 and E109: a pattern stands for the files that match it, each by itself`()
    async throws
  {
    let simulator = Simulator(
      world: world(files: [
        "contoso/P/root": [
          "/catalog-info.yaml": location("root", ["/services/*/catalog-info.yaml", "./deep/**/c.yaml"]),
          "/services/a/catalog-info.yaml": component("a"),
          "/services/b/catalog-info.yaml": component("b"),
          "/services/b/more/catalog-info.yaml": component("not-matched"),
          "/services/.hidden/catalog-info.yaml": component("hidden"),
          "/deep/c.yaml": component("top"),
          "/deep/1/2/c.yaml": component("below"),
        ]
      ])
    )
    try await simulator.serving { url in
      let crawling = try Crawling(url)

      try await crawling.crawl(at: 1)

      #expect(
        try await entities(crawling) == [
          "component:default/a", "component:default/b", "component:default/below", "component:default/top",
          "location:default/root",
        ]
      )
      #expect(
        try await crawling.rows(
          "SELECT json ->> '$.metadata.annotations.\"backstage.io/managed-by-location\"' FROM entity WHERE name = 'b'"
        ) == ["url:\(base)/root?path=/services/b/catalog-info.yaml"]
      )

      // A new match is found, and one that is gone is no longer led to.
      setFile(component("c"), "/services/c/catalog-info.yaml", of: "root", in: simulator)
      setFile(nil, "/services/a/catalog-info.yaml", of: "root", in: simulator)
      let second = try await crawling.crawl(at: 2)

      #expect(second.totals.entitiesAdded == 1)
      #expect(
        try await crawling.rows("SELECT ref, orphan_since IS NOT NULL FROM entity WHERE name IN ('a', 'c')")
          == ["component:default/a|1", "component:default/c|0"]
      )
    }
  }

  @Test
  func
    `C116, C117, C119, C122 and E108: a missing target is a problem of its Location unless it is optional`()
    async throws
  {
    let simulator = Simulator(
      world: world(files: [
        "contoso/P/root": [
          "/catalog-info.yaml": location("root", ["./a.yaml", "./missing.yaml", "./none/*.yaml"])
            + "---\n" + location("maybe", ["./missing2.yaml"], more: "\n  presence: optional"),
          "/a.yaml": component("a"),
        ]
      ])
    )
    try await simulator.serving { url in
      let crawling = try Crawling(url)

      let report = try await crawling.crawl(at: 1)

      #expect(report.outcome == .complete)
      #expect(
        try await entities(crawling) == [
          "component:default/a", "location:default/maybe", "location:default/root",
        ]
      )
      #expect(
        try await problems(crawling) == [
          "content|error|target-absent|location:default/root|8|7|spec.targets[1]",
          "content|error|target-absent|location:default/root|9|7|spec.targets[2]",
        ]
      )

      // It is mended, and then the file that was there goes.
      setFile(component("found"), "/missing.yaml", of: "root", in: simulator)
      try await crawling.crawl(at: 2)
      #expect(
        try await problems(crawling) == [
          "content|error|target-absent|location:default/root|9|7|spec.targets[2]"
        ]
      )
      #expect(try await entities(crawling).contains("component:default/found"))

      setFile(nil, "/a.yaml", of: "root", in: simulator)
      let third = try await crawling.crawl(at: 3)
      #expect(third.totals.entitiesRemoved == 1)
      #expect(try await !entities(crawling).contains("component:default/a"))
    }
  }

  @Test func `C114, C115 and C123: a type that is not read is a problem of the target, and others go on`()
    async throws
  {
    let text = """
      apiVersion: backstage.io/v1alpha1
      kind: Location
      metadata: {name: odd}
      spec: {type: TYPE, target: ./a.yaml}
      ---
      \(location("good", ["./a.yaml"]))
      """
    for (type, rule) in [("file", "location-type"), ("foo", "location-type"), ("url", nil)] {
      let simulator = Simulator(
        world: world(files: [
          "contoso/P/root": [
            "/catalog-info.yaml": text.replacing("TYPE", with: type), "/a.yaml": component("a"),
          ]
        ])
      )
      try await simulator.serving { url in
        let crawling = try Crawling(url)

        try await crawling.crawl()

        #expect(
          try await entities(crawling) == [
            "component:default/a", "location:default/good", "location:default/odd",
          ]
        )
        let rules = try await crawling.rows("SELECT rule FROM problem")
        #expect(rules == [rule].compactMap(\.self))
      }
    }
  }

  @Test func `C124: locations that lead to themselves and to each other are read once`() async throws {
    let simulator = Simulator(
      world: world(files: [
        "contoso/P/root": [
          "/catalog-info.yaml": location("root", ["./catalog-info.yaml", "./x.yaml", "./catalog-info.yaml"]),
          "/x.yaml": location("x", ["./y.yaml"]),
          "/y.yaml": location("y", ["./x.yaml", "./catalog-info.yaml"]),
        ]
      ])
    )
    try await simulator.serving { url in
      let crawling = try Crawling(url)

      let report = try await crawling.crawl()

      #expect(report.totals.requests == 4)
      #expect(
        try await entities(crawling) == ["location:default/root", "location:default/x", "location:default/y"]
      )
    }
  }

  @Test func `a chain of locations ends somewhere`() async throws {
    var files = ["/catalog-info.yaml": location("l0", ["./1.yaml"])]
    for index in 1...40 { files["/\(index).yaml"] = location("l\(index)", ["./\(index + 1).yaml"]) }
    let simulator = Simulator(world: world(files: ["contoso/P/root": files]))
    try await simulator.serving { url in
      let crawling = try Crawling(url)

      try await crawling.crawl()

      #expect(try await entities(crawling).count == 33)
      #expect(
        try await problems(crawling) == [
          "content|error|location-depth|location:default/l32|7|7|spec.targets[0]"
        ]
      )
    }
  }

  @Test func `locations lead to other repositories and other organizations, in any spelling`() async throws {
    let simulator = Simulator(
      world: world(files: [
        "contoso/P/root": [
          "/catalog-info.yaml": location(
            "root",
            [
              "https://DEV.azure.com/contoso/p/_git/OTHER?path=%2Fa.yaml",
              "https://x@dev.azure.com/contoso/P/_git/other?path=/a.yaml&version=GBmain",
              "https://fabrikam.visualstudio.com/Q/_git/lib?path=/lib.yaml",
            ]
          )
        ],
        "contoso/P/other": ["/a.yaml": component("a")],
        "fabrikam/Q/lib": ["/lib.yaml": location("lib", ["./more.yaml"]), "/more.yaml": component("more")],
      ])
    )
    try await simulator.serving { url in
      let crawling = try Crawling(url, tokens: ["contoso": "simulator-token", "fabrikam": "simulator-token"])

      let report = try await crawling.crawl(at: 1)

      #expect(report.outcome == .complete)
      #expect(
        try await entities(crawling) == [
          "component:default/a", "component:default/more", "location:default/lib", "location:default/root",
        ]
      )
      // Two spellings of one file are one file, asked for once.
      #expect(
        try await crawling.rows("SELECT url, origin FROM file WHERE is_asked = 0 ORDER BY url") == [
          "\(base)/other?path=/a.yaml|url:\(base)/root?path=/catalog-info.yaml",
          "https://dev.azure.com/fabrikam/Q/_git/lib?path=/lib.yaml|url:\(base)/root?path=/catalog-info.yaml",
          "https://dev.azure.com/fabrikam/Q/_git/lib?path=/more.yaml|url:\(base)/root?path=/catalog-info.yaml",
        ]
      )
      #expect(report.organizations.map(\.counts.requests) == [4, 4])

      let everything = try await crawling.everything()
      try await crawling.crawl(at: 2)
      #expect(try await crawling.everything() == everything)
    }
  }

  @Test func `a host that is not configured is not asked, and says so`() async throws {
    let simulator = Simulator(
      world: world(files: [
        "contoso/P/root": [
          "/catalog-info.yaml": location(
            "root",
            ["https://tfs.example.com/c/p/_git/r?path=/a.yaml", "https://example.com/a.yaml", "./a.yaml"]
          ),
          "/a.yaml": component("a"),
        ]
      ])
    )
    try await simulator.serving { url in
      let crawling = try Crawling(url)

      try await crawling.crawl()

      #expect(
        try await problems(crawling) == [
          "content|error|target-address|location:default/root|8|7|spec.targets[1]",
          "content|error|target-host|location:default/root|7|7|spec.targets[0]",
        ]
      )
      #expect(try await entities(crawling) == ["component:default/a", "location:default/root"])
    }
  }

  @Test
  func
    `what an unread organization's own files name is no failure of its own, however many locations begin there`()
    async throws
  {
    let started = (100..<301).map { "/\($0).yaml" }
    var files = Dictionary(
      uniqueKeysWithValues: started.map { ($0, component("c\($0.dropFirst().prefix(3))")) }
    )
    files["/catalog-info.yaml"] = location("root", ["./list.yaml"])
    files["/list.yaml"] = location("list", ["./more.yaml"])
    files["/more.yaml"] = component("more")
    let simulator = Simulator(world: world(files: ["contoso/P/root": files]))
    let targets = started.map {
      "    - {type: url, target: 'https://dev.azure.com/contoso/P/_git/root?path=\($0)'}\n"
    }
    let more = "catalog:\n  locations:\n" + targets.joined()
    try await simulator.serving { url in
      let folder = try TemporaryFolder()
      let crawling = try Crawling(url, more: more, folder: folder)
      try await crawling.crawl(at: 1)
      #expect(try await entities(crawling).count == 204)

      let expired = try Crawling(url, tokens: ["contoso": "wrong"], more: more, folder: folder)
      try await expired.crawl(at: 2)

      #expect(try await entities(crawling).count == 204)
      let named = "SELECT count(*) FROM problem p JOIN location_target t ON t.id = p.target_id WHERE t."
      #expect(try await crawling.rows(named + "location_id IS NOT NULL") == ["201"])
      #expect(try await crawling.rows(named + "entity_id IS NOT NULL") == ["0"])
    }
  }

  @Test func `an organization that does not answer keeps what locations led to there`() async throws {
    let simulator = Simulator(
      world: world(files: [
        "contoso/P/root": [
          "/catalog-info.yaml": location("root", ["https://dev.azure.com/fabrikam/Q/_git/lib?path=/lib.yaml"])
        ],
        "fabrikam/Q/lib": ["/lib.yaml": component("lib")],
      ])
    )
    try await simulator.serving { url in
      let folder = try TemporaryFolder()
      let tokens = ["contoso": "simulator-token", "fabrikam": "simulator-token"]
      let crawling = try Crawling(url, tokens: tokens, folder: folder)
      try await crawling.crawl(at: 1)
      let before = try await entities(crawling)

      let expired = try Crawling(url, tokens: tokens.merging(["fabrikam": "wrong"]) { $1 }, folder: folder)
      let second = try await expired.crawl(at: 2)

      #expect(second.exitCode == 2)
      #expect(try await entities(crawling) == before)
      #expect(
        try await problems(crawling).contains("read|error|sign-in|location:default/root|7|7|spec.targets[0]")
      )

      let third = try await crawling.crawl(at: 3)
      #expect(third.exitCode == 0)
      #expect(try await problems(crawling).isEmpty)
      #expect(try await entities(crawling) == before)
    }
  }

  @Test
  func
    `what an organization led to keeps its origin and its problems while the organization does not answer`()
    async throws
  {
    let lib = "https://dev.azure.com/fabrikam/Q/_git/lib?path="
    func leading(_ name: String) -> [String: String] {
      [
        "/catalog-info.yaml": location(name, ["\(lib)/lib.yaml", "./b.yaml", "./none.yaml"]),
        "/b.yaml": location("\(name)-b", ["\(lib)/far.yaml"]),
      ]
    }
    let simulator = Simulator(
      world: world(files: [
        "contoso/P/root": leading("first"), "initech/P/root": leading("second"),
        "fabrikam/Q/lib": ["/lib.yaml": component("lib"), "/far.yaml": component("far")],
      ])
    )
    try await simulator.serving { url in
      let folder = try TemporaryFolder()
      var tokens = ["contoso", "fabrikam", "initech"].reduce(into: [:]) { $0[$1] = "simulator-token" }
      let crawling = try Crawling(url, tokens: tokens, folder: folder)
      let origins = "SELECT DISTINCT origin FROM file WHERE path IN ('/lib.yaml', '/far.yaml')"
      let missing = "SELECT count(*) FROM problem WHERE rule = 'target-absent'"
      try await crawling.crawl(at: 1)
      #expect(try await crawling.rows(origins) == ["url:\(base)/root?path=/catalog-info.yaml"])
      #expect(try await crawling.rows(missing) == ["2"])

      tokens["contoso"] = "wrong"
      let expired = try Crawling(url, tokens: tokens, folder: folder)
      #expect(try await expired.crawl(at: 2).outcome == .partial)

      #expect(try await crawling.rows(origins) == ["url:\(base)/root?path=/catalog-info.yaml"])
      #expect(try await crawling.rows(missing) == ["2"])
    }
  }

  @Test func `the same world gives the same rows whatever the order and the concurrency`() async throws {
    // Every repository leads to several others, some in the other organization, so that most files are reached
    // in several ways; some names are claimed twice, and some placeholders are shared.
    var files: [String: [String: String]] = [:]
    for index in 0..<24 {
      let organization = index % 2 == 0 ? "contoso" : "fabrikam"
      let targets = (1...3).map { step -> String in
        let other = (index * 7 + step * 5) % 24
        let host = other % 2 == 0 ? "contoso" : "fabrikam"
        return "https://dev.azure.com/\(host)/P/_git/r\(other)?path=/more\(step).yaml"
      }
      var contents = [
        "/catalog-info.yaml": location("l\(index)", targets + ["./more1.yaml", "./x/*.yaml"]),
        "/text.txt": "text \(index)",
        "/x/a.yaml": component("x\(index / 3)"),
        "/x/b.yaml": location("y\(index)", ["/more2.yaml", "/x/a.yaml", "./missing.yaml"]),
      ]
      for step in 1...3 {
        contents["/more\(step).yaml"] =
          component("c\((index * step) % 17)", more: "\n  title: {$text: ./text.txt}") + "---\n"
          + location("m\(index)-\(step)", ["./more\(step % 3 + 1).yaml"])
      }
      files["\(organization)/P/r\(index)"] = contents
    }
    let world = world(files: files)
    var dumps: [[String]] = []
    for (concurrency, seed) in [(1, nil), (5, UInt64(1)), (64, 2)] {
      let simulator = Simulator(world: world, options: SimulatorOptions(shuffleSeed: seed))
      try await simulator.serving { url in
        let tokens = ["contoso": "simulator-token", "fabrikam": "simulator-token"]
        let crawling = try Crawling(url, tokens: tokens, concurrency: concurrency)
        try await crawling.crawl(at: 1)
        dumps.append(try await crawling.dump())
        try await crawling.crawl(at: 2)
        #expect(try await crawling.dump() == dumps.last)
      }
    }

    #expect(dumps[0].count > 400)
    #expect(dumps[1] == dumps[0])
    #expect(dumps[2] == dumps[0])
  }
}
