import Foundation

/// A value that is only reached with its lock held.
///
/// `Synchronization.Mutex` would do, but the thread sanitizer does not see that lock on Linux (Swift 6.3)
/// and reports races that are none.
package final class Guarded<Value>: @unchecked Sendable {
  private let lock = NSLock()
  private var value: Value

  package init(_ value: sending Value) { self.value = value }

  /// Runs `body` on the value while no one else can reach it; `body` must not block.
  package func withLock<Result>(
    _ body: (inout sending Value) throws -> sending Result
  ) rethrows -> sending Result {
    lock.lock()
    defer { lock.unlock() }
    return try body(&value)
  }
}
