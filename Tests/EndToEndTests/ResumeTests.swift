import AzureSimulator
import CatalogStore
import Crawl
import Foundation
import GRDB
import TestSupport
import Testing

/// Crawls that are cut off, and those that go on with them.
@Suite(.timeLimit(.minutes(2)))
struct ResumeTests {
  /// Repositories of which each has something new, all of them in one organization.
  private func catalogs(_ count: Int) -> [String: String?] {
    var catalogs: [String: String?] = [:]
    for number in 0..<count { catalogs["r\(1_000 + number)"] = component("c\(number)") }
    return catalogs
  }

  @Test(arguments: [1, 2, 30, 59])
  func `a crawl that is killed goes on with its id and asks for no stored file twice`(request: Int)
    async throws
  {
    let killing = KillSwitch()
    let simulator = Simulator(world: world(catalogs(60)), options: .init(onRequest: killing.onRequest))
    try await simulator.serving { base in
      let undisturbed = try Crawling(base)
      try await undisturbed.crawl()
      let crawling = try Crawling(base, concurrency: 4)
      killing.set(request)

      let killed = try await crawling.program("sync", begun: killing.began)

      #expect(killed.code == -9)
      let stored = try #require(try await crawling.rows("SELECT count(*) FROM file").first.flatMap(Int.init))
      // Of a full batch, and of what was under way.
      #expect(stored >= request - 2 - 4 - 32, "\(stored) of \(request)")
      // Another server of the same world: what the killed process had sent may still come to the first one.
      let again = Simulator(world: world(catalogs(60)))
      try await again.serving { base in
        let resumed = try Crawling(base, concurrency: 4, folder: crawling.folder)
        let ended = try await resumed.program("sync")
        #expect(ended.code == 0, "\(ended.errors)")
      }
      #expect(again.requests.byRoute == ["repositories": 1, "items": 60 - stored])
      #expect(try await crawling.rows("SELECT id, outcome FROM crawl") == ["1|complete"])
      #expect(try await crawling.rows("SELECT count(*) FROM crawl_lease") == ["0"])
      #expect(try await crawling.rows("SELECT files_asked, files_found FROM crawl_organization") == ["60|60"])
      #expect(try await crawling.dump() == undisturbed.dump())
    }
  }

  @Test func `what could not be read before the crawl was cut off is asked again`() async throws {
    let killing = KillSwitch()
    let simulator = Simulator(world: world(catalogs(40)), options: .init(onRequest: killing.onRequest))
    try await simulator.serving { base in
      let crawling = try Crawling(base, concurrency: 1)
      simulator.setFaults([FaultRule(route: "items", repository: "r1003", answer: .forbidden)])
      killing.set(38)
      #expect(try await crawling.program("sync", begun: killing.began).code == -9)
      #expect(try await crawling.rows("SELECT count(*) FROM problem") == ["1"])
      let through = try await crawling.rows("SELECT visited_through > 4 FROM crawl_organization")
      #expect(through == ["1"])
      #expect(try await crawling.program("status").output.contains("crawl 1: sync cut off"))
      simulator.setFaults([])
      killing.set(nil)

      let ended = try await crawling.program("sync")

      #expect(ended.code == 0, "\(ended.errors)")
      #expect(try await crawling.rows("SELECT count(*) FROM problem") == ["0"])
      #expect(try await crawling.rows("SELECT count(*) FROM entity") == ["40"])
    }
  }

  @Test func `unchanged files are visited once too, as far as the mark stands`() async throws {
    let killing = KillSwitch()
    let simulator = Simulator(world: world(catalogs(700)), options: .init(onRequest: killing.onRequest))
    try await simulator.serving { base in
      let crawling = try Crawling(base)
      try await crawling.crawl()
      killing.set(650)
      #expect(try await crawling.program("sync", begun: killing.began).code == -9)
      let again = Simulator(world: world(catalogs(700)))
      try await again.serving { base in
        let ended = try await Crawling(base, folder: crawling.folder).program("sync")
        #expect(ended.code == 0, "\(ended.errors)")
      }

      let asked = again.requests.byRoute["items"] ?? 0
      #expect(asked > 0 && asked <= 220, "\(asked) asked again")
      #expect(try await crawling.rows("SELECT id, outcome FROM crawl") == ["1|complete", "2|complete"])
    }
  }

  @Test func `a refresh that had visited everything ends as one that visits it`() async throws {
    let simulator = Simulator(world: world(catalogs(3)))
    try await simulator.serving { base in
      let crawling = try Crawling(base)
      let refresh = CrawlRequest.refresh(CrawlLimits(organization: "contoso"))
      try await crawling.crawl(refresh)
      // As if it had been killed just before its end.
      try await crawling.database.pool.write {
        try $0.execute(sql: "UPDATE crawl SET outcome = 'running', ended_at = NULL")
      }
      simulator.resetRequests()

      let report = try await crawling.crawl(refresh)

      #expect(report.crawl == 1 && report.exitCode == 0)
      #expect(simulator.requests.byRoute == ["repositories": 1])
      #expect(report.totals.filesAsked == 3)
    }
  }

  @Test func `other settings begin a crawl of their own`() async throws {
    let simulator = Simulator(world: world(catalogs(3)))
    try await simulator.serving { base in
      let crawling = try Crawling(base)
      try await crawling.crawl()
      try await crawling.database.pool.write { try $0.execute(sql: "UPDATE crawl SET outcome = 'running'") }

      let other = try Crawling(base, more: "  exclude:\n    - repository: r1000\n", folder: crawling.folder)
      let report = try await other.crawl()

      #expect(report.crawl == 2)
    }
  }
}

/// What a crawl does with its lease while it runs.
@Suite(.timeLimit(.minutes(2)))
struct LeaseRenewalTests {
  @Test func `a lease is renewed while the crawl runs, and a crawl that lost it ends at once`() async throws {
    let simulator = Simulator(world: world(["a": component("a")]))
    // The answer never ends: the crawl goes on until something ends it.
    simulator.setFaults([FaultRule(route: "items", answer: .stalled)])
    try await simulator.serving { base in
      let crawling = try Crawling(base)
      let clock = ManualClock()
      let (lists, listed) = AsyncStream<Void>.makeStream()
      let crawl = Task {
        try await crawling.crawl(leaseClock: clock) { if case .listed = $0 { listed.yield() } }
      }
      for await _ in lists { break }
      let holder = try #require(try await crawling.database.lease()?.holder)
      try await crawling.database.pool.write {
        try $0.execute(sql: "UPDATE crawl_lease SET expires_at = since")
      }

      await clock.waitForSleepers()
      clock.advance(by: .seconds(15))
      await clock.waitForSleepers()

      let renewed = try await crawling.rows("SELECT expires_at FROM crawl_lease")
      #expect(renewed == ["2026-03-01T09:01:00.000Z"])
      // Another process takes over, and the crawl finds out when it renews.
      let now = try Date("2026-03-01T09:01:00Z", strategy: .iso8601)
      let other = try await crawling.database.takeLease(LeaseHolder(), at: now)
      clock.advance(by: .seconds(15))
      await #expect(throws: CrawlLeaseError.lost) { try await crawl.value }
      let held = try await crawling.database.lease()
      #expect(held != nil && held?.holder != holder)
      try await other.releaseLease()
    }
  }
}

/// Two processes that want to write one catalog.
@Suite(.timeLimit(.minutes(2)))
struct TwoProcessesTests {
  /// A crawl of one process that is under way, and what another one does meanwhile.
  ///
  /// - Returns: What became of the first process.
  private func during(
    _ meanwhile: @escaping @Sendable (Crawling, _ pid: Int32) async throws -> Void
  ) async throws -> ProgramRun {
    // Stopped by whoever comes second: it waits for its answer then, and does not go on however long the others take.
    let state = Locked<(pid: Int32?, hasAsked: Bool)>((nil, false))
    let (stops, stopped) = AsyncStream<Void>.makeStream()
    let stop: @Sendable (Int32?) -> Void = { pid in
      state.withLock { state in
        if let pid { state.pid = pid } else if state.hasAsked { return } else { state.hasAsked = true }
        guard state.hasAsked, let process = state.pid else { return }
        kill(process, SIGSTOP)
        stopped.yield()
      }
    }
    let simulator = Simulator(
      world: world(["a": component("a"), "b": component("b")]),
      options: .init(latency: .seconds(2), onRequest: { _ in stop(nil) })
    )
    return try await simulator.serving { base in
      let crawling = try Crawling(base)
      return try await crawling.program("sync") { process in
        stop(process.processIdentifier)
        for await _ in stops { break }
        do {
          try await meanwhile(crawling, process.processIdentifier)
        } catch {
          Issue.record(error)
        }
        kill(process.processIdentifier, SIGCONT)
      }
    }
  }

  @Test func `a second crawl is refused with 75 and told who crawls, and readers read`() async throws {
    let first = try await during { crawling, pid in
      async let sync = crawling.program("sync")
      async let refresh = crawling.program("refresh", "--organization", "contoso")
      async let remove = crawling.program(
        "location",
        "remove",
        "https://dev.azure.com/contoso/P/_git/a?path=/x"
      )
      async let status = crawling.program("status")
      for run in try await [sync, refresh, remove] {
        #expect(run.code == 75, "\(run.errors)")
        #expect(run.errors.contains("crawl 1 is under way in process \(pid) on "), "\(run.errors)")
      }
      let shown = try await status
      #expect(shown.code == 0, "\(shown.errors)")
      #expect(shown.output.contains("crawl 1 is under way in process \(pid) on "), "\(shown.output)")
    }
    #expect(first.code == 0, "\(first.errors)")
  }

  @Test func `a crawl that waits comes next, and one that waits for too short a time does not`() async throws
  {
    let first = try await during { crawling, pid in
      let short = try await crawling.program("sync", "--wait-for", "600ms")
      #expect(short.code == 75)
      #expect(short.errors.contains("waiting: crawl 1 is under way"), "\(short.errors)")
      let waiting = Task { try await crawling.program("sync", "--wait") }
      kill(pid, SIGCONT)
      // The simulator serves as long as this waits: the first process ends by itself meanwhile.
      let second = try await waiting.value
      #expect(second.code == 0, "\(second.errors)")
      #expect(try await crawling.rows("SELECT id, outcome FROM crawl") == ["1|complete", "2|complete"])
    }
    #expect(first.code == 0, "\(first.errors)")
  }

  @Test func `first runs at once make one database and do not lock each other out`() async throws {
    let simulator = Simulator(world: world(["a": component("a"), "b": component("b")]))
    try await simulator.serving { base in
      for _ in 0..<5 {
        let folder = try TemporaryFolder()
        let settings = try Crawling(base)
        try FileManager.default.copyItem(
          atPath: settings.folder.path("app-config.yaml"),
          toPath: folder.path("app-config.yaml")
        )
        try await withThrowingTaskGroup(of: ProgramRun.self) { group in
          for _ in 0..<4 {
            group.addTask { try await ProgramRun(["sync", "--wait"], in: folder, environment: [:]) }
          }
          for try await run in group { #expect(run.code == 0, "\(run.errors)") }
        }
        let crawls = try await Crawling(base, folder: folder).rows("SELECT id, outcome FROM crawl")
        #expect(crawls == (1...4).map { "\($0)|complete" })
      }
    }
  }
}
