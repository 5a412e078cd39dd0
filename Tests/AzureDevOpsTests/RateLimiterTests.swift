import TestSupport
import Testing

@testable import AzureDevOps

/// The limiter with tasks that wait, on a clock that a test moves.
@Suite(.timeLimit(.minutes(3)))
struct RateLimiterTests {
  private let clock = ManualClock()

  private func limiter(
    concurrency: Int = 2,
    maxWait: Duration = .seconds(300),
    jitter: Double = 0
  ) -> RateLimiter<ManualClock> {
    RateLimiter(
      LimiterRules(concurrency: concurrency, maxWait: maxWait),
      clock: clock,
      jitter: { jitter }
    )
  }

  /// Waits until that many requests are in line.
  private func waitForLine(_ count: Int, _ limiter: RateLimiter<ManualClock>) async throws {
    try await until { await limiter.snapshot.waiting >= count }
  }

  @Test
  func `H155: a refusal holds the next request until its pause is over, and the limiter says until when`()
    async throws
  {
    let (limiter, clock) = (limiter(), clock)
    let first = try await limiter.turn(in: LimiterLine())
    await limiter.finish(first, with: LimiterAnswer(.blocked, pause: .seconds(30)))

    let second = Task {
      let ticket = try await limiter.turn(in: LimiterLine())
      return (ticket, clock.now.offset)
    }
    await clock.waitForSleepers()
    #expect(await limiter.snapshot.pause == LimiterPause(duration: .seconds(30), reason: .asked))
    clock.advance(by: .seconds(29))
    #expect(await limiter.snapshot.inFlight == 0)
    #expect(await limiter.snapshot.pause?.duration == .seconds(1))
    clock.advance(by: .seconds(1))

    let (ticket, start) = try await second.value
    #expect(start == .seconds(30))
    await limiter.finish(ticket, with: LimiterAnswer(.clean))
    let end = await limiter.snapshot
    #expect(end.pause == nil && end.inFlight == 0)
    #expect((end.requests, end.waits, end.waited) == (2, 1, .seconds(30)))
  }

  @Test func `a line that begins in a pause is told of it once`() async throws {
    let (limiter, clock) = (limiter(), clock)
    let first = try await limiter.turn(in: LimiterLine())
    await limiter.finish(first, with: LimiterAnswer(.blocked, pause: .seconds(30)))
    clock.advance(by: .seconds(10))
    let told = Locked<[LimiterPause]>([])
    let line = LimiterLine { pause in told.withLock { $0.append(pause) } }

    let waiting = [Task { try await limiter.turn(in: line) }, Task { try await limiter.turn(in: line) }]
    try await waitForLine(2, limiter)

    #expect(told.withLock { $0 } == [LimiterPause(duration: .seconds(20), reason: .asked)])
    clock.advance(by: .seconds(20))
    for task in waiting { await limiter.finish(try await task.value, with: LimiterAnswer(.clean)) }
    await limiter.finish(try await limiter.turn(in: line), with: LimiterAnswer(.clean))
    #expect(told.withLock { $0.count } == 1)
  }

  @Test func `a pause is lengthened by a twentieth at most and by a second at most, never shortened`()
    async throws
  {
    for (pause, seconds) in [(Duration.seconds(10), 10.5), (.seconds(60), 61), (.seconds(300), 300)] {
      let limiter = limiter(jitter: 1)
      let ticket = try await limiter.turn(in: LimiterLine())
      await limiter.finish(ticket, with: LimiterAnswer(.slow, pause: pause))
      #expect(await limiter.snapshot.pause?.duration == .seconds(seconds))
    }
  }

  @Test func `who is cancelled leaves the line at once and leaves nothing behind`() async throws {
    let (limiter, clock) = (limiter(concurrency: 1), clock)
    let first = try await limiter.turn(in: LimiterLine())
    await limiter.finish(first, with: LimiterAnswer(.blocked, pause: .seconds(30)))
    let (leaving, staying) = (
      Task { try await limiter.turn(in: LimiterLine()) }, Task { try await limiter.turn(in: LimiterLine()) }
    )
    try await waitForLine(2, limiter)

    leaving.cancel()

    await #expect(throws: TurnError.cancelled) { try await leaving.value }
    #expect(await limiter.snapshot.waiting == 1)
    clock.advance(by: .seconds(30))
    await limiter.finish(try await staying.value, with: LimiterAnswer(.clean))
    #expect(await limiter.snapshot.inFlight == 0)
    #expect(clock.advanceToNextSleeper() == nil, "no timer is left")
  }

  @Test func `the timer goes with the last one who waits`() async throws {
    let (limiter, clock) = (limiter(), clock)
    let first = try await limiter.turn(in: LimiterLine())
    await limiter.finish(first, with: LimiterAnswer(.blocked, pause: .seconds(30)))
    let waiting = Task { try await limiter.turn(in: LimiterLine()) }
    await clock.waitForSleepers()

    waiting.cancel()
    _ = await waiting.result
    try await waitForLine(0, limiter)

    #expect(await limiter.snapshot.waiting == 0)
    while clock.advanceToNextSleeper() != nil { await Task.yield() }
    #expect(await limiter.snapshot.inFlight == 0)
  }

  @Test func `a task that is cancelled already gets no turn`() async {
    let limiter = limiter()
    let gate = Gate()
    let task = Task {
      await gate.wait()
      return try await limiter.turn(in: LimiterLine())
    }
    task.cancel()
    await gate.open()

    await #expect(throws: TurnError.cancelled) { try await task.value }
    #expect(await limiter.snapshot.inFlight == 0)
  }

  @Test func `two crawls on one limiter take turns, each in its order`() async throws {
    let limiter = limiter(concurrency: 1)
    let held = try await limiter.turn(in: LimiterLine())
    let order = Locked<[String]>([])
    var tasks: [Task<Void, any Error>] = []
    for (name, count) in [("a", 4), ("b", 2)] {
      let line = LimiterLine()
      for number in 1...count {
        let before = tasks.count
        tasks.append(
          Task {
            let ticket = try await limiter.turn(in: line)
            order.withLock { $0.append("\(name)\(number)") }
            await limiter.finish(ticket, with: LimiterAnswer(.clean))
          }
        )
        try await waitForLine(before + 1, limiter)
      }
    }

    await limiter.finish(held, with: LimiterAnswer(.clean))
    for task in tasks { try await task.value }

    #expect(order.withLock { $0 } == ["a1", "b1", "a2", "b2", "a3", "a4"])
  }

  @Test func `a longer wait than is waited for refuses at once those who wait and those who come`()
    async throws
  {
    let (limiter, clock) = (limiter(concurrency: 1, maxWait: .seconds(60)), clock)
    let first = try await limiter.turn(in: LimiterLine())
    let waiting = Task { try await limiter.turn(in: LimiterLine()) }
    try await waitForLine(1, limiter)

    await limiter.finish(first, with: LimiterAnswer(.slow, pause: .seconds(61)))

    let refusal = LimiterRefusal(reason: .longWait(limit: .seconds(60)), wait: .seconds(61))
    await #expect(throws: TurnError.refused(refusal)) { try await waiting.value }
    await #expect(throws: TurnError.refused(refusal)) { try await limiter.turn(in: LimiterLine()) }
    clock.advance(by: .seconds(61))
    await limiter.finish(try await limiter.turn(in: LimiterLine()), with: LimiterAnswer(.clean))
  }

  @Test func `those are told of a pause who have requests waiting or under way`() async throws {
    let limiter = limiter(concurrency: 1)
    let told = Locked<[String]>([])
    func line(_ name: String) -> LimiterLine {
      LimiterLine { pause in told.withLock { $0.append("\(name) \(pause.duration)") } }
    }
    await limiter.finish(try await limiter.turn(in: line("done")), with: LimiterAnswer(.clean))
    let ticket = try await limiter.turn(in: line("sent"))
    let waiting = Task { try await limiter.turn(in: line("waits")) }
    try await waitForLine(1, limiter)

    await limiter.finish(ticket, with: LimiterAnswer(.blocked, pause: .seconds(12)))

    #expect(told.withLock { $0.sorted() } == ["sent 12.0 seconds", "waits 12.0 seconds"])
    waiting.cancel()
  }

  @Test func `however tasks come and go, the limit holds and nobody is left`() async {
    let limiter = limiter(concurrency: 3)
    let most = Locked((now: 0, most: 0))
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<300 {
        group.addTask {
          let task = Task {
            let ticket = try await limiter.turn(in: LimiterLine())
            most.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
            await Task.yield()
            most.withLock { $0.now -= 1 }
            await limiter.finish(ticket, with: LimiterAnswer(.clean))
          }
          if number.isMultiple(of: 3) { task.cancel() }
          _ = await task.result
        }
      }
    }

    let end = await limiter.snapshot
    #expect(end.inFlight == 0 && end.waiting == 0)
    #expect(end.requests >= 200)
    #expect(most.withLock { $0.most } <= 3)
  }

  // MARK: - Several organizations

  private func registry(sharing: Bool) -> LimiterRegistry<ManualClock> {
    LimiterRegistry(LimiterRules(concurrency: 2), sharesPauses: sharing, clock: clock, jitter: { 0 })
  }

  /// A request that the service answers.
  private func ask(_ limiter: RateLimiter<ManualClock>, _ answer: LimiterAnswer) async throws {
    await limiter.finish(try await limiter.turn(in: LimiterLine()), with: answer)
  }

  @Test func `one key has one limiter, in any letter case`() {
    let registry = registry(sharing: false)
    let limiter = registry.limiter(for: LimiterKey(host: "dev.azure.com", organization: "contoso"))

    #expect(registry.limiter(for: LimiterKey(host: "DEV.azure.com", organization: "Contoso")) === limiter)
    for other in [
      LimiterKey(host: "dev.azure.com", organization: "fabrikam"),
      LimiterKey(host: "server:8080", organization: "contoso"),
      LimiterKey(host: "dev.azure.com", organization: "contoso", identity: "other"),
    ] {
      #expect(registry.limiter(for: other) !== limiter)
    }
  }

  @Test(arguments: [
    // H159: different identities never share; the same one does when the settings say so.
    (true, "ada", "ada", true), (true, "ada", "bob", false), (false, "ada", "ada", false),
  ])
  func
    `H159: a pause holds for another organization only when the identity is the same and pauses are shared`(
      isSharing: Bool,
      identity: String,
      other: String,
      holds: Bool
    ) async throws
  {
    let (registry, clock) = (registry(sharing: isSharing), clock)
    let one = registry.limiter(for: LimiterKey(host: "dev.azure.com", organization: "contoso"))
    let two = registry.limiter(for: LimiterKey(host: "dev.azure.com", organization: "fabrikam"))
    try await ask(two, LimiterAnswer(.clean, identity: other))

    try await ask(one, LimiterAnswer(.blocked, pause: .seconds(30), identity: identity))

    guard holds else {
      try await ask(two, LimiterAnswer(.clean))
      return
    }
    let waiting = Task { try await ask(two, LimiterAnswer(.clean)) }
    await clock.waitForSleepers()
    #expect(await two.snapshot.pause == LimiterPause(duration: .seconds(30), reason: .shared))
    clock.advance(by: .seconds(30))
    try await waiting.value
    #expect(await two.snapshot.limit == 2, "the other organization has not complained")
  }

  @Test func `a name on a server of one's own is another identity`() async throws {
    let registry = registry(sharing: true)
    let one = registry.limiter(for: LimiterKey(host: "dev.azure.com", organization: "contoso"))
    let two = registry.limiter(for: LimiterKey(host: "server:8080", organization: "contoso"))
    try await ask(two, LimiterAnswer(.clean, identity: "ada"))
    try await ask(one, LimiterAnswer(.blocked, pause: .seconds(30), identity: "ada"))

    try await ask(two, LimiterAnswer(.clean))
  }

  @Test func `a shared pause that begins while requests wait for one another holds for them too`()
    async throws
  {
    let (registry, clock) = (registry(sharing: true), clock)
    let one = registry.limiter(for: LimiterKey(host: "dev.azure.com", organization: "contoso"))
    let two = registry.limiter(for: LimiterKey(host: "dev.azure.com", organization: "fabrikam"))
    let line = LimiterLine()
    let held = [try await two.turn(in: line), try await two.turn(in: line)]
    let waiting = Task { try await two.turn(in: line) }
    try await waitForLine(1, two)
    try await ask(one, LimiterAnswer(.blocked, pause: .seconds(30), identity: "ada"))

    await two.finish(held[0], with: LimiterAnswer(.clean, identity: "ada"))

    // Required, since nobody would sleep on the clock otherwise.
    let underWay = await two.snapshot.inFlight
    try #require(underWay == 1)
    await clock.waitForSleepers()
    clock.advance(by: .seconds(30))
    _ = try await waiting.value
  }
}
