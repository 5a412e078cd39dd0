/// How a view `report_...` is read by `report`.
package struct ReportQuery: Sendable {
  /// The view.
  package let view: String
  /// The columns that a person needs; all others are for programs.
  ///
  /// Empty for all.
  package let mainColumns: [String]
  /// How rows are sorted: by columns that an index has in this order within an organization, so that nothing is
  /// collected.
  ///
  /// Empty for no order.
  let order: String
  /// False where the view puts rows of several kinds together, so that the first rows in order can only be known
  /// once all are: then a part of the rows comes as it is found.
  var isOrderedWhenLimited = true
  /// Conditions for the kinds of rows, those that people look for first; each row is of one kind.
  ///
  /// The first rows come kind by kind, each as they are found: where one kind is missing, looking for it in all of the
  /// catalog would hold up the others. Empty for one kind.
  private var kinds: [String] = []
  /// How the organization is chosen, and whether the report goes through the organizations one by one.
  var selection = Selection.eachOrganization

  enum Selection {
    /// One organization after the other, by host and name.
    case eachOrganization
    /// All rows at once; a condition with `?1` for the name chooses.
    case condition(String)
  }

  private static let byPlace = "project, project_id, repository, repository_id"

  /// Any view that is not one of `all`: as it is.
  package init(other view: String) {
    self.view = view
    mainColumns = []
    order = ""
    selection = .condition("organization = ?1")
  }

  private init(_ view: String, main: [String], order: String) {
    self.view = view
    mainColumns = main
    self.order = order
  }

  private func selecting(_ condition: String) -> ReportQuery {
    var query = self
    query.selection = .condition(condition)
    return query
  }

  private var unorderedWhenLimited: ReportQuery {
    var query = self
    query.isOrderedWhenLimited = false
    return query
  }

  private func beginning(with kinds: [String]) -> ReportQuery {
    var query = unorderedWhenLimited
    query.kinds = kinds
    return query
  }

  package static let all: [ReportQuery] = [
    ReportQuery(
      "report_conflicts",
      main: [
        "ref", "organization", "project", "repository", "contender_organization", "contender_project",
        "contender_repository", "contender_claimed_at",
      ],
      order: "ref, contender_entity_id"
    ).selecting("organization = ?1 OR contender_organization = ?1"),
    ReportQuery(
      "report_crawls",
      main: [
        "crawl_id", "command", "scope", "organization", "started_at", "seconds", "outcome", "requests",
        "files_asked", "files_failed", "files_changed", "entities_added", "entities_changed",
        "entities_removed",
        "failure_message",
      ],
      order: "crawl_id DESC, host, organization"
    ).selecting("organization = ?1"),
    ReportQuery(
      "report_dependencies",
      main: ["source_ref", "type", "target_ref", "target_exists"],
      order: "\(byPlace), branch, path, source_ref, type, target_ref"
    ).unorderedWhenLimited,
    ReportQuery(
      "report_entities",
      main: ["ref", "type", "lifecycle", "owner_ref", "organization", "project", "repository", "problems"],
      order: "\(byPlace), branch, path, ref"
    ),
    ReportQuery(
      "report_entity_history",
      main: ["time", "crawl", "change", "ref", "owner_before", "owner_after", "changed_paths"],
      order: "id DESC"
    ).selecting("organization = ?1"),
    ReportQuery(
      "report_orphans_and_stale",
      main: ["reason", "since", "ref", "owner", "organization", "project", "repository", "path"],
      order: "reason, since, entity_id"
    ).selecting("organization = ?1"),
    ReportQuery(
      "report_ownership",
      main: ["ownership", "ref", "type", "owner_ref", "organization", "project", "repository"],
      order: "\(byPlace), branch, path, ref"
    ).beginning(with: ["ownership = 'unknown'", "ownership = 'none'", "ownership = 'owned'"]),
    ReportQuery(
      "report_problems",
      main: ["severity", "rule", "message", "ref", "owner_ref", "age_days", "link"],
      order: "since, problem_id"
    ),
    ReportQuery(
      "report_relations",
      main: ["source_ref", "type", "target_ref", "target_exists", "stated_by"],
      order: "\(byPlace), branch, path, source_ref, type, target_ref"
    ).unorderedWhenLimited,
    ReportQuery(
      "report_repository_coverage",
      main: ["organization", "project", "repository", "coverage", "files", "entities", "errors", "reason"],
      order: byPlace
    ).unorderedWhenLimited,
    ReportQuery(
      "report_source_history",
      main: ["time", "crawl", "change", "subject", "name", "changed_paths"],
      order: "id DESC"
    ).selecting("instr(name, '/' || ?1 || '/') > 0"),
    ReportQuery(
      "report_staleness",
      main: ["organization", "project", "repository", "is_current", "as_of", "age_days", "reason"],
      order: byPlace
    ),
  ]

  /// The question for one organization, or for all rows at once.
  ///
  /// - Parameters:
  ///   - columns: What is read; empty for everything.
  ///   - condition: Nil for none.
  func sql(columns: [String], where condition: String?, limit: Int?) -> String {
    let rows = "SELECT \(columns.isEmpty ? "*" : columns.joined(separator: ", ")) FROM \(view)"
    if let limit, !kinds.isEmpty {
      let parts = kinds.map { kind in
        "\(rows) WHERE " + [kind, condition].compactMap(\.self).joined(separator: " AND ")
      }
      return parts.joined(separator: " UNION ALL ") + " LIMIT \(limit)"
    }
    var sql = rows
    if let condition { sql += " WHERE \(condition)" }
    if !order.isEmpty, limit == nil || isOrderedWhenLimited { sql += " ORDER BY \(order)" }
    if let limit { sql += " LIMIT \(limit)" }
    return sql
  }
}
