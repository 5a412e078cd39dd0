import Settings
import TestSupport

@testable import Credentials

/// Hands out tokens `1`, `2` and so on, or failures, and counts.
final class TokenSource: Sendable {
  private struct State {
    var count = 0
    var failure: TokenFailure?
    var isCancelled = false
  }

  private let state = Locked(State())
  let life: Duration
  let refreshIn: Duration?
  /// What fetches wait for; nil when they do not.
  let gate: Gate?
  /// The first fetch that waits.
  let gatedFrom: Int

  init(life: Duration, refreshIn: Duration? = nil, gate: Gate? = nil, gatedFrom: Int = 1) {
    (self.life, self.refreshIn, self.gate, self.gatedFrom) = (life, refreshIn, gate, gatedFrom)
  }

  var count: Int { state.withLock { $0.count } }
  var wasCancelled: Bool { state.withLock { $0.isCancelled } }

  /// From now on every fetch fails, or with nil succeeds.
  func fail(_ failure: TokenFailure?) { state.withLock { $0.failure = failure } }

  func fetch() async throws(TokenFailure) -> AccessToken {
    let count = state.withLock { state in
      state.count += 1
      return state.count
    }
    if count >= gatedFrom { await gate?.wait() }
    if Task.isCancelled { state.withLock { $0.isCancelled = true } }
    if let failure = state.withLock({ $0.failure }) { throw failure }
    return AccessToken(value: Secret("\(count)"), lifetime: life, refreshIn: refreshIn)
  }
}

extension TokenCache {
  /// Waits until that many callers wait.
  func waitForWaiters(_ count: Int) async throws {
    try await until { waiterCount >= count }
  }

  /// Waits until no token is being asked for.
  func waitUntilIdle() async throws {
    try await until { !isFetching }
  }
}
