package import AzureDevOps
import Credentials
import Foundation
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

  /// The same, to be looked at.
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
  /// The pacing of an organization, whose pauses those who watch are told of.
  func pacing(host: String, name: String) -> RequestPacing {
    let credential = CredentialTable(settings).credential(host: host, organization: name)
    let key = LimiterKey(
      host: host,
      organization: name,
      identity: credential.map { "\($0.id)" }
    )
    return pacing(key) { [observe, now] pause in
      let seconds = Double(pause.duration.components.seconds)
      observe(
        .paused(
          organization: name,
          pause.duration,
          until: now().addingTimeInterval(seconds),
          reason: pause.reason
        )
      )
    }
  }
}
