import AzureSimulator
import CatalogStore
import Crawl
import Foundation
import TestSupport
import Testing

/// What `refresh --due` sends and learns when not everything goes as planned.
@Suite(.timeLimit(.minutes(2)))
struct DueBudgetTests {
  private let start = Date(timeIntervalSince1970: 1_772_355_600)
  private var later: Date { start.addingTimeInterval(8 * 86_400) }

  private func catalogs(_ count: Int) -> [String: String?] {
    Dictionary(uniqueKeysWithValues: (0..<count).map { ("r\(10 + $0)", component("c\($0)")) })
  }

  private func due(_ budget: Int, shortest: Double = 300, longest: Double = 7 * 86_400) -> CrawlRequest {
    .refresh(due: DueRefresh(budget: budget, shortest: shortest, longest: longest), CrawlLimits())
  }

  private func count(_ table: String, _ crawling: Crawling) async throws -> String? {
    try await crawling.rows("SELECT count(*) FROM \(table)").first
  }

  // MARK: - The budget

  @Test func `the files of placeholders count, and what is left over is visited by the next run`()
    async throws
  {
    let catalog = """
      apiVersion: backstage.io/v1alpha1
      kind: API
      metadata: {name: NAME}
      spec: {type: openapi, lifecycle: production, owner: team-a, definition: {$text: ./api.yaml}}

      """
    func files(_ round: Int) -> [String: [String: String]] {
      Dictionary(
        uniqueKeysWithValues: (0..<10).map { number in
          let text = catalog.replacingOccurrences(of: "NAME", with: "a\(number)")
          return ("contoso/P/r\(number)", ["/catalog-info.yaml": text, "/api.yaml": "round: \(round)\n"])
        }
      )
    }
    let simulator = Simulator(world: world(files: files(1)))
    try await simulator.serving { url in
      let crawling = try Crawling(url, concurrency: 1)
      try await crawling.crawl(now: start)
      for number in 0..<10 { setFile("round: 2\n", "/api.yaml", of: "r\(number)", in: simulator) }

      let first = try await crawling.crawl(due(10), now: later)
      let second = try await crawling.crawl(due(10), now: later.addingTimeInterval(60))

      // Each visit takes two requests.
      #expect(first.totals.requests == 10)
      var counts = DueCounts(budget: 10)
      (counts.due, counts.visited, counts.isBudgetUsedUp) = (10, 5, true)
      #expect(first.organizations[0].due == counts)
      #expect(counts.left == 5)
      #expect(second.totals.requests == 10)
      (counts.due, counts.isBudgetUsedUp) = (5, false)
      #expect(second.organizations[0].due == counts)
      #expect(try await count("entity WHERE json LIKE '%round: 2%'", crawling) == "10")
    }
  }

  @Test func `requests that are sent again count`() async throws {
    let simulator = Simulator(world: world(catalogs(10)))
    try await simulator.serving { url in
      let crawling = try Crawling(url, concurrency: 1)
      try await crawling.crawl(now: start)
      // Every other request fails, and is sent again.
      let odd = FaultRule(
        route: "items",
        numbers: .only(Set(stride(from: 1, to: 99, by: 2))),
        answer: .serverError
      )
      simulator.setFaults([odd])

      let report = try await crawling.crawl(due(10), now: later)

      #expect(report.totals.requests == 10)
      #expect(report.organizations[0].due?.visited == 5)
      #expect(report.organizations[0].due?.left == 5)
      #expect(report.outcome == .complete)
    }
  }

  @Test func `folders that have changed take what they take`() async throws {
    var files: [String: [String: String]] = [:]
    for number in 0..<10 { files["contoso/P/r\(number)"] = ["/s/a.yaml": component("c\(number)")] }
    let simulator = Simulator(world: world(files: files))
    try await simulator.serving { url in
      let crawling = try Crawling(
        url,
        concurrency: 1,
        more:
          "catalog:\n  providers:\n    azureDevOps:\n      p: {organization: contoso, project: P, path: '/s/*.yaml'}\n"
      )
      try await crawling.crawl(now: start)

      // One request says that nothing below a folder has changed.
      let unchanged = try await crawling.crawl(due(10), now: later)
      #expect(unchanged.totals.requests == 10)
      #expect(unchanged.organizations[0].due?.visited == 10)

      for number in 0..<10 { setFile(component("n\(number)"), "/s/b.yaml", of: "r\(number)", in: simulator) }
      let changed = try await crawling.crawl(due(10), now: later.addingTimeInterval(8 * 86_400))
      // The folder, its list and the new content for each.
      #expect(changed.totals.requests <= 12)
      let visited = try #require(changed.organizations[0].due?.visited)
      #expect((1...4).contains(visited))
      #expect(changed.organizations[0].due?.isBudgetUsedUp == true)
      let entities = try await crawling.rows("SELECT count(*) FROM entity WHERE name LIKE 'n%'")
      #expect(entities == ["\(visited)"])
    }
  }

  /// Ten repositories of three files each, at three requests in 300 s: 3,000 s for each.
  @Test func `what a visit costs is reckoned with`() async throws {
    let simulator = Simulator(world: world(catalogs(10)))
    try await simulator.serving { url in
      let crawling = try Crawling(
        url,
        more: """
          catalog:
            providers:
              azureDevOps:
                a: {organization: contoso, project: P, path: /catalog-info.yaml}
                b: {organization: contoso, project: P, path: /b.yaml}
                c: {organization: contoso, project: P, path: /c.yaml}

          """
      )
      try await crawling.crawl(now: start)

      let report = try await crawling.crawl(due(3), now: later)

      #expect(report.totals.requests == 3)
      #expect(report.organizations[0].due?.visited == 1)
      let interval = try #require(try await crawling.rows("SELECT interval FROM repository_pace").first)
      #expect((2_500...3_600).contains(Double(interval) ?? 0), "\(interval)")
    }
  }

  @Test func `a repository that takes more than the budget holds up no other`() async throws {
    let simulator = Simulator(world: world(catalogs(3)))
    try await simulator.serving { url in
      let crawling = try Crawling(
        url,
        more: """
          catalog:
            providers:
              azureDevOps:
                a: {organization: contoso, project: P, path: /catalog-info.yaml}
                b: {organization: contoso, project: P, repository: r10, path: /b.yaml}

          """
      )
      try await crawling.crawl(now: start)

      let first = try await crawling.crawl(due(1), now: later)
      let second = try await crawling.crawl(due(1), now: later.addingTimeInterval(60))

      #expect(first.totals.requests == 0)
      #expect(first.organizations[0].due?.unread == 1)
      #expect(second.totals.requests == 1)
    }
  }

  @Test func `repositories that no rule wants take no place`() async throws {
    let simulator = Simulator(world: world(catalogs(6)))
    try await simulator.serving { url in
      let crawling = try Crawling(url, more: "  exclude: [P/r10, P/r11, P/r12, P/r13]\n")
      try await crawling.crawl(now: start)

      let report = try await crawling.crawl(due(2), now: later)

      #expect(report.totals.requests == 2)
      #expect(report.organizations[0].due?.due == 2)
      #expect(report.organizations[0].due?.visited == 2)
    }
  }

  // MARK: - What is learned

  @Test func `what was visited before the organization failed is kept`() async throws {
    let simulator = Simulator(world: world(catalogs(30)))
    try await simulator.serving { url in
      let crawling = try Crawling(url, concurrency: 1)
      try await crawling.crawl(now: start)
      simulator.setFaults([FaultRule(route: "items", numbers: .nth(21), answer: .unauthorized)])

      let report = try await crawling.crawl(due(50), now: later)

      #expect(report.organizations[0].failure?.rule == "sign-in")
      #expect(report.organizations[0].due?.visited == 20)
      #expect(report.organizations[0].due?.left == 10)
      #expect(try await count("repository_pace", crawling) == "20")
      simulator.setFaults([])
      let second = try await crawling.crawl(due(50), now: later.addingTimeInterval(60))
      #expect(second.totals.requests == 10)
    }
  }

  @Test func `a run that is killed goes on with its id, asks for nothing twice and has its own budget`()
    async throws
  {
    let killing = KillSwitch()
    let simulator = Simulator(world: world(catalogs(60)), options: .init(onRequest: killing.onRequest))
    try await simulator.serving { base in
      let crawling = try Crawling(base, concurrency: 1)
      try await crawling.crawl(now: start)
      killing.set(50)
      let arguments = ["refresh", "--due", "--budget", "70"]

      let killed = try await crawling.program(
        arguments[0],
        arguments[1],
        arguments[2],
        arguments[3],
        begun: killing.began
      )

      #expect(killed.code == -9)
      let stored = try #require(try await count("repository_pace", crawling).flatMap(Int.init))
      #expect((8..<50).contains(stored), "\(stored)")
      let before = try await crawling.rows("SELECT * FROM repository_pace ORDER BY 1")
      let again = Simulator(world: world(catalogs(60)))
      try await again.serving { base in
        let resumed = try Crawling(base, concurrency: 1, folder: crawling.folder)
        let ended = try await resumed.program(
          arguments[0],
          arguments[1],
          arguments[2],
          arguments[3],
          "--json"
        )
        #expect(ended.code == 0, "\(ended.errors)")
        let report = try JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [String: Any]
        let organization = (report?["organizations"] as? [[String: Any]])?.first
        let due = organization?["due"] as? [String: Any]
        #expect(due?["budget"] as? Int == 70)
        #expect(due?["repositories"] as? Int == 60 - stored)
        #expect(due?["visited"] as? Int == 60 - stored)
        #expect(due?["left"] as? Int == 0)
        #expect(due?["isBudgetUsedUp"] as? Bool == false)
      }
      #expect(again.requests.byRoute == ["items": 60 - stored])
      #expect(
        try await crawling.rows("SELECT id, command, outcome FROM crawl") == [
          "1|sync|complete", "2|refresh|complete",
        ]
      )
      let after = try await crawling.rows("SELECT * FROM repository_pace ORDER BY 1")
      #expect(after.count == 60)
      #expect(Set(before).isSubset(of: after))
    }
  }

  @Test func `what cannot be read counts as not seen, is tried again and holds up no other`() async throws {
    let simulator = Simulator(world: world(catalogs(4)))
    try await simulator.serving { url in
      let crawling = try Crawling(url)
      try await crawling.crawl(now: start)
      simulator.setFaults([FaultRule(route: "items", repository: "r11", answer: .forbidden)])

      let first = try await crawling.crawl(due(10), now: later)
      #expect(first.organizations[0].due?.visited == 3)
      #expect(first.organizations[0].due?.unread == 1)
      #expect(first.organizations[0].due?.left == 0)
      #expect(try await count("repository_pace", crawling) == "3")
      let soon = try await crawling.crawl(due(10), now: later.addingTimeInterval(299))
      #expect(soon.totals.requests == 0)

      let second = try await crawling.crawl(due(10), now: later.addingTimeInterval(301))
      // By now the others are due again too.
      #expect(second.totals.requests == 4)
      #expect(second.organizations[0].due?.unread == 1)
      #expect(try await count("repository_pace", crawling) == "3")
      simulator.setFaults([])
      let healed = try await crawling.crawl(due(10), now: later.addingTimeInterval(700))
      #expect(healed.organizations[0].due?.visited == 4)
      #expect(try await count("repository_pace", crawling) == "4")
      #expect(try await count("failed_visit", crawling) == "0")
      #expect(try await count("problem", crawling) == "0")
    }
  }

  @Test func `what a full crawl could not read is due at once`() async throws {
    let simulator = Simulator(world: world(catalogs(4)))
    try await simulator.serving { url in
      let crawling = try Crawling(url)
      simulator.setFaults([FaultRule(route: "items", repository: "r11", answer: .forbidden)])
      try await crawling.crawl(now: start)
      simulator.setFaults([])

      let report = try await crawling.crawl(due(10), now: start.addingTimeInterval(60))

      #expect(report.totals.requests == 1)
      #expect(report.totals.entitiesAdded == 1)
    }
  }

  @Test
  func `under full crawls that follow each other quickly all are looked at, and it is learned which change`()
    async throws
  {
    let simulator = Simulator(world: world(catalogs(20)))
    try await simulator.serving { url in
      let crawling = try Crawling(url)
      // Every four hours a crawl of everything, every hour what is due; r10 changes every time.
      for hour in 0..<48 {
        setCatalog(component("c0", owner: "team-\(hour)"), of: "r10", in: simulator)
        let now = start.addingTimeInterval(Double(hour) * 3_600)
        if hour % 4 == 0 {
          try await crawling.crawl(now: now)
        } else {
          #expect(try await crawling.crawl(due(2), now: now).totals.requests <= 2)
        }
      }

      let rows = try await crawling.rows(
        "SELECT r.name, p.interval FROM repository r JOIN repository_pace p ON p.repository_id = r.id ORDER BY 2"
      )
      #expect(rows.count == 20)
      #expect(rows.first?.hasPrefix("r10|") == true)
    }
  }

  @Test func `an empty repository is due when a branch of it is asked for`() async throws {
    let repositories = [World.Repository("a", files: [:]), World.Repository("b", files: [:])]
    let simulator = Simulator(
      world: World(organizations: [
        World.Organization(
          "contoso",
          tokens: ["simulator-token"],
          projects: [World.Project("P", repositories: repositories)]
        )
      ])
    )
    try await simulator.serving { url in
      let crawling = try Crawling(
        url,
        more: """
          catalog:
            providers:
              azureDevOps:
                a: {organization: contoso, project: P, repository: a, branch: main, path: /catalog-info.yaml}
                b: {organization: contoso, project: P, repository: b, path: /catalog-info.yaml}

          """
      )
      try await crawling.crawl(now: start)
      setCatalog(component("first"), of: "a", in: simulator)

      let report = try await crawling.crawl(due(10), now: later)

      #expect(report.totals.requests == 1)
      #expect(report.totals.entitiesAdded == 1)
    }
  }

  @Test func `the report says what was due and what became of it`() async throws {
    let simulator = Simulator(world: world(catalogs(5)))
    try await simulator.serving { url in
      let crawling = try Crawling(url)
      try await crawling.crawl(now: start)

      let text = try await crawling.program("refresh", "--due", "--budget", "3")

      #expect(text.code == 0, "\(text.errors)")
      #expect(
        text.output.contains(
          "  due: 5 repositories, 3 visited, 2 left over; the budget of 3 requests is used up\n"
        ),
        "\(text.output)"
      )
    }
  }
}
