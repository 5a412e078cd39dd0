package import Foundation
import GRDB

/// A project with repositories that the last complete list did not have.
package struct MissingProject: Sendable, Equatable {
  package var id: Int64
  package var guid: String

  package init(id: Int64, guid: String) {
    self.id = id
    self.guid = guid
  }
}

/// A repository that the last complete list did not have.
package struct MissingRepository: Sendable, Equatable {
  package var id: Int64
  package var guid: String
  /// How many complete lists in a row did not have it, all read by one identity; 2 also for more.
  package var listings: Int
  /// Whether an earlier crawl found it deleted and kept it all the same, because too much would have gone at
  /// once.
  package var isHeld: Bool
  /// How many entities its files hold.
  package var entities: Int

  package init(id: Int64, guid: String, listings: Int, isHeld: Bool = false, entities: Int) {
    self.id = id
    self.guid = guid
    self.listings = listings
    self.isHeld = isHeld
    self.entities = entities
  }
}

/// What repositories hold that are not listed any more and is kept.
package struct HeldBackRemovals: Sendable, Equatable {
  /// How many repositories with entities; 0 when there is nothing to be held back.
  package var repositories: Int
  /// Why they are kept and what is to be done, for people, the same as long as it is so; empty for none.
  package var message: String

  package init(repositories: Int = 0, message: String = "") {
    self.repositories = repositories
    self.message = message
  }
}

extension CatalogDatabase {
  /// How many repositories one transaction removes: readers and other organizations' crawls wait for it.
  private static let removalBatch = 50

  /// The projects of an organization with repositories that are not listed any more, in the order of their ids.
  package func missingProjects(of organization: Int64) async throws -> [MissingProject] {
    // What this crawl has seen by a question of its own is not missing; who reads only does not see that.
    try await pool.writeWithoutTransaction { db in
      try Self.createListed(db)
      return try Row.fetchAll(
        db,
        sql: """
          SELECT id, guid FROM project p WHERE organization_id = ? AND EXISTS (
            SELECT 1 FROM repository r WHERE r.project_id = p.id AND r.state = 'unlisted'
              AND (r.organization_id, r.id) NOT IN temp.listed)
          ORDER BY id
          """,
        arguments: [organization]
      ).map { MissingProject(id: $0[0], guid: $0[1]) }
    }
  }

  /// The repositories of a project that are not listed any more, in the order of their ids.
  package func missingRepositories(ofProject project: Int64) async throws -> [MissingRepository] {
    let resumed = pool.lease?.resumedCrawl
    return try await pool.writeWithoutTransaction { db in
      try Self.createListed(db)
      return try Row.fetchAll(
        db,
        sql: """
          SELECT r.id, r.guid, coalesce(m.listings, 0), m.held_since IS NOT NULL
            -- What this crawl itself held before it was cut off, no earlier crawl did.
            AND NOT EXISTS (SELECT 1 FROM crawl WHERE id = ?2 AND started_at <= m.held_since), (
            SELECT count(*) FROM file f JOIN entity e ON e.file_id = f.id WHERE f.repository_id = r.id)
          FROM repository r LEFT JOIN missing_repository m ON m.repository_id = r.id
          WHERE r.project_id = ?1 AND r.state = 'unlisted' AND (r.organization_id, r.id) NOT IN temp.listed
          ORDER BY r.id
          """,
        arguments: [project, resumed]
      ).map {
        MissingRepository(id: $0[0], guid: $0[1], listings: $0[2], isHeld: $0[3], entities: $0[4])
      }
    }
  }

  /// How many entities the files of an organization hold, those that no ref stands for included.
  package func entityCount(of organization: Int64) async throws -> Int {
    try await pool.read { db in
      try Int.fetchOne(
        db,
        sql: """
          SELECT count(*) FROM repository r JOIN file f ON f.repository_id = r.id
            JOIN entity e ON e.file_id = f.id
          WHERE r.organization_id = ?
          """,
        arguments: [organization]
      ) ?? 0
    }
  }

  /// Notes which missing repositories are kept although they are deleted, and which are so no more.
  package func hold(_ held: [Int64], release released: [Int64], at now: Date) async throws {
    guard !held.isEmpty || !released.isEmpty else { return }
    let now = Timestamp.text(now)
    try await pool.write { db in
      for (repositories, since) in [(held, now as String?), (released, nil)] {
        for repository in repositories {
          try db.execute(
            sql: "UPDATE missing_repository SET held_since = ? WHERE repository_id = ?",
            arguments: [since, repository]
          )
        }
      }
    }
  }

  /// Removes repositories that are gone, with everything that they hold.
  ///
  /// One that was listed again meanwhile stays.
  ///
  /// - Returns: How many entities were removed.
  package func removeMissing(_ repositories: [Int64], of organization: Int64, at now: Date) async throws
    -> Int
  {
    let now = Timestamp.text(now)
    var removed = 0
    for start in stride(from: 0, to: repositories.count, by: Self.removalBatch) {
      let end = min(start + Self.removalBatch, repositories.count)
      let batch = Array(repositories[start..<end])
      let isLast = end == repositories.count
      removed += try await change(at: now) { db in
        let count = try batch.reduce(0) { try $0 + Self.removeMissing($1, db) }
        // With the last ones: whoever goes on after the process was killed finds nothing left to be removed.
        if isLast { try Self.removeEmptyProjects(of: organization, db) }
        return count
      }
    }
    return removed
  }

  /// Removes all repositories that are not listed any more, because an operator has said that they are gone.
  ///
  /// - Returns: How many entities were removed.
  package func acceptRemovals(of organization: Int64, at now: Date) async throws -> Int {
    let missing = try await pool.writeWithoutTransaction { db in
      try Self.createListed(db)
      return try Int64.fetchAll(
        db,
        sql: """
          SELECT id FROM repository
          WHERE organization_id = ? AND state = 'unlisted' AND (organization_id, id) NOT IN temp.listed
          ORDER BY id
          """,
        arguments: [organization]
      )
    }
    return try await removeMissing(missing, of: organization, at: now)
  }

  private static func removeMissing(_ repository: Int64, _ db: Database) throws -> Int {
    let refs = try String.fetchAll(
      db,
      sql: """
        SELECT e.ref FROM repository r JOIN file f ON f.repository_id = r.id JOIN entity e ON e.file_id = f.id
        WHERE r.id = ? AND r.state = 'unlisted' ORDER BY e.ref
        """,
      arguments: [repository]
    )
    try db.execute(
      sql: "DELETE FROM repository WHERE id = ? AND state = 'unlisted'",
      arguments: [repository]
    )
    for ref in refs { try RefHolders(db: db).afterRemoval(of: ref) }
    return refs.count
  }

  /// Counts for each repository that is not listed any more how many complete lists it is missing from.
  ///
  /// - Parameter crawl: Who read it: what one crawl reads before and after it was cut off counts as one list. Nil when
  ///   that is not known.
  static func countMissing(
    of organization: Int64,
    by identity: String,
    crawl: Int64?,
    _ db: Database
  ) throws {
    let isCounted = try Bool.fetchOne(
      db,
      sql: "SELECT is_list_counted FROM crawl_organization WHERE crawl_id = ? AND organization_id = ?",
      arguments: [crawl, organization]
    )
    try db.execute(
      sql: "UPDATE crawl_organization SET is_list_counted = 1 WHERE crawl_id = ? AND organization_id = ?",
      arguments: [crawl, organization]
    )
    try db.execute(
      sql: """
        DELETE FROM missing_repository WHERE repository_id IN (
          SELECT m.repository_id FROM missing_repository m JOIN repository r ON r.id = m.repository_id
          WHERE r.organization_id = ? AND r.state <> 'unlisted')
        """,
      arguments: [organization]
    )
    try db.execute(
      sql: """
        INSERT INTO missing_repository (repository_id, listings, identity)
        SELECT id, 1, ?1 FROM repository WHERE organization_id = ?2 AND state = 'unlisted'
        ON CONFLICT (repository_id) DO UPDATE SET
          listings = CASE WHEN identity = excluded.identity THEN 2 ELSE 1 END,
          held_since = CASE WHEN identity = excluded.identity THEN held_since END,
          identity = excluded.identity
        WHERE (listings < 2 AND NOT ?3) OR identity <> excluded.identity
        """,
      arguments: [identity, organization, isCounted ?? false]
    )
  }

  /// Removes the projects that no stored repository is of.
  static func removeEmptyProjects(of organization: Int64, _ db: Database) throws {
    try db.execute(
      sql: "DELETE FROM project WHERE organization_id = ? AND id NOT IN (SELECT project_id FROM repository)",
      arguments: [organization]
    )
  }
}
