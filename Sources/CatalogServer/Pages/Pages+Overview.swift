import CatalogStore
import Foundation
import Hummingbird

extension Pages {
  private static let chartedCrawls = 40
  private static let listedCrawls = 5

  /// `/`: how large the catalog is, how good and how fresh.
  func overview(_ request: Request, _ context: CatalogRequestContext) async throws -> Response {
    let crawls = try parts.database.crawlPage(before: nil, limit: Self.chartedCrawls)
    let organizations = try parts.database.organizationOverviews()
    var values: PageValues = [
      "organizations": organizations.map(organization),
      "chart": CrawlChart.svg(crawls),
      "crawls": crawls.prefix(Self.listedCrawls).map { self.crawl($0) },
      "isEmpty": organizations.isEmpty,
    ]
    values["refresh"] = RefreshTarget().values(label: "Crawl everything now", back: "/")
    if let census = try await census.numbers(at: parts.now()) {
      values["census"] = Self.census(census)
    } else {
      values["isCounting"] = true
    }
    return .html(page("overview", .overview, values, request))
  }

  private static func census(_ census: CatalogCensus) -> PageValues {
    [
      "entities": PageText.number(census.entities),
      "repositories": PageText.number(census.repositories),
      "problems": PageText.number(census.problems),
      "kinds": shares(census.kinds.prefix(12)) { PageAddress.path("/catalog", [("kind", $0)]) },
      "coverage": shares(census.coverage[...]) { PageAddress.path("/repositories", [("coverage", $0)]) },
      "ages": shares(census.problemAges[...]) { _ in "/problems" },
    ]
  }

  /// Rows of a table with a bar: `name`, `address`, `count` and `width`, of 100.
  private static func shares(
    _ counts: ArraySlice<CatalogCensus.Count>,
    _ address: (String) -> String
  ) -> [PageValues] {
    let most = max(1, counts.map(\.count).max() ?? 1)
    return counts.map { count in
      [
        "name": PageText.shown(count.name, 40), "address": address(count.name),
        "count": PageText.number(count.count), "width": "\(count.count * 100 / most)",
      ]
    }
  }

  private func organization(_ organization: OrganizationOverview) -> PageValues {
    var values: PageValues = [
      "name": PageText.shown(organization.name), "host": organization.host,
      "address": PageAddress.path("/repositories", [("organization", organization.name)]),
      "problemsAddress": PageAddress.path("/problems", [("organization", organization.name)]),
      "unread": PageText.number(organization.problems.unread),
      "errors": PageText.number(organization.problems.errors),
      "warnings": PageText.number(organization.problems.warnings),
    ]
    values["fresh"] = moment(organization.lastCrawledAt)
    values["failure"] = organization.failure.map { PageText.shown($0, 300) }
    return values
  }

  /// A crawl as a row of a table.
  func crawl(_ crawl: CrawlRecord) -> PageValues {
    var values: PageValues = [
      "id": "\(crawl.id)", "command": crawl.command, "outcome": crawl.outcome,
      "requests": PageText.number(crawl.totals.requests), "failed": PageText.number(crawl.totals.filesFailed),
      "added": PageText.number(crawl.totals.entitiesAdded),
      "changed": PageText.number(crawl.totals.entitiesChanged),
      "removed": PageText.number(crawl.totals.entitiesRemoved),
      "took": PageText.duration(from: crawl.startedAt, to: crawl.endedAt) ?? "—",
    ]
    values["scope"] = crawl.scope.map { PageText.shown($0, 60, whole: 200) }
    values["started"] = moment(crawl.startedAt)
    return values
  }
}
