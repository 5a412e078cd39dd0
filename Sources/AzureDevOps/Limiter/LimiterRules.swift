/// What a limiter keeps to besides what the service says.
package struct LimiterRules: Sendable, Equatable {
  /// `crawler.concurrency`: requests under way at a time, 1 to 128; where the limit begins and what it never
  /// exceeds.
  package var concurrency: Int
  /// `crawler.limits.requestsPerMinute`: the most requests started in a minute, evenly spread; nil for no cap.
  package var requestsPerMinute: Int?
  /// `crawler.limits.maxWait`: the longest pause that is waited for; when the service asks for a longer one,
  /// requests are refused instead of waiting.
  package var maxWait: Duration

  package init(
    concurrency: Int,
    requestsPerMinute: Int? = nil,
    maxWait: Duration = .seconds(300)
  ) {
    self.concurrency = max(1, concurrency)
    self.requestsPerMinute = requestsPerMinute
    self.maxWait = maxWait
  }
}

/// What came of a request, as far as the limiter is concerned.
package struct LimiterAnswer: Sendable, Equatable {
  /// What the answer says about how hard the service may be worked.
  package enum Kind: Sendable, Equatable {
    /// The service answered as usual; that includes errors such as 404.
    case clean
    /// The service is near its limit: any answer but 429 and 503 that asks to wait.
    case slow
    /// The service cannot cope: 503.
    case unavailable
    /// The request was refused for being too much: 429.
    case blocked
    /// Says nothing: no answer came, or one of another kind of trouble.
    case silent
  }

  package var kind: Kind
  /// How long the service asks to wait; nil when it does not say.
  package var pause: Duration?
  /// How long to wait after `blocked` when the service does not say.
  package var backOff: Duration
  /// What is left of the budget; nil when the answer does not say.
  package var budget: RateSignals.Budget?
  /// Who the sender is for the service; nil when the answer does not say.
  package var identity: String?

  package init(
    _ kind: Kind,
    pause: Duration? = nil,
    backOff: Duration = .zero,
    budget: RateSignals.Budget? = nil,
    identity: String? = nil
  ) {
    self.kind = kind
    self.pause = pause
    self.backOff = backOff
    self.budget = budget
    self.identity = identity
  }

  /// - Parameters:
  ///   - status: The answer's status; nil when no answer came.
  ///   - backOff: How long to wait after a 429 that does not say how long.
  package init(status: Int?, signals: RateSignals, backOff: Duration) {
    let kind: Kind =
      switch status {
      case 429: .blocked
      case 503: .unavailable
      case _ where signals.slowsDown: .slow
      case .some(..<500): .clean
      default: .silent
      }
    self.init(
      kind,
      pause: signals.slowsDown ? signals.pause : nil,
      backOff: backOff,
      budget: signals.budget,
      identity: signals.identity
    )
  }
}

/// Why a limiter lets a request not even wait.
package struct LimiterRefusal: Error, Sendable, Equatable {
  package enum Reason: Sendable, Equatable {
    /// The service asks for a longer wait than `crawler.limits.maxWait`, which is the value.
    case longWait(limit: Duration)
    /// So many requests in a row were refused (429), each after the pause before it was kept.
    case refusedAgain(times: Int)
  }

  package var reason: Reason
  /// How long the pause lasts, from now on.
  package var wait: Duration
}

/// Why a limiter starts no request for a while.
package enum PauseReason: Sendable, Equatable {
  /// The service said how long.
  case asked
  /// The service refused a request (429) and did not say how long.
  case throttled
  /// The service made another organization of the same identity pause.
  case shared
}

/// A time in which a limiter starts no request.
package struct LimiterPause: Sendable, Equatable {
  /// How long it lasts, from when it is told.
  package var duration: Duration
  package var reason: PauseReason

  package init(duration: Duration, reason: PauseReason) {
    self.duration = duration
    self.reason = reason
  }
}

/// The right to send one request; given back with what came of it.
package struct LimiterTicket: Sendable, Equatable {
  /// The request, by the order in which requests asked, from 1.
  package var number: Int
  /// Whose request it is.
  var line: Int
  /// How many times the limit was lowered before the request was started: what was under way when the service
  /// complained does not make the complaint worse.
  var epoch: Int
}

/// What can be seen of a limiter.
package struct LimiterSnapshot: Sendable, Equatable {
  /// Requests under way.
  package var inFlight = 0
  /// Requests that wait for their turn.
  package var waiting = 0
  /// How many may be under way at a time by now.
  package var limit = 0
  /// The pause that holds, from now on; nil when there is none.
  package var pause: LimiterPause?
  /// What the service said last of what is left of the budget, in its units; nil when it does not say, which
  /// means that there is enough.
  package var remaining: Double?
  /// Who the requests come from, as the service says it, in lower case; nil until it does.
  package var identity: String?
  /// Requests that were started since the limiter was made.
  package var requests = 0
  /// Those of them that could not start at once.
  package var waits = 0
  /// How long they waited, together.
  package var waited = Duration.zero
}
