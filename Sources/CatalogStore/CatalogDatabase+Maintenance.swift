import GRDB
import Migrations

extension CatalogDatabase {
  /// The version of the schema that this program reads and writes.
  package static var schemaVersion: Int { Schema.steps.count }

  /// The size of the database in bytes: its pages, those that are free included, without the WAL.
  package func size() async throws -> Int64 {
    try await pool.read { db in
      try (Int64.fetchOne(db, sql: "PRAGMA page_count") ?? 0)
        * (Int64.fetchOne(db, sql: "PRAGMA page_size") ?? 0)
    }
  }

  /// Writes a copy of the database to another file while it is in use, and looks whether the copy is whole.
  ///
  /// - Throws: `StoreError.backupFailed` when there is no room, when the file is there already, or when the copy
  ///   is not whole; then there is no copy.
  package func backUp(to target: String) throws {
    try DatabaseCopy(source: path, target: target).make(pool.connections)
  }

  /// Writes the database anew, without free pages and in the order of its tables, and counts what is in it for
  /// SQLite's choice of indexes.
  ///
  /// What relations lead to and nothing holds is worked out anew.
  ///
  /// Needs as much room again while it runs, and that no one else writes; readers go on.
  ///
  /// - Throws: `CrawlLeaseError.lost` when this database's lease is lost, and what the database throws.
  package func vacuum() async throws {
    try await pool.write { try MissingRefCheck.mend($0) }
    try await pool.writeWithoutTransaction { db in
      try db.execute(
        sql:
          """
          DELETE FROM search_key WHERE NOT EXISTS (SELECT 1 FROM search_value WHERE key_id = search_key.id)
            AND NOT EXISTS (SELECT 1 FROM search_null WHERE key_id = search_key.id)
          """
      )
      try db.execute(sql: "INSERT INTO entity_fts (entity_fts) VALUES ('optimize')")
      try db.execute(sql: "VACUUM")
      try db.execute(sql: "PRAGMA analysis_limit = 1000")
      try db.execute(sql: "ANALYZE")
      _ = try db.checkpoint(.passive)
    }
  }
}
