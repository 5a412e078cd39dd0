import Transport

/// How often something is tried, and how long the waits are.
struct RetrySchedule {
  /// Waits before the second attempt, the third, and so on.
  var waits: [Duration]
  /// Waits after a 410, which says that the service is being renewed (facts/azure-identity.md 1.3).
  var waitsWhenGone: [Duration] = []
  /// Each wait is multiplied by a random number from here.
  var spread: ClosedRange<Double>
  /// No attempt begins after that much time.
  var total: Duration
  /// How long one attempt may take.
  var timeouts: HTTPRequest.Timeouts

  /// The longest `Retry-After` that is waited for; a longer one fails at once.
  static let maxRetryAfter = Duration.seconds(30)

  /// The sign-in service (facts/azure-identity.md 1.2).
  static let signIn = RetrySchedule(
    waits: [.milliseconds(500), .milliseconds(1500), .seconds(3)],
    spread: 0.5...1.5,
    total: .seconds(60),
    timeouts: timeouts(connect: .seconds(10), total: .seconds(30))
  )

  /// A virtual machine's identity service (facts/azure-identity.md 1.3).
  static let machineIdentity = RetrySchedule(
    waits: [
      .milliseconds(200), .milliseconds(1600), .milliseconds(3200), .milliseconds(6400),
      .milliseconds(12_800),
    ],
    waitsWhenGone: [.seconds(5), .seconds(10), .seconds(20), .seconds(40)],
    spread: 0.8...1.2,
    total: .seconds(100),
    timeouts: timeouts(connect: .seconds(2), total: .seconds(10))
  )

  /// The other sources of managed identities (facts/azure-identity.md 2.3).
  static let platformIdentity = RetrySchedule(
    waits: [.milliseconds(200), .milliseconds(1600), .milliseconds(3200)],
    spread: 0.8...1.2,
    total: .seconds(60),
    timeouts: timeouts(connect: .seconds(2), total: .seconds(10))
  )

  private static func timeouts(connect: Duration, total: Duration) -> HTTPRequest.Timeouts {
    var timeouts = HTTPRequest.Timeouts()
    timeouts.connect = connect
    timeouts.idle = total
    timeouts.total = total
    return timeouts
  }
}

/// What one attempt came to.
enum Attempt<Value> {
  case done(Value)
  /// Trying again would change nothing.
  case failed(TokenFailure)
  /// Trying again may help.
  ///
  /// - Parameters:
  ///   - after: The wait the service asks for; nil when it says nothing.
  ///   - isGone: Whether the answer was a 410.
  case retry(TokenFailure, after: Duration? = nil, isGone: Bool = false)
}

extension RetrySchedule {
  /// Tries until an attempt is done, fails for good, or the attempts or the time are used up.
  func run<Value>(
    in context: IdentityContext,
    _ attempt: () async -> Attempt<Value>
  ) async throws(TokenFailure) -> Value {
    let start = context.elapsed()
    var count = 0
    while true {
      let failure: TokenFailure
      let wait: Duration
      switch await attempt() {
      case .done(let value):
        return value
      case .failed(let failure):
        throw failure
      case .retry(let reason, let after, let isGone):
        let waits = isGone ? waitsWhenGone : waits
        guard count < waits.count else { throw after.map { reason.throttled(for: $0) } ?? reason }
        if let after, after > Self.maxRetryAfter { throw reason.throttled(for: after) }
        failure = reason
        wait = after ?? spread(waits[count], context.jitter())
      }
      guard context.elapsed() - start + wait < total else { throw failure }
      try await context.sleep(wait)
      count += 1
    }
  }
}

extension RetrySchedule {
  /// The wait multiplied by a random number, in whole thousandths.
  private func spread(_ wait: Duration, _ jitter: Double) -> Duration {
    let factor = spread.lowerBound + (spread.upperBound - spread.lowerBound) * jitter
    return wait * Int((factor * 1000).rounded()) / 1000
  }
}

extension TokenFailure {
  /// The same failure, not to be tried again before the pause is over.
  fileprivate func throttled(for pause: Duration) -> TokenFailure {
    var failure = self
    failure.outcome = .throttled(pause)
    failure.message += "; it asks to wait \(pause.components.seconds) s"
    return failure
  }
}
