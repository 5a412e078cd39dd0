import CatalogStore
import Hummingbird

extension Pages {
  private static let problemsPerPage = [50, 20, 5]
  /// How many groups show their first problems.
  private static let openGroups = 8
  /// How many they show.
  private static let problemsPerGroup = 5

  /// `/problems`: by rule; with one rule chosen, all that break it.
  func problems(_ request: Request) async throws -> Response {
    let groups = try await census.numbers(at: parts.now())?.problemGroups
    return try Self.light(Self.problemsPerPage) { limit in try problems(request, groups, limit: limit) }
  }

  /// - Parameter groups: Nil while they are counted for the first time.
  private func problems(_ request: Request, _ groups: [ProblemGroup]?, limit: Int) throws -> String {
    let fields = FormFields(request.uri.query ?? "")
    let (rule, organization) = (fields["rule"], fields["organization"])
    var values: PageValues = [
      "organizations": Self.options(
        try parts.database.searchChoices().organizations,
        chosen: organization
      )
    ]
    if rule != nil || organization != nil {
      values["list"] = try list(fields, rule: rule, organization: organization, limit: limit)
    } else if let groups {
      values["groups"] = try groups.enumerated().map { index, group in
        try self.group(group, isOpen: index < Self.openGroups, limit: min(limit, Self.problemsPerGroup))
      }
      values["none"] = groups.isEmpty
    } else {
      values["isCounting"] = true
    }
    return page("problems", .problems, values, request)
  }

  private func list(
    _ fields: FormFields,
    rule: String?,
    organization: String?,
    limit: Int
  ) throws -> PageValues {
    let after = fields["after"].flatMap { Int64($0) }
    let found = try parts.database.problems(
      rule: rule,
      severity: fields["severity"],
      organization: organization,
      after: after,
      limit: limit + 1
    )
    let address = { (next: Int64?) -> String in
      fields.address(
        "/problems",
        ["rule", "severity", "organization"],
        (name: "after", value: next.map { "\($0)" })
      )
    }
    var values: PageValues = [
      "title": PageText.cut([rule, organization].compactMap(\.self).joined(separator: ", "), 100),
      "problems": found.prefix(limit).map { Self.problem($0, now: parts.now()) }, "none": found.isEmpty,
    ]
    if found.count > limit { values["next"] = address(found[limit - 1].id) }
    if after != nil { values["first"] = address(nil) }
    return values
  }

  private func group(_ group: ProblemGroup, isOpen: Bool, limit: Int) throws -> PageValues {
    let shown =
      isOpen
      ? try parts.database.problems(
        rule: group.rule,
        severity: group.severity,
        organization: nil,
        after: nil,
        limit: limit
      ) : []
    var values: PageValues = [
      "rule": PageText.cut(group.rule, 60), "severity": group.severity, "count": PageText.number(group.count),
      "severities": group.count == 1 ? group.severity : group.severity + "s",
      "problems": shown.map { Self.problem($0, now: parts.now()) },
      "address": PageAddress.path(
        "/problems",
        [("rule", PageText.cut(group.rule, 200)), ("severity", group.severity)]
      ),
      "hasMore": group.count > shown.count,
    ]
    values["oldest"] = moment(group.since)
    return values
  }
}
