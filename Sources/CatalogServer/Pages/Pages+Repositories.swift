import CatalogStore
import Hummingbird

extension Pages {
  private static let rowsPerPage = [50, 20, 5]
  private static let coverages = ["valid", "invalid", "unreadable", "none", "skipped", "not asked"]

  /// `/repositories`: why each has entities or has none.
  func repositories(_ request: Request) throws -> Response {
    let fields = FormFields(request.uri.query ?? "")
    var filter = RepositoryFilter()
    filter.name = fields["name"]
    filter.organization = fields["organization"]
    filter.coverage = fields["coverage"].flatMap { Self.coverages.contains($0) ? $0 : nil }
    let after = fields["after"].flatMap { Int64($0) }
    return try Self.light(Self.rowsPerPage) { limit in
      try repositories(request, fields, filter, after, limit: limit)
    }
  }

  private func repositories(
    _ request: Request,
    _ fields: FormFields,
    _ filter: RepositoryFilter,
    _ after: Int64?,
    limit: Int
  ) throws -> String {
    let hits = try parts.database.repositories(matching: filter, after: after, limit: limit)
    let address = { (next: Int64?) -> String in
      fields.address(
        "/repositories",
        ["name", "organization", "coverage"],
        (name: "after", value: next.map { "\($0)" })
      )
    }
    var target = RefreshTarget()
    target.organization = filter.organization
    var values: PageValues = [
      "rows": hits.rows.map(Self.repository), "none": hits.rows.isEmpty && !hits.isCutShort,
      "isCutShort": hits.isCutShort,
      "filter": [
        "name": fields["name"] ?? "",
        "organizations": Self.options(
          try parts.database.searchChoices().organizations,
          chosen: fields["organization"]
        ),
        "coverages": Self.options(Self.coverages, chosen: filter.coverage),
      ] as PageValues,
    ]
    if let organization = filter.organization {
      values["refresh"] = target.values(
        label: "Refresh \(PageText.cut(organization, 40))",
        back: address(nil)
      )
    }
    if let next = hits.next { values["next"] = address(next) }
    if after != nil { values["first"] = address(nil) }
    return page("repositories", .repositories, values, request)
  }

  private static func repository(_ row: CoveredRepository) -> PageValues {
    var values: PageValues = [
      "name": PageText.shown(row.repository, 60, whole: 300),
      "project": PageText.shown("\(row.organization) / \(row.project)", 60, whole: 300),
      "coverage": row.coverage, "class": row.coverage.replacing(" ", with: "-"),
      "files": PageText.number(row.files), "entities": PageText.number(row.entities),
      "errors": PageText.number(row.errors), "warnings": PageText.number(row.warnings), "isFork": row.isFork,
      "reason": PageText.shown(reason(row), 200, whole: 400),
    ]
    values["link"] = source(row.link)
    return values
  }

  /// Why it is so, as a sentence.
  private static func reason(_ row: CoveredRepository) -> String {
    switch (row.coverage, row.reason) {
    case ("valid", _): "Its catalog files are read and right."
    case ("none", _): "No catalog file is where one is looked for."
    case ("not asked", _): "No rule of the settings asks for it."
    case ("skipped", "empty"): "It has no branches yet."
    case ("skipped", "disabled"): "It is disabled in Azure DevOps, which then answers no questions about it."
    case ("skipped", "maintenance"): "It is in maintenance in Azure DevOps."
    case ("skipped", "unlisted"): "The last list did not have it; what was known is kept until it is certain."
    case (_, let reason): reason ?? ""
    }
  }
}
