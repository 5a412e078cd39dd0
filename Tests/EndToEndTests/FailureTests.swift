import AzureSimulator
import CatalogStore
import Crawl
import Testing

/// Whatever goes wrong leaves what is stored, says where it went wrong, and heals.
@Suite(.timeLimit(.minutes(2)))
struct FailureTests {
  private func twoRepositories() -> Simulator {
    Simulator(world: world(["a": component("api"), "b": component("web")]))
  }

  /// Crawls, breaks something, crawls, mends it, crawls; returns the second crawl's report.
  private func crawlThrough(
    _ simulator: Simulator,
    break breakIt: @Sendable (Simulator) -> Void,
    mend: @Sendable (Simulator) -> Void
  ) async throws -> CrawlReport {
    try await simulator.serving { base in
      let crawling = try Crawling(base)
      try await crawling.crawl(at: 1)
      let before = try await crawling.dump()
      breakIt(simulator)
      let report = try await crawling.crawl(at: 2)
      let during = try await crawling.dump().filter { !$0.hasPrefix("problem") }
      #expect(during == before, "nothing that was stored may change")
      let broken = try await crawling.everything()
      try await crawling.crawl(at: 2)
      #expect(try await crawling.everything() == broken, "the same failure again writes nothing")
      #expect(try await crawling.rows("SELECT DISTINCT class FROM problem") == ["read"])
      mend(simulator)
      let healed = try await crawling.crawl(at: 3)
      #expect(healed.outcome == .complete)
      #expect(try await crawling.dump() == before, "the problem must be gone when its cause is")
      return report
    }
  }

  /// Faults that hold for every request of the second crawl: no list, so nothing could be done.
  ///
  /// What may pass is tried five times.
  @Test(arguments: [
    (FaultAnswer.organizationStopped, "organization-stopped", 1),
    (.frontEndUnavailable, "service-trouble", 5), (.signInPage, "sign-in", 1), (.htmlPage, "sign-in", 1),
    (.unauthorized, "sign-in", 1), (.forbidden, "forbidden", 1), (.serverError, "service-trouble", 5),
    (.tooManyRequests(retryAfter: nil), "throttled", 5), (.connectionCutBeforeAnswer, "unreachable", 5),
    (.connectionCutInBody, "unreachable", 5), (.wrongJSON, "broken-answer", 5),
  ])
  func `a list that cannot be read fails the organization`(
    fault: FaultAnswer,
    rule: String,
    attempts: Int
  ) async throws {
    let report = try await crawlThrough(twoRepositories()) {
      $0.setFaults([FaultRule(route: "repositories", answer: fault)])
    } mend: {
      $0.setFaults([])
    }

    #expect(report.outcome == .failed)
    #expect(report.exitCode == 1)
    #expect(report.organizations[0].name == "contoso")
    #expect(report.organizations[0].failure?.rule == rule)
    #expect(report.totals.requests == attempts)
  }

  /// Faults on one repository's file: the other one is read.
  @Test(arguments: [
    (FaultAnswer.frontEndUnavailable, "service-trouble"), (.serverError, "service-trouble"),
    (.forbidden, "forbidden"), (.connectionCutBeforeAnswer, "unreachable"),
    (.connectionCutInBody, "unreachable"),
    (.wrongJSON, "broken-answer"),
  ])
  func `a file that cannot be read fails alone`(fault: FaultAnswer, rule: String) async throws {
    let report = try await crawlThrough(twoRepositories()) {
      $0.setFaults([FaultRule(route: "items", repository: "b", answer: fault)])
    } mend: {
      $0.setFaults([])
    }

    #expect(report.outcome == .partial)
    #expect(report.exitCode == 2)
    #expect(report.organizations[0].failure == nil)
    let failures = report.organizations[0].readFailures
    #expect(failures.map(\.project) == ["P"])
    #expect(failures.map(\.repository) == ["b"])
    #expect(failures.map(\.rule) == [rule])
    #expect(report.totals.entitiesUnchanged == 2)
  }

  /// The message says where it was met first.
  @Test(arguments: [
    (FaultAnswer.signInPage, "sign-in"), (.htmlPage, "sign-in"), (.unauthorized, "sign-in"),
    (.tooManyRequests(retryAfter: 2), "throttled"), (.organizationStopped, "organization-stopped"),
  ])
  func `a failure that all requests would meet ends the organization`(fault: FaultAnswer, rule: String)
    async throws
  {
    let report = try await crawlThrough(twoRepositories()) {
      $0.setFaults([FaultRule(route: "items", answer: fault)])
    } mend: {
      $0.setFaults([])
    }

    #expect(report.outcome == .partial)
    #expect(report.organizations[0].failure?.rule == rule)
    let message = report.organizations[0].failure?.message ?? ""
    #expect(message.hasPrefix("P/a /catalog-info.yaml: ") || message.hasPrefix("P/b /catalog-info.yaml: "))
  }

  @Test func `a wrong token fails its organization and not the other one`() async throws {
    var simulated = world(["a": component("api")])
    simulated.organizations.append(
      World.Organization(
        "fabrikam",
        tokens: ["fabrikam-token"],
        projects: [
          World.Project(
            "Q",
            repositories: [World.Repository("q", files: ["/catalog-info.yaml": "\(component("q"))"])]
          )
        ]
      )
    )
    let simulator = Simulator(world: simulated)
    try await simulator.serving { base in
      let tokens = ["contoso": "simulator-token", "fabrikam": "not-the-token"]
      let crawling = try Crawling(base, tokens: tokens)

      let report = try await crawling.crawl()

      #expect(report.outcome == .partial)
      #expect(report.exitCode == 2)
      #expect(report.organizations.map(\.name) == ["contoso", "fabrikam"])
      #expect(report.organizations[0].failure == nil)
      #expect(report.organizations[1].failure?.rule == "sign-in")
      #expect(try await crawling.rows("SELECT ref FROM entity") == ["component:default/api"])
      let problems = try await crawling.rows(
        "SELECT o.name, p.rule, p.message FROM problem p JOIN organization o ON o.id = p.organization_id"
      )
      #expect(problems.count == 1)
      #expect(problems[0].hasPrefix("fabrikam|sign-in|"))
      #expect(!problems[0].contains("not-the-token"))
    }
  }

  @Test func `a crawl that is cancelled is recorded, and the next one ends in the same rows`() async throws {
    let plan = World.Plan(
      repositories: 300,
      projects: 2,
      organizations: 1,
      missing: 0.1,
      documents: 1,
      seed: 9
    )
    let simulator = Simulator(world: .generated(plan))
    try await simulator.serving { base in
      let undisturbed = try Crawling(base, tokens: ["org1": "simulator-token"])
      try await undisturbed.crawl()
      let crawling = try Crawling(base, tokens: ["org1": "simulator-token"])

      let (visits, visited) = AsyncStream<Void>.makeStream()
      let task = Task {
        try await crawling.crawl(observe: { if case .visited = $0 { visited.yield() } })
      }
      var count = 0
      for await _ in visits {
        count += 1
        if count == 120 { break }
      }
      task.cancel()
      let report = try await task.value

      #expect(report.outcome == .interrupted)
      #expect(report.exitCode == 130)
      #expect(try await crawling.rows("SELECT outcome, ended_at IS NOT NULL FROM crawl") == ["interrupted|1"])
      let stored = try await crawling.rows("SELECT count(*) FROM file")
      #expect(Int(stored[0]).map { $0 >= 120 && $0 < 300 } == true, "what was read is kept: \(stored)")
      #expect(try await crawling.rows("SELECT count(*) FROM problem") == ["0"])
      try await crawling.crawl(at: 2)
      #expect(try await crawling.dump() == undisturbed.dump())
      #expect(try await crawling.history() == undisturbed.history())
    }
  }
}
