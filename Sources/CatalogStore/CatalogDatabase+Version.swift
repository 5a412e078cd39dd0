import GRDBSQLite

extension CatalogDatabase {
  /// The version of SQLite as it runs: `3.40.1`.
  package static var sqliteVersion: String { String(cString: sqlite3_libversion()) }
}
