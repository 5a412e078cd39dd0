package import Foundation
import GRDB

extension CatalogDatabase {
  /// Begins a crawl in a database that nobody else writes, and returns its id.
  ///
  /// It takes the lease without asking, so that what it changes is known to be of this crawl, and for no time: whoever
  /// asks gets it.
  ///
  /// - Parameter scope: What a refresh is limited to, as people wrote it; nil for everything.
  package func beginCrawl(
    _ command: CrawlCommand,
    scope: String?,
    program: String,
    at now: Date
  ) async throws -> Int64 {
    try await pool.write { db in
      let start = CrawlStart(command: command, scope: scope, request: "", program: program, resumeFor: 0)
      let id = try Self.insertCrawl(start, at: now, db)
      try Self.storeLease(LeaseHolder(), crawl: id, from: now, until: now, db)
      return id
    }
  }

  /// Begins a crawl's part in an organization, or goes on with it, and returns the organization's id.
  package func beginOrganization(
    host: String,
    name: String,
    crawl: Int64,
    at now: Date
  ) async throws -> Int64 {
    try await regardless { db in
      let known = try Int64.fetchOne(
        db,
        sql: "SELECT id FROM organization WHERE host = ? AND name = ?",
        arguments: [host, name]
      )
      if known == nil {
        try db.execute(sql: "INSERT INTO organization (host, name) VALUES (?, ?)", arguments: [host, name])
      }
      let id = known ?? db.lastInsertedRowID
      try db.execute(
        sql: """
          INSERT INTO crawl_organization (crawl_id, organization_id, started_at) VALUES (?, ?, ?)
          ON CONFLICT (crawl_id, organization_id) DO UPDATE SET ended_at = NULL
          """,
        arguments: [crawl, id, Timestamp.text(now)]
      )
      return id
    }
  }

  /// Ends a crawl's part in an organization.
  ///
  /// - Parameters:
  ///   - failure: Why the organization could not be crawled to its end; it becomes a problem of the
  ///     organization, and nil removes the one that was there.
  ///   - heldBack: Which repositories are not listed any more but keep what they hold; nil when the
  ///     list was not asked for: then what was known of it stays.
  ///   - isInterrupted: Whether the crawl was asked to stop: then nothing is known of the organization as a
  ///     whole, and its problem stays.
  package func endOrganization(
    _ organization: Int64,
    crawl: Int64,
    counts: OrganizationCounts,
    failure: ReadFailure?,
    heldBack: HeldBackRemovals?,
    isInterrupted: Bool,
    at now: Date
  ) async throws {
    try await regardless { db in
      try db.execute(
        sql: """
          UPDATE crawl_organization SET ended_at = ?, failure_rule = ?, failure_message = ?, requests = ?,
            repositories_listed = ?, files_asked = ?, files_failed = ?, files_found = ?,
            files_changed = ?, entities_added = ?, entities_changed = ?, entities_removed = ?,
            entities_unchanged = ?, pauses = ?, paused_seconds = ?
          WHERE crawl_id = ? AND organization_id = ?
          """,
        arguments: [
          Timestamp.text(now), failure?.rule, failure?.message, counts.requests, counts.repositoriesListed,
          counts.filesAsked, counts.filesFailed, counts.filesFound, counts.filesChanged,
          counts.entitiesAdded, counts.entitiesChanged, counts.entitiesRemoved, counts.entitiesUnchanged,
          counts.pauses, counts.pausedSeconds, crawl, organization,
        ]
      )
      guard !isInterrupted, failure != nil || heldBack != nil else { return }
      var problems = failure.map { [StoredProblem($0)] } ?? []
      if let heldBack, heldBack.repositories > 0 { problems.append(.removalsHeldBack(heldBack)) }
      let owner = ProblemOwner(organization: organization)
      try owner.replace(class: .read, with: problems, db, at: Timestamp.text(now))
    }
  }

  /// Ends a crawl, and gives its lease back.
  package func endCrawl(_ crawl: Int64, outcome: CrawlOutcome, at now: Date) async throws {
    try await regardless { db in
      try db.execute(
        sql: "UPDATE crawl SET ended_at = ?, outcome = ? WHERE id = ?",
        arguments: [Timestamp.text(now), outcome.rawValue, crawl]
      )
      // Who holds it was seen before: a crawl whose lease is lost does not come here.
      try db.execute(sql: "DELETE FROM crawl_lease WHERE crawl_id = ?", arguments: [crawl])
    }
  }
}
