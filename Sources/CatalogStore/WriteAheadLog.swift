import Foundation
import GRDB

/// When the write-ahead log is to be made small, and when a reader is to be told of.
///
/// SQLite takes over what the log holds by itself after every few megabytes, and begins it anew when no reader needs
/// it any more. With readers that never pause it would not get to that, so it is asked to wait for them, shortly;
/// against one long question nothing helps, and the operator is told.
package struct LogRule: Sendable, Equatable {
  /// How much the log has to grow before it is tried again, in bytes.
  package var step: Int64
  /// How large it is when the operator is told, in bytes.
  package var alarm: Int64
  private var last: Int64 = 0
  private var isTold = false

  package init(step: Int64 = 32 << 20, alarm: Int64 = 256 << 20) {
    self.step = step
    self.alarm = alarm
  }

  /// Whether to try to empty a log of this size.
  package func isDue(_ size: Int64) -> Bool { size >= last + step }

  /// Takes note of how large the log is after it was tried.
  ///
  /// - Returns: Whether the operator is to be told, once for each time that it has grown so large.
  package mutating func note(_ size: Int64) -> Bool {
    last = size
    if size < alarm { isTold = false }
    guard size >= alarm, !isTold else { return false }
    isTold = true
    return true
  }
}

extension CatalogDatabase {
  /// How long emptying the log waits for readers, in milliseconds; writers wait as long.
  private static let logWait = 100

  /// The size of the write-ahead log in bytes; 0 when there is none.
  package var logSize: Int64 {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path + "-wal")
    return (attributes?[.size] as? NSNumber)?.int64Value ?? 0
  }

  /// Takes everything that the write-ahead log holds into the database and empties it, unless a reader needs it for
  /// longer than a moment: then it stays as it is.
  ///
  /// - Returns: The log's size by then, in bytes.
  @discardableResult
  package func emptyLog() async throws -> Int64 {
    // Not cut off: a crawl that is asked to stop leaves a small log too.
    try await Task { [pool] in
      try await pool.writeWithoutTransaction { db in
        try db.execute(sql: "PRAGMA busy_timeout = \(Self.logWait)")
        defer { try? db.execute(sql: "PRAGMA busy_timeout = \(Self.busyTimeout * 1000)") }
        // Readers that are in the way are not an error of the pragma, but a column of its answer.
        _ = try Row.fetchAll(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
      }
    }.value
    return logSize
  }
}
