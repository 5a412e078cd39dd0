import CatalogStore
import Crawl
import Hummingbird
import Reporting

/// What is known of organizations, repositories and problems.
extension CrawlerRoutes {
  /// The words of `report_repository_coverage`.
  private static let coverages = ["valid", "invalid", "unreadable", "none", "skipped", "not asked"]

  func addCatalog(to group: RouterGroup<CatalogRequestContext>) {
    group.get("organizations") { [parts] _, _ in
      let stored = try await parts.database.organizations()
      let limiters = try await parts.service?.state().limiters ?? []
      return try CrawlerJSON.response(ItemsJSON(items: OrganizationJSON.all(stored, limiters)))
    }
    group.get("repositories") { [parts] request, _ in
      let page = try await parts.database.repositoryRows(
        after: try request.number("after", in: 0...Int64.max) ?? 0,
        organization: request.uri.queryParameters["organization"].map(String.init),
        coverage: try request.word("coverage", among: Self.coverages),
        limit: try request.pageSize()
      )
      return try CrawlerJSON.response(PageJSON(items: page.rows.map(RowJSON.init), next: page.next))
    }
    group.get("problems") { [parts] request, _ in
      let limit = try request.pageSize()
      let rows = try await parts.database.problemRows(
        after: try request.number("after", in: 0...Int64.max) ?? 0,
        organization: request.uri.queryParameters["organization"].map(String.init),
        severity: try request.word("severity", among: ["error", "warning"]),
        limit: limit
      )
      var next: Int64?
      if rows.count == limit, case .integer(let id)? = rows.last?["problem_id"] { next = id }
      return try CrawlerJSON.response(PageJSON(items: rows.map(RowJSON.init), next: next))
    }
    group.get("plan") { [self] request, _ in
      let organization = request.uri.queryParameters["organization"].map(String.init)
      let wanted: CrawlRequest =
        organization.map { .refresh(CrawlLimits(organization: $0)) } ?? .sync
      do {
        return try CrawlerJSON.response(PlanJSON(try await service.plan(wanted)))
      } catch let failure as RequestFailure {
        throw APIError.input(failure.message)
      }
    }
  }
}
