import AzureDevOps
import CatalogStore
import Crawl
import Credentials
import Foundation
import Hummingbird

extension Pages {
  private static let chartedCrawls = 40
  private static let listedCrawls = 5
  private static let listedRuns = 20
  private static let listedOrganizations = [200, 80, 20, 5]

  /// `/`: how large the catalog is, how good and how fresh.
  func overview(_ request: Request, _ context: CatalogRequestContext) async throws -> Response {
    let crawls = try parts.database.crawlPage(before: nil, limit: Self.chartedCrawls)
    let organizations = try parts.database.organizationOverviews()
    let state = try await parts.service?.state()
    let credentials = CredentialTable(parts.settings())
    let rows = organizations.map { organization in
      self.organization(
        organization,
        credential: credentials.credential(host: organization.host, organization: organization.name),
        limiter: state?.limiters.first { $0.isOf(host: organization.host, organization: organization.name) }
      )
    }
    var values: PageValues = [
      "chart": CrawlChart.svg(crawls),
      "crawls": crawls.prefix(Self.listedCrawls).map { self.crawl($0) },
      "isEmpty": organizations.isEmpty,
    ]
    values["service"] = state.map(service)
    values["refresh"] = RefreshTarget().values(label: "Crawl everything now", back: "/")
    if let census = try await census.numbers(at: parts.now()) {
      values["census"] = Self.census(census)
    } else {
      values["isCounting"] = true
    }
    return Self.light(Self.listedOrganizations) { count in
      values["organizations"] = Array(rows.prefix(count))
      values["more"] = rows.count > count ? PageText.number(rows.count - count) : nil
      return page("overview", .overview, values, request)
    }
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
        "count": PageText.number(count.count),
        "width": "\(count.count == 0 ? 0 : max(1, count.count * 100 / most))",
      ]
    }
  }

  /// - Parameter limiter: Nil before the first request of this process.
  private func organization(
    _ organization: OrganizationOverview,
    credential: ChosenCredential?,
    limiter: LimiterStatus?
  ) -> PageValues {
    var values: PageValues = [
      "name": PageText.shown(organization.name), "host": organization.host,
      "credential": credential?.source.name ?? "none",
      "address": PageAddress.path("/repositories", [("organization", organization.name)]),
      "problemsAddress": PageAddress.path("/problems", [("organization", organization.name)]),
      "unread": PageText.number(organization.problems.unread),
      "errors": PageText.number(organization.problems.errors),
      "warnings": PageText.number(organization.problems.warnings),
    ]
    values["fresh"] = moment(organization.lastCrawledAt)
    values["failure"] = organization.failure.map { PageText.shown($0, 300) }
    values["limiter"] = limiter.map { self.limiter($0.snapshot) }
    return values
  }

  /// What holds requests back at this moment.
  private func limiter(_ snapshot: LimiterSnapshot) -> PageValues {
    var values: PageValues = [
      "inFlight": PageText.number(snapshot.inFlight), "limit": PageText.number(snapshot.limit),
      "requests": PageText.number(snapshot.requests), "waits": PageText.number(snapshot.waits),
    ]
    if snapshot.waits > 0 { values["waited"] = PageText.duration(snapshot.waited / .seconds(1)) }
    if snapshot.waiting > 0 { values["waiting"] = PageText.number(snapshot.waiting) }
    if let pause = snapshot.pause {
      let end = parts.now().addingTimeInterval(pause.duration / .seconds(1))
      values["pausedUntil"] = moment(Timestamp.text(end))
    }
    values["remaining"] = snapshot.remaining.map { PageText.number(Int(max(0, min($0, 1e12)))) }
    return values
  }

  /// What crawls are to come, and what keeps them from it.
  private func service(_ state: ServiceState) -> PageValues {
    var values: PageValues = [
      "runs": state.next.prefix(Self.listedRuns).map { run -> PageValues in
        ["name": PageText.shown(run.name), "at": moment(Timestamp.text(run.at)) ?? PageValues()]
      },
      "hasRuns": !state.next.isEmpty, "isStopping": state.isStopping,
    ]
    if let current = state.current {
      var crawl: PageValues = [
        "command": current.request.command.rawValue, "reason": PageText.shown(current.reason, 80),
        "visited": PageText.number(current.progress.visited),
        "repositories": PageText.number(current.progress.repositories),
      ]
      crawl["id"] = current.crawl.map { "\($0)" }
      values["current"] = crawl
    }
    if state.waiting > 0 { values["waiting"] = PageText.number(state.waiting) }
    values["blocked"] = state.blocked.map { PageText.shown($0, 200) }
    values["settingsError"] = state.settings.error.map { PageText.shown($0, 400, whole: 1_000) }
    return values
  }

  /// How long Azure DevOps made wait, for a table.
  static func paused(_ counts: OrganizationCounts) -> String {
    counts.pauses == 0 ? "—" : PageText.duration(counts.pausedSeconds)
  }

  /// A crawl as a row of a table.
  func crawl(_ crawl: CrawlRecord) -> PageValues {
    var values: PageValues = [
      "id": "\(crawl.id)", "command": crawl.command, "outcome": crawl.outcome,
      "requests": PageText.number(crawl.totals.requests), "failed": PageText.number(crawl.totals.filesFailed),
      "paused": Self.paused(crawl.totals),
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
