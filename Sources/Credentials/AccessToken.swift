package import Settings

/// A token of an identity service and how long it may be used, counted from when it was asked for.
package struct AccessToken: Sendable, Equatable {
  package var value: Secret
  package var lifetime: Duration
  /// When the service advises to ask for a new one, counted like `lifetime`; nil when it says nothing.
  package var refreshIn: Duration?

  package init(value: Secret, lifetime: Duration, refreshIn: Duration? = nil) {
    self.value = value
    self.lifetime = lifetime
    self.refreshIn = refreshIn
  }
}

/// Why there is no token; the message names no secret.
package struct TokenFailure: Error, Sendable, Equatable {
  /// What the failure means for the next attempt (facts/azure-identity.md 0.2, 4.5).
  package enum Outcome: Sendable, Equatable {
    /// The service said no; asking again soon leads nowhere.
    case refused
    /// The service said no, but what it misses may appear within minutes.
    case unsettled
    /// The service asks for a pause of that length.
    case throttled(Duration)
    /// Network trouble or a failing service, after all attempts.
    case transient
    /// There is no such source of tokens here.
    case notAvailable
    /// Nobody waits for the token any more.
    case cancelled
  }

  package var outcome: Outcome
  /// What was expected, what came, and what helps.
  package var message: String
  /// The `AADSTS` numbers of a refusal; empty when there are none.
  package var codes: [Int]

  package init(_ outcome: Outcome, _ message: String, codes: [Int] = []) {
    self.outcome = outcome
    self.message = message
    self.codes = codes
  }
}
