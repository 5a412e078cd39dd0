import AzureDevOps
import CatalogStore
import Locks
import Settings
import Transport

/// How far a crawl is in one organization.
struct OrganizationProgress: Sendable {
  let session: OrganizationSession
  var tally = Tally()
  /// What was written.
  var counts = OrganizationCounts()
  /// Why the organization could not be crawled to its end; nil when it could.
  var failure: FetchError?

  /// Writes down how it ended, which may be done again when more came of it.
  ///
  /// - Throws: What the database throws.
  func end(crawl: Int64, _ environment: Crawler.Environment) async throws -> OrganizationReport {
    let isCancelled = failure?.meaning == .cancelled || Task.isCancelled || environment.stop.isRequested
    var counts = tally.counts + counts
    let traffic = session.traffic.withLock { $0 }
    counts.requests = traffic.requests
    counts.pauses = traffic.pauses.count
    counts.pausedSeconds = traffic.pauses.seconds(until: environment.now())
    let reported = isCancelled ? nil : failure
    try await environment.database.endOrganization(
      session.id,
      crawl: crawl,
      counts: counts,
      failure: reported.map { ReadFailure(rule: $0.meaning.rawValue, message: $0.description) },
      heldBack: tally.heldBack,
      isInterrupted: isCancelled,
      at: environment.now()
    )
    return OrganizationReport(
      host: session.host,
      name: session.name,
      counts: counts,
      isListed: tally.isListed,
      failure: reported.map { ReadFailure(rule: $0.meaning.rawValue, message: $0.fullDescription) },
      heldBack: tally.heldBack ?? HeldBackRemovals(),
      readFailures: tally.failures,
      due: tally.due,
      problems: try await environment.database.problemCounts(of: session.id)
    )
  }
}

extension Crawler.Environment {
  /// Begins a crawl's part in an organization.
  func session(host: String, name: String, crawl: Int64) async throws -> OrganizationSession {
    let id = try await database.beginOrganization(host: host, name: name, crawl: crawl, at: now())
    let traffic = Guarded(Traffic())
    return OrganizationSession(
      id: id,
      host: host,
      name: name,
      client: client(host: host, name: name, counting: traffic),
      traffic: traffic
    )
  }

  /// A client for an organization, whose requests and pauses are counted.
  func client(host: String, name: String, counting traffic: Guarded<Traffic>) -> AzureDevOpsClient {
    let send = send
    let times = settings.crawler.timeouts
    var timeouts = HTTPRequest.Timeouts()
    (timeouts.connect, timeouts.idle, timeouts.total) = (times.connect, times.idle, times.total)
    return AzureDevOpsClient(
      address: OrganizationAddress(host: host, name: name, endpoint: settings.baseURL(forHost: host)),
      authorizer: authorizer,
      timeouts: timeouts,
      maxFileBytes: settings.crawler.yaml.maxBytes,
      pacing: pacing(host: host, name: name, counting: traffic)
    ) { request throws(TransportError) in
      traffic.withLock { $0.requests += 1 }
      return try await send(request)
    }
  }
}
