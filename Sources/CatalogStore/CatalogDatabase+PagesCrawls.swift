import GRDB

/// What a crawl did in one organization.
package struct CrawlPart: Sendable, Equatable {
  package var host: String
  package var organization: String
  package var startedAt: String
  /// Nil while it runs.
  package var endedAt: String?
  /// Why it could not be crawled to its end; nil when it could.
  package var failure: String?
  package var counts: OrganizationCounts
}

/// A change that a crawl found.
package struct CrawlChange: Sendable, Equatable {
  /// `entity`, `file` or `repository`.
  package var subject: String
  /// A ref, a file's address, or `host/organization/guid`.
  package var name: String
  /// `added`, `changed` or `removed`.
  package var kind: String
}

extension CatalogDatabase {
  /// How many rows of history are looked at for the changes of a crawl.
  private static let examinedChanges = 5_000

  /// Crawls, newest first.
  ///
  /// - Parameter before: The id of the last crawl of the page before; nil for the first page.
  package func crawlPage(before: Int64?, limit: Int) throws -> [CrawlRecord] {
    try pool.read { db in
      try Row.fetchAll(
        db.cachedStatement(
          sql: """
            SELECT id, command, scope, started_at, ended_at, outcome FROM crawl
            WHERE id < coalesce(?, 9223372036854775807) ORDER BY id DESC LIMIT ?
            """
        ),
        arguments: [before, limit]
      ).map { row in
        CrawlRecord(
          id: row[0],
          command: row[1],
          scope: row[2],
          startedAt: row[3],
          endedAt: row[4],
          outcome: row[5],
          totals: try Self.parts(db, of: row[0]).reduce(OrganizationCounts()) { $0 + $1.counts }
        )
      }
    }
  }

  /// One crawl and its parts, by host and organization; nil when it is not known.
  package func crawl(_ id: Int64) throws -> (crawl: CrawlRecord, parts: [CrawlPart])? {
    guard let crawl = try crawlPage(before: id == .max ? id : id + 1, limit: 1).first, crawl.id == id else {
      return nil
    }
    return try pool.read { db in (crawl, try Self.parts(db, of: id)) }
  }

  private static func parts(_ db: Database, of crawl: Int64) throws -> [CrawlPart] {
    try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT o.host, o.name, w.started_at, w.ended_at, w.failure_message, w.requests, w.repositories_listed,
            w.files_asked, w.files_failed, w.files_found, w.files_changed, w.entities_added, w.entities_changed,
            w.entities_removed, w.entities_unchanged, coalesce(w.pauses, 0), coalesce(w.paused_seconds, 0)
          FROM crawl_organization w JOIN organization o ON o.id = w.organization_id
          WHERE w.crawl_id = ? ORDER BY o.host, o.name
          """
      ),
      arguments: [crawl]
    ).map { row in
      var counts = OrganizationCounts()
      counts.requests = row[5]
      counts.repositoriesListed = row[6]
      counts.filesAsked = row[7]
      counts.filesFailed = row[8]
      counts.filesFound = row[9]
      counts.filesChanged = row[10]
      counts.entitiesAdded = row[11]
      counts.entitiesChanged = row[12]
      counts.entitiesRemoved = row[13]
      counts.entitiesUnchanged = row[14]
      counts.pauses = row[15]
      counts.pausedSeconds = row[16]
      return CrawlPart(
        host: row[0],
        organization: row[1],
        startedAt: row[2],
        endedAt: row[3],
        failure: row[4],
        counts: counts
      )
    }
  }

  /// The first changes of entities that a crawl found.
  ///
  /// History has no index of crawls, but its rows are in their order: where those of a crawl begin is found by halving.
  package func changes(ofCrawl id: Int64, limit: Int) throws -> [CrawlChange] {
    try pool.read { db in
      let probe = try db.cachedStatement(
        sql: "SELECT crawl_id FROM history WHERE id >= ? AND crawl_id IS NOT NULL ORDER BY id LIMIT 1"
      )
      var low = try Int64.fetchOne(db, sql: "SELECT min(id) FROM history") ?? 0
      var high = (try Int64.fetchOne(db, sql: "SELECT max(id) FROM history") ?? 0) + 1
      while low < high {
        let middle = low + (high - low) / 2
        if let crawl = try Int64.fetchOne(probe, arguments: [middle]), crawl < id {
          low = middle + 1
        } else {
          high = middle
        }
      }
      return try Row.fetchAll(
        db.cachedStatement(
          sql: """
            SELECT subject, name, change FROM (
              SELECT subject, name, change, crawl_id FROM history WHERE id >= ? ORDER BY id LIMIT ?)
            WHERE crawl_id = ? AND subject = 'entity' LIMIT ?
            """
        ),
        arguments: [low, Self.examinedChanges, id, limit]
      ).map { CrawlChange(subject: $0[0], name: $0[1], kind: $0[2]) }
    }
  }
}
