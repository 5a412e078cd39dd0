import Foundation
import GRDB

/// The copy of a database that is made before its schema changes.
///
/// It stands beside the database as `NAME.before-VERSION.backup`, for the version that the migration ends in, and
/// is as readable as the database is. One of them is kept: the next migration makes its own and then removes it.
struct MigrationBackup {
  /// The database.
  let path: String
  /// The version of the schema that the migration ends in.
  let version: Int

  var target: String { "\(path).before-\(version).backup" }

  /// Copies the database, looks whether the copy is whole, and removes the copies of earlier migrations.
  ///
  /// - Parameter pool: The open database.
  /// - Throws: `StoreError.backupFailed`; then nothing has changed.
  func make(_ pool: DatabasePool) throws {
    if FileManager.default.fileExists(atPath: target) {
      // A migration was cut off half-way: what is there is the only copy from before it.
      if try isOlder(pool) { return }
      try remove(target)
    }
    try DatabaseCopy(source: path, target: target).make(pool)
    for earlier in earlierBackups() { try? FileManager.default.removeItem(atPath: earlier) }
  }

  /// Whether the copy that is there is whole and has an older schema than the database by now.
  private func isOlder(_ pool: DatabasePool) throws -> Bool {
    let copy = DatabaseCopy(source: path, target: target)
    guard let version = try? copy.verify() else { return false }  // A damaged one is worth nothing.
    return try pool.read { try version < Int.fetchOne($0, sql: "PRAGMA user_version") ?? 0 }
  }

  private func remove(_ file: String) throws {
    do {
      try FileManager.default.removeItem(atPath: file)
    } catch {
      throw StoreError.backupFailed(path: file, reason: "the one that is there cannot be removed")
    }
  }

  private func earlierBackups() -> [String] {
    let url = URL(filePath: path)
    let folder = url.deletingLastPathComponent().path(percentEncoded: false)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let beginning = url.lastPathComponent + ".before-"
    return names.filter { name in
      guard name.hasPrefix(beginning), name.hasSuffix(".backup") else { return false }
      let number = name.dropFirst(beginning.count).dropLast(".backup".count)
      return Int(number) != nil && Int(number) != version
    }.map { URL(filePath: folder).appending(path: $0).path(percentEncoded: false) }
  }
}

/// A copy of a database that is in use, whole and checked.
struct DatabaseCopy {
  let source: String
  let target: String

  /// - Throws: `StoreError.backupFailed` when there is no room, when the file is there already, or when the copy
  ///   is not whole; then there is no copy.
  func make(_ pool: DatabasePool) throws {
    guard !FileManager.default.fileExists(atPath: target) else {
      throw StoreError.backupFailed(path: target, reason: "there is a file of that name already")
    }
    try checkRoom(pool)
    do {
      // Not through the pool's readers: they may not write any file.
      try pool.writeWithoutTransaction { try $0.execute(sql: "VACUUM INTO ?", arguments: [target]) }
      try verify()
      // As readable as the database.
      if let mode = try FileManager.default.attributesOfItem(atPath: source)[.posixPermissions] {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: target)
      }
    } catch {
      try? FileManager.default.removeItem(atPath: target)
      if let error = error as? StoreError { throw error }
      throw StoreError.backupFailed(path: target, reason: (error as? DatabaseError)?.message ?? "\(error)")
    }
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
