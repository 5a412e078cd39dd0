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
  /// Whether it is due; else only a crawl of everything has seen it since it was.
  package var isDue: Bool

  package init(
    repository: Int64,
    changes: Double,
    seconds: Double,
    visitedAt: Date?,
    interval: Double,
    isDue: Bool = true
  ) {
    self.repository = repository
    self.changes = changes
    self.seconds = seconds
    self.visitedAt = visitedAt
    self.interval = interval
    self.isDue = isDue
  }
}

/// Which repositories `refresh --due` is told of.
package struct DueQuestion: Sendable, Equatable {
  /// Seconds after a visit until one is due that `refresh --due` has never visited.
  package var interval: Double
  /// Seconds that no interval is shorter than, and after which one that could not be read is tried again.
  package var shortest: Double
  /// Seconds that no interval is longer than, whatever was stored.
  package var longest: Double
  /// How many at most.
  package var limit: Int

  package init(interval: Double, shortest: Double, longest: Double, limit: Int) {
    self.interval = interval
    self.shortest = shortest
    self.longest = longest
    self.limit = limit
  }
}

extension CatalogDatabase {
  /// What is known of repositories of an organization, by their ids; none for those without a visit.
  ///
  /// - Parameter ids: The first and the last id.
  package func paces(
    of organization: Int64,
    ids: ClosedRange<Int64>
  ) async throws -> [Int64: (changes: Double, seconds: Double)] {
    try await pool.read { db in
      let rows = try Row.fetchCursor(
        db.cachedStatement(
          sql: """
            SELECT p.repository_id, p.changes, p.seconds
            FROM repository_pace p JOIN repository r ON r.id = p.repository_id
            WHERE p.repository_id BETWEEN ? AND ? AND r.organization_id = ?
            """
        ),
        arguments: [ids.lowerBound, ids.upperBound, organization]
      )
      var paces: [Int64: (changes: Double, seconds: Double)] = [:]
      while let row = try rows.next() { paces[row[0]] = (row[1], row[2]) }
      return paces
    }
  }

  /// The repositories of an organization that are due, the longest due first, and how many there are in all.
  ///
  /// The last crawl of everything counts as a visit of each that it has read. Behind those that are due come those that
  /// would be if it did not: else nothing would be learned of any under crawls that follow each other quickly.
  package func duePaces(
    of organization: Int64,
    _ question: DueQuestion,
    at now: Date
  ) async throws -> (paces: [RepositoryPace], count: Int) {
    let now = Timestamp.text(now)
    return try await pool.read { db in
      let crawled = try String.fetchOne(
        db,
        sql: """
          SELECT c.started_at FROM crawl_organization o JOIN crawl c ON c.id = o.crawl_id
          WHERE o.organization_id = ? AND c.command = 'sync' AND c.outcome IN ('complete', 'partial')
            AND o.failure_rule IS NULL
          ORDER BY o.crawl_id DESC LIMIT 1
          """,
        arguments: [organization]
      )
      // `own` is when it is due by its own visits, `due` when it is. A day that is 0 is long ago.
      let candidates = """
        WITH known AS (
          SELECT r.id, coalesce(p.changes, 0) AS changes, coalesce(p.seconds, 0) AS seconds, p.visited_at,
            min(coalesce(p.interval, ?2), ?4) / 86400.0 AS days, coalesce(julianday(p.visited_at), 0) AS visited,
            CASE WHEN EXISTS (SELECT 1 FROM problem WHERE repository_id = r.id AND class = 'read' AND target_id IS NULL) THEN 0
              ELSE coalesce(julianday(?3), 0) END AS crawled,
            coalesce(julianday(v.failed_at), 0) AS failed
          FROM repository r LEFT JOIN repository_pace p ON p.repository_id = r.id
            LEFT JOIN failed_visit v ON v.repository_id = r.id
          WHERE r.organization_id = ?1 AND r.state IN ('active', 'empty')
            -- Of one that no rule wants a crawl of everything has left nothing, not even that a file is not there.
            AND (?3 IS NULL OR EXISTS (SELECT 1 FROM file WHERE repository_id = r.id)
              OR EXISTS (SELECT 1 FROM folder WHERE repository_id = r.id))
        ), candidate AS (
          SELECT id, changes, seconds, visited_at, days, max(visited, crawled) AS seen,
            failed, iif(visited = 0, 0, visited + days) AS own,
            CASE WHEN failed > max(visited, crawled) THEN failed + ?5 / 86400.0
              WHEN max(visited, crawled) = 0 THEN 0
              ELSE max(visited, crawled) + days END AS due
          FROM known
        )
        """
      let arguments: StatementArguments = [
        organization, question.interval, crawled, question.longest, question.shortest, now,
      ]
      let paces = try Row.fetchAll(
        db,
        sql: """
          \(candidates)
          SELECT id, changes, seconds, visited_at, days * 86400.0, due <= julianday(?6) FROM candidate
          WHERE due <= julianday(?6)
            OR (own <= julianday(?6) AND max(seen, failed) + ?5 / 86400.0 <= julianday(?6))
          ORDER BY due > julianday(?6), iif(due <= julianday(?6), due, own), id LIMIT ?7
          """,
        arguments: arguments + [question.limit]
      ).map { row in
        RepositoryPace(
          repository: row[0],
          changes: row[1],
          seconds: row[2],
          visitedAt: (row[3] as String?).flatMap(Timestamp.date),
          interval: row[4],
          isDue: row[5]
        )
      }
      let count = try Int.fetchOne(
        db,
        sql: "\(candidates) SELECT count(*) FROM candidate WHERE due <= julianday(?6)",
        arguments: arguments
      )
      return (paces, count ?? 0)
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
  ///
  /// - Parameter unread: The repositories of which something could not be read: nothing is learned of them.
  package func store(_ paces: [RepositoryPace], unread: [Int64], at now: Date) async throws {
    let now = Timestamp.text(now)
    try await pool.write { db in
      let read = try db.cachedStatement(
        sql: """
          INSERT OR REPLACE INTO repository_pace (repository_id, changes, seconds, visited_at, interval)
          SELECT id, ?, ?, ?, ? FROM repository WHERE id = ?
          """
      )
      let healed = try db.cachedStatement(sql: "DELETE FROM failed_visit WHERE repository_id = ?")
      for pace in paces {
        try read.execute(arguments: [pace.changes, pace.seconds, now, pace.interval, pace.repository])
        try healed.execute(arguments: [pace.repository])
      }
      let failed = try db.cachedStatement(
        sql:
          "INSERT OR REPLACE INTO failed_visit (repository_id, failed_at) SELECT id, ? FROM repository WHERE id = ?"
      )
      for repository in unread { try failed.execute(arguments: [now, repository]) }
    }
  }

  /// The repositories with these ids that answer questions, with their files, in the order of the ids given.
  package func repositories(ids: [Int64]) async throws -> [KnownRepository] {
    try await pool.read { db in
      let select = try db.cachedStatement(
        sql: KnownRepository.select + " WHERE r.id = ? AND r.state IN ('active', 'empty')"
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
