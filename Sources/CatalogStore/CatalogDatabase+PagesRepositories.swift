import GRDB

/// What a page of repositories is limited to; nil for no limit.
package struct RepositoryFilter: Sendable, Equatable {
  /// What its name begins with, in any letter case.
  package var name: String?
  /// The name of an organization.
  package var organization: String?
  /// As in `report_repository_coverage`.
  package var coverage: String?

  package init() {}
}

/// A repository, and why the catalog has something of it or not.
package struct CoveredRepository: Sendable, Equatable {
  package var id: Int64
  package var organization: String
  package var project: String
  package var repository: String
  /// `valid`, `invalid`, `unreadable`, `none`, `skipped` or `not asked`, as in `report_repository_coverage`.
  package var coverage: String
  /// The message of the first problem, or the repository's state; nil without a reason.
  package var reason: String?
  package var isFork: Bool
  package var files: Int
  package var entities: Int
  package var errors: Int
  package var warnings: Int
  /// Opens it in the browser; nil where none of its files was ever asked for.
  package var link: String?
}

/// A page of repositories.
package struct RepositoryHits: Sendable, Equatable {
  package var rows: [CoveredRepository] = []
  /// The id of the repository behind which the next page begins; nil when there is none.
  package var next: Int64?
  /// Whether the page is short only because no more are looked at for one page.
  package var isCutShort = false

  package init() {}
}

extension CatalogDatabase {
  /// How many repositories are looked at for one page: each costs some 30 µs.
  private static let examinedRepositories = 1_000
  /// How many are judged at once.
  private static let judgedAtOnce = 100

  /// A page of repositories in the order of organizations, projects and names.
  ///
  /// Those whose name begins with something are in the order of names, those with problems in that in which they were
  /// listed first.
  ///
  /// - Parameter after: The last repository that the page before looked at; nil for the first page.
  package func repositories(
    matching search: RepositoryFilter,
    after: Int64?,
    limit: Int
  ) throws -> RepositoryHits {
    try pool.read { db in
      var walk = try RepositoryWalk(db, search, after: after)
      var hits = RepositoryHits()
      var examined = 0
      while true {
        let ids = try walk.next(db, Self.judgedAtOnce)
        for id in ids {
          examined += 1
          guard let row = try Self.judged(db, id) else { continue }
          guard search.coverage == nil || row.coverage == search.coverage else { continue }
          if hits.rows.count == limit {
            hits.next = hits.rows.last?.id
            return hits
          }
          hits.rows.append(row)
        }
        if ids.count < Self.judgedAtOnce { return hits }
        if examined >= Self.examinedRepositories {
          hits.next = ids.last
          hits.isCutShort = true
          return hits
        }
      }
    }
  }

  private static func judged(_ db: Database, _ id: Int64) throws -> CoveredRepository? {
    let statement = try db.cachedStatement(
      sql: """
        SELECT repository_id, organization, project, repository, is_fork, state, files, entities, errors, warnings,
          error, unread, link
        FROM repository_fact WHERE repository_id = ?
        """
    )
    return try Row.fetchOne(statement, arguments: [id]).map { row in
      let (state, files, errors): (String, Int, Int) = (row[5], row[6], row[8])
      let (error, unread, link): (String?, String?, String?) = (row[10], row[11], row[12])
      // As in `report_repository_coverage`.
      let (coverage, reason): (String, String?) =
        if let unread {
          ("unreadable", unread)
        } else if errors > 0 {
          ("invalid", error)
        } else if files > 0 {
          ("valid", nil)
        } else if state != "active" {
          ("skipped", state)
        } else {
          (link == nil ? "not asked" : "none", nil)
        }
      return CoveredRepository(
        id: row[0],
        organization: row[1],
        project: row[2],
        repository: row[3],
        coverage: coverage,
        reason: reason,
        isFork: row[4],
        files: files,
        entities: row[7],
        errors: errors,
        warnings: row[9],
        link: link
      )
    }
  }
}
