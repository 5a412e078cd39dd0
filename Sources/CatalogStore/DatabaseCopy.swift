import Foundation
import GRDB

/// A copy of a database that is in use, whole and checked.
///
/// It is written beside its place, as `NAME.part`, and gets its name when it is whole: what has the name of a copy is
/// one, also after the process was killed.
struct DatabaseCopy {
  let source: String
  let target: String

  private var part: String { target + ".part" }

  /// - Throws: `StoreError.backupFailed` when there is no room, when the file is there already, or when the copy
  ///   is not whole; then there is no copy.
  func make(_ pool: DatabasePool) throws {
    guard !FileManager.default.fileExists(atPath: target) else {
      throw StoreError.backupFailed(path: target, reason: "there is a file of that name already")
    }
    try checkRoom(pool)
    let descriptor = try openPart()
    // At the end: to close any descriptor of a file gives back the locks that SQLite has on it.
    defer { close(descriptor) }
    do {
      // Not through the pool's readers: they may not write any file.
      try pool.writeWithoutTransaction { try $0.execute(sql: "VACUUM INTO ?", arguments: [part]) }
      try DatabaseCopy(source: source, target: part).verify()
      // SQLite leaves that to the system: what has its name must be there after a power cut.
      guard fsync(descriptor) == 0 else { throw failure(String(cString: strerror(errno))) }
      try FileManager.default.moveItem(atPath: part, toPath: target)
    } catch {
      try? FileManager.default.removeItem(atPath: part)
      if case .backupFailed(_, let reason)? = error as? StoreError { throw failure(reason) }
      throw failure((error as? DatabaseError)?.message ?? "\(error)")
    }
  }

  private func failure(_ reason: String) -> StoreError { .backupFailed(path: target, reason: reason) }

  /// An empty file for the copy, as readable as the database from its beginning on.
  ///
  /// What a copy that was cut off has left is written over.
  ///
  /// - Returns: Open, and locked against others who make the same copy.
  private func openPart() throws -> Int32 {
    let descriptor = open(part, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw failure(String(cString: strerror(errno))) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK else {
      close(descriptor)
      throw failure("another process writes it")
    }
    var attributes = stat()
    guard fchmod(descriptor, 0o600) == 0, ftruncate(descriptor, 0) == 0, stat(source, &attributes) == 0 else {
      let reason = String(cString: strerror(errno))
      close(descriptor)
      throw failure(reason)
    }
    // The group's right to read is worth nothing, or too much, for another group.
    let isSameGroup =
      fchown(descriptor, attributes.st_uid, attributes.st_gid) == 0 || isOf(attributes.st_gid, descriptor)
    fchmod(descriptor, attributes.st_mode & (isSameGroup ? 0o666 : 0o606))
    return descriptor
  }

  private func isOf(_ group: gid_t, _ descriptor: Int32) -> Bool {
    var attributes = stat()
    return fstat(descriptor, &attributes) == 0
      && (attributes.st_gid == group || fchown(descriptor, uid_t.max, group) == 0)
  }

  private func checkRoom(_ pool: DatabasePool) throws {
    let needed = try pool.read { db in
      try (Int64.fetchOne(db, sql: "PRAGMA page_count") ?? 0)
        * (Int64.fetchOne(db, sql: "PRAGMA page_size") ?? 0)
    }
    let folder = URL(filePath: target).deletingLastPathComponent().path(percentEncoded: false)
    let free = try? FileManager.default.attributesOfFileSystem(forPath: folder)[.systemFreeSize] as? NSNumber
    if let reason = Self.shortage(needed: needed, free: free?.int64Value) {
      throw StoreError.backupFailed(path: target, reason: reason)
    }
  }

  /// Why there is too little room for a copy of so many bytes; nil when there is enough, or nobody knows.
  static func shortage(needed: Int64, free: Int64?) -> String? {
    guard let free, free < needed else { return nil }
    let megabyte: Int64 = 1 << 20
    return "it needs \((needed + megabyte - 1) / megabyte) MB and the disk has \(free / megabyte) MB free"
  }

  /// - Returns: The version of the copy's schema.
  @discardableResult
  func verify() throws -> Int {
    var configuration = Configuration()
    configuration.readonly = true
    let copy = try DatabaseQueue(path: target, configuration: configuration)
    let (answer, application, version) = try copy.read { db in
      (
        try String.fetchOne(db, sql: "PRAGMA quick_check(1)"),
        try Int.fetchOne(db, sql: "PRAGMA application_id"),
        try Int.fetchOne(db, sql: "PRAGMA user_version")
      )
    }
    guard answer == "ok", application == CatalogDatabase.applicationID else {
      throw StoreError.backupFailed(path: target, reason: "the copy is damaged: \(answer ?? "it is empty")")
    }
    return version ?? 0
  }
}
