package import Catalog
package import Foundation
import GRDB

/// A target of a location that is to be followed.
package struct PendingTarget: Sendable, Equatable {
  package var id: Int64
  package var type: LocationType
  package var address: FileAddress
  package var isRequired: Bool
  /// How many locations lead to it, one behind the other; 1 for a location of the settings.
  package var depth: Int
  /// Where the chain began that leads here.
  package var origin: FileOrigin
  /// The project and path of the file that names it, for people; nil when no file does.
  package var declaredIn: String?
}

/// What a target was found to stand for.
package struct FollowedTarget: Sendable {
  package var id: Int64
  package var depth: Int
  /// The files; nil when that could not be found out, and then it stands for what it stood for before.
  package var files: [(repository: Int64, branch: String, path: String)]?
  /// What is wrong with it; nil when nothing is.
  package var problem: TargetProblem?
  /// Whether it was not looked at, so that what was wrong with it is so still.
  package var isKept = false

  package init(
    id: Int64,
    depth: Int,
    files: [(repository: Int64, branch: String, path: String)]?,
    problem: TargetProblem? = nil
  ) {
    self.id = id
    self.depth = depth
    self.files = files
    self.problem = problem
  }

  /// A target that stands for what it stood for.
  package static func kept(_ id: Int64, depth: Int) -> FollowedTarget {
    var target = FollowedTarget(id: id, depth: depth, files: nil)
    target.isKept = true
    return target
  }
}

/// What is wrong with a target.
package struct TargetProblem: Sendable, Equatable {
  /// Whether it could not be read, so that another crawl may find it in order; else the target is wrong.
  package var isReadFailure: Bool
  package var rule: String
  package var message: String

  package init(isReadFailure: Bool, rule: String, message: String) {
    self.isReadFailure = isReadFailure
    self.rule = rule
    self.message = message
  }
}

/// An entity whose kind the settings no longer allow has a mark though its file has none: it is not followed.
///
/// What a crawl has reached through locations lives beside the database, like what a listing has seen: a crawl
/// that finds nothing new writes nothing.
extension CatalogDatabase {
  /// Begins to follow locations: forgets what an earlier crawl of this process has reached.
  package func beginFollowing() async throws {
    try await pool.writeWithoutTransaction { db in
      try Self.createListed(db)
      try db.execute(
        sql: """
          DELETE FROM temp.listed;
          DELETE FROM temp.list_reader;
          CREATE TEMP TABLE IF NOT EXISTS reached (
            file_id INTEGER PRIMARY KEY, depth INTEGER NOT NULL, origin_source TEXT NOT NULL, origin TEXT NOT NULL
          );
          CREATE TEMP TABLE IF NOT EXISTS followed (target_id INTEGER PRIMARY KEY);
          CREATE TEMP TABLE IF NOT EXISTS starting (location_id INTEGER PRIMARY KEY);
          DELETE FROM temp.reached;
          DELETE FROM temp.followed;
          DELETE FROM temp.starting;
          """
      )
    }
  }

  /// Begins with these locations.
  package func start(at locations: [Int64]) async throws {
    try await pool.write { db in
      for location in locations {
        try db.execute(sql: "INSERT OR IGNORE INTO temp.starting VALUES (?)", arguments: [location])
      }
    }
  }

  /// Goes on from the files of an organization that were visited and hold entities of kind Location.
  ///
  /// - Parameters:
  ///   - project: Only of this project; nil for all. The same goes for the repository and the path.
  ///   - isAskedOnly: Only the files that a rule asks for.
  package func reach(
    organization: Int64,
    project: String?,
    repository: String?,
    path: String?,
    isAskedOnly: Bool
  ) async throws {
    try await pool.write { db in
      try db.execute(
        sql: """
          INSERT OR IGNORE INTO temp.reached (file_id, depth, origin_source, origin)
          SELECT f.id, 0, coalesce(f.origin_source, 'organization'), coalesce(f.origin, 'url:' || f.url)
          FROM file f JOIN repository r ON r.id = f.repository_id JOIN project p ON p.id = r.project_id
          WHERE f.id IN (SELECT e.file_id FROM location_target t JOIN entity e ON e.id = t.entity_id)
            AND r.organization_id = ?1 AND (f.is_asked = 1 OR NOT ?5)
            AND (?2 IS NULL OR p.name = ?2 COLLATE NOCASE) AND (?3 IS NULL OR r.name = ?3 COLLATE NOCASE)
            AND (?4 IS NULL OR f.path = ?4)
          """,
        arguments: [organization, project, repository, path, isAskedOnly]
      )
    }
  }

  /// Whether a file of this path is known that only locations lead to.
  ///
  /// - Parameter path: Nil is never known.
  package func knowsFile(at path: String?) async throws -> Bool {
    try await pool.read { db in
      try Bool.fetchOne(
        db,
        sql: """
          SELECT EXISTS (SELECT 1 FROM file WHERE is_asked = 0 AND path = ?1)
            OR EXISTS (SELECT 1 FROM location WHERE instr(target, ?1) > 0)
          """,
        arguments: [path]
      ) ?? false
    }
  }

  /// The targets that the reached files and the starting locations name and that were not followed yet.
  ///
  /// - Parameters:
  ///   - place: Only those that lead to this organization; nil for all.
  ///   - organization: Only those that files of this organization name, besides those of locations; nil for all.
  ///   - withStarting: Whether those of the starting locations are wanted too.
  ///   - limit: How many at most.
  /// - Returns: In the order of depth and address, so that the same world is followed in the same order.
  package func pendingTargets(
    in place: (host: String, organization: String)?,
    namedBy organization: Int64? = nil,
    withStarting: Bool = true,
    limit: Int
  ) async throws -> [PendingTarget] {
    try await pool.write { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT t.id, t.type, t.address, t.host, t.organization, t.is_required, 1 AS depth,
            l.source AS origin_source, l.type || ':' || l.target AS origin, NULL AS declared_in
          FROM location_target t JOIN location l ON l.id = t.location_id
          WHERE ?5 AND l.id IN (SELECT location_id FROM temp.starting)
            AND t.id NOT IN (SELECT target_id FROM temp.followed)
            AND (?1 IS NULL OR (t.host = ?1 AND t.organization = ?2))
          UNION ALL
          SELECT t.id, t.type, t.address, t.host, t.organization, t.is_required, r.depth + 1,
            r.origin_source, r.origin, f.url
          FROM temp.reached r JOIN entity e ON e.file_id = r.file_id
            JOIN location_target t ON t.entity_id = e.id JOIN file f ON f.id = r.file_id
          WHERE t.id NOT IN (SELECT target_id FROM temp.followed)
            AND (?1 IS NULL OR (t.host = ?1 AND t.organization = ?2))
            AND (?4 IS NULL OR f.repository_id IN (SELECT id FROM repository WHERE organization_id = ?4))
            AND (e.orphan_since IS NULL OR f.out_of_scope_since IS NOT NULL)
          ORDER BY 7, 8, 9, 3, 10, 1 LIMIT ?3
          """,
        arguments: [place?.host, place?.organization, limit, organization, withStarting]
      ).compactMap { row in
        guard let type = LocationType(rawValue: row[1]), let source = FileOrigin.Source(rawValue: row[7])
        else {
          return nil
        }
        return PendingTarget(
          id: row[0],
          type: type,
          address: FileAddress(text: row[2], host: row[3], organization: row[4]),
          isRequired: row[5],
          depth: row[6],
          origin: FileOrigin(source: source, location: row[8]),
          declaredIn: row[9]
        )
      }
    }
  }

  /// Which of these files were reached already or are asked for by a rule, so that they need no visit; nor do those
  /// that this crawl has stored before it was cut off.
  package func reachedFiles(among files: [Int64]) async throws -> Set<Int64> {
    guard !files.isEmpty else { return [] }
    let resumed = pool.lease?.resumedCrawl
    return try await pool.write { db in
      let select = try db.cachedStatement(
        sql: """
          SELECT EXISTS (SELECT 1 FROM temp.reached WHERE file_id = ?1)
            OR EXISTS (SELECT 1 FROM file WHERE id = ?1 AND is_asked = 1)
            OR EXISTS (SELECT 1 FROM file WHERE id = ?1 AND stored_in_crawl = ?2 AND NOT EXISTS (
              SELECT 1 FROM problem WHERE file_id = ?1 AND class = 'read' AND target_id IS NULL))
          """
      )
      return try Set(files.filter { try Bool.fetchOne(select, arguments: [$0, resumed]) ?? false })
    }
  }

  /// Stores what targets stand for, and goes on from those files.
  ///
  /// - Parameters:
  ///   - targets: With the origin of the chain that led to each.
  package func finish(
    _ targets: [(FollowedTarget, FileOrigin)],
    of organization: Int64,
    at now: Date
  ) async throws {
    let now = Timestamp.text(now)
    try await pool.write { db in
      for (target, origin) in targets {
        try TargetFollower(db: db, organization: organization, now: now).finish(target, origin)
      }
    }
  }
}

/// Stores what one target stands for.
private struct TargetFollower {
  let db: Database
  let organization: Int64
  let now: String

  func finish(_ target: FollowedTarget, _ origin: FileOrigin) throws {
    try db.execute(sql: "INSERT OR IGNORE INTO temp.followed VALUES (?)", arguments: [target.id])
    // It may be gone meanwhile: somebody takes a location back while a crawl follows it.
    let isThere = try Bool.fetchOne(
      db,
      sql: "SELECT EXISTS (SELECT 1 FROM location_target WHERE id = ?)",
      arguments: [target.id]
    )
    guard isThere == true else { return }
    let before = try Set(
      Int64.fetchAll(db, sql: "SELECT file_id FROM location_file WHERE target_id = ?", arguments: [target.id])
    )
    var files = before
    if let found = target.files { files = try Set(found.compactMap(fileID)) }
    for file in before.subtracting(files).sorted() {
      try db.execute(
        sql: "DELETE FROM location_file WHERE target_id = ? AND file_id = ?",
        arguments: [target.id, file]
      )
    }
    for file in files.sorted() {
      if !before.contains(file) {
        try db.execute(sql: "INSERT INTO location_file VALUES (?, ?)", arguments: [target.id, file])
      }
      try db.execute(
        sql: "INSERT OR IGNORE INTO temp.reached VALUES (?, ?, ?, ?)",
        arguments: [file, target.depth, origin.source.rawValue, origin.location]
      )
    }
    if !target.isKept { try replaceProblem(of: target) }
  }

  private func fileID(_ file: (repository: Int64, branch: String, path: String)) throws -> Int64? {
    try Int64.fetchOne(
      db,
      sql: "SELECT id FROM file WHERE repository_id = ? AND branch = ? AND path = ?",
      arguments: [file.repository, file.branch, file.path]
    )
  }

  private func replaceProblem(of target: FollowedTarget) throws {
    let row = try Row.fetchOne(
      db,
      sql: """
        SELECT t.line, t.column, t.key_path, e.ref, f.id, f.repository_id, r.organization_id
        FROM location_target t LEFT JOIN entity e ON e.id = t.entity_id
          LEFT JOIN file f ON f.id = e.file_id LEFT JOIN repository r ON r.id = f.repository_id
        WHERE t.id = ?
        """,
      arguments: [target.id]
    )
    guard let row else { return }
    let owner = ProblemOwner(
      organization: row[6] ?? organization,
      repository: row[5],
      file: row[4],
      target: target.id
    )
    for problemClass in [StoredProblem.Class.read, .content] {
      var problems: [StoredProblem] = []
      if let problem = target.problem, problem.isReadFailure == (problemClass == .read) {
        problems.append(
          StoredProblem(
            rule: problem.rule,
            message: problem.message,
            ref: row[3],
            line: row[0],
            column: row[1],
            keyPath: row[2]
          )
        )
      }
      try owner.replace(class: problemClass, with: problems, db, at: now)
    }
  }
}
