import Locks

/// Asks a crawl to end: what is under way is finished and stored, and nothing more begins.
///
/// The crawl's outcome is then `interrupted`; the next one of the same kind goes on with it.
package final class CrawlStop: Sendable {
  private struct State {
    var isRequested = false
    var number = 0
    var handlers: [Int: @Sendable () -> Void] = [:]
  }

  private let state = Guarded(State())

  package init() {}

  /// Asks; asking again changes nothing.
  package func request() {
    let handlers = state.withLock { state in
      let handlers = state.isRequested ? [] : Array(state.handlers.values)
      state.isRequested = true
      state.handlers = [:]
      return handlers
    }
    for handler in handlers { handler() }
  }

  package var isRequested: Bool { state.withLock { $0.isRequested } }

  /// Has something done when it is requested; at once when it was before.
  ///
  /// - Returns: What `forget` takes.
  func whenRequested(_ handler: @escaping @Sendable () -> Void) -> Int {
    let number = state.withLock { state -> Int? in
      guard !state.isRequested else { return nil }
      state.number += 1
      state.handlers[state.number] = handler
      return state.number
    }
    if number == nil { handler() }
    return number ?? 0
  }

  func forget(_ number: Int) { state.withLock { $0.handlers[number] = nil } }
}
