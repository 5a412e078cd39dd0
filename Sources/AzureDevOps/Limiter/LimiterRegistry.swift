import Locks

/// Whose requests a limiter limits (decisions.md 15).
package struct LimiterKey: Sendable, Hashable {
  /// In lower case, with the port if there is one.
  package var host: String
  /// In lower case.
  package var organization: String
  /// Who sends the requests, as far as it is known before the first answer, such as the credential; the
  /// service's own name for it (`X-VSS-UserData`) is in the limiter once an answer told it.
  package var identity: String?

  package init(host: String, organization: String, identity: String? = nil) {
    self.host = host.lowercased()
    self.organization = organization.lowercased()
    self.identity = identity
  }
}

/// Gives everybody who asks for the same organization the same limiter.
///
/// Kept for the life of the process: a pause outlives the crawl that met it.
package final class LimiterRegistry<C: Clock<Duration>>: Sendable {
  private struct State {
    var limiters: [LimiterKey: RateLimiter<C>] = [:]
    /// By service: a name on a server of one's own is not the same identity elsewhere.
    var pauses: [String: SharedPauses<C>] = [:]
  }

  private let rules: LimiterRules
  private let sharesPauses: Bool
  private let clock: C
  private let jitter: @Sendable () -> Double
  private let state = Guarded(State())

  /// - Parameters:
  ///   - sharesPauses: `crawler.limits.shareIdentityPause`: whether a pause holds for all organizations of the
  ///     identity.
  ///   - jitter: A number from 0 to 1 that spreads waits.
  package init(
    _ rules: LimiterRules,
    sharesPauses: Bool = false,
    clock: C,
    jitter: @escaping @Sendable () -> Double = { Double.random(in: 0...1) }
  ) {
    self.rules = rules
    self.sharesPauses = sharesPauses
    self.clock = clock
    self.jitter = jitter
  }

  /// The limiter of an organization; the same one for the same key.
  package func limiter(for key: LimiterKey) -> RateLimiter<C> {
    state.withLock { state in
      if let limiter = state.limiters[key] { return limiter }
      let isCloud = key.host == "dev.azure.com" || key.host.hasSuffix(".visualstudio.com")
      let service = isCloud ? "" : key.host
      var pauses: SharedPauses<C>?
      if sharesPauses {
        pauses = state.pauses[service] ?? SharedPauses()
        state.pauses[service] = pauses
      }
      let limiter = RateLimiter(rules, clock: clock, jitter: jitter, shared: pauses)
      state.limiters[key] = limiter
      return limiter
    }
  }

  /// What can be seen of all limiters at this moment, by host and organization.
  package var snapshots: [(key: LimiterKey, snapshot: LimiterSnapshot)] {
    get async {
      var snapshots: [(key: LimiterKey, snapshot: LimiterSnapshot)] = []
      for (key, limiter) in state.withLock({ $0.limiters }) {
        snapshots.append((key, await limiter.snapshot))
      }
      return snapshots.sorted { ($0.key.host, $0.key.organization) < ($1.key.host, $1.key.organization) }
    }
  }

  /// How one crawl sends its requests to an organization: by the organization's limiter, and repeated by the
  /// rule of the settings' longest wait.
  ///
  /// - Parameter onPause: Told of pauses while the crawl has requests that wait or are under way.
  package func pacing(
    for key: LimiterKey,
    onPause: @escaping @Sendable (LimiterPause) -> Void = { _ in }
  ) -> RequestPacing {
    RequestPacing(
      limiter: limiter(for: key),
      line: LimiterLine(onPause: onPause),
      retry: RetryRule(maxWait: rules.maxWait),
      clock: clock,
      jitter: jitter
    )
  }
}

/// Gives a crawl the pacing of an organization, the same limiter for the same key.
///
/// - Parameter onPause: Told of pauses while the crawl has requests that wait or are under way.
package typealias PacingSource =
  @Sendable (_ key: LimiterKey, _ onPause: @escaping @Sendable (LimiterPause) -> Void) -> RequestPacing
