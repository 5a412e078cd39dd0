import AzureDevOps
import AzureSimulator
import CatalogStore
import Crawl
import Foundation
import Settings
import TestSupport
import Testing

/// Crawls of a service that is in trouble or at its limits: everything is read, nobody is hammered.
///
/// The crawler's waits are over at once and move the simulator's time on, so a window of five minutes is one.
@Suite(.timeLimit(.minutes(2)))
struct PolitenessTests {
  private static let names = ["a", "b", "c", "d", "e"]

  private func simulator(
    _ clock: RecordingClock,
    repositories: [String] = names,
    meter: MeterOptions? = nil
  ) -> Simulator {
    let catalogs = repositories.map { ($0, component("component-\($0)")) }
    return Simulator(
      world: world(Dictionary(uniqueKeysWithValues: catalogs)),
      options: SimulatorOptions(meter: meter, elapsed: { clock.now.offset })
    )
  }

  /// Facts/peers.md 4.4, and the other ways a service fails; each at the list and at a file.
  private static let faults: [FaultAnswer] = [
    .tooManyRequestsPage(retryAfter: nil), .tooManyRequests(retryAfter: 2),
    .tooManyRequests(retryAfter: nil), .tooManyRequests(retryAfter: 0), .tooManyRequests(retryAfter: 300),
    .delayed(retryAfter: 2, by: .milliseconds(1)), .unavailable(retryAfter: 2), .unavailable(retryAfter: nil),
    .frontEndUnavailable, .serverError, .status(502), .status(504), .status(408), .connectionReset,
    .connectionCutBeforeAnswer, .connectionCutInBody, .wrongJSON, .wrongLength(by: 100),
    .wrongLength(by: -100), .trickled(by: .milliseconds(1)), .slow(by: .milliseconds(5)),
  ]

  @Test(arguments: faults, ["repositories", "items"])
  func `one fault heals within the crawl`(fault: FaultAnswer, route: String) async throws {
    let clock = RecordingClock()
    let simulator = simulator(clock)
    try await simulator.serving { base in
      let undisturbed = try Crawling(base)
      try await undisturbed.crawl()
      simulator.resetRequests()
      simulator.setFaults([
        FaultRule(route: route, numbers: .nth(route == "items" ? 3 : 1), answer: fault)
      ])
      let crawling = try Crawling(base, clock: clock)

      let report = try await crawling.crawl()

      #expect(report.outcome == .complete, "\(report.organizations[0])")
      #expect(report.totals.repositoriesListed == 5)
      #expect(report.totals.filesFound == 5)
      // Bytes that are too many meet the next request, too.
      let most = fault == .wrongLength(by: -100) ? 8 : 7
      #expect((6...most).contains(report.totals.requests), "\(report.totals.requests) requests")
      #expect(simulator.requests.insideRetryAfter == 0)
      #expect(try await crawling.dump() == undisturbed.dump())
    }
  }

  @Test func `an answer that stops in the middle heals when its time is over`() async throws {
    let clock = RecordingClock()
    let simulator = simulator(clock)
    simulator.setFaults([FaultRule(route: "items", numbers: .nth(3), answer: .stalled)])
    try await simulator.serving { base in
      let timeouts = "  timeouts: {connect: 3s, idle: 3s, total: 3s}\n"
      let crawling = try Crawling(base, more: timeouts, clock: clock)

      let report = try await crawling.crawl()

      #expect(report.outcome == .complete)
      #expect(report.totals.filesFound == 5)
    }
  }

  /// Facts/peers.md 4.4: a token that cannot be renewed fails its organization, and nothing is content.
  @Test(arguments: [FaultAnswer.signInPage, .unauthorized, .htmlPage])
  func `a sign-in page is no fault that heals`(fault: FaultAnswer) async throws {
    let clock = RecordingClock()
    let simulator = simulator(clock)
    simulator.setFaults([FaultRule(route: "repositories", numbers: .nth(1), answer: fault)])
    try await simulator.serving { base in
      let report = try await Crawling(base, clock: clock).crawl()

      #expect(report.organizations[0].failure?.rule == "sign-in")
      #expect(report.totals.requests == 1 && clock.waits.isEmpty)
    }
  }

  @Test(arguments: [true, false])
  func `a crawl of more than the budget is slowed down and read to its end`(sendsHeaders: Bool) async throws {
    let clock = RecordingClock()
    let names = (100..<220).map { "r\($0)" }
    // Told early enough for what is under way when it is told.
    let meter = MeterOptions(budget: 40, nearShare: 0.5, longestDelay: .zero, sendsHeaders: sendsHeaders)
    let simulator = simulator(clock, repositories: names, meter: meter)
    let pauses = Locked(0)
    try await simulator.serving { base in
      // One at a time: the clock then stands still while a request is under way, as for the service.
      let crawling = try Crawling(base, concurrency: sendsHeaders ? 1 : 8, clock: clock)

      let report = try await crawling.crawl(observe: { event in
        if case .paused = event { pauses.withLock { $0 += 1 } }
      })

      let requests = simulator.requests
      #expect(report.outcome == .complete)
      #expect(report.totals.filesFound == 120)
      #expect(requests.insideRetryAfter == 0)
      #expect(requests.units == 121)
      #expect(report.totals.requests == requests.total)
      if sendsHeaders {
        // 121 units at 40 in five minutes: 900 s at least, for the last of them.
        #expect(clock.now.offset >= .seconds(900) && clock.now.offset < .seconds(1000), "\(clock.now.offset)")
        #expect(requests.blocked + requests.delayed == 0, "what is left is known before it is gone")
      } else {
        // With up to 44, 600 s at least.
        #expect(clock.now.offset >= .seconds(600) && clock.now.offset < .seconds(3000), "\(clock.now.offset)")
        #expect(requests.blocked > 0 && pauses.withLock { $0 } > 0)
      }
    }
  }

  @Test func `a crawl's own row says how often and how long it was made to wait`() async throws {
    let clock = RecordingClock()
    let simulator = simulator(clock)
    simulator.setFaults([
      FaultRule(route: "items", numbers: .nth(2), answer: .tooManyRequests(retryAfter: 7)),
      FaultRule(route: "items", numbers: .nth(5), answer: .delayed(retryAfter: 2, by: .milliseconds(1))),
    ])
    let begin = try Date("2026-03-01T09:00:00Z", strategy: .iso8601)
    try await simulator.serving { base in
      let crawling = try Crawling(base, concurrency: 1, clock: clock)

      let report = try await crawling.crawl(
        now: begin.addingTimeInterval(clock.now.offset / .seconds(1))
      )
      try await crawling.crawl(now: begin.addingTimeInterval(3_600))

      // A twentieth of what was asked for is added where chance says so, and chance says a half of it here.
      #expect(report.totals.pauses == 2)
      #expect((report.totals.pausedSeconds - 9.225).magnitude < 0.001)
      let sql = "SELECT crawl_id, organization, requests, pauses, round(paused_seconds, 3) FROM report_crawls"
      #expect(try await crawling.rows(sql) == ["1|contoso|7|2|9.225", "2|contoso|6|0|0.0"])
    }
  }

  /// H160.
  @Test func `H160: a service that never stops refusing keeps what is stored and marks the crawl partial`()
    async throws
  {
    let clock = RecordingClock()
    let simulator = simulator(clock)
    try await simulator.serving { base in
      let crawling = try Crawling(base, clock: clock)
      try await crawling.crawl(at: 1)
      let before = try await crawling.dump()
      simulator.resetRequests()
      simulator.setFaults([FaultRule(route: "items", answer: .tooManyRequests(retryAfter: 7))])

      let report = try await crawling.crawl(at: 2)

      #expect(report.outcome == .partial && report.exitCode == 2)
      #expect(report.organizations[0].failure?.rule == "throttled")
      #expect(try await crawling.dump().filter { !$0.hasPrefix("problem") } == before)
      #expect(simulator.requests.insideRetryAfter == 0)
      #expect(simulator.requests.total < 20)
    }
  }

  @Test func `H157: a service that asks for more than is waited for is left alone`() async throws {
    let clock = RecordingClock()
    let simulator = simulator(clock)
    simulator.setFaults([FaultRule(route: "repositories", answer: .tooManyRequests(retryAfter: 60))])
    try await simulator.serving { base in
      let crawling = try Crawling(base, more: "  limits: {maxWait: 30s}\n", clock: clock)

      let report = try await crawling.crawl()

      #expect(report.totals.requests == 1 && clock.waits.isEmpty)
      let message = report.organizations[0].failure?.message ?? ""
      #expect(message.contains("longer than crawler.limits.maxWait (30 s), to be asked again in 60 s"))
    }
  }

  @Test func `a cap on requests in a minute is kept`() async throws {
    let clock = RecordingClock()
    let simulator = simulator(clock)
    try await simulator.serving { base in
      try await Crawling(base, more: "  limits: {requestsPerMinute: 60}\n", clock: clock).crawl()

      #expect(simulator.requests.total == 6)
      #expect(clock.now.offset == .seconds(5), "six requests, a second between each and the next")
    }
  }

  private func twoOrganizations() -> Simulator {
    var simulated = world(["a": component("api"), "b": component("web")])
    let repositories = (0..<40).map { number in
      World.Repository("r\(number)", files: ["/catalog-info.yaml": "\(component("c\(number)"))"])
    }
    simulated.organizations.append(
      World.Organization("fabrikam", projects: [World.Project("Q", repositories: repositories)])
    )
    return Simulator(world: simulated)
  }

  /// H159: `contoso` has to wait for a time that does not pass before `fabrikam` is done.
  @Test func `H159: one organization's pause does not hold the other one back`() async throws {
    let simulator = twoOrganizations()
    simulator.setFaults([
      FaultRule(
        route: "items",
        organization: "contoso",
        numbers: .first(2),
        answer: .tooManyRequests(retryAfter: 200)
      )
    ])
    let clock = ManualClock()
    let (ends, ended) = AsyncStream<String>.makeStream()
    let paused = Locked<[String]>([])
    try await simulator.serving { base in
      let tokens = ["contoso": "simulator-token", "fabrikam": "simulator-token"]
      let crawling = try Crawling(base, tokens: tokens)
      let pacing = crawling.settings.crawler.pacing(clock: clock, jitter: { 0 })
      let task = Task {
        try await crawling.crawl(pacing: pacing) { event in
          switch event {
          case .ended(let report): ended.yield(report.name)
          case .paused(let name, let duration, _, _):
            paused.withLock { $0.append("\(name) \(duration.components.seconds)") }
          default: break
          }
        }
      }

      var first: String?
      for await name in ends {
        first = name
        break
      }
      #expect(first == "fabrikam", "nobody moves the clock before: a test that hangs has failed")
      #expect(simulator.requests.byOrganization["fabrikam"] == 41)
      #expect(simulator.requests.byOrganization["contoso"] == 3)
      await clock.waitForSleepers()
      clock.advance(by: .seconds(200))
      let report = try await task.value

      #expect(report.outcome == .complete)
      #expect(simulator.requests.byOrganization == ["contoso": 5, "fabrikam": 41])
      #expect(paused.withLock { $0 } == ["contoso 200"])
    }
  }
}
