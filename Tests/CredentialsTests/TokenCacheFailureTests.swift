import Settings
import TestSupport
import Testing

@testable import Credentials

/// Facts/azure-identity.md 4.5; 9, cases 42, 43 and 49.
@Suite(.timeLimit(.minutes(1))) struct TokenCacheFailureTests {
  private let clock = ManualClock()

  private func cache(
    _ source: TokenSource,
    policy: TokenCache<ManualClock>.Policy = .init(),
    jitter: Double = 0
  ) -> TokenCache<ManualClock> {
    TokenCache(clock: clock, jitter: { 0 }) { () throws(TokenFailure) in
      try await source.fetch()
    }
  }

  private func value(_ cache: TokenCache<ManualClock>) async throws -> String {
    try await cache.token().value.reveal()
  }

  @Test func `42: a failing renewal leaves the old token, and the next one comes 30 s later`() async throws {
    let source = TokenSource(life: .seconds(3600))
    let cache = cache(source)
    _ = try await value(cache)
    source.fail(TokenFailure(.transient, "503"))
    clock.advance(by: .seconds(3300))

    _ = try await value(cache)
    try await cache.waitUntilIdle()
    #expect(source.count == 2)
    clock.advance(by: .seconds(29))
    #expect(try await value(cache) == "1")
    try await cache.waitUntilIdle()
    #expect(source.count == 2)
    clock.advance(by: .seconds(1))
    #expect(try await value(cache) == "1")
    try await cache.waitUntilIdle()
    #expect(source.count == 3)
    // Twice as long after the second failure.
    clock.advance(by: .seconds(59))
    _ = try await value(cache)
    try await cache.waitUntilIdle()
    #expect(source.count == 3)
  }

  @Test func `43: past its end all who wait get the failure of the one request`() async throws {
    let gate = Gate()
    let source = TokenSource(life: .seconds(3600), gate: gate)
    let cache = cache(source)
    source.fail(TokenFailure(.transient, "503"))

    let callers = (0..<3).map { _ in
      Task { await failure { () throws(TokenFailure) in try await cache.token() } }
    }
    try await cache.waitForWaiters(3)
    await gate.open()
    for caller in callers { #expect(await caller.value == TokenFailure(.transient, "503")) }

    #expect(source.count == 1)
  }

  @Test(arguments: [
    (TokenFailure.Outcome.refused, [60, 120, 240, 480, 600, 600]),
    (.unsettled, [60, 60, 60]),
    (.notAvailable, [60, 60]),
    (.transient, [5, 10, 20, 40, 60, 60]),
    (.throttled(.seconds(90)), [90, 90]),
    (.throttled(.seconds(9000)), [3600, 3600]),
  ])
  func `49: a failure is handed out again for a while, then asked again`(
    outcome: TokenFailure.Outcome,
    pauses: [Int]
  ) async throws {
    let source = TokenSource(life: .seconds(3600))
    let cache = cache(source)
    source.fail(TokenFailure(outcome, "no"))

    for (index, pause) in pauses.enumerated() {
      #expect(await failure { () throws(TokenFailure) in try await cache.token() }?.outcome == outcome)
      #expect(source.count == index + 1)
      clock.advance(by: .seconds(pause - 1))
      #expect(await failure { () throws(TokenFailure) in try await cache.token() }?.outcome == outcome)
      #expect(source.count == index + 1)
      clock.advance(by: .seconds(1))
    }
    source.fail(nil)
    #expect(try await value(cache) == "\(pauses.count + 1)")
  }

  @Test func `after a success the pauses begin anew`() async throws {
    let source = TokenSource(life: .seconds(3600))
    let cache = cache(source)
    source.fail(TokenFailure(.refused, "no"))
    for pause in [60, 120] {
      _ = await failure { () throws(TokenFailure) in try await cache.token() }
      clock.advance(by: .seconds(pause))
    }
    source.fail(nil)
    let token = try await cache.token()
    await cache.reject(token)
    source.fail(TokenFailure(.refused, "no"))

    _ = await failure { () throws(TokenFailure) in try await cache.token() }
    let count = source.count
    clock.advance(by: .seconds(60))
    _ = await failure { () throws(TokenFailure) in try await cache.token() }

    #expect(source.count == count + 1)
  }
}
