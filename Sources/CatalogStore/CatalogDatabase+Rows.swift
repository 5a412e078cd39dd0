import GRDB
package import Reporting

/// A row as the database has it, with the names of its columns.
package struct NamedRow: Sendable, Equatable {
  package var values: [(name: String, value: Cell)]

  /// Null for a name that it does not have.
  package subscript(name: String) -> Cell { values.first { $0.name == name }?.value ?? .null }

  package static func == (left: NamedRow, right: NamedRow) -> Bool {
    left.values.map(\.name) == right.values.map(\.name)
      && left.values.map(\.value) == right.values.map(\.value)
  }
}

/// Pages of what the service's own API shows.
extension CatalogDatabase {
  /// How many repositories are looked through for a page of those with a coverage.
  private static let (scanBatch, maxScanned) = (500, 20_000)

  /// Crawls, the newest first, each with the counts of all its organizations.
  ///
  /// - Parameter before: Only those with a smaller number; nil for all.
  package func crawlRows(before: Int64?, limit: Int) async throws -> [NamedRow] {
    try await rows(
      """
      SELECT c.id, c.command, c.scope, c.started_at, c.ended_at, c.outcome, c.program,
        (SELECT total(requests) FROM crawl_organization WHERE crawl_id = c.id) AS requests,
        (SELECT total(pauses) FROM crawl_organization WHERE crawl_id = c.id) AS pauses,
        (SELECT total(paused_seconds) FROM crawl_organization WHERE crawl_id = c.id) AS paused_seconds,
        (SELECT total(files_asked) FROM crawl_organization WHERE crawl_id = c.id) AS files_asked,
        (SELECT total(files_failed) FROM crawl_organization WHERE crawl_id = c.id) AS files_failed,
        (SELECT total(entities_added) FROM crawl_organization WHERE crawl_id = c.id) AS entities_added,
        (SELECT total(entities_changed) FROM crawl_organization WHERE crawl_id = c.id) AS entities_changed,
        (SELECT total(entities_removed) FROM crawl_organization WHERE crawl_id = c.id) AS entities_removed
      FROM crawl c WHERE c.id < ? ORDER BY c.id DESC LIMIT ?
      """,
      [before ?? .max, limit]
    )
  }

  /// What a crawl did in each organization, one row for each; none when there is no such crawl.
  package func crawlRows(of crawl: Int64) async throws -> [NamedRow] {
    try await rows("SELECT * FROM report_crawls WHERE crawl_id = ? ORDER BY host, organization", [crawl])
  }

  /// Open problems in the order of their ids.
  ///
  /// - Parameters:
  ///   - after: Only those with a larger id.
  ///   - organization: Only those of organizations of this name; nil for all.
  ///   - severity: `error` or `warning`; nil for both.
  package func problemRows(
    after: Int64,
    organization: String?,
    severity: String?,
    limit: Int
  ) async throws -> [NamedRow] {
    try await rows(
      """
      SELECT * FROM report_problems
      WHERE problem_id > ?1 AND (?2 IS NULL OR organization = ?2 COLLATE NOCASE) AND (?3 IS NULL OR severity = ?3)
      ORDER BY problem_id LIMIT ?4
      """,
      [after, organization, severity, limit]
    )
  }

  /// Repositories in the order of their ids, with whether they have catalog files and why not.
  ///
  /// - Parameters:
  ///   - after: Only those with a larger id.
  ///   - organization: Only those of organizations of this name; nil for all.
  ///   - coverage: One of the words of `report_repository_coverage`; nil for all.
  /// - Returns: The rows, fewer than wanted when many were looked through; and behind which id to go on, nil at the end.
  package func repositoryRows(
    after: Int64,
    organization: String?,
    coverage: String?,
    limit: Int
  ) async throws -> (rows: [NamedRow], next: Int64?) {
    var (found, last, scanned): ([NamedRow], Int64, Int) = ([], after, 0)
    while found.count < limit, scanned < Self.maxScanned {
      let wanted = coverage == nil ? limit - found.count : Self.scanBatch
      let ids = try await rows(
        """
        SELECT r.id FROM repository r JOIN organization o ON o.id = r.organization_id
        WHERE r.id > ?1 AND (?2 IS NULL OR o.name = ?2 COLLATE NOCASE) ORDER BY r.id LIMIT ?3
        """,
        [last, organization, wanted]
      ).compactMap { row -> Int64? in if case .integer(let id) = row["id"] { id } else { nil } }
      guard let end = ids.last else { return (found, nil) }
      let page = try await rows(
        """
        SELECT * FROM report_repository_coverage
        WHERE repository_id IN (\(ids.map { "\($0)" }.joined(separator: ", "))) AND (?1 IS NULL OR coverage = ?1)
        ORDER BY repository_id
        """,
        [coverage]
      )
      scanned += ids.count
      let room = limit - found.count
      found += page.prefix(room)
      if page.count > room, case .integer(let id) = page[room - 1]["repository_id"] { return (found, id) }
      last = end
      if ids.count < wanted { return (found, nil) }
    }
    return (found, last)
  }

  private func rows(
    _ sql: String,
    _ values: [(any DatabaseValueConvertible & Sendable)?]
  ) async throws -> [NamedRow] {
    try await pool.read { db in
      try Row.fetchAll(db, sql: sql, arguments: StatementArguments(values)).map { row in
        NamedRow(values: row.map { ($0.0, Self.cell($0.1)) })
      }
    }
  }
}
