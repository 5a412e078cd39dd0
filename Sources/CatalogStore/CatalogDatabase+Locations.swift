package import Catalog
package import Foundation
import GRDB

/// An address that is read besides what the rules find.
package struct StoredLocation: Sendable, Equatable {
  package var id: Int64
  package var source: FileOrigin.Source
  package var type: LocationType
  package var address: FileAddress
  /// When it was registered, or first seen in the settings; as the database writes it.
  package var since: String
}

extension CatalogDatabase {
  /// Makes the locations of the settings these; ones that stood there before go, and the files that only they
  /// led to are orphans when the crawl is over.
  ///
  /// - Parameter faults: What is wrong with those that cannot be used: warnings of what stands for this machine.
  package func setSettingsLocations(
    _ locations: [(type: LocationType, address: FileAddress)],
    faults: [ReadFailure] = [],
    at now: Date
  ) async throws {
    let now = Timestamp.text(now)
    try await pool.write { db in
      let known = try Self.locations(db).filter { $0.source == .settings }
      for location in known
      where !locations.contains(where: {
        $0.type == location.type && $0.address.text == location.address.text
      }) {
        try db.execute(sql: "DELETE FROM location WHERE id = ?", arguments: [location.id])
      }
      for (type, address) in locations {
        try Self.insert(.settings, type, address, db, now: now)
      }
      try Self.replaceFaults(faults, db, now: now)
    }
  }

  private static func replaceFaults(_ faults: [ReadFailure], _ db: Database, now: String) throws {
    let place = FileAddress.local("")
    if !faults.isEmpty {
      try db.execute(
        sql: "INSERT OR IGNORE INTO organization (host, name) VALUES (?, ?)",
        arguments: [place.host, place.organization]
      )
    }
    let organization = try Int64.fetchOne(
      db,
      sql: "SELECT id FROM organization WHERE host = ? AND name = ?",
      arguments: [place.host, place.organization]
    )
    guard let organization else { return }
    let problems = faults.map { fault in
      var problem = StoredProblem(fault)
      problem.severity = "warning"
      return problem
    }
    try ProblemOwner(organization: organization).replace(class: .content, with: problems, db, at: now)
  }

  /// Registers a location.
  ///
  /// - Returns: Its id, and whether it was not registered before.
  package func register(
    _ type: LocationType,
    _ address: FileAddress,
    at now: Date
  ) async throws -> (id: Int64, isNew: Bool) {
    let now = Timestamp.text(now)
    return try await pool.write { db in
      let isNew = try Self.insert(.registered, type, address, db, now: now)
      let id = try Int64.fetchOne(
        db,
        sql: "SELECT id FROM location WHERE source = 'registered' AND type = ? AND target = ?",
        arguments: [type.rawValue, address.text]
      )
      return (id ?? 0, isNew)
    }
  }

  /// Takes a registered location back, and removes what only it led to: an operator has said so.
  ///
  /// - Returns: How many entities were removed; nil when no such location is registered.
  package func unregister(_ type: LocationType, _ address: String, at now: Date) async throws -> Int? {
    let now = Timestamp.text(now)
    return try await pool.write { db in
      let arguments: StatementArguments = [type.rawValue, address]
      let id = try Int64.fetchOne(
        db,
        sql: "SELECT id FROM location WHERE source = 'registered' AND type = ? AND target = ?",
        arguments: arguments
      )
      guard let id else { return nil }
      let orphans = OrphanSweep(db: db, now: now)
      let before = try orphans.unreachedFiles()
      try db.execute(sql: "DELETE FROM location WHERE id = ?", arguments: [id])
      let removed = try orphans.removeFiles(try orphans.unreachedFiles().subtracting(before))
      try ChangeJournal(db: db, crawl: nil, now: now).write()
      return removed
    }
  }

  /// All locations, by their targets.
  package func locations() async throws -> [StoredLocation] { try await pool.read(Self.locations) }

  private static func locations(_ db: Database) throws -> [StoredLocation] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT l.id, l.source, l.type, l.target, t.host, t.organization, l.since
        FROM location l JOIN location_target t ON t.location_id = l.id ORDER BY l.target, l.source
        """
    ).compactMap { row in
      guard let source = FileOrigin.Source(rawValue: row[1]), let type = LocationType(rawValue: row[2]) else {
        return nil
      }
      return StoredLocation(
        id: row[0],
        source: source,
        type: type,
        address: FileAddress(text: row[3], host: row[4], organization: row[5]),
        since: row[6]
      )
    }
  }

  /// - Returns: Whether it was not there.
  @discardableResult
  private static func insert(
    _ source: FileOrigin.Source,
    _ type: LocationType,
    _ address: FileAddress,
    _ db: Database,
    now: String
  ) throws -> Bool {
    try db.execute(
      sql: "INSERT OR IGNORE INTO location (source, type, target, since) VALUES (?, ?, ?, ?)",
      arguments: [source.rawValue, type.rawValue, address.text, now]
    )
    guard db.changesCount > 0 else { return false }
    try db.execute(
      sql: """
        INSERT INTO location_target (location_id, position, target, type, address, host, organization, is_required)
        VALUES (?, 0, ?, ?, ?, ?, ?, 1)
        """,
      arguments: [
        db.lastInsertedRowID, address.text, type.rawValue, address.text, address.host, address.organization,
      ]
    )
    return true
  }
}
