import Catalog
import GRDB

/// A problem as the table holds it, without its owner and date.
struct StoredProblem: Equatable {
  enum Class: String {
    case read
    case content
  }

  var severity = "error"
  var rule: String
  var message: String
  var ref: String?
  var line: Int?
  var column: Int?
  var keyPath: String?
  /// The line that it is in, as `CatalogFile.line(of:)` cuts it; nil for what is in no line.
  var lineText: String?

  /// Repositories have left the list and keep what they hold.
  static func removalsHeldBack(_ heldBack: HeldBackRemovals) -> StoredProblem {
    var problem = StoredProblem(ReadFailure(rule: "removals-held-back", message: heldBack.message))
    problem.severity = "warning"
    return problem
  }

  init(_ failure: ReadFailure) {
    rule = failure.rule
    message = failure.message
  }

  /// - Parameter row: rule, ref, key_path, since, severity, message, line, column, line_text
  init(_ row: Row) {
    rule = row[0]
    ref = row[1]
    keyPath = row[2]
    severity = row[4]
    message = row[5]
    line = row[6]
    column = row[7]
    lineText = row[8]
  }

  init(rule: String, message: String, ref: String?, line: Int?, column: Int?, keyPath: String?) {
    self.rule = rule
    self.message = message
    self.ref = ref
    self.line = line
    self.column = column
    self.keyPath = keyPath
  }

  /// - Parameter file: What the problem is of.
  init(_ problem: Problem, ref: EntityRef?, in file: CatalogFile) {
    severity = problem.severity.rawValue
    rule = problem.rule
    message = problem.message
    self.ref = ref?.description
    line = problem.line
    column = problem.column
    keyPath = problem.keyPath
    lineText = file.line(of: problem)
  }

  /// What makes it the same problem when its place or its wording has changed.
  var identity: [String] { [rule, ref ?? "", keyPath ?? ""] }
}

/// What problems belong to: a file, a location's target, a folder, or an organization as a whole.
struct ProblemOwner {
  let organization: Int64
  var repository: Int64?
  var file: Int64?
  /// A location's target; then `file` is the file that names it, nil when it is not named by a file.
  var target: Int64?
  /// A folder that paths with wildcards look below; then there is no file.
  var folder: Int64?

  init(
    organization: Int64,
    repository: Int64? = nil,
    file: Int64? = nil,
    target: Int64? = nil,
    folder: Int64? = nil
  ) {
    self.organization = organization
    self.repository = repository
    self.file = file
    self.target = target
    self.folder = folder
  }

  /// Makes the given problems the owner's only ones of the class; one that was there keeps its date.
  ///
  /// - Returns: Whether anything was written.
  @discardableResult
  func replace(
    class: StoredProblem.Class,
    with problems: [StoredProblem],
    _ db: Database,
    at now: String
  ) throws -> Bool {
    let select = try db.cachedStatement(
      sql: """
        SELECT rule, ref, key_path, since, severity, message, line, column, line_text FROM problem
        WHERE \(condition) AND class = ? ORDER BY id
        """
    )
    let before = try Row.fetchAll(select, arguments: [id, `class`.rawValue])
    if before.map(StoredProblem.init) == problems { return false }
    var dates: [[String]: String] = [:]
    for row in before {
      let identity = [row[0] ?? "", row[1] ?? "", row[2] ?? ""] as [String]
      dates[identity] = min(dates[identity] ?? row[3], row[3])
    }
    try db.cachedStatement(sql: "DELETE FROM problem WHERE \(condition) AND class = ?")
      .execute(arguments: [id, `class`.rawValue])
    let insert = try db.cachedStatement(
      sql: """
        INSERT INTO problem (organization_id, repository_id, file_id, class, severity, rule, message, ref,
          line, column, key_path, since, target_id, folder_id, line_text)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    )
    for problem in problems {
      try insert.execute(arguments: [
        organization, repository, file, `class`.rawValue, problem.severity, problem.rule, problem.message,
        problem.ref, problem.line, problem.column, problem.keyPath,
        dates[problem.identity] ?? now, target, folder,
        problem.lineText,
      ])
    }
    return true
  }

  private var condition: String {
    if target != nil { return "target_id = ?" }
    if folder != nil { return "folder_id = ?" }
    let owner =
      file != nil ? "file_id = ?" : "organization_id = ? AND repository_id IS NULL AND file_id IS NULL"
    return owner + " AND target_id IS NULL"
  }

  private var id: Int64 { target ?? folder ?? file ?? organization }
}
