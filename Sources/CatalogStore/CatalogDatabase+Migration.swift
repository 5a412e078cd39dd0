import GRDB
import Migrations

extension CatalogDatabase {
  /// What a change of the schema does besides its `.sql` file, in the same transaction, by the file's name.
  private static let followUps: [String: @Sendable (Database) throws -> Void] = [
    "0005_keep_history": SearchRowWriter.fill
  ]

  /// Brings the schema up to date, each change in a transaction of its own, after a backup that was checked.
  ///
  /// - Returns: The file of the backup; nil when the schema was up to date already, or the database was empty.
  static func migrate(_ pool: DatabasePool, path: String) throws -> String? {
    let migrator = migrator()
    let pending = try pool.read { db in
      try (
        isNew: Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") == 0,
        isComplete: migrator.hasCompletedMigrations(db)
      )
    }
    guard !pending.isComplete else { return nil }
    let backup = pending.isNew ? nil : MigrationBackup(path: path, version: Schema.steps.count)
    try backup?.make(pool)
    try migrator.migrate(pool)
    return backup?.target
  }

  private static func migrator() -> DatabaseMigrator {
    var migrator = DatabaseMigrator()
    for (index, step) in Schema.steps.enumerated() {
      migrator.registerMigration(step.name) { db in
        try db.execute(sql: step.sql)
        try followUps[step.name]?(db)
        try db.execute(sql: "PRAGMA application_id = \(applicationID)")
        try db.execute(sql: "PRAGMA user_version = \(index + 1)")
      }
    }
    return migrator
  }
}
