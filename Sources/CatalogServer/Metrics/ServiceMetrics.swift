import AzureDevOps
import CatalogStore
package import Crawl
import Foundation
import Locks
package import Settings
package import Transport

/// What the service counts of itself, by the names of docs/metrics.md.
///
/// The names without `catalog_crawler_` are Backstage's (facts/backstage-catalog.md 7.11), or usual ones.
package struct ServiceMetrics: Sendable {
  package let registry: MetricsRegistry
  /// The series of answers, by what tells them apart: as few as there are routes and statuses.
  private let answers = Guarded<[AnswerKind: AnswerSeries]>([:])

  package init(_ registry: MetricsRegistry = MetricsRegistry()) { self.registry = registry }

  // MARK: - Requests to Azure DevOps

  private static let azureRequests = MetricDescription(
    "catalog_crawler_azure_requests_total",
    .counter,
    "Requests to Azure DevOps, by what came of them; status 0 is no answer."
  )
  private static let azureSeconds = MetricDescription(
    "catalog_crawler_azure_request_duration_seconds",
    .histogram,
    "How long Azure DevOps took to answer, without waits before a request was sent."
  )
  private static let tokenRequests = MetricDescription(
    "catalog_crawler_token_requests_total",
    .counter,
    "Requests for access tokens, by what came of them; each with status 200 is a token renewed."
  )

  /// Sends as before, and counts what is sent.
  package func watching(
    _ send: @escaping Send,
    settings: @escaping @Sendable () -> CrawlerSettings
  ) -> Send {
    { [self] request throws(TransportError) in
      let begin = ContinuousClock.now
      do throws(TransportError) {
        let response = try await send(request)
        note(request.url, response.status, begin.duration(to: .now), settings())
        return response
      } catch {
        note(request.url, 0, begin.duration(to: .now), settings())
        throw error
      }
    }
  }

  private func note(_ url: String, _ status: Int, _ duration: Duration, _ settings: CrawlerSettings) {
    guard let route = AzureRoute.name(of: url) else {
      let labels = [(name: "source", value: AzureRoute.tokenSource(of: url)), ("status", "\(status)")]
      registry.add(Self.tokenRequests, labels)
      return
    }
    let organization = AzureRoute.organization(of: url, in: settings)
    registry.add(
      Self.azureRequests,
      [("organization", organization), ("route", route), ("status", "\(status)")]
    )
    registry.observe(Self.azureSeconds, [("route", route)], duration / .seconds(1))
  }

  // MARK: - Crawls

  private static let pauses = MetricDescription(
    "catalog_crawler_azure_pauses_total",
    .counter,
    "Times in which no request to an organization was started because the service asked for it."
  )
  private static let crawls = MetricDescription(
    "catalog_crawler_crawls_total",
    .counter,
    "Crawls by command and outcome."
  )
  private static let crawlSeconds = MetricDescription(
    "catalog_crawler_crawl_duration_seconds",
    .histogram,
    "How long crawls took.",
    bounds: [0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 1_800, 3_600, 14_400, 43_200]
  )
  private static let lastCrawl = MetricDescription(
    "catalog_crawler_last_crawl_end_timestamp_seconds",
    .gauge,
    "When the last crawl of this process ended, by command and outcome."
  )
  private static let files = MetricDescription(
    "catalog_crawler_files_visited_total",
    .counter,
    "Files asked for, by result: failed, changed, unchanged."
  )
  private static let entities = MetricDescription(
    "catalog_crawler_entity_changes_total",
    .counter,
    "Entities that crawls have met, by change: added, changed, removed, unchanged."
  )
  private static let processed = MetricDescription(
    "catalog_processed_entities_count",
    .counter,
    "Entities and files processed, by result: unchanged, changed, failed."
  )
  private static let queueDelay = MetricDescription(
    "catalog_processing_queue_delay_seconds",
    .histogram,
    "How long crawls have waited between being due and being started."
  )

  /// Counts what happens during a crawl, and what came of it.
  ///
  /// - Parameter now: Seconds since 1970.
  package func observe(_ event: CrawlEvent, now: Double) {
    switch event {
    case .paused(let organization, _, _, let reason):
      registry.add(Self.pauses, [("organization", organization), ("reason", "\(reason)")])
    case .finished(let report): note(report, now: now)
    case .began, .listed, .due, .visited, .warning, .logHeld, .ended: break
    }
  }

  private func note(_ report: CrawlReport, now: Double) {
    let labels = [(name: "command", value: report.command.rawValue), ("outcome", report.outcome.rawValue)]
    registry.add(Self.crawls, labels)
    registry.set(Self.lastCrawl, labels, to: now)
    registry.observe(Self.crawlSeconds, [("command", report.command.rawValue)], report.seconds)
    let counts = report.totals
    let unchangedFiles = max(0, counts.filesAsked - counts.filesFailed - counts.filesChanged)
    for (result, count) in [
      ("failed", counts.filesFailed), ("changed", counts.filesChanged), ("unchanged", unchangedFiles),
    ] {
      registry.add(Self.files, [("result", result)], by: Double(count))
    }
    for (change, count) in [
      ("added", counts.entitiesAdded), ("changed", counts.entitiesChanged),
      ("removed", counts.entitiesRemoved),
      ("unchanged", counts.entitiesUnchanged),
    ] {
      registry.add(Self.entities, [("change", change)], by: Double(count))
    }
    let changed = counts.entitiesAdded + counts.entitiesChanged + counts.entitiesRemoved
    for (result, count) in [
      ("unchanged", counts.entitiesUnchanged), ("changed", changed), ("failed", counts.filesFailed),
    ] {
      registry.add(Self.processed, [("result", result)], by: Double(count))
    }
  }

  /// Notes how long a crawl that was due has waited.
  package func started(after delay: Duration) { registry.observe(Self.queueDelay, [], delay / .seconds(1)) }

  // MARK: - Answers

  private static let requests = MetricDescription(
    "http_server_requests_total",
    .counter,
    "Requests that were answered, by method, route and status."
  )
  private static let requestSeconds = MetricDescription(
    "http_server_request_duration_seconds",
    .histogram,
    "How long answers took until their body was begun, by route."
  )
  private static let webhooks = MetricDescription(
    "catalog_crawler_webhooks_total",
    .counter,
    "Webhooks by what came of them: queued, coalesced, duplicate, older, ignored, malformed, refused."
  )

  /// - Parameter route: The template of the path; nil for a path that nothing answers to.
  func answered(method: String, route: String?, status: Int, duration: Duration) {
    let kind = AnswerKind(method: method, route: route, status: status)
    let series = answers.withLock { answers in
      if let known = answers[kind] { return known }
      let series = AnswerSeries(kind)
      answers[kind] = series
      return series
    }
    registry.add(series.requests, observing: series.seconds, duration / .seconds(1))
  }

  private struct AnswerKind: Hashable {
    var method: String
    var route: String
    var status: Int

    private static let methods: Set = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

    init(method: String, route: String?, status: Int) {
      self.method = Self.methods.contains(method) ? method : "other"
      // What the framework says of a path that nothing answers to.
      self.route = route == "NotFound" ? "none" : route ?? "none"
      self.status = status
    }
  }

  private struct AnswerSeries {
    let requests: MetricsRegistry.SeriesKey
    let seconds: MetricsRegistry.SeriesKey

    init(_ kind: AnswerKind) {
      requests = MetricsRegistry.SeriesKey(
        ServiceMetrics.requests,
        [("method", kind.method), ("route", kind.route), ("status", "\(kind.status)")]
      )
      seconds = MetricsRegistry.SeriesKey(ServiceMetrics.requestSeconds, [("route", kind.route)])
    }
  }

  func webhook(_ result: String) { registry.add(Self.webhooks, [("result", result)]) }
}

/// What of Azure DevOps an address asks for, without names and ids.
package enum AzureRoute {
  /// The route's name; nil for an address that is not one of its API.
  package static func name(of url: String) -> String? {
    let path = url.prefix { $0 != "?" }
    guard let mark = path.range(of: "/_apis/") else { return nil }
    let segments = path[mark.upperBound...].split(separator: "/").map { $0.lowercased() }
    switch segments.first {
    case "git": return gitName(Array(segments.dropFirst()))
    case "projects": return "projects"
    case "connectiondata": return "connection data"
    case "search": return "code search"
    case "hooks": return "subscriptions"
    default: return "other"
    }
  }

  private static let parts: Set<String> = [
    "items", "itemsbatch", "blobs", "commits", "trees", "refs", "diffs", "stats", "annotatedtags",
  ]

  private static func gitName(_ segments: [String]) -> String {
    switch segments.first {
    case "repositories" where segments.count == 1: "repositories"
    case "repositories" where segments.count == 2: "repository"
    case "repositories": parts.contains(segments[2]) ? segments[2] : "other"
    case "deletedrepositories", "recyclebin": "deleted repositories"
    default: "other"
    }
  }

  /// Who is asked for a token: the sign-in service, or the machine.
  package static func tokenSource(of url: String) -> String {
    url.prefix { $0 != "?" }.contains("/oauth2/v2.0/") ? "sign-in" : "managed identity"
  }

  /// The organization of the settings that an address is of, as it is written there, else `other`.
  package static func organization(of url: String, in settings: CrawlerSettings) -> String {
    var found: (name: String, length: Int)?
    for organization in settings.scope {
      let endpoint = settings.baseURL(forHost: organization.host)
      let base = OrganizationAddress(host: organization.host, name: organization.name, endpoint: endpoint)
        .baseURL
      let isSearch =
        organization.host == AzureHost.services
        && url.contains("//almsearch.dev.azure.com/\(URLText.encoded(organization.name))/")
      guard isSearch || url.hasPrefix(base + "/"), base.count > found?.length ?? 0 else { continue }
      found = (organization.name, base.count)
    }
    return found?.name ?? "other"
  }
}
