import Settings
import TestSupport
import Testing

@testable import Credentials

/// Facts/azure-identity.md 4.2, 4.5; 9, cases 39 to 52.
@Suite(.timeLimit(.minutes(1))) struct TokenCacheTests {
  private let clock = ManualClock()

  private func cache(
    _ source: TokenSource,
    policy: TokenCache<ManualClock>.Policy = .init(),
    jitter: Double = 0
  ) -> TokenCache<ManualClock> {
    TokenCache(clock: clock, policy: policy, jitter: { jitter }) { () throws(TokenFailure) in
      try await source.fetch()
    }
  }

  private func value(_ cache: TokenCache<ManualClock>) async throws -> String {
    try await cache.token().value.reveal()
  }

  /// Waits until the background fetch has landed: the token is then another one.
  private func waitForRefresh(_ cache: TokenCache<ManualClock>, from old: String) async throws {
    try await until { try await value(cache) != old }
  }

  @Test func `39, C62: a hundred callers of an empty cache share one request`() async throws {
    let gate = Gate()
    let source = TokenSource(life: .seconds(3600), gate: gate)
    let cache = cache(source)

    let values = try await withThrowingTaskGroup(of: String.self) { group in
      for _ in 0..<100 { group.addTask { try await value(cache) } }
      await gate.open()
      return try await group.reduce(into: [String]()) { $0.append($1) }
    }

    #expect(values == Array(repeating: "1", count: 100))
    #expect(source.count == 1)
  }

  @Test func `40: one caller that is cancelled leaves the others their token`() async throws {
    let gate = Gate()
    let source = TokenSource(life: .seconds(3600), gate: gate)
    let cache = cache(source)
    let leaving = Task { await failure { () throws(TokenFailure) in try await cache.token() } }
    let staying = Task { try await value(cache) }
    try await cache.waitForWaiters(2)

    leaving.cancel()
    #expect(await leaving.value?.outcome == .cancelled)
    await gate.open()

    #expect(try await staying.value == "1")
    #expect(!source.wasCancelled)
  }

  @Test func `40: a request that nobody waits for any more is cancelled`() async throws {
    let gate = Gate()
    let source = TokenSource(life: .seconds(3600), gate: gate)
    let cache = cache(source)
    let callers = (0..<2).map { _ in
      Task { await failure { () throws(TokenFailure) in try await cache.token() } }
    }
    try await cache.waitForWaiters(2)

    for caller in callers { caller.cancel() }
    for caller in callers { #expect(await caller.value?.outcome == .cancelled) }
    await gate.open()

    #expect(try await value(cache) == "2")
    #expect(source.wasCancelled)
  }

  @Test func `a caller that is already cancelled gets no token and leaves no request`() async throws {
    let source = TokenSource(life: .seconds(3600))
    let cache = cache(source)
    let start = Gate()
    let caller = Task {
      await start.wait()
      return await failure { () throws(TokenFailure) in try await cache.token() }
    }
    caller.cancel()
    await start.open()

    #expect(await caller.value?.outcome == .cancelled)
  }

  @Test func `41: in the refresh window callers get the old token while one new one is asked for`()
    async throws
  {
    let source = TokenSource(life: .seconds(3600))
    let cache = cache(source)
    #expect(try await value(cache) == "1")

    clock.advance(by: .seconds(3299))
    #expect(try await value(cache) == "1")
    #expect(source.count == 1)
    clock.advance(by: .seconds(1))
    #expect(try await value(cache) == "1")
    try await waitForRefresh(cache, from: "1")

    #expect(try await value(cache) == "2")
    #expect(source.count == 2)
  }

  @Test func `41: however many callers come during a renewal, one new token is asked for`() async throws {
    let gate = Gate()
    let source = TokenSource(life: .seconds(3600), gate: gate, gatedFrom: 2)
    let cache = cache(source)
    _ = try await value(cache)
    clock.advance(by: .seconds(3300))

    for _ in 0..<10 { #expect(try await value(cache) == "1") }
    try await until { source.count >= 2 }
    for _ in 0..<10 { #expect(try await value(cache) == "1") }
    await gate.open()
    try await waitForRefresh(cache, from: "1")

    #expect(try await value(cache) == "2")
    #expect(source.count == 2)
  }

  @Test(
    arguments: [
      (Duration.seconds(86_400), nil, Duration.seconds(43_200)),
      (.seconds(7200), nil, .seconds(3600)),
      (.seconds(7199), nil, .seconds(6899)),
      (.seconds(600), nil, .seconds(300)),
      (.seconds(599), nil, .milliseconds(299_500)),
      (.seconds(86_400), .seconds(1000), .seconds(1000)),
    ] as [(Duration, Duration?, Duration)]
  )
  func `a token is renewed at half its life, or five minutes before its end`(
    life: Duration,
    refreshIn: Duration?,
    refreshAt: Duration
  ) async throws {
    let source = TokenSource(life: life, refreshIn: refreshIn)
    let cache = cache(source)
    _ = try await value(cache)

    clock.advance(by: refreshAt - .milliseconds(1))
    _ = try await value(cache)
    #expect(source.count == 1)
    clock.advance(by: .milliseconds(1))
    _ = try await value(cache)
    try await waitForRefresh(cache, from: "1")

    #expect(source.count == 2)
  }

  @Test func `renewals are spread over a tenth of the time`() async throws {
    let source = TokenSource(life: .seconds(7200))
    let cache = cache(source, jitter: 1)
    _ = try await value(cache)

    clock.advance(by: .seconds(3239))
    _ = try await value(cache)
    #expect(source.count == 1)
    clock.advance(by: .seconds(1))
    _ = try await value(cache)
    try await waitForRefresh(cache, from: "1")

    #expect(source.count == 2)
  }

  @Test func `a token is not handed out in its last minute`() async throws {
    let source = TokenSource(life: .seconds(3600))
    let cache = cache(source)
    _ = try await value(cache)
    source.fail(TokenFailure(.transient, "503"))

    clock.advance(by: .seconds(3539))
    #expect(try await value(cache) == "1")
    try await cache.waitUntilIdle()
    clock.advance(by: .seconds(1))

    #expect(
      await failure { () throws(TokenFailure) in try await cache.token() } == TokenFailure(.transient, "503")
    )
  }

  @Test func `47: a token that is refused late does not cost the new one`() async throws {
    let source = TokenSource(life: .seconds(3600))
    let cache = cache(source)
    let old = try await cache.token()
    await cache.reject(old)
    #expect(try await value(cache) == "2")

    await cache.reject(old)

    #expect(try await value(cache) == "2")
    #expect(source.count == 2)
  }

  @Test func `52: a token of 200 s is used and renewed at half its life`() async throws {
    let source = TokenSource(life: .seconds(200))
    let cache = cache(source)
    for _ in 0..<10 { #expect(try await value(cache) == "1") }

    clock.advance(by: .seconds(99))
    #expect(try await value(cache) == "1")
    #expect(source.count == 1)
    clock.advance(by: .seconds(1))
    #expect(try await value(cache) == "1")
    try await waitForRefresh(cache, from: "1")

    #expect(source.count == 2)
  }

  @Test func `a token shorter than the reserve is still given to those who asked for it`() async throws {
    let source = TokenSource(life: .seconds(30))
    let cache = cache(source)

    #expect(try await value(cache) == "1")
    #expect(try await value(cache) == "2")
  }

  @Test(arguments: [
    (Duration.seconds(28_800), 1), (.seconds(240), 2), (.seconds(300), 2), (.seconds(301), 1),
  ])
  func `C59: an assertion is used while it has more than five minutes left`(life: Duration, fetches: Int)
    async throws
  {
    var policy = TokenCache<ManualClock>.Policy()
    policy.reserve = .seconds(300)
    policy.refreshesEarly = false
    let source = TokenSource(life: life)
    let cache = cache(source, policy: policy)

    _ = try await cache.token()
    _ = try await cache.token()

    #expect(source.count == fetches)
  }
}
