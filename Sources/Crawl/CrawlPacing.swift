package import AzureDevOps
import Credentials
import Foundation
import Locks
package import Settings

extension ProgramSettings {
  /// The limiters of a process, as `crawler.concurrency` and `crawler.limits` want them.
  ///
  /// Made once and given to every crawl: a pause outlives the crawl that met it.
  ///
  /// - Parameters:
  ///   - clock: What waits are measured by.
  ///   - jitter: A number from 0 to 1 that spreads waits.
  package func pacing<C: Clock<Duration>>(
    clock: C = ContinuousClock(),
    jitter: @escaping @Sendable () -> Double = { Double.random(in: 0...1) }
  ) -> PacingSource {
    let registry = limiters(clock: clock, jitter: jitter)
    return { key, onPause in registry.pacing(for: key, onPause: onPause) }
  }

  /// As `pacing`, for those who want to look at the limiters too.
  package func limiters<C: Clock<Duration>>(
    clock: C = ContinuousClock(),
    jitter: @escaping @Sendable () -> Double = { Double.random(in: 0...1) }
  ) -> LimiterRegistry<C> {
    LimiterRegistry(
      LimiterRules(
        concurrency: concurrency,
        requestsPerMinute: limits.requestsPerMinute,
        maxWait: limits.maxWait
      ),
      sharesPauses: limits.shareIdentityPause,
      clock: clock,
      jitter: jitter
    )
  }
}

extension Crawler.Environment {
  /// The pacing of an organization, whose pauses are counted and told to those who watch.
  func pacing(host: String, name: String, counting traffic: Guarded<Traffic>) -> RequestPacing {
    let credential = CredentialTable(settings).credential(host: host, organization: name)
    let key = LimiterKey(
      host: host,
      organization: name,
      identity: credential.map { "\($0.id)" }
    )
    return pacing(key) { [observe, now] pause in
      let now = now()
      let end = now.addingTimeInterval(pause.duration / .seconds(1))
      traffic.withLock { $0.pauses.add(from: now, to: end) }
      observe(.paused(organization: name, pause.duration, until: end, reason: pause.reason))
    }
  }
}
