package import CatalogStore
package import Foundation

/// Makes crawls one at a time, by its schedule and as it is asked to.
///
/// What is to be crawled is kept in the database: other processes write their requests there too, and what was not
/// answered before the service ended is answered by the next one, or by whoever crawls then.
package actor CrawlService {
  /// What the service needs from outside besides its crawls.
  package struct Surroundings: Sendable {
    package var now: @Sendable () -> Date = { Date() }
    /// What waits are measured by.
    package var clock: any Clock<Duration> = ContinuousClock()
    /// For cron without a time zone.
    package var zone = TimeZone.current
    /// A number from 0 to 1 that spreads the runs of the schedule.
    package var jitter: @Sendable () -> Double = { Double.random(in: 0...1) }
    package var holder = LeaseHolder()
    /// Whether it crawls by itself.
    package var isScheduling = true
    /// Whether it is told what has changed, and keeps that in memory for a while (webhooks).
    package var isTold = false
    /// Told of everything that happens; from many tasks.
    package var observe: @Sendable (ServiceEvent) -> Void = { _ in }

    package init() {}
  }

  /// How often the requests of other processes are looked for.
  static let pollInterval = Duration.milliseconds(500)
  /// How long a crawl that is to end may finish what is under way before it is cut off.
  static let grace: TimeInterval = 30

  nonisolated let database: CatalogDatabase
  nonisolated let surroundings: Surroundings
  nonisolated let hub = EventHub()
  private nonisolated let wakes: AsyncStream<Void>
  private nonisolated let wake: AsyncStream<Void>.Continuation

  var maker: CrawlMaker
  var settings: SettingsState
  private var book: ScheduleBook?
  /// Entries of the schedule whose time has come, and that are not written down yet.
  private var owed: [Schedule.Entry] = []
  var current: Current?
  var quickInARow = 0
  /// How long the last quick crawl took.
  var lastQuick = Duration.zero
  private var startedAt: Date?
  private var isRunning = false
  /// Whether it was asked to end.
  package private(set) var isStopping = false
  private var blocked: String?
  private var stayedAt: Date?

  /// A crawl under way, and how it is ended.
  struct Current {
    var running: RunningCrawl
    let meter = ProgressMeter()
    let stop = CrawlStop()
    let cut: AsyncStream<Void>.Continuation
    /// When it is asked to end; nil for never.
    var deadline: Date?
    /// When it is cut off.
    var cutAt: Date?
    var isMarked = false
    var stored: CrawlProgress?
  }

  package init(
    database: CatalogDatabase,
    maker: CrawlMaker,
    settings: SettingsState,
    _ surroundings: Surroundings = Surroundings()
  ) {
    self.database = database
    self.maker = maker
    self.settings = settings
    self.surroundings = surroundings
    (wakes, wake) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// Crawls until `shutDown`, or until the task is cancelled, which cuts off a crawl that is under way.
  ///
  /// Called once.
  ///
  /// - Throws: `ServiceRunningError` when another process is the service of the database, and what the database throws.
  package func run() async throws {
    let now = surroundings.now()
    let isAfterKill = try await database.enter(surroundings.holder, at: now)
    (startedAt, stayedAt) = (now, now)
    defer {
      isRunning = false
      hub.finish()
    }
    do {
      // Whoever was answering them is gone: a process that lives would have been refused above.
      try await database.putBackAbandoned()
      // What the one before had been told and not written down went with it.
      if isAfterKill, surroundings.isTold { _ = try await submit(.sync, reason: "webhooks before a kill") }
      book = ScheduleBook(
        surroundings.isScheduling ? maker.schedule : Schedule(),
        last: try await lastRuns(of: maker.schedule),
        start: now,
        zone: surroundings.zone,
        jitter: surroundings.jitter
      )
      isRunning = true
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await self.watch() }
        group.addTask { try await self.work() }
        // Whichever ends first ends the other.
        try await group.next()
        group.cancelAll()
      }
    } catch is CancellationError {
    } catch {
      try? await database.leave(surroundings.holder)  // Found to be gone otherwise.
      throw error
    }
    try await database.leave(surroundings.holder)
  }

  /// Begins no more crawl, and has the one that is under way end with what is under way.
  ///
  /// Its requests wait for the next service.
  package func shutDown() {
    isStopping = true
    end(for: .shutdown, cutAfter: nil)
    wake.yield()
  }

  /// Takes other settings; a crawl that is under way ends with its own.
  package func use(_ maker: CrawlMaker, settings: SettingsState) async throws {
    self.maker = maker
    note(settings)
    let schedule = surroundings.isScheduling ? maker.schedule : Schedule()
    let last = try await lastRuns(of: schedule)
    book?.replace(with: schedule, last: last, at: surroundings.now())
    wake.yield()
  }

  /// Takes note of settings that cannot be used, or of what is to be said of them.
  package func note(_ settings: SettingsState) {
    self.settings = settings
    send(.settings(settings))
  }

  /// Everything that happens from now on, as far as whoever follows keeps up; ends with the service.
  package nonisolated func events() -> AsyncStream<ServiceEvent> { hub.follow() }

  /// How many follow.
  package nonisolated var followers: Int { hub.count }

  /// How the service is.
  package func state() async throws -> ServiceState {
    var running = current?.running
    if let current, running != nil {
      running?.crawl = current.meter.crawl
      running?.organizations = current.meter.organizations(at: surroundings.now())
    }
    return ServiceState(
      isRunning: isRunning,
      isStopping: isStopping,
      startedAt: startedAt,
      current: running,
      blocked: blocked,
      waiting: try await database.waitingRequestCount(),
      next: book?.runs ?? [],
      settings: settings,
      limiters: await maker.limiters()
    )
  }

  /// Whether it works, without a question to anybody.
  package var isWorking: Bool { isRunning && !isStopping }

  nonisolated func send(_ event: ServiceEvent) {
    surroundings.observe(event)
    hub.send(event)
  }

  nonisolated func wakeUp() { wake.yield() }
}

/// How the service is at a moment.
package struct ServiceState: Sendable {
  package var isRunning: Bool
  package var isStopping: Bool
  /// Nil before it has begun.
  package var startedAt: Date?
  /// The crawl under way; nil while there is none.
  package var current: RunningCrawl?
  /// Which other process crawls, so that this one has to wait; nil when none does.
  package var blocked: String?
  /// How many requests wait.
  package var waiting: Int
  /// The runs of the schedule that are to come, the next one first.
  package var next: [ScheduleBook.Run]
  package var settings: SettingsState
  package var limiters: [LimiterStatus]
}

// MARK: - Going on and on

extension CrawlService {
  /// When each entry was last asked for; a crawl of everything counts, whoever made it.
  private func lastRuns(of schedule: Schedule) async throws -> [String: Date] {
    let requests = try await database.lastRequests(for: schedule.entries.map(\.reason))
    var last: [String: Date] = [:]
    for entry in schedule.entries { last[entry.name] = requests[entry.reason] }
    if let sync = try await database.lastSync() { last["sync"] = max(sync, last["sync"] ?? .distantPast) }
    return last
  }

  /// Looks again and again for what has come meanwhile.
  private func watch() async throws {
    while true {
      try await surroundings.clock.sleep(for: Self.pollInterval)
      do {
        try await look()
      } catch let error as StoreError {
        throw error
      } catch {
        // A database that is busy for a moment is asked again soon; one that is gone ends the next crawl.
        if StoreError(error, path: database.path) == nil { throw error }
      }
      wake.yield()
    }
  }

  private func look() async throws {
    let now = surroundings.now()
    if let at = stayedAt, now.timeIntervalSince(at) >= CrawlLease.renewal / .seconds(1) {
      stayedAt = now
      if try await !database.stay(surroundings.holder, at: now) {
        // Held up for so long that somebody has cleared it away: it is there again, unless there is another one.
        try await database.enter(surroundings.holder, at: now)
      }
    }
    try await submitDue(at: now)
    try await lookAtCurrent(at: now)
  }

  /// Writes down what the schedule wants by now.
  private func submitDue(at now: Date) async throws {
    guard !isStopping else { return }
    let due = book?.take(at: now) ?? []
    owed += due.filter { !owed.contains($0) }
    guard !owed.isEmpty else { return }
    let waiting = try await database.waitingRequests()
    // One that cannot be written down is owed still: the book has its next time only.
    while let entry = owed.first {
      // No overlap: one that still waits or runs is enough.
      var isAnswered = waiting.contains { $0.reason == entry.reason }
      if !isAnswered, let current { isAnswered = try await current.answers(entry.reason, in: database) }
      if !isAnswered { _ = try await submit(entry.request, reason: entry.reason) }
      owed.removeFirst()
    }
  }

  /// Makes one crawl after the other.
  private func work() async throws {
    var wakes = wakes.makeAsyncIterator()
    while !isStopping, !Task.isCancelled {
      let choice = try await next()
      if let choice, await crawl(choice) { continue }
      // What could not begin, because another process crawls, is tried again a little later.
      guard await wakes.next(isolation: #isolation) != nil else { return }
    }
  }

  /// What to crawl next; nil when nothing waits, or when the database is busy for a moment.
  private func next() async throws -> CrawlChoice? {
    do {
      // No crawl is under way here: what is said to be answered is what a failing database has left so.
      try await database.putBackAbandoned()
    } catch {
      if StoreError(error, path: database.path) == nil { throw error }
      return nil
    }
    do {
      return try await choose()
    } catch {
      if case .busy? = StoreError(error, path: database.path) { return nil }
      throw error
    }
  }

  /// What to crawl next; nil when nothing waits.
  func choose() async throws -> CrawlChoice? {
    var waiting: [CrawlChoice.Waiting] = []
    for stored in try await database.waitingRequests() {
      do {
        guard let request = CrawlRequest(text: stored.request) else {
          throw RequestFailure(message: "this version of the program cannot read the request", exitCode: 1)
        }
        try await maker.check(request)
        waiting.append(.init(id: stored.id, request: request, reason: stored.reason))
      } catch {
        try await fail([stored.id], stored.scope, stored.reason, with: error)
      }
    }
    return CrawlChoice.choose(waiting, quickInARow: quickInARow)
  }

  func setBlocked(_ text: String?) {
    if let text, text != blocked { send(.blocked(text)) }
    blocked = text
  }
}

extension CrawlService.Current {
  /// Whether it answers a request that was made for this reason.
  func answers(_ reason: String, in database: CatalogDatabase) async throws -> Bool {
    for id in running.requests where try await database.request(id)?.reason == reason { return true }
    return false
  }
}
