import GRDB

/// Goes through the ids of the repositories that a page is looked for among, each time by an index that has its order.
enum RepositoryWalk {
  /// By organization, project and name.
  case everything(ProjectWalk)
  /// By name: those that begin with something.
  case named(NameWalk)
  /// By id: those with problems of a class.
  case broken(ProblemWalk)

  /// - Parameter after: The repository behind which it goes on; nil to begin.
  init(_ db: Database, _ search: RepositoryFilter, after: Int64?) throws {
    let organizations = try Int64.fetchAll(
      db,
      sql: "SELECT id FROM organization WHERE ?1 IS NULL OR name = ?1 ORDER BY name, host, id",
      arguments: [search.organization]
    )
    if search.coverage == "invalid" || search.coverage == "unreadable" {
      self = .broken(
        ProblemWalk(
          problems: search.coverage == "invalid" ? "content" : "read",
          organizations: SearchWords.list(organizations),
          name: search.name,
          last: after ?? 0
        )
      )
    } else if let name = search.name {
      self = .named(try NameWalk(db, name, SearchWords.list(organizations), behind: after))
    } else {
      self = .everything(try ProjectWalk(db, organizations, behind: after))
    }
  }

  /// The next ids; fewer than asked for at the end only.
  mutating func next(_ db: Database, _ count: Int) throws -> [Int64] {
    switch self {
    case .everything(var walk):
      defer { self = .everything(walk) }
      return try walk.next(db, count)
    case .named(var walk):
      defer { self = .named(walk) }
      return try walk.next(db, count)
    case .broken(var walk):
      defer { self = .broken(walk) }
      return try walk.next(db, count)
    }
  }
}

/// Goes through projects one after the other.
struct ProjectWalk {
  private var projects: [(id: Int64, name: String)] = []
  private var organizations: [Int64]
  /// The name and id of the repository behind which the first project goes on.
  private var start: (name: String, id: Int64)?

  init(_ db: Database, _ organizations: [Int64], behind id: Int64?) throws {
    self.organizations = organizations
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
    self.organizations.removeFirst(place + 1)
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

  mutating func next(_ db: Database, _ count: Int) throws -> [Int64] {
    let statement = try db.cachedStatement(
      sql: """
        SELECT id, name FROM repository WHERE project_id = ? AND (name, id) > (?, ?) ORDER BY name, id LIMIT ?
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
      let rows = try Row.fetchAll(statement, arguments: [project.id, text, id, wanted])
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

/// Goes through names that begin alike, in any letter case.
struct NameWalk {
  /// Of the text that names begin with: no name that does is behind it.
  private let end: String
  private let organizations: String
  private var last: (name: String, id: Int64)

  static let sql = """
    SELECT id, name FROM repository INDEXED BY repository_by_plain_name
    WHERE name >= ?1 COLLATE NOCASE AND name < ?2 COLLATE NOCASE AND NOT (name = ?1 COLLATE NOCASE AND id <= ?3)
      AND +organization_id IN (SELECT value FROM json_each(?4))
    ORDER BY name COLLATE NOCASE, id LIMIT ?5
    """

  init(_ db: Database, _ text: String, _ organizations: String, behind id: Int64?) throws {
    end = text + "\u{10FFFF}"
    self.organizations = organizations
    last = (text, 0)
    guard
      let id,
      let name = try String.fetchOne(
        db,
        sql: "SELECT name FROM repository WHERE id = ?",
        arguments: [id]
      )
    else { return }
    last = (name, id)
  }

  mutating func next(_ db: Database, _ count: Int) throws -> [Int64] {
    let rows = try Row.fetchAll(
      db.cachedStatement(sql: Self.sql),
      arguments: [last.name, end, last.id, organizations, count]
    )
    if let row = rows.last { last = (row[1], row[0]) }
    return rows.map { $0[0] }
  }
}

/// Goes through the repositories of problems.
struct ProblemWalk {
  let problems: String
  let organizations: String
  let name: String?
  var last: Int64

  static let sql = """
    SELECT DISTINCT b.repository_id FROM problem b INDEXED BY problem_by_repository
    WHERE b.repository_id > ?1 AND +b.class = ?2 AND +b.severity = 'error' AND EXISTS (
      SELECT 1 FROM repository g WHERE g.id = b.repository_id
        AND +g.organization_id IN (SELECT value FROM json_each(?3))
        AND (?4 IS NULL OR substr(g.name, 1, length(?4)) = ?4 COLLATE NOCASE))
    ORDER BY b.repository_id LIMIT ?5
    """

  mutating func next(_ db: Database, _ count: Int) throws -> [Int64] {
    let ids = try Int64.fetchAll(
      db.cachedStatement(sql: Self.sql),
      arguments: [last, problems, organizations, name, count]
    )
    last = ids.last ?? last
    return ids
  }
}
