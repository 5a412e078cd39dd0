package import Foundation
import GRDB

extension CatalogDatabase {
  /// How many rows of history one transaction removes: readers and writers do not wait for more.
  private static let pruningBatch = 1_000
  /// So many crawls are remembered however old they are: pages show them, and orphans are kept for a number of them.
  private static let keptCrawls: Int64 = 1_000

  /// Changes entities, files or repositories in one transaction, with what follows from it: history and search
  /// rows.
  ///
  /// - Parameters:
  ///   - crawl: The crawl that it belongs to; without one it is the one under way.
  ///   - now: As the database writes it.
  func change<Value: Sendable>(
    crawl: Int64? = nil,
    at now: String,
    _ updates: @escaping @Sendable (Database) throws -> Value
  ) async throws -> Value {
    try await add(crawl: crawl, at: now) { db, _ in try updates(db) }
  }

  /// The same as `change`, for what adds entities too, and notes them.
  func add<Value: Sendable>(
    crawl: Int64?,
    at now: String,
    _ updates: @escaping @Sendable (Database, Additions) throws -> Value
  ) async throws -> Value {
    try await pool.write { db in
      let additions = Additions()
      let value = try updates(db, additions)
      try ChangeJournal(
        db: db,
        crawl: crawl ?? ChangeJournal.runningCrawl(db),
        now: now,
        additions: additions
      ).write()
      return value
    }
  }

  /// Forgets changes that are older than so many days, and the crawls that found them.
  ///
  /// In transactions of a bounded size, and when the task is cancelled no more of them: what is left goes another
  /// time. What the catalog holds is not touched, and neither are younger changes: they know what was there before. The last
  /// crawls stay, and for each organization the last one that has read it: how old what is stored is follows from that.
  ///
  /// - Parameter keepDays: Nil keeps them for ever.
  /// - Returns: How many changes were removed.
  @discardableResult
  package func pruneHistory(keepDays: Int?, at now: Date) async throws -> Int {
    guard let keepDays else { return 0 }
    let end = Timestamp.text(now.addingTimeInterval(-Double(keepDays) * 86_400))
    var removed = 0
    while !Task.isCancelled {
      let count = try await pruneBatch(before: end)
      guard count > 0 else { break }
      removed += count
    }
    while !Task.isCancelled, try await pruneCrawls(before: end) > 0 {}
    return removed
  }

  private func pruneCrawls(before end: String) async throws -> Int {
    try await Task { [pool] in
      let crawls = try await pool.read { db in
        try Int64.fetchAll(
          db,
          sql: """
            WITH needed (id) AS (
              SELECT max(w.crawl_id) FROM crawl_organization w JOIN crawl c ON c.id = w.crawl_id
              WHERE w.failure_rule IS NULL AND c.command = 'sync' AND c.outcome IN ('complete', 'partial')
              GROUP BY w.organization_id)
            SELECT id FROM crawl
            WHERE id <= (SELECT max(id) FROM crawl) - ?1 AND id NOT IN needed AND started_at < ?2 ORDER BY id LIMIT ?3
            """,
          arguments: [Self.keptCrawls, end, Self.pruningBatch]
        )
      }
      guard !crawls.isEmpty else { return 0 }
      return try await pool.write { db in
        let delete = try db.cachedStatement(sql: "DELETE FROM crawl WHERE id = ?")
        for crawl in crawls { try delete.execute(arguments: [crawl]) }
        return crawls.count
      }
    }.value
  }

  /// Not cut off: a crawl that is asked to stop meanwhile still says how it ended.
  private func pruneBatch(before end: String) async throws -> Int {
    try await Task { [pool] in
      // Rows are written in the order of time: the first ones are the oldest.
      let last = try await pool.read { db in
        try Int64.fetchOne(
          db,
          sql: "SELECT max(id) FROM (SELECT id, at FROM history ORDER BY id LIMIT ?) WHERE at < ?",
          arguments: [Self.pruningBatch, end]
        )
      }
      guard let last else { return 0 }
      return try await pool.write { db in
        try db.execute(sql: "DELETE FROM history WHERE id <= ? AND at < ?", arguments: [last, end])
        return db.changesCount
      }
    }.value
  }
}

/// Texts as a JSON array.
enum JSONArray {
  static func text(_ texts: [String]) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    // Texts can always be encoded.
    return (try? encoder.encode(texts)).map { String(decoding: $0, as: UTF8.self) } ?? "[]"
  }
}
