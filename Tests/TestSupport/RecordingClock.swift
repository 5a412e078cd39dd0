/// A clock on which every wait is over at once: its time moves on by what is waited for, and by nothing else.
///
/// For tests of the whole, where it does not matter when something happens but how long it was waited for.
package final class RecordingClock: Clock, Sendable {
  package typealias Instant = ManualClock.Instant

  private struct State {
    var now = Instant()
    var waits: [Duration] = []
  }

  private let state = Locked(State())

  package init() {}

  package var now: Instant { state.withLock { $0.now } }
  package var minimumResolution: Duration { .zero }
  /// How long was waited, wait by wait; those that were over when they began are left out.
  package var waits: [Duration] { state.withLock { $0.waits } }

  package func sleep(until deadline: Instant, tolerance: Duration?) async throws {
    try Task.checkCancellation()
    state.withLock { state in
      guard deadline > state.now else { return }
      state.waits.append(state.now.duration(to: deadline))
      state.now = deadline
    }
    await Task.yield()
  }
}
