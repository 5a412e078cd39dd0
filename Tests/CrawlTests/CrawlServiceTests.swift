import AzureDevOps
import CatalogStore
import Crawl
import Foundation
import GRDB
import Settings
import TestSupport
import Testing

/// The service with crawls that a test makes.
@Suite(.timeLimit(.minutes(1)))
struct CrawlServiceTests {
  private let folder: TemporaryFolder
  private let database: CatalogDatabase
  private static let now = Date(timeIntervalSince1970: 1_772_355_600)

  init() throws {
    folder = try TemporaryFolder()
    database = try CatalogDatabase.open(at: folder.path("catalog.sqlite"))
  }

  private static func report(_ request: CrawlRequest, _ outcome: CrawlOutcome = .complete) -> CrawlReport {
    CrawlReport(crawl: 7, command: request.command, outcome: outcome, seconds: 1.5, organizations: [])
  }

  private static func repository(_ name: String) -> CrawlRequest {
    .refresh(CrawlLimits(organization: "o", repository: name))
  }

  private func service(
    schedule: Schedule = Schedule(),
    clock: any Clock<Duration> = ManualClock(),
    now: @escaping @Sendable () -> Date = { now },
    isTold: Bool = false,
    check: @escaping @Sendable (CrawlRequest) async throws -> Void = { _ in },
    crawl: @escaping @Sendable (CrawlRequest, CrawlStop) async throws -> CrawlReport
  ) -> CrawlService {
    var surroundings = CrawlService.Surroundings()
    surroundings.now = now
    surroundings.clock = clock
    surroundings.zone = .gmt
    surroundings.jitter = { 0 }
    surroundings.isTold = isTold
    let database = database
    let maker = CrawlMaker(check: check, schedule: schedule) { request, stop, observe in
      let id = try await database.beginCrawl(request.command, scope: nil, program: "test", at: Self.now)
      observe(.began(crawl: id))
      return try await crawl(request, stop)
    }
    return CrawlService(
      database: database,
      maker: maker,
      settings: SettingsState(readAt: Self.now),
      surroundings
    )
  }

  /// Runs a service for as long as the work takes, and stops it.
  private func running<Value: Sendable>(
    _ service: CrawlService,
    _ work: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    try await withThrowingTaskGroup(of: Value?.self) { group in
      group.addTask {
        try await service.run()
        return nil
      }
      group.addTask {
        let value = try await work()
        await service.shutDown()
        return value
      }
      var result: Value?
      for try await value in group { result = result ?? value }
      return try #require(result)
    }
  }

  @Test func `a request is answered, and its report is kept`() async throws {
    let service = service { request, _ in Self.report(request) }

    let (id, report) = try await running(service) {
      let id = try await service.submit(.sync, reason: "test")
      return (id, try await service.report(of: id))
    }

    #expect(report?.outcome == .complete && report?.seconds == 1.5)
    let stored = try #require(try await database.request(id))
    #expect(stored.state == .done && stored.exitCode == 0 && stored.reason == "test")
    #expect(try await database.service() == nil, "it has left")
  }

  @Test func `what cannot be answered says why, and holds up nothing`() async throws {
    let service = service(
      check: { request in
        if request.limits.organization == "nobody" {
          throw CrawlScopeError.unknownOrganization("nobody", known: ["h/o"])
        }
      },
      crawl: { request, _ in Self.report(request) }
    )

    try await running(service) {
      let wrong = try await service.submit(.refresh(CrawlLimits(organization: "nobody")), reason: "test")
      let right = try await service.submit(.sync, reason: "test")
      _ = try await service.report(of: right)
      let message = "the settings have no organization 'nobody'; they have: h/o"
      await #expect(throws: RequestFailure(message: message, exitCode: 64)) {
        try await service.report(of: wrong)
      }
    }
  }

  @Test func `repositories that are asked for during a crawl are visited by one crawl after it`() async throws
  {
    let (begun, go) = (Gate(), Gate())
    let crawled = Locked<[CrawlRequest]>([])
    let service = service { request, _ in
      crawled.withLock { $0.append(request) }
      if request.command == .sync {
        await begun.open()
        await go.wait()
      }
      return Self.report(request)
    }

    try await running(service) {
      let sync = try await service.submit(.sync, reason: "test")
      await begun.wait()
      var ids: [Int64] = []
      for name in ["a", "b", "a", "c"] {
        ids.append(try await service.submit(Self.repository(name), reason: "push"))
      }
      await go.open()
      for id in [sync] + ids { _ = try await service.report(of: id) }
      #expect(ids[0] == ids[2], "the very same is joined")
    }

    let requests = crawled.withLock { $0 }
    #expect(requests.count == 2)
    #expect(requests.last?.targets.map(\.repository) == ["a", "b", "c"])
  }

  @Test func `a full crawl gives way to a repository, and goes on after it`() async throws {
    let clock = ManualClock()
    let time = Locked(Self.now)
    let begun = Gate()
    let crawled = Locked<[String]>([])
    let service = service(clock: clock, now: { time.withLock { $0 } }) { request, stop in
      let name = request.targets[0].repository ?? request.command.rawValue
      crawled.withLock { $0.append(name) }
      guard request.command == .sync, crawled.withLock({ $0.count }) == 1 else { return Self.report(request) }
      await begun.open()
      await Self.wait(for: stop)
      return Self.report(request, .interrupted)
    }
    let events = service.events()

    try await running(service) {
      let sync = try await service.submit(.sync, reason: "test")
      await begun.wait()
      let refresh = try await service.submit(Self.repository("a"), reason: "push")
      // Not before it has had its time.
      time.withLock { $0 += 25 }
      await clock.waitForSleepers()
      clock.advance(by: .seconds(1))
      _ = try await service.report(of: refresh)
      _ = try await service.report(of: sync)
    }

    #expect(crawled.withLock { $0 } == ["sync", "a", "sync"])
    var isPutBack = false
    for await case .ended(let ended) in events { isPutBack = isPutBack || ended.isPutBack }
    #expect(isPutBack)
  }

  /// Ends once the crawl is to end.
  private static func wait(for stop: CrawlStop) async {
    while !stop.isRequested { await Task.yield() }
  }

  @Test func `a shutdown ends the crawl under way, whose request waits for the next service`() async throws {
    let begun = Gate()
    let first = service { request, stop in
      await begun.open()
      await Self.wait(for: stop)
      return Self.report(request, .interrupted)
    }
    let id = try await running(first) {
      let id = try await first.submit(.sync, reason: "test")
      await begun.wait()
      return id
    }
    #expect(try await database.request(id)?.state == .waiting)

    let second = service { request, _ in Self.report(request) }
    let report = try await running(second) { try await second.report(of: id) }

    #expect(report?.outcome == .complete)
  }

  @Test func `a crawl is cancelled by the number of its request, and so is one that waits`() async throws {
    let begun = Gate()
    let service = service { request, stop in
      await begun.open()
      await Self.wait(for: stop)
      return Self.report(request, .interrupted)
    }

    try await running(service) {
      let one = try await service.submit(.sync, reason: "test")
      await begun.wait()
      let two = try await service.submit(.refresh(CrawlLimits(organization: "o")), reason: "test")

      #expect(try await service.cancel(request: two))
      #expect(try await service.cancel(request: one))
      let report = try await service.report(of: one)
      #expect(report?.outcome == .interrupted)
      #expect(try await !service.cancel(request: one))
    }
    #expect(try await database.requests(limit: 9).map(\.state) == [.cancelled, .cancelled])
  }

  @Test func `a crawl that is cancelled and does not end by itself is cut off, and not made again`()
    async throws
  {
    let clock = ManualClock()
    let time = Locked(Self.now)
    let begun = Gate()
    let crawled = Locked(0)
    let database = database
    let service = service(clock: clock, now: { time.withLock { $0 } }) { _, _ in
      crawled.withLock { $0 += 1 }
      await begun.open()
      while !Task.isCancelled { await Task.yield() }
      throw CancellationError()
    }

    try await running(service) {
      let id = try await service.submit(.sync, reason: "test")
      await begun.wait()
      #expect(try await service.cancel(request: id))
      time.withLock { $0 += 31 }
      await clock.waitForSleepers()
      clock.advance(by: .seconds(1))
      await #expect(throws: RequestFailure(message: "the crawl was cancelled", exitCode: 130)) {
        try await service.report(of: id)
      }
      #expect(try await database.request(id)?.state == .cancelled)
    }
    #expect(crawled.withLock { $0 } == 1)
  }

  @Test(arguments: [true, false])
  func `after a service that was cut off everything is crawled, if it was told of changes`(isTold: Bool)
    async throws
  {
    let gone = LeaseHolder(process: ProcessIdentity(machine: "elsewhere", pid: 5, started: nil))
    try await database.enter(gone, at: Self.now.addingTimeInterval(-3_600))
    let service = service(isTold: isTold) { request, _ in Self.report(request) }

    try await running(service) {
      let asked = try await service.submit(Self.repository("r"), reason: "test")
      _ = try await service.report(of: asked)
    }
    let reasons = try await database.requests(limit: 10).map(\.reason)
    #expect(reasons.contains("webhooks before a kill") == isTold)

    // A service that has left took nothing with it.
    let next = self.service(isTold: isTold) { request, _ in Self.report(request) }
    try await running(next) {
      let asked = try await next.submit(Self.repository("r"), reason: "test")
      _ = try await next.report(of: asked)
    }
    #expect(try await database.requests(limit: 10).count == reasons.count + 1)
  }

  @Test func `what the schedule has missed is made up for once`() async throws {
    let clock = ManualClock()
    let crawled = Locked(0)
    let done = Gate()
    let entry = Schedule.Entry(name: "sync", frequency: .cron("0 3 * * *"), request: .sync)
    let old = try await database.submit(
      CrawlRequest.sync.new(reason: entry.reason),
      at: Self.now.addingTimeInterval(-5 * 86_400)
    )
    try await database.end([old], with: RequestAnswer(state: .done, exitCode: 0), at: Self.now)
    let service = service(schedule: Schedule(entries: [entry]), clock: clock) { request, _ in
      crawled.withLock { $0 += 1 }
      await done.open()
      return Self.report(request)
    }

    try await running(service) {
      for _ in 0..<5 {
        await clock.waitForSleepers()
        clock.advance(by: .seconds(1))
      }
      await done.wait()
      let next = try await service.state().next
      #expect(next.map(\.name) == ["sync"])
    }

    #expect(crawled.withLock { $0 } == 1)
  }

  @Test func `while another process crawls, requests wait`() async throws {
    let clock = ManualClock()
    let other = LeaseHolder(process: ProcessIdentity(machine: "m", pid: 1, started: nil))
    let lease = StoredLease(crawl: 3, holder: other, since: Self.now, expiresAt: Self.now)
    let tries = Locked(0)
    let service = service(clock: clock) { request, _ in
      let isFirst = tries.withLock { tries in
        tries += 1
        return tries == 1
      }
      if isFirst { throw CrawlLeaseError.busy(lease) }
      return Self.report(request)
    }

    try await running(service) {
      let id = try await service.submit(.sync, reason: "test")
      try await until { try await service.state().blocked != nil }
      await clock.waitForSleepers()
      clock.advance(by: .seconds(1))
      #expect(try await service.report(of: id)?.outcome == .complete)
      #expect(try await service.state().blocked == nil)
    }
  }

  @Test func `other settings are used from the next crawl on, wrong ones are told of`() async throws {
    let service = service { request, _ in Self.report(request, .partial) }

    try await running(service) {
      try await service.use(
        CrawlMaker { request, _, _ in Self.report(request) },
        settings: SettingsState(readAt: Self.now)
      )
      await service.note(SettingsState(readAt: Self.now, error: "line 3"))
      let id = try await service.submit(.sync, reason: "test")
      #expect(try await service.report(of: id)?.outcome == .complete)
      #expect(try await service.state().settings.error == "line 3")
    }
  }

  @Test func `what the schedule wants is asked for again when it could not be written down`() async throws {
    let clock = ManualClock()
    let time = Locked(Self.now)
    let done = Gate()
    let database = database
    let entry = Schedule.Entry(name: "sync", frequency: .cron("0 3 * * *"), request: .sync)
    let service = service(
      schedule: Schedule(entries: [entry]),
      clock: clock,
      now: { time.withLock { $0 } }
    ) { request, _ in
      await done.open()
      return Self.report(request)
    }
    try await database.pool.write { db in
      try db.execute(
        sql: "CREATE TRIGGER busy BEFORE INSERT ON crawl_request BEGIN SELECT RAISE(ABORT, 'busy'); END"
      )
    }

    try await running(service) {
      await clock.waitForSleepers()
      // 09:00 by now; it was to be at 03:00 of the next day.
      time.withLock { $0 += 19 * 3_600 }
      for _ in 0..<2 {
        clock.advance(by: .seconds(1))
        await clock.waitForSleepers()
      }
      try await database.pool.write { try $0.execute(sql: "DROP TRIGGER busy") }
      clock.advance(by: .seconds(1))
      await done.wait()
    }
  }

  @Test func `a request whose answer could not be stored is answered after all`() async throws {
    let clock = ManualClock()
    let crawled = Locked(0)
    let database = database
    let service = service(clock: clock) { request, _ in
      crawled.withLock { $0 += 1 }
      return Self.report(request)
    }
    try await database.pool.write { db in
      try db.execute(
        sql: """
          CREATE TRIGGER full_disk BEFORE UPDATE ON crawl_request WHEN new.state = 'done' BEGIN
            SELECT RAISE(ABORT, 'no room');
          END
          """
      )
    }
    let events = service.events()

    try await running(service) {
      let id = try await service.submit(.sync, reason: "test")
      for await event in events { if case .ended = event { break } }
      try await database.pool.write { try $0.execute(sql: "DROP TRIGGER full_disk") }
      while try await database.request(id)?.state.isOpen ?? false {
        await clock.waitForSleepers()
        clock.advance(by: .seconds(1))
      }
      #expect(try await database.request(id)?.state == .done)
    }
    #expect(crawled.withLock { $0 } >= 2)
  }

  @Test func `two services are refused`() async throws {
    let one = service { request, _ in Self.report(request) }
    let two = service { request, _ in Self.report(request) }

    try await running(one) {
      try await until { await one.isWorking }
      await #expect(throws: ServiceRunningError.self) { try await two.run() }
    }
  }
}
