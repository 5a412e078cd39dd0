import GRDB

/// How many problems of one rule are open.
package struct ProblemGroup: Sendable, Equatable {
  package var rule: String
  package var severity: String
  package var count: Int
  /// When the oldest was first seen.
  package var since: String

  package init(rule: String, severity: String, count: Int, since: String) {
    self.rule = rule
    self.severity = severity
    self.count = count
    self.since = since
  }
}

/// An open problem and where it is.
package struct ListedProblem: Sendable, Equatable {
  package var id: Int64
  package var severity: String
  package var rule: String
  /// Its first 1,000 characters.
  package var message: String
  /// Nil when it is about no entity, or it is not known which.
  package var ref: String?
  package var organization: String
  /// Nil, as the next ones, for a problem of the whole organization.
  package var project: String?
  package var repository: String?
  /// Nil for a problem of the whole repository.
  package var path: String?
  package var line: Int?
  package var column: Int?
  package var keyPath: String?
  package var since: String
  /// Opens the line, or the file; nil without a file.
  package var link: String?
  /// The line that it is in, as `CatalogFile.line(of:)` cuts it; nil where it is in no line.
  package var text: String?

  /// A problem of an entity's file.
  ///
  /// - Parameter columns: Those of `report_entities`: where the file is.
  package init(_ problem: EntityDetails.Problem, of columns: [String: String]) {
    id = 0
    severity = problem.severity
    rule = problem.rule
    message = problem.message
    organization = columns["organization"] ?? ""
    project = columns["project"]
    repository = columns["repository"]
    path = columns["path"]
    line = problem.line
    column = problem.column
    keyPath = problem.keyPath
    since = problem.since
    link = problem.link
    text = problem.text
  }

  init(_ row: Row) {
    id = row[0]
    severity = row[1]
    rule = row[2]
    message = row[3]
    ref = row[4]
    organization = row[5]
    project = row[6]
    repository = row[7]
    path = row[8]
    line = row[9]
    column = row[10]
    keyPath = row[11]
    since = row[12]
    link = row[13]
    text = row[14]
  }
}

extension CatalogDatabase {
  /// The rules that anything breaks, errors first, most problems first: goes through all problems.
  static func problemGroups(_ db: Database) throws -> [ProblemGroup] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT rule, severity, count(*), min(since) FROM problem
        GROUP BY severity, rule ORDER BY severity, count(*) DESC, rule LIMIT 200
        """
    ).map { ProblemGroup(rule: $0[0], severity: $0[1], count: $0[2], since: $0[3]) }
  }

  /// Open problems in the order in which they were found.
  ///
  /// - Parameters:
  ///   - rule: Nil for all.
  ///   - severity: `error` or `warning`; nil for both.
  ///   - organization: Its name; nil for all.
  ///   - after: The id of the last problem of the page before; nil for the first page.
  package func problems(
    rule: String?,
    severity: String?,
    organization: String?,
    after: Int64?,
    limit: Int
  ) throws -> [ListedProblem] {
    try pool.read { db in
      let (sql, arguments) = Self.problemIDs(rule, severity, organization, after: after, limit: limit)
      let statement = try db.cachedStatement(
        sql: """
          SELECT b.problem_id, b.severity, b.rule, substr(b.message, 1, 1000), b.ref, b.organization, b.project,
            b.repository, b.path, b.line, b.column, b.key_path, b.since, b.link,
            (SELECT line_text FROM problem WHERE id = b.problem_id)
          FROM report_problems b WHERE b.problem_id = ?
          """
      )
      return try Int64.fetchAll(db, sql: sql, arguments: arguments).compactMap { id in
        try Row.fetchOne(statement, arguments: [id]).map(ListedProblem.init)
      }
    }
  }

  /// Finds the problems of a page; what is not asked for is no part of the question, so that indexes answer it.
  static func problemIDs(
    _ rule: String?,
    _ severity: String?,
    _ organization: String?,
    after: Int64?,
    limit: Int
  ) -> (sql: String, arguments: StatementArguments) {
    var (conditions, arguments) = (["id > ?"], [after ?? 0] as StatementArguments)
    let limits = [
      ("rule = ?", rule), ("severity = ?", severity),
      ("organization_id IN (SELECT id FROM organization WHERE name = ?)", organization),
    ]
    for case (let condition, let value?) in limits {
      conditions.append(condition)
      arguments += [value]
    }
    arguments += [limit]
    return (
      "SELECT id FROM problem WHERE \(conditions.joined(separator: " AND ")) ORDER BY id LIMIT ?", arguments
    )
  }
}
