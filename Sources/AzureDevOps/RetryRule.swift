package import Transport

/// Whether a request that failed is sent again, and after which wait (facts/azure-devops-api.md 4.4,
/// facts/peers.md 4.4).
///
/// Refusals (401, 403, 404, sign-in pages) are answers and not repeated; a token that can be renewed is the
/// client's business.
package struct RetryRule: Sendable, Equatable {
  /// How often a request is sent at most.
  package var attempts = 5
  /// The longest pause that is waited for when the service asks for one.
  package var maxWait: Duration
  /// No attempt is begun when so much time has passed since the first: every pause and every time-out of the
  /// attempts together.
  var longest: Duration { maxWait * (attempts - 1) + .seconds(600) }

  /// The least and the greatest wait when the service does not say how long
  /// (facts/azure-devops-api.md 4.4; facts/backstage-azure.md 9.H, 158).
  private static let shortestWait = Duration.milliseconds(100)
  private static let firstWait = Duration.seconds(1)
  private static let longestWait = Duration.seconds(60)

  package init(maxWait: Duration = .seconds(300)) { self.maxWait = maxWait }

  /// Everything is sent once.
  package static let never: RetryRule = {
    var rule = RetryRule()
    rule.attempts = 1
    return rule
  }()

  /// What to do after an attempt that failed.
  ///
  /// - Parameters:
  ///   - attempt: The number of the attempt, from 1.
  ///   - isIdempotent: Whether sending it twice does no more than sending it once.
  ///   - elapsed: Since the first attempt began.
  ///   - jitter: A number from 0 to 1 that spreads the wait.
  package func step(
    after failure: AttemptFailure,
    attempt: Int,
    isIdempotent: Bool = true,
    elapsed: Duration,
    jitter: Double
  ) -> RetryStep {
    guard attempt < attempts, let reason = failure.retryReason(isIdempotent: isIdempotent) else {
      return .giveUp
    }
    let wait: Duration
    switch reason {
    case .askedToWait:
      wait = failure.signals.pause ?? .zero
      guard wait <= maxWait else { return .giveUp }
    case .connectionCut where attempt == 1:
      // Most often a kept connection that the server has closed meanwhile.
      wait = .zero
    case .throttled, .serviceTrouble, .connectionCut, .unreachable, .brokenAnswer:
      wait = backOff(attempt: attempt, jitter: jitter)
    }
    guard elapsed + wait < longest else { return .giveUp }
    return .wait(wait, reason)
  }

  /// A wait that is longer with every attempt: full jitter up to 1 s, 2 s, 4 s, ..., 60 s.
  package func backOff(attempt: Int, jitter: Double) -> Duration {
    let longest = min(Self.longestWait, Self.firstWait * (1 << min(attempt - 1, 6)))
    return max(Self.shortestWait, longest * Int(jitter * 1000) / 1000)
  }
}

/// What follows from a failed attempt.
package enum RetryStep: Sendable, Equatable {
  /// The request is sent again after the wait; how long it takes until its limiter lets it start comes on top.
  case wait(Duration, RetryReason)
  /// The failure is what came of the request.
  case giveUp
}

/// Why a request is sent again.
package enum RetryReason: Sendable, Equatable {
  /// The service says how long to wait, whatever the status.
  case askedToWait
  /// 429 that does not say how long.
  case throttled
  /// 5xx or 408.
  case serviceTrouble
  /// The connection broke after it stood.
  case connectionCut
  /// No connection, or no answer in time.
  case unreachable
  /// An answer that says it is right but is not whole.
  case brokenAnswer

  /// Whether every request of the identity has to wait, so that the limiter does it.
  package var holdsAll: Bool { self == .askedToWait || self == .throttled }
}

/// What came of an attempt that failed.
package struct AttemptFailure: Sendable, Equatable {
  package var error: FetchError
  /// Why no answer came; nil when one did.
  package var transport: TransportError?
  package var signals: RateSignals

  package init(
    _ error: FetchError,
    transport: TransportError? = nil,
    signals: RateSignals = RateSignals()
  ) {
    self.error = error
    self.transport = transport
    self.signals = signals
  }

  /// Why it may be better next time; nil when it will not, or when sending twice could do harm.
  func retryReason(isIdempotent: Bool) -> RetryReason? {
    if let transport { return Self.reason(transport, isIdempotent: isIdempotent) }
    switch (error.meaning, error.status) {
    case (.throttled, _):
      return signals.pause == nil ? .throttled : .askedToWait
    // 501 and 505 stay as they are (facts/azure-devops-api.md 4.3).
    case (.serviceTrouble, 501), (.serviceTrouble, 505):
      return nil
    case (.serviceTrouble, _), (.broken, 408):
      // 503 refuses at the door, whatever the request would have done.
      guard isIdempotent || error.status == 503 && signals.pause != nil else { return nil }
      return signals.pause == nil ? .serviceTrouble : .askedToWait
    case (.broken, _) where error.status == 200 || error.isCutOff:
      return isIdempotent ? .brokenAnswer : nil
    default:
      return nil
    }
  }

  /// By libcurl's `CURLcode`.
  private static func reason(_ error: TransportError, isIdempotent: Bool) -> RetryReason? {
    guard case .failed(let code, _) = error else { return nil }
    switch code {
    // Proxy or host has no address, no connection: nothing was sent.
    case 5, 6, 7: return .unreachable
    case _ where !isIdempotent: return nil
    // HTTP/2 framing, a part of the body, nothing at all, sending, receiving, HTTP/2 stream.
    case 16, 18, 52, 55, 56, 92: return .connectionCut
    // No HTTP (what was left over of the answer before), an answer that is none, time-out, TLS handshake,
    // compression that does not read.
    case 1, 8, 28, 35, 61: return .unreachable
    default: return nil
    }
  }
}
