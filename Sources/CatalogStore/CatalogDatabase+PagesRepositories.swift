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

/// Goes through the ids of repositories by organization, project and name.
private struct RepositoryWalk {
  /// Ids that are known at once: those with problems.
  private var known: [Int64]?
  private var projects: [(id: Int64, name: String)] = []
  private var organizations: [Int64]
  private let name: String?
  /// The name and id of the repository behind which the first project goes on.
  private var start: (name: String, id: Int64)?

  init(_ db: Database, _ search: RepositoryFilter, after: Int64?) throws {
    name = search.name.map { Self.pattern($0) }
    organizations = try Int64.fetchAll(
      db,
      sql: "SELECT id FROM organization WHERE ?1 IS NULL OR name = ?1 ORDER BY name, host, id",
      arguments: [search.organization]
    )
    if search.coverage == "invalid" || search.coverage == "unreadable" {
      let problems = search.coverage == "invalid" ? "content" : "read"
      let all = try Self.withProblems(db, problems, in: organizations, named: name)
      let last = after.flatMap { all.firstIndex(of: $0) }.map { $0 + 1 } ?? 0
      known = Array(all[last...])
      return
    }
    try goOn(db, behind: after)
  }

  private mutating func goOn(_ db: Database, behind id: Int64?) throws {
    guard
      let id,
      let row = try Row.fetchOne(
        db,
        sql: """
          SELECT g.name, g.project_id, g.organization_id, p.name FROM repository g
          JOIN project p ON p.id = g.project_id WHERE g.id = ?
          """,
        arguments: [id]
      ),
      let place = organizations.firstIndex(of: row[2])
    else { return }
    start = (row[0], id)
    organizations.removeFirst(place + 1)
    projects = try Self.projects(db, of: row[2], from: (row[3], row[1]))
  }

  private static func projects(
    _ db: Database,
    of organization: Int64,
    from first: (name: String, id: Int64)
  ) throws -> [(id: Int64, name: String)] {
    try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT id, name FROM project WHERE organization_id = ? AND (name, id) >= (?, ?) ORDER BY name, id
          """
      ),
      arguments: [organization, first.name, first.id]
    ).map { ($0[0], $0[1]) }
  }

  private static func withProblems(
    _ db: Database,
    _ kind: String,
    in organizations: [Int64],
    named name: String?
  ) throws -> [Int64] {
    try Int64.fetchAll(
      db,
      sql: """
        SELECT g.id FROM repository g JOIN project p ON p.id = g.project_id
          JOIN organization o ON o.id = g.organization_id
        WHERE g.id IN (SELECT b.repository_id FROM problem b WHERE b.class = ?1 AND b.severity = 'error')
          AND (?2 IS NULL OR g.name LIKE ?2 ESCAPE '\\')
          AND o.id IN (SELECT value FROM json_each(?3))
        ORDER BY o.name, o.host, o.id, p.name, p.id, g.name, g.id LIMIT 10000
        """,
      arguments: [kind, name, "[\(organizations.map(String.init).joined(separator: ","))]"]
    )
  }

  /// What `LIKE` finds names by that begin so.
  private static func pattern(_ text: String) -> String {
    text.replacing(/[\\%_]/) { "\\\($0.output)" } + "%"
  }

  /// The next ids; fewer than asked for at the end only.
  mutating func next(_ db: Database, _ count: Int) throws -> [Int64] {
    if let known {
      self.known = Array(known.dropFirst(count))
      return Array(known.prefix(count))
    }
    let statement = try db.cachedStatement(
      sql: """
        SELECT id, name FROM repository
        WHERE project_id = ?1 AND (name, id) > (?2, ?3) AND (?4 IS NULL OR name LIKE ?4 ESCAPE '\\')
        ORDER BY name, id LIMIT ?5
        """
    )
    var ids: [Int64] = []
    while ids.count < count {
      guard let project = projects.first else {
        guard let organization = organizations.first else { break }
        organizations.removeFirst()
        projects = try Self.projects(db, of: organization, from: ("", 0))
        start = nil
        continue
      }
      let (text, id) = start ?? ("", 0)
      let wanted = count - ids.count
      let rows = try Row.fetchAll(statement, arguments: [project.id, text, id, name, wanted])
      ids += rows.map { $0[0] }
      if rows.count == wanted, let last = rows.last {
        start = (last[1], last[0])
      } else {
        projects.removeFirst()
        start = nil
      }
    }
    return ids
  }
}
