package import Foundation
import GRDB

/// What is known of how often a repository changes.
package struct RepositoryPace: Sendable, Equatable {
  package var repository: Int64
  /// As in the table, like everything below; 0 and 0 before the first visit.
  package var changes: Double
  package var seconds: Double
  /// Nil before the first visit.
  package var visitedAt: Date?
  package var interval: Double

  package init(repository: Int64, changes: Double, seconds: Double, visitedAt: Date?, interval: Double) {
    self.repository = repository
    self.changes = changes
    self.seconds = seconds
    self.visitedAt = visitedAt
    self.interval = interval
  }
}

extension CatalogDatabase {
  /// Hands over what is known of each repository of an organization that answers questions, in no order.
  package func forEachPace(
    of organization: Int64,
    _ take: @escaping @Sendable (_ changes: Double, _ seconds: Double) -> Void
  ) async throws {
    try await pool.read { db in
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT coalesce(p.changes, 0), coalesce(p.seconds, 0)
          FROM repository r LEFT JOIN repository_pace p ON p.repository_id = r.id
          WHERE r.organization_id = ? AND r.state = 'active'
          """,
        arguments: [organization]
      )
      while let row = try rows.next() { take(row[0], row[1]) }
    }
  }

  /// The repositories of an organization that are due, the longest due first, and how many there are in all.
  ///
  /// The last crawl of everything counts as a visit of each.
  ///
  /// - Parameters:
  ///   - interval: Seconds after a visit until one is due that `refresh --due` has never visited.
  ///   - longest: Seconds that no interval is longer than, whatever was stored.
  ///   - limit: How many at most.
  package func duePaces(
    of organization: Int64,
    interval: Double,
    longest: Double,
    at now: Date,
    limit: Int
  ) async throws -> (paces: [RepositoryPace], count: Int) {
    let now = Timestamp.text(now)
    return try await pool.read { db in
      let due = """
        FROM (
          SELECT r.id, p.changes, p.seconds, p.visited_at, min(coalesce(p.interval, ?2), ?4) AS interval,
            max(coalesce(p.visited_at, ''), coalesce((
              SELECT max(c.started_at) FROM crawl_organization o JOIN crawl c ON c.id = o.crawl_id
              WHERE o.organization_id = ?1 AND c.command = 'sync' AND c.outcome IN ('complete', 'partial')
                AND o.failure_rule IS NULL), '')) AS seen_at
          FROM repository r LEFT JOIN repository_pace p ON p.repository_id = r.id
          WHERE r.organization_id = ?1 AND r.state = 'active'
        ) WHERE seen_at = '' OR julianday(seen_at) + interval / 86400.0 <= julianday(?3)
        """
      let arguments: StatementArguments = [organization, interval, now, longest]
      let paces = try Row.fetchAll(
        db,
        sql: """
          SELECT id, coalesce(changes, 0), coalesce(seconds, 0), visited_at, interval \(due)
          ORDER BY seen_at <> '', julianday(seen_at) + interval / 86400.0, id LIMIT ?5
          """,
        arguments: arguments + [limit]
      ).map { row in
        RepositoryPace(
          repository: row[0],
          changes: row[1],
          seconds: row[2],
          visitedAt: (row[3] as String?).flatMap(Timestamp.date),
          interval: row[4]
        )
      }
      return (paces, try Int.fetchOne(db, sql: "SELECT count(*) \(due)", arguments: arguments) ?? 0)
    }
  }

  /// Whether a file of a repository was found to be other than before since a moment.
  package func hasChanged(_ repository: Int64, since moment: Date) async throws -> Bool {
    try await pool.read { db in
      try Bool.fetchOne(
        db,
        sql: "SELECT EXISTS (SELECT 1 FROM file WHERE repository_id = ? AND checked_at > ?)",
        arguments: [repository, Timestamp.text(moment)]
      ) ?? false
    }
  }

  /// Stores what visits have shown.
  package func store(_ paces: [RepositoryPace], at now: Date) async throws {
    let now = Timestamp.text(now)
    try await pool.write { db in
      for pace in paces {
        try db.cachedStatement(
          sql: """
            INSERT OR REPLACE INTO repository_pace (repository_id, changes, seconds, visited_at, interval)
            SELECT id, ?, ?, ?, ? FROM repository WHERE id = ?
            """
        ).execute(arguments: [pace.changes, pace.seconds, now, pace.interval, pace.repository])
      }
    }
  }

  /// The repositories with these ids that answer questions, with their files, in the order of the ids given.
  package func repositories(ids: [Int64]) async throws -> [KnownRepository] {
    try await pool.read { db in
      let select = try db.cachedStatement(
        sql: KnownRepository.select + " WHERE r.id = ? AND r.state = 'active'"
      )
      return try ids.compactMap { id in
        guard let row = try Row.fetchOne(select, arguments: [id]) else { return nil }
        var repository = KnownRepository(row)
        try Self.addContents(to: &repository, id, db)
        return repository
      }
    }
  }
}
