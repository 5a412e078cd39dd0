package import Catalog
package import Foundation
import GRDB

/// A location that was registered, as the API knows it.
package struct RegisteredLocation: Sendable, Equatable {
  package var id: Int64
  /// `url` or `file`.
  package var type: String
  package var target: String

  package init(id: Int64, type: String, target: String) {
    self.id = id
    self.type = type
    self.target = target
  }
}

extension CatalogReader {
  /// The registered locations in the order of their ids.
  ///
  /// - Parameters:
  ///   - id: Only those with a larger one.
  ///   - limit: How many at most; nil for all.
  package func locations(after id: Int64 = 0, limit: Int? = nil) async throws -> [RegisteredLocation] {
    try await read { db in
      try Self.locations(
        "l.source = 'registered' AND l.id > ? ORDER BY l.id LIMIT ?",
        [.integer(id), .integer(Int64(limit ?? -1))],
        db
      )
    }
  }

  /// The registered location with this id; nil when there is none.
  package func location(_ id: Int64) async throws -> RegisteredLocation? {
    try await read { db in
      try Self.locations("l.source = 'registered' AND l.id = ?", [.integer(id)], db).first
    }
  }

  /// The registered location at an address; nil when it is not registered.
  package func location(type: String, target: String) async throws -> RegisteredLocation? {
    try await read { db in
      let values: [SQLValue] = [.text(type), .text(target)]
      return try Self.locations("l.source = 'registered' AND l.type = ? AND l.target = ?", values, db).first
    }
  }

  /// The registered location where the chain began that led to an entity; nil when there is no such entity or it was
  /// found in another way.
  package func location(ofEntity ref: EntityRef) async throws -> RegisteredLocation? {
    let ref = ref.description
    return try await read { db in
      try Self.locations(
        """
        l.source = 'registered' AND (l.type, l.target) IN (
          SELECT substr(f.origin, 1, instr(f.origin, ':') - 1), substr(f.origin, instr(f.origin, ':') + 1)
          FROM entity e JOIN file f ON f.id = e.file_id
          WHERE e.ref = ? AND e.is_holder = 1 AND f.origin_source = 'registered')
        """,
        [.text(ref)],
        db
      ).first
    }
  }

  private static func locations(
    _ condition: String,
    _ values: [SQLValue],
    _ db: Database
  ) throws -> [RegisteredLocation] {
    var locations: [RegisteredLocation] = []
    try db.rows("SELECT l.id, l.type, l.target FROM location l WHERE \(condition)", values) { row in
      locations.append(RegisteredLocation(id: row.integer(0), type: row.string(1), target: row.string(2)))
      return true
    }
    return locations
  }
}

extension CatalogDatabase {
  /// Removes the entity with this uid, as an operator has said; nothing when there is none.
  ///
  /// Its file is read anew by the next visit, and what stands in it still comes back (facts/backstage-catalog.md 7.7).
  ///
  /// - Returns: Where it was read; nil when there was no such entity.
  package func remove(uid: String, at now: Date) async throws -> EntityRef? {
    let now = Timestamp.text(now)
    return try await pool.write { db in
      guard let id = try CatalogReader.id(ofUID: uid, db) else { return nil }
      var found: (ref: String, file: Int64)?
      try db.rows("SELECT ref, file_id FROM entity WHERE id = ?", [.integer(id)]) { row in
        found = (row.string(0), row.integer(1))
        return false
      }
      guard let found else { return nil }
      // No rules have this number: the file is judged anew.
      try db.execute(
        sql: "UPDATE file SET rules_version = 0, etag = NULL WHERE id = ?",
        arguments: [found.file]
      )
      let crawl = try ChangeJournal.runningCrawl(db)
      try RefHolders(db: db, crawl: crawl).remove(id, ref: found.ref)
      try ChangeJournal(db: db, crawl: crawl, now: now).write()
      return try? EntityRef(found.ref)
    }
  }
}
