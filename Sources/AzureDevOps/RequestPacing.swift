import Locks
import Transport

/// How requests to one organization are sent: when the limiter lets them start, and again when the rule says
/// so.
package struct RequestPacing: Sendable {
  private let retry: RetryRule
  private let turn: @Sendable () async throws(TurnError) -> LimiterTicket
  private let finish: @Sendable (LimiterTicket, LimiterAnswer) async -> Bool
  private let elapsed: @Sendable () -> Duration
  private let sleep: @Sendable (Duration) async throws -> Void
  private let jitter: @Sendable () -> Double
  /// The refusal (429) that came last, which is also what those hear who are not sent at all because of it.
  private let lastRefusal = Guarded<FetchError?>(nil)

  /// - Parameters:
  ///   - line: The requests that this one's requests stand in line with.
  ///   - jitter: A number from 0 to 1 that spreads waits.
  package init<C: Clock<Duration>>(
    limiter: RateLimiter<C>,
    line: LimiterLine = LimiterLine(),
    retry: RetryRule,
    clock: C,
    jitter: @escaping @Sendable () -> Double = { Double.random(in: 0...1) }
  ) {
    self.retry = retry
    self.jitter = jitter
    turn = { () throws(TurnError) in try await limiter.turn(in: line) }
    finish = { ticket, answer in await limiter.finish(ticket, with: answer) }
    let start = clock.now
    elapsed = { start.duration(to: clock.now) }
    sleep = { try await clock.sleep(until: clock.now.advanced(by: $0), tolerance: nil) }
  }

  /// A limiter of its own and no second attempt: for a few requests of which each is to tell how things are.
  package static var once: RequestPacing {
    let clock = ContinuousClock()
    let limiter = RateLimiter(LimiterRules(concurrency: 128), clock: clock, jitter: { 0 })
    return RequestPacing(limiter: limiter, retry: .never, clock: clock)
  }

  /// Makes attempts until one succeeds, one fails for good, or the rule gives up.
  ///
  /// - Returns: What the last attempt came to; `.throttled` without a status when the limiter refused to wait
  ///   and nothing was sent, `.cancelled` when the task is.
  func run<Value>(
    isIdempotent: Bool = true,
    _ attempt: () async -> Attempt<Value>
  ) async -> Result<Value, FetchError> {
    var begin: Duration?
    var count = 0
    while true {
      let ticket: LimiterTicket
      do throws(TurnError) {
        ticket = try await turn()
      } catch {
        return .failure(self.error(of: error))
      }
      count += 1
      let first = begin ?? elapsed()
      begin = first
      let attempt = await attempt()
      // A random number is a question to the system: asked only where it counts.
      let answer = LimiterAnswer(
        status: attempt.status,
        signals: attempt.signals,
        backOff: attempt.isSuccess ? .zero : retry.backOff(attempt: count, jitter: jitter())
      )
      let isDown = await finish(ticket, answer)
      guard case .failure(var error) = attempt.result else { return attempt.result }
      note(&error, attempt.signals)
      let failure = AttemptFailure(error, transport: attempt.transport, signals: attempt.signals)
      let step = retry.step(
        after: failure,
        attempt: count,
        isIdempotent: isIdempotent,
        elapsed: elapsed() - first,
        jitter: jitter()
      )
      guard case .wait(let wait, let reason) = step, !isDown else { return .failure(error) }
      if reason.holdsAll || wait == .zero { continue }
      do { try await sleep(wait) } catch { return .failure(FetchError(.cancelled, detail: "cancelled")) }
    }
  }
}

extension RequestPacing {
  /// Puts into a failure how long the service asked to wait.
  private func note(_ error: inout FetchError, _ signals: RateSignals) {
    guard error.meaning == .throttled || error.meaning == .serviceTrouble else { return }
    error.wait = signals.pause
    if error.meaning == .throttled { lastRefusal.withLock { [error] last in last = error } }
    guard let wait = signals.pause, wait > retry.maxWait else { return }
    error = Self.longWait(wait, limit: retry.maxWait)
  }

  private func error(of error: TurnError) -> FetchError {
    switch error {
    case .cancelled:
      return FetchError(.cancelled, detail: "cancelled")
    case .refused(let refusal):
      switch refusal.reason {
      case .longWait(let limit):
        return Self.longWait(refusal.wait, limit: limit)
      case .refusedAgain:
        let last = lastRefusal.withLock { $0 }
        return last
          ?? FetchError(.throttled, detail: "Azure DevOps throttles this identity and goes on refusing")
      }
    }
  }

  /// The same whenever the same happens: how long the wait is does not belong to what is stored.
  private static func longWait(_ wait: Duration, limit: Duration) -> FetchError {
    let seconds = limit.components.seconds
    var error = FetchError(
      .throttled,
      detail: "Azure DevOps asks this identity to wait longer than crawler.limits.maxWait (\(seconds) s)"
    )
    error.wait = wait
    return error
  }
}

/// What one attempt came to.
struct Attempt<Value> {
  var result: Result<Value, FetchError>
  /// Nil when no answer came.
  var status: Int?
  var signals = RateSignals()
  /// Why no answer came.
  var transport: TransportError?

  var isSuccess: Bool {
    if case .success = result { true } else { false }
  }

  /// The attempt with what its success comes to.
  func map<Other>(_ transform: (Value) -> Other) -> Attempt<Other> {
    Attempt<Other>(
      result: result.map(transform),
      status: status,
      signals: signals,
      transport: transport
    )
  }
}
