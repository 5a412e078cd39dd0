import Foundation

/// A value behind a lock, for the state that every request shares.
///
/// The one unchecked conformance of the module: the lock is what makes it safe. NSLock, because the
/// thread sanitizer does not see what `Synchronization.Mutex` does on Linux.
final class Guarded<Value: Sendable>: @unchecked Sendable {
  private let lock = NSLock()
  private var value: Value

  init(_ value: Value) {
    self.value = value
  }

  /// Runs `body` while nobody else has the value.
  ///
  /// `body` must not come back here.
  func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
    lock.lock()
    defer { lock.unlock() }
    return try body(&value)
  }
}
