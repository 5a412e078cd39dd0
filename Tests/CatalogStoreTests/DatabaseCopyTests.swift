import Foundation
import GRDB
import GRDBSQLite
import TestSupport
import Testing

@testable import CatalogStore

/// Copies of a database while they are written.
struct DatabaseCopyTests {
  /// The modes of the files beside the database that were seen while a copy was written, as texts in octal.
  private static let modes = Locked<Set<String>>([])
  /// The folder of the database.
  private static let place = Locked<String>("")

  @Test func `a copy is never more readable than the database, also while it is written`() async throws {
    let world = try await StoredWorld(repositories: 1)
    try await world.store(StoredWorld.component("api"), in: 0)
    let path = world.database.path
    for suffix in ["", "-wal", "-shm"] {
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path + suffix)
    }
    let folder = URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false)
    Self.place.withLock { $0 = folder }
    try await world.database.pool.writeWithoutTransaction { db in
      sqlite3_progress_handler(
        db.sqliteConnection,
        1,
        { _ in
          DatabaseCopyTests.look()
          return 0
        },
        nil
      )
    }

    try world.database.backUp(to: folder + "/copy")

    Self.look()
    #expect(Self.modes.withLock { $0 } == ["600"])
  }

  private static func look() {
    let folder = place.withLock { $0 }
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    where !name.hasPrefix("catalog.sqlite") {
      let attributes = try? FileManager.default.attributesOfItem(atPath: folder + "/" + name)
      guard let mode = attributes?[.posixPermissions] as? Int else { continue }
      _ = modes.withLock { $0.insert(String(mode, radix: 8)) }
    }
  }

  @Test func `what a copy that was cut off has left is written over, and is no copy`() async throws {
    let world = try await StoredWorld(repositories: 1)
    let target = world.folder.path("copy")
    try world.folder.write("half of it", to: "copy.part")

    try world.database.backUp(to: target)

    #expect(
      try DatabaseCopy(source: world.database.path, target: target).verify() == CatalogDatabase.schemaVersion
    )
    #expect(!FileManager.default.fileExists(atPath: target + ".part"))
  }

  @Test func `two copies to one file at a time are refused`() async throws {
    let world = try await StoredWorld(repositories: 1)
    let target = world.folder.path("copy")
    try world.folder.write("", to: "copy.part")
    let other = open(target + ".part", O_RDWR)
    defer { close(other) }
    #expect(flock(other, LOCK_EX) == 0)

    let error = #expect(throws: StoreError.self) { try world.database.backUp(to: target) }

    #expect(error?.description.contains("another process writes it") == true)
    #expect(FileManager.default.fileExists(atPath: target + ".part"))
    #expect(!FileManager.default.fileExists(atPath: target))
  }
}
