import Settings

/// Keeps the token of one credential and asks for a new one at most once at a time.
///
/// The rules are those of facts/azure-identity.md 4.2 and 4.5: a token is handed out until a minute
/// before its end; well before that it is renewed in the background while callers still get the old one;
/// a failure is remembered, so that a refusal does not become a storm. Times are those of the clock, which
/// must not jump with the wall clock and must go on while the machine sleeps.
package actor TokenCache<C: Clock<Duration>> {
  package typealias Fetch = @Sendable () async throws(TokenFailure) -> AccessToken

  /// When a token is renewed and how long it is used.
  package struct Policy: Sendable {
    /// How much of its life a token must have left to be handed out.
    package var reserve: Duration = .seconds(60)
    /// Whether a token is renewed in the background before its time comes.
    package var refreshesEarly = true
    /// Whether a failure is handed out again for a while instead of asking again.
    package var remembersFailures = true

    package init() {}
  }

  private struct Held {
    let token: AccessToken
    let end: C.Instant
    /// From when on a new token is asked for in the background.
    var refreshAt: C.Instant
  }

  private struct Failed {
    let failure: TokenFailure
    let until: C.Instant
  }

  private struct Flight {
    let task: Task<Void, Never>
    let asked: C.Instant
    /// Whether the flight goes on when nobody waits for it.
    let isBackground: Bool
    var waiters: [Int: CheckedContinuation<Result<AccessToken, TokenFailure>, Never>] = [:]
  }

  private let clock: C
  private let policy: Policy
  private let jitter: @Sendable () -> Double
  private let fetch: Fetch
  private var held: Held?
  private var failed: Failed?
  /// Failures since the last success, which lengthen the pauses.
  private var failures = 0
  private var flight: Flight?
  private var nextID = 0
  /// The value that the service refused last.
  private var rejected: Secret?

  /// Makes an empty cache.
  ///
  /// - Parameters:
  ///   - jitter: A number from 0 to 1 that spreads renewals, so that many caches do not ask at one moment.
  ///   - fetch: Asks the identity service for a new token.
  package init(
    clock: C,
    policy: Policy = Policy(),
    jitter: @escaping @Sendable () -> Double = { Double.random(in: 0...1) },
    fetch: @escaping Fetch
  ) {
    self.clock = clock
    self.policy = policy
    self.jitter = jitter
    self.fetch = fetch
  }

  /// The token, asked for first when there is none that still works.
  ///
  /// - Throws: What the fetch threw, now or within the pause after a failure; `.cancelled` when the calling
  ///   task is cancelled, which leaves the fetch to the others who wait for it.
  package func token() async throws(TokenFailure) -> AccessToken {
    let now = clock.now
    if let held, now < held.end.advanced(by: .zero - policy.reserve) {
      if now >= held.refreshAt, flight == nil { start(isBackground: true) }
      return held.token
    }
    if flight == nil {
      if let failed, now < failed.until { throw failed.failure }
      start(isBackground: false)
    }
    return try await wait().get()
  }

  /// Forgets a token that the service has refused, unless a newer one took its place.
  package func reject(_ token: AccessToken) {
    guard let held, held.token.value == token.value else { return }
    rejected = token.value
    self.held = nil
  }

  /// How many callers wait for a token.
  var waiterCount: Int { flight?.waiters.count ?? 0 }
  /// Whether a token is being asked for.
  var isFetching: Bool { flight != nil }

  // MARK: - Flights

  private func start(isBackground: Bool) {
    let task = Task { [fetch] in
      let result: Result<AccessToken, TokenFailure>
      do throws(TokenFailure) {
        result = .success(try await fetch())
      } catch {
        result = .failure(error)
      }
      // A flight that was abandoned has a successor or none; its answer is nobody's.
      if !Task.isCancelled { self.land(result) }
    }
    flight = Flight(task: task, asked: clock.now, isBackground: isBackground)
  }

  private func wait() async -> Result<AccessToken, TokenFailure> {
    nextID += 1
    let id = nextID
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        if Task.isCancelled {
          continuation.resume(returning: .failure(.cancelled))
          leaveIfAlone()
        } else {
          flight?.waiters[id] = continuation
        }
      }
    } onCancel: {
      Task { await self.leave(id) }
    }
  }

  private func leave(_ id: Int) {
    guard let continuation = flight?.waiters.removeValue(forKey: id) else { return }
    continuation.resume(returning: .failure(.cancelled))
    leaveIfAlone()
  }

  /// Ends a flight that nobody waits for.
  private func leaveIfAlone() {
    guard let flight, flight.waiters.isEmpty, !flight.isBackground else { return }
    flight.task.cancel()
    self.flight = nil
  }

  private func land(_ result: Result<AccessToken, TokenFailure>) {
    guard let flight else { return }
    self.flight = nil
    var result = result
    if case .success(let token) = result, token.value == rejected {
      // The platform caches tokens too and cannot be made to renew one.
      let message = "the identity service returns the same token that was refused before"
      result = .failure(TokenFailure(.refused, message))
    }
    switch result {
    case .success(let token): keep(token, asked: flight.asked)
    case .failure(let failure): remember(failure)
    }
    for waiter in flight.waiters.values { waiter.resume(returning: result) }
  }

  // MARK: - What is kept

  private func keep(_ token: AccessToken, asked: C.Instant) {
    let refreshAfter = policy.refreshesEarly ? Self.refreshAfter(token) : token.lifetime
    held = Held(
      token: token,
      end: asked.advanced(by: token.lifetime),
      // A tenth at most; in whole thousandths, since `Duration` is exact only in whole numbers.
      refreshAt: asked.advanced(by: refreshAfter * (1000 - Int(100 * jitter())) / 1000)
    )
    failed = nil
    failures = 0
    rejected = nil
  }

  /// How long after asking for a token the next one is asked for.
  private static func refreshAfter(_ token: AccessToken) -> Duration {
    if let advised = token.refreshIn, advised > .zero, advised < token.lifetime { return advised }
    let isShortOrLong = token.lifetime < .seconds(600) || token.lifetime >= .seconds(7200)
    return isShortOrLong ? token.lifetime / 2 : token.lifetime - .seconds(300)
  }

  private func remember(_ failure: TokenFailure) {
    guard failure.outcome != .cancelled else { return }
    failures += 1
    let now = clock.now
    if var held, now < held.end {
      // The old token still works; the next attempt comes later and later.
      held.refreshAt = now.advanced(
        by: Self.pause(failure, first: .seconds(30), longest: .seconds(300), failures)
      )
      self.held = held
    }
    let pause =
      switch failure.outcome {
      case .refused: Self.pause(failure, first: .seconds(60), longest: .seconds(600), failures)
      case .notAvailable, .unsettled: Duration.seconds(60)
      case .transient, .throttled: Self.pause(failure, first: .seconds(5), longest: .seconds(60), failures)
      case .cancelled: Duration.zero
      }
    guard policy.remembersFailures else { return }
    failed = Failed(failure: failure, until: now.advanced(by: pause))
  }

  /// The pause the service asks for, at most an hour; else one that doubles with every failure.
  private static func pause(
    _ failure: TokenFailure,
    first: Duration,
    longest: Duration,
    _ failures: Int
  ) -> Duration {
    if case .throttled(let wait) = failure.outcome { return min(wait, .seconds(3600)) }
    return min(longest, first * (1 << min(failures - 1, 10)))
  }
}
