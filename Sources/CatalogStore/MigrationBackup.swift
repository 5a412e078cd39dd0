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
