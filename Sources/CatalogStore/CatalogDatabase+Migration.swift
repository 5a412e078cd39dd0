import Foundation
import GRDB
import Migrations

extension CatalogDatabase {
  /// What a change of the schema does besides its `.sql` file, in the same transaction, by the file's name.
  private static let followUps: [String: @Sendable (Database) throws -> Void] = [
    "0005_keep_history": SearchRowWriter.fill
  ]

  /// Brings the schema up to date, each change in a transaction of its own, after a backup that was checked.
  ///
  /// It holds the lease meanwhile, where the schema has one.
  ///
  /// - Returns: The file of the backup; nil when the schema was up to date already, or the database was empty.
  /// - Throws: `CrawlLeaseError` when another process has the lease, or has taken it; then the changes that were made
  ///   before stay. `ServiceRunningError` when a service runs with the database, whether or not it crawls at the moment.
  static func migrate(_ pool: DatabasePool, path: String) throws -> String? {
    let lease = MigrationLease()
    let migrator = migrator(lease)
    let pending = try pool.read { db in
      try (
        isNew: Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") == 0,
        isComplete: migrator.hasCompletedMigrations(db)
      )
    }
    guard !pending.isComplete else { return nil }
    if pending.isNew {
      try migrator.migrate(pool)
      return nil
    }
    let backup = MigrationBackup(path: path, version: Schema.steps.count)
    try pool.write { try lease.take($0) }
    do {
      try backup.make(pool)
      // The copy may have taken longer than a lease holds.
      try pool.write { try lease.take($0) }
      try migrator.migrate(pool)
    } catch {
      try? pool.write { try lease.release($0) }  // What failed is told; a lease that is left ends by itself.
      throw error
    }
    try pool.write { try lease.release($0) }
    return backup.target
  }

  private static func migrator(_ lease: MigrationLease) -> DatabaseMigrator {
    var migrator = DatabaseMigrator()
    for (index, step) in Schema.steps.enumerated() {
      migrator.registerMigration(step.name) { db in
        try lease.check(db)
        try db.execute(sql: step.sql)
        try followUps[step.name]?(db)
        try db.execute(sql: "PRAGMA application_id = \(applicationID)")
        try db.execute(sql: "PRAGMA user_version = \(index + 1)")
        try lease.renew(db)
      }
    }
    return migrator
  }
}

/// The lease of a process that changes the schema; nothing where the schema is too old to have one, and in a new
/// database.
struct MigrationLease {
  private let holder = LeaseHolder()

  /// - Throws: `CrawlLeaseError.busy` when another process has it; `ServiceRunningError` when a service of the version
  ///   before runs: its next crawl would go on with what it knows of the tables.
  func take(_ db: Database) throws {
    guard try db.tableExists("crawl_lease") else { return }
    if try db.tableExists("crawl_service"), let service = try CatalogDatabase.service(db),
      service.isRunning(at: Date())
    {
      throw ServiceRunningError(service: service)
    }
    try CatalogDatabase.take(holder, at: Date(), isAlive: ProcessIdentity.isAlive, db)
  }

  /// - Throws: `CrawlLeaseError.busy` when another process has taken it meanwhile.
  func check(_ db: Database) throws {
    guard try db.tableExists("crawl_lease"), let stored = try CatalogDatabase.lease(db) else { return }
    guard stored.holder.id == holder.id else { throw CrawlLeaseError.busy(stored) }
  }

  /// At the end of a step, which may take longer than a lease holds: nobody can take it before.
  func renew(_ db: Database) throws {
    guard try db.tableExists("crawl_lease") else { return }
    try db.execute(
      sql: "UPDATE crawl_lease SET expires_at = ? WHERE holder = ?",
      arguments: [Timestamp.text(Date().addingTimeInterval(CrawlLease.term)), holder.id]
    )
  }

  func release(_ db: Database) throws {
    guard try db.tableExists("crawl_lease") else { return }
    try db.execute(sql: "DELETE FROM crawl_lease WHERE holder = ?", arguments: [holder.id])
  }
}
