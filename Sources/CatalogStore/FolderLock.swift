import Foundation

/// One process at a time makes or changes the schema of a database: a lock on its folder, which the system takes
/// back from a process that dies.
///
/// The database's own locks are not enough: while the mode of a new file is being set, a second process is refused at
/// once and does not wait.
enum FolderLock {
  /// Waits until nobody else has the lock, and does the work with it.
  ///
  /// Where a folder cannot be locked, as on some network file systems, the work is done without.
  static func holding<Value>(_ folder: String, _ work: () throws -> Value) rethrows -> Value {
    let descriptor = open(folder, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return try work() }
    defer { close(descriptor) }  // gives the lock back
    while flock(descriptor, LOCK_EX) != 0, errno == EINTR {}
    return try work()
  }
}
