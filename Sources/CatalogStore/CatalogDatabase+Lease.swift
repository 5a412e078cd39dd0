package import Foundation
import GRDB

/// What a crawl begins with.
package struct CrawlStart: Sendable, Equatable {
  package var command: CrawlCommand
  /// What a refresh is limited to, as people wrote it; nil for everything.
  package var scope: String?
  /// What was asked for, in one spelling for the same thing.
  package var request: String
  /// The version of the program.
  package var program: String
  /// How old a crawl that was cut off may be to be continued, in seconds; 0 for never.
  package var resumeFor: TimeInterval

  package init(
    command: CrawlCommand,
    scope: String?,
    request: String,
    program: String,
    resumeFor: TimeInterval
  ) {
    self.command = command
    self.scope = scope
    self.request = request
    self.program = program
    self.resumeFor = resumeFor
  }
}

/// A crawl that may write.
package struct BegunCrawl: Sendable {
  package let id: Int64
  /// Whether it was cut off before and goes on now.
  package let isResumed: Bool
  /// The database as this crawl may write it.
  package let database: CatalogDatabase
}

extension CatalogDatabase {
  /// The lease as it is stored; nil when nobody writes.
  package func lease() async throws -> StoredLease? { try await pool.read(Self.lease) }

  /// Takes the lease for a change that is no crawl, and returns the database as its holder may write it.
  ///
  /// - Throws: `CrawlLeaseError.busy` when another process has it, `StoreError.newerSchema` when one has brought the
  ///   schema up to date since the database was opened.
  package func takeLease(
    _ holder: LeaseHolder,
    at now: Date,
    isAlive: @escaping @Sendable (ProcessIdentity) -> Bool = ProcessIdentity.isAlive
  ) async throws -> CatalogDatabase {
    try await pool.connections.write { [path] db in
      try Self.checkSchema(db, path: path)
      try Self.take(holder, at: now, isAlive: isAlive, db)
    }
    return holding(CrawlLease(holder: holder.id))
  }

  /// Begins a crawl, or goes on with one that was cut off.
  ///
  /// That is the last one of the same request, when it is not too old and no crawl of everything has begun since. It
  /// keeps its id, because claims count by it (decisions.md 11).
  ///
  /// - Throws: `CrawlLeaseError.busy` when another process crawls, `StoreError.newerSchema` when one has brought the
  ///   schema up to date since the database was opened.
  package func begin(
    _ start: CrawlStart,
    as holder: LeaseHolder,
    at now: Date,
    isAlive: @escaping @Sendable (ProcessIdentity) -> Bool = ProcessIdentity.isAlive
  ) async throws -> BegunCrawl {
    let (id, isResumed) = try await pool.connections.write { [path] db in
      try Self.checkSchema(db, path: path)
      let resumed = try Self.resumable(start, at: now, db)
      try Self.take(holder, at: now, isAlive: isAlive, db)
      let id = try resumed ?? Self.insertCrawl(start, at: now, db)
      if resumed != nil {
        try db.execute(
          sql: "UPDATE crawl SET outcome = 'running', ended_at = NULL, program = ? WHERE id = ?",
          arguments: [start.program, id]
        )
      }
      try db.execute(sql: "UPDATE crawl_lease SET crawl_id = ?", arguments: [id])
      return (id, resumed != nil)
    }
    let lease = CrawlLease(holder: holder.id, crawl: id, isResumed: isResumed)
    return BegunCrawl(id: id, isResumed: isResumed, database: holding(lease))
  }

  /// Says that the holder of this database's lease is still there.
  ///
  /// - Returns: Whether it has the lease; else the work has just ended.
  /// - Throws: `CrawlLeaseError.lost` when another process has taken over.
  package func renewLease(at now: Date) async throws -> Bool {
    guard let holder = pool.lease?.holder else { return false }
    return try await pool.connections.write { db in
      try db.execute(
        sql: "UPDATE crawl_lease SET expires_at = ? WHERE holder = ?",
        arguments: [Timestamp.text(now.addingTimeInterval(CrawlLease.term)), holder]
      )
      if db.changesCount > 0 { return true }
      guard try Self.lease(db) == nil else { throw CrawlLeaseError.lost }
      return false
    }
  }

  /// Gives the lease of this database back; nothing happens when it is lost.
  package func releaseLease() async throws {
    guard let holder = pool.lease?.holder else { return }
    let connections = pool.connections
    // A task of its own, which is waited for: also a command that is cancelled gives it back.
    try await Task {
      try await connections.write { db in
        try db.execute(sql: "DELETE FROM crawl_lease WHERE holder = ?", arguments: [holder])
      }
    }.value
  }

  /// What the crawl of this database's lease has visited of an organization before it was cut off; nil when it was
  /// not.
  package func visited(_ organization: Int64) async throws -> VisitedFiles? {
    guard let crawl = pool.lease?.resumedCrawl else { return nil }
    return try await pool.read { db in
      let through = try Int64.fetchOne(
        db,
        sql: "SELECT visited_through FROM crawl_organization WHERE crawl_id = ? AND organization_id = ?",
        arguments: [crawl, organization]
      )
      return VisitedFiles(crawl: crawl, through: through ?? 0)
    }
  }

  /// A process that runs for long must not go on with what it knows of the tables once they are others: a newer program
  /// changes them when nobody has the lease.
  private static func checkSchema(_ db: Database, path: String) throws {
    let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
    guard version <= schemaVersion else {
      throw StoreError.newerSchema(path: path, version: version, expected: schemaVersion)
    }
  }

  private func holding(_ lease: CrawlLease) -> CatalogDatabase {
    CatalogDatabase(
      path: path,
      pool: CatalogPool(connections: pool.connections, lease: lease),
      migrationBackup: migrationBackup
    )
  }

  static func take(
    _ holder: LeaseHolder,
    at now: Date,
    isAlive: (ProcessIdentity) -> Bool,
    _ db: Database
  ) throws {
    if case .busy(let lease) = LeaseDecision.decide(try lease(db), for: holder, at: now, isAlive: isAlive) {
      throw CrawlLeaseError.busy(lease)
    }
    try storeLease(holder, crawl: nil, from: now, until: now.addingTimeInterval(CrawlLease.term), db)
  }

  static func storeLease(
    _ holder: LeaseHolder,
    crawl: Int64?,
    from begin: Date,
    until end: Date,
    _ db: Database
  ) throws {
    try db.execute(
      sql: """
        INSERT OR REPLACE INTO crawl_lease (id, crawl_id, holder, machine, pid, process_started, since, expires_at)
        VALUES (1, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        crawl, holder.id, holder.process.machine, holder.process.pid, holder.process.started,
        Timestamp.text(begin), Timestamp.text(end),
      ]
    )
  }

  static func lease(_ db: Database) throws -> StoredLease? {
    let row = try Row.fetchOne(
      db,
      sql: "SELECT crawl_id, holder, machine, pid, process_started, since, expires_at FROM crawl_lease"
    )
    guard let row else { return nil }
    return StoredLease(
      crawl: row[0],
      holder: LeaseHolder(
        id: row[1],
        process: ProcessIdentity(machine: row[2], pid: row[3], started: row[4])
      ),
      // A time that cannot be read is long over.
      since: Timestamp.date(row[5]) ?? .distantPast,
      expiresAt: Timestamp.date(row[6]) ?? .distantPast
    )
  }

  private static func resumable(_ start: CrawlStart, at now: Date, _ db: Database) throws -> Int64? {
    try Int64.fetchOne(
      db,
      sql: """
        SELECT id FROM crawl c
        WHERE id = (SELECT max(id) FROM crawl WHERE request = ?1) AND outcome IN ('running', 'interrupted')
          AND started_at > ?2
          AND NOT EXISTS (SELECT 1 FROM crawl WHERE id > c.id AND command = 'sync')
        """,
      arguments: [start.request, Timestamp.text(now.addingTimeInterval(-start.resumeFor))]
    )
  }

  static func insertCrawl(_ start: CrawlStart, at now: Date, _ db: Database) throws -> Int64 {
    try db.execute(
      sql: """
        INSERT INTO crawl (command, scope, request, program, started_at, outcome)
        VALUES (?, ?, ?, ?, ?, 'running')
        """,
      arguments: [
        start.command.rawValue, start.scope, start.request, start.program, Timestamp.text(now),
      ]
    )
    return db.lastInsertedRowID
  }
}
