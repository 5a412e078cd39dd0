import AzureSimulator
import CatalogStore
import Crawl
import TestSupport
import Testing

/// Repositories that leave the list (decisions.md 10).
@Suite(.timeLimit(.minutes(2)))
struct RemovalTests {
  /// Repositories `r1`, `r2` and so on of `contoso/P`, each with one component `c1`, `c2` and so on.
  private func simulator(_ count: Int = 8) -> Simulator {
    var catalogs: [String: String?] = [:]
    for number in 1...count { catalogs["r\(number)"] = component("c\(number)") }
    return Simulator(world: world(catalogs))
  }

  private func names(_ crawling: Crawling) async throws -> [String] {
    try await crawling.rows("SELECT name FROM entity WHERE is_holder = 1 ORDER BY name")
  }

  private func problem(_ crawling: Crawling) async throws -> [String] {
    try await crawling.rows("SELECT rule, severity, message FROM problem ORDER BY rule")
  }

  private static let accepting = " 'sync --accept-removals' removes all that is no longer listed"

  @Test func `a deleted repository goes with the second list that does not have it`() async throws {
    let simulator = simulator()
    try await simulator.serving { base in
      let crawling = try Crawling(base)
      try await crawling.crawl(at: 1)
      simulator.change { $0.deleteRepository("contoso/P/r3") }
      simulator.resetRequests()

      let first = try await crawling.crawl(at: 2)

      #expect(first.exitCode == 2)
      #expect(simulator.requests.byRoute == ["repositories": 1, "items": 7], "one list is no reason to ask")
      #expect(
        try await problem(crawling) == [
          "removals-held-back|warning|1 repository is no longer listed and kept with 1 entity: 1 missing from "
            + "one complete list so far;" + Self.accepting
        ]
      )
      #expect(try await names(crawling).contains("c3"))
      #expect(
        try await crawling.rows(
          "SELECT r.name, m.listings FROM missing_repository m JOIN repository r ON r.id = m.repository_id"
        )
          == ["r3|1"]
      )
      simulator.resetRequests()

      let second = try await crawling.crawl(at: 3)

      #expect(second.exitCode == 0)
      #expect(
        simulator.requests.byRoute == ["repositories": 1, "items": 7, "deletedRepositories": 1],
        "one request more, for the one project with a missing repository"
      )
      #expect(second.totals.requests == 9)
      #expect(second.totals.entitiesRemoved == 1)
      #expect(try await names(crawling) == ["c1", "c2", "c4", "c5", "c6", "c7", "c8"])
      #expect(try await problem(crawling).isEmpty)
      #expect(try await crawling.rows("SELECT * FROM missing_repository").isEmpty)
      let fresh = try Crawling(base)
      try await fresh.crawl(at: 3)
      #expect(try await crawling.dump() == fresh.dump(), "as if it had never been there")
    }
  }

  @Test func `a repository that is destroyed goes too, and what is shown in no list stays`() async throws {
    let simulator = simulator()
    try await simulator.serving { base in
      let crawling = try Crawling(base)
      try await crawling.crawl(at: 1)
      simulator.change {
        $0.destroyRepository("contoso/P/r1")
        $0.update("contoso/P/r2") { $0.access = .invisible }
        $0.update("contoso/P/r3") { $0.access = .denied }
      }
      try await crawling.crawl(at: 2)
      simulator.resetRequests()

      let report = try await crawling.crawl(at: 3)

      #expect(
        simulator.requests.byRoute
          == ["repositories": 1, "items": 5, "deletedRepositories": 1, "recycleBin": 1]
      )
      #expect(report.exitCode == 2)
      #expect(report.totals.entitiesRemoved == 1)
      #expect(try await names(crawling) == ["c2", "c3", "c4", "c5", "c6", "c7", "c8"])
      #expect(
        try await problem(crawling) == [
          "removals-held-back|warning|2 repositories are no longer listed and kept with 2 entities: 2 not shown as "
            + "deleted, so that the credential may have lost its right to see them: give it back;"
            + Self.accepting
        ]
      )
      // It stays so, crawl for crawl, and nothing is written.
      let everything = try await crawling.everything()
      #expect(try await crawling.crawl(at: 4).organizations[0].heldBack.repositories == 2)
      #expect(try await crawling.everything() == everything)

      // The right comes back, and everything is as before.
      simulator.change {
        $0.update("contoso/P/r2") { $0.access = .readable }
        $0.update("contoso/P/r3") { $0.access = .readable }
      }
      let healed = try await crawling.crawl(at: 5)
      #expect(healed.exitCode == 0)
      #expect(healed.totals.entitiesUnchanged == 7)
      #expect(
        healed.totals.entitiesAdded + healed.totals.entitiesRemoved + healed.totals.entitiesChanged == 0
      )
      #expect(try await crawling.rows("SELECT * FROM missing_repository").isEmpty)
    }
  }

  @Test func `what is in the recycle bin and restored before the second list has never been away`()
    async throws
  {
    let simulator = simulator()
    try await simulator.serving { base in
      let crawling = try Crawling(base)
      try await crawling.crawl(at: 1)
      let before = try await crawling.dump()
      simulator.change { $0.deleteRepository("contoso/P/r3") }
      try await crawling.crawl(at: 2)
      simulator.change { $0.restoreRepository("contoso/P/r3") }
      try await crawling.crawl(at: 3)
      #expect(try await crawling.dump() == before)

      // Once more it takes two lists.
      simulator.change { $0.deleteRepository("contoso/P/r3") }
      #expect(try await crawling.crawl(at: 4).totals.entitiesRemoved == 0)
      #expect(try await crawling.crawl(at: 5).totals.entitiesRemoved == 1)
    }
  }

  @Test func `what comes back after it was removed is new`() async throws {
    let simulator = simulator()
    try await simulator.serving { base in
      let crawling = try Crawling(base)
      try await crawling.crawl(at: 1)
      let uid = try await crawling.rows("SELECT uid FROM entity WHERE name = 'c3'")
      simulator.change { $0.deleteRepository("contoso/P/r3") }
      try await crawling.crawl(at: 2)
      try await crawling.crawl(at: 3)
      simulator.change { $0.restoreRepository("contoso/P/r3") }

      let report = try await crawling.crawl(at: 4)

      #expect(report.totals.entitiesAdded == 1)
      #expect(try await crawling.rows("SELECT uid FROM entity WHERE name = 'c3'") != uid)
    }
  }

  // MARK: - Who reads

  @Test func `another identity begins to count anew`() async throws {
    var simulated = world(
      ["r1": component("c1"), "r2": component("c2"), "r3": component("c3"), "r4": component("c4")],
      tokens: [World.Token("one", user: "one@example.com"), World.Token("two", user: "two@example.com")]
    )
    simulated.organizations[0].projects.append(World.Project("Q"))
    let simulator = Simulator(world: simulated)
    try await simulator.serving { base in
      let folder = try TemporaryFolder()
      let one = try Crawling(base, tokens: ["contoso": "one"], folder: folder)
      let two = try Crawling(base, tokens: ["contoso": "two"], folder: folder)
      try await one.crawl(at: 1)
      simulator.change { $0.deleteRepository("contoso/P/r3") }

      #expect(try await one.crawl(at: 2).totals.entitiesRemoved == 0)
      #expect(try await two.crawl(at: 3).totals.entitiesRemoved == 0, "each has seen one list")
      #expect(try await one.crawl(at: 4).totals.entitiesRemoved == 0, "and the count is the last reader's")
      #expect(try await one.rows("SELECT listings FROM missing_repository") == ["1"])
      #expect(try await one.crawl(at: 5).totals.entitiesRemoved == 1)
    }
  }

  // MARK: - Projects

  @Test func `a deleted project takes its repositories along, a hidden one does not`() async throws {
    var files: [String: [String: String]] = [:]
    for (project, count) in [("Gone", 2), ("Hidden", 2), ("Kept", 12)] {
      for number in 1...count {
        let name = "\(project)-\(number)".lowercased()
        files["contoso/\(project)/\(name)"] = ["/catalog-info.yaml": component(name)]
      }
    }
    let simulator = Simulator(world: world(files: files))
    try await simulator.serving { base in
      let crawling = try Crawling(base)
      try await crawling.crawl(at: 1)
      simulator.change {
        $0.deleteProject("contoso/Gone")
        $0.hideProject("contoso/Hidden")
      }
      try await crawling.crawl(at: 2)
      simulator.resetRequests()

      let report = try await crawling.crawl(at: 3)

      // Each of the two projects is asked, and once for both of them the list of deleted projects.
      #expect(
        simulator.requests.byRoute
          == ["repositories": 1, "items": 12, "deletedRepositories": 2, "projects": 1]
      )
      #expect(report.totals.entitiesRemoved == 2)
      #expect(report.organizations[0].heldBack.repositories == 2)
      #expect(report.organizations[0].heldBack.message.contains("2 not shown as deleted"))
      #expect(
        try await crawling.rows("SELECT name FROM project ORDER BY name") == ["Hidden", "Kept"]
      )
      simulator.change { $0.hideProject("contoso/Hidden", false) }
      let healed = try await crawling.crawl(at: 4)
      #expect(healed.exitCode == 0 && healed.totals.entitiesUnchanged == 14)
    }
  }

  @Test(arguments: [
    FaultAnswer.forbidden, .unauthorized, .signInPage, .serverError, .wrongJSON, .connectionCutInBody,
    .tooManyRequests(retryAfter: nil), .status(404),
  ])
  func `deleted repositories that cannot be read prove nothing and fail nothing`(fault: FaultAnswer)
    async throws
  {
    let simulator = simulator()
    try await simulator.serving { base in
      let crawling = try Crawling(base)
      try await crawling.crawl(at: 1)
      simulator.change { $0.deleteRepository("contoso/P/r3") }
      simulator.setFaults([FaultRule(route: "deletedRepositories", answer: fault)])
      try await crawling.crawl(at: 2)

      let report = try await crawling.crawl(at: 3)

      #expect(report.exitCode == 2)
      #expect(report.organizations[0].failure == nil)
      #expect(report.totals.entitiesRemoved == 0)
      #expect(
        report.organizations[0].heldBack.message
          == "1 repository is no longer listed and kept with 1 entity: 1 of projects whose deleted repositories "
          + "the credential cannot read;" + Self.accepting
      )
      simulator.setFaults([])
      #expect(try await crawling.crawl(at: 4).totals.entitiesRemoved == 1)
    }
  }

  @Test func `what ends the organization removes nothing`() async throws {
    let simulator = simulator()
    try await simulator.serving { base in
      let crawling = try Crawling(base)
      try await crawling.crawl(at: 1)
      simulator.change { $0.deleteRepository("contoso/P/r3") }
      try await crawling.crawl(at: 2)
      simulator.setFaults([FaultRule(route: "items", answer: .signInPage)])
      simulator.resetRequests()

      let report = try await crawling.crawl(at: 3)

      #expect(report.organizations[0].failure?.rule == "sign-in")
      #expect(report.organizations[0].heldBack.message.contains("1 not asked about in this crawl"))
      #expect(simulator.requests.byRoute["deletedRepositories"] == nil)
      #expect(try await names(crawling).count == 8)
      simulator.setFaults([])
      #expect(try await crawling.crawl(at: 4).totals.entitiesRemoved == 1)
    }
  }

  // MARK: - Too much at once

  @Test func `more than the share is held back until a second crawl finds the same`() async throws {
    let simulator = simulator()
    try await simulator.serving { base in
      let crawling = try Crawling(base)
      try await crawling.crawl(at: 1)
      simulator.change { world in
        for number in 1...3 { world.deleteRepository("contoso/P/r\(number)") }
      }
      try await crawling.crawl(at: 2)

      let held = try await crawling.crawl(at: 3)

      #expect(held.exitCode == 2)
      #expect(held.totals.entitiesRemoved == 0)
      #expect(try await names(crawling).count == 8)
      #expect(
        try await problem(crawling) == [
          "removals-held-back|warning|3 repositories are no longer listed and kept with 3 entities: 3 deleted, but "
            + "with 3 of 8 entities they are more than crawler.removals.maxShare (25 %) lets go at once: the next "
            + "sync that finds the same removes them;" + Self.accepting
        ]
      )

      let second = try await crawling.crawl(at: 4)

      #expect(second.exitCode == 0)
      #expect(second.totals.entitiesRemoved == 3)
      #expect(try await names(crawling) == ["c4", "c5", "c6", "c7", "c8"])
      #expect(try await problem(crawling).isEmpty)
    }
  }

  @Test func `what is restored while it is held has never been away`() async throws {
    let simulator = simulator()
    try await simulator.serving { base in
      let crawling = try Crawling(base)
      try await crawling.crawl(at: 1)
      let before = try await crawling.dump()
      simulator.change { world in
        for number in 1...8 { world.deleteRepository("contoso/P/r\(number)") }
      }
      try await crawling.crawl(at: 2)
      try await crawling.crawl(at: 3)
      simulator.change { world in
        for number in 1...8 { world.restoreRepository("contoso/P/r\(number)") }
      }

      let report = try await crawling.crawl(at: 4)

      #expect(report.exitCode == 0)
      #expect(try await crawling.dump() == before)
    }
  }

  @Test func `a share of the settings decides how much goes at once`() async throws {
    let simulator = simulator()
    try await simulator.serving { base in
      let crawling = try Crawling(base, more: "  removals: {maxShare: 50%}\n")
      try await crawling.crawl(at: 1)
      simulator.change { world in
        for number in 1...4 { world.deleteRepository("contoso/P/r\(number)") }
      }
      try await crawling.crawl(at: 2)

      #expect(try await crawling.crawl(at: 3).totals.entitiesRemoved == 4)
    }
  }

  @Test func `an operator's word removes all at once, without asking`() async throws {
    let simulator = simulator()
    try await simulator.serving { base in
      let crawling = try Crawling(base)
      try await crawling.crawl(at: 1)
      simulator.change { world in
        for number in 1...5 { world.deleteRepository("contoso/P/r\(number)") }
        world.update("contoso/P/r6") { $0.access = .invisible }
      }
      simulator.resetRequests()
      var request = CrawlRequest.sync
      request.acceptsRemovals = true

      let report = try await crawling.crawl(request, at: 2)

      #expect(simulator.requests.byRoute == ["repositories": 1, "items": 2])
      #expect(report.exitCode == 0)
      #expect(report.totals.entitiesRemoved == 6)
      #expect(try await crawling.rows("SELECT name FROM repository ORDER BY name") == ["r7", "r8"])
    }
  }

  // MARK: - Refresh, claims

  @Test func `a refresh that lists counts, but removes nothing`() async throws {
    let simulator = simulator()
    try await simulator.serving { base in
      let crawling = try Crawling(base)
      try await crawling.crawl(at: 1)
      simulator.change { $0.deleteRepository("contoso/P/r3") }
      let refresh = CrawlRequest.refresh(CrawlLimits(organization: "contoso"))

      for day in 2...4 {
        let report = try await crawling.crawl(refresh, at: day)
        #expect(report.exitCode == 2 && report.totals.entitiesRemoved == 0)
      }

      #expect(try await crawling.crawl(at: 5).totals.entitiesRemoved == 1)
    }
  }

  @Test func `a file that moved to another repository goes on there before its old one is removed`()
    async throws
  {
    let simulator = simulator()
    try await simulator.serving { base in
      let crawling = try Crawling(base)
      try await crawling.crawl(at: 1)
      let uid = try await crawling.rows("SELECT uid FROM entity WHERE name = 'c3'")
      simulator.change { $0.deleteRepository("contoso/P/r3") }
      try await crawling.crawl(at: 2)
      setFile(component("c3"), "/catalog-info.yaml", of: "r4", in: simulator)

      let report = try await crawling.crawl(at: 3)

      #expect(report.totals.entitiesRemoved == 2, "the one of r3, and c4 that r4 no longer has")
      #expect(
        try await crawling.rows(
          "SELECT f.url, e.is_holder FROM entity e JOIN file f ON f.id = e.file_id WHERE e.name = 'c3'"
        ) == ["https://dev.azure.com/contoso/P/_git/r4?path=/catalog-info.yaml|1"]
      )
      #expect(try await crawling.rows("SELECT uid FROM entity WHERE name = 'c3'") == uid)
    }
  }

  @Test func `one organization's missing repositories are not the other one's`() async throws {
    let simulator = Simulator(
      world: world(files: [
        "contoso/P/a": ["/catalog-info.yaml": component("a")],
        "contoso/P/b": ["/catalog-info.yaml": component("b")],
        "fabrikam/P/c": ["/catalog-info.yaml": component("c")],
      ])
    )
    try await simulator.serving { base in
      let tokens = ["contoso": "simulator-token", "fabrikam": "simulator-token"]
      let crawling = try Crawling(base, tokens: tokens, more: "  removals: {maxShare: 1}\n")
      try await crawling.crawl(at: 1)
      simulator.change { $0.deleteRepository("contoso/P/b") }
      try await crawling.crawl(at: 2)

      let report = try await crawling.crawl(at: 3)

      #expect(report.organizations.map(\.counts.entitiesRemoved) == [1, 0])
      #expect(try await names(crawling) == ["a", "c"])
    }
  }
}
