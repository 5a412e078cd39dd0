import GRDB
import GRDBSQLite
import Migrations

extension CatalogDatabase {
  /// Looks whether the database can be read, is the file at its path still, and has this program's schema.
  ///
  /// - Throws: `StoreError.cannotOpen` when the file was moved or deleted, which the process that has it open would
  ///   not notice; `StoreError.newerSchema` and `StoreError.olderSchema` for another schema; and what SQLite says when
  ///   it cannot be read.
  package func checkReadable() async throws {
    let (version, isMoved) = try await pool.read { db in
      var isMoved: Int32 = 0
      sqlite3_file_control(db.sqliteConnection, "main", SQLITE_FCNTL_HAS_MOVED, &isMoved)
      return (try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0, isMoved != 0)
    }
    guard !isMoved else {
      throw StoreError.cannotOpen(path: path, reason: "the file was moved or deleted while it was in use")
    }
    let expected = Schema.steps.count
    guard version <= expected else {
      throw StoreError.newerSchema(path: path, version: version, expected: expected)
    }
    guard version == expected else {
      throw StoreError.olderSchema(path: path, version: version, expected: expected)
    }
  }
}
