package import AzureDevOps
package import CatalogStore
package import Credentials
package import Foundation
package import Settings
package import Transport

/// One crawl: every organization of the settings at once, into one database.
///
/// For each organization: list its repositories, store the list, queue a visit for every file that a rule
/// asks for, and visit with a bounded number of requests in flight. What the visits find goes through one
/// writer. A failure of a repository or an organization is an outcome that is stored and reported; only a
/// failing database ends the crawl. Cancelling the task ends it early and leaves a consistent database.
package struct Crawler: Sendable {
  /// What a crawl needs from outside.
  package struct Environment: Sendable {
    package var settings: CrawlerSettings
    package var database: CatalogDatabase
    package var authorizer: Authorizer
    package var send: Send
    /// When requests start; kept from crawl to crawl in a process that makes several.
    package var pacing: PacingSource
    package var now: @Sendable () -> Date
    /// Who crawls, for others who want to.
    package var holder: LeaseHolder
    /// What the renewals of the lease are measured by.
    package var leaseClock: any Clock<Duration>
    /// How many connections the process may have at a time; nil when that is no concern.
    package var maxConnections: Int?
    /// Program name and version, stored with the crawl.
    package var program: String
    /// Told of what happens, for people who watch; called from many tasks.
    package var observe: @Sendable (CrawlEvent) -> Void
    /// Asks the crawl to end with what is under way.
    package var stop = CrawlStop()
    /// When the database's write-ahead log is made small during the crawl.
    package var log = LogRule()

    package init(
      settings: CrawlerSettings,
      database: CatalogDatabase,
      authorizer: Authorizer,
      send: @escaping Send,
      program: String,
      pacing: PacingSource? = nil,
      now: @escaping @Sendable () -> Date = { Date() },
      holder: LeaseHolder = LeaseHolder(),
      leaseClock: any Clock<Duration> = ContinuousClock(),
      maxConnections: Int? = nil,
      observe: @escaping @Sendable (CrawlEvent) -> Void = { _ in }
    ) {
      self.settings = settings
      self.database = database
      self.authorizer = authorizer
      self.send = send
      self.pacing = pacing ?? settings.crawler.pacing()
      self.program = program
      self.now = now
      self.holder = holder
      self.leaseClock = leaseClock
      self.maxConnections = maxConnections
      self.observe = observe
    }
  }

  /// How many organizations are crawled at a time.
  private static let maxOrganizations = 64

  let environment: Environment

  /// So many that all of them together keep within the connections that the process may have.
  private var organizationsAtOnce: Int {
    guard let connections = environment.maxConnections else { return Self.maxOrganizations }
    return max(1, min(Self.maxOrganizations, connections / environment.settings.crawler.concurrency))
  }

  package init(_ environment: Environment) { self.environment = environment }

  /// Crawls and returns what came of it; goes on with the last crawl of the same request when that was cut off.
  ///
  /// - Throws: `CrawlScopeError` when the request leaves nothing to crawl, `KindRulesError` for rules that
  ///   cannot be used, `CrawlLeaseError` when another process crawls or has taken over, and what the database
  ///   throws.
  package func run(_ request: CrawlRequest) async throws -> CrawlReport {
    let contexts = try FileContexts(environment.settings)
    let organizations = try await organizations(for: request, contexts)
    let start = CrawlStart(
      command: request.command,
      scope: request.scope,
      request: request.text(organizations, contexts, environment.settings.crawler),
      program: environment.program,
      resumeFor: environment.settings.crawler.resumeFor / .seconds(1)
    )
    return try await LeasedCrawl(environment).run(start) { environment, crawl in
      environment.observe(.began(crawl: crawl))
      return try await Crawler(environment).run(request, crawl, organizations, contexts)
    }
  }

  /// Looks whether a request can be answered, without a crawl.
  ///
  /// - Throws: `CrawlScopeError` and `KindRulesError` as `run`, and what the database throws.
  package func check(_ request: CrawlRequest) async throws {
    _ = try await organizations(for: request, try FileContexts(environment.settings))
  }

  private func organizations(
    for request: CrawlRequest,
    _ contexts: FileContexts
  ) async throws -> [ScopedOrganization] {
    let database = environment.database
    let stored = try await database.locations()
    let locations = environment.settings.staticLocations(contexts)
    let knowsPath = try await database.knowsFile(at: request.limits.path)
    guard request.location == nil else { return [] }
    return try CrawlScope.organizations(
      for: request,
      in: environment.settings,
      hasLocations: !locations.usable.isEmpty || !stored.isEmpty,
      knowsPath: knowsPath
    )
  }

  /// Crawls with the lease.
  private func run(
    _ request: CrawlRequest,
    _ crawl: Int64,
    _ organizations: [ScopedOrganization],
    _ contexts: FileContexts
  ) async throws -> CrawlReport {
    let begin = environment.now()
    let phases = CrawlPhases(environment: environment, request: request, crawl: crawl, contexts: contexts)
    try await untilCancelled { try await phases.begin() }
    var progress: [OrganizationProgress] = []
    var reports: [Int64: OrganizationReport] = [:]
    try await forEachConcurrently(Once(organizations), limit: organizationsAtOnce) {
      [environment] organization in
      do {
        let progress = try await phases.crawl(organization)
        let report = try await progress.end(crawl: crawl, environment)
        environment.observe(.ended(report))
        return Result<(OrganizationProgress, OrganizationReport), any Error>.success((progress, report))
      } catch {
        return .failure(error)
      }
    } collect: { result in
      let (done, report) = try result.get()
      progress.append(done)
      reports[done.session.id] = report
    }
    let named = progress.map(\.session.id)
    for done in try await phases.follow(progress.sorted { $0.session.id < $1.session.id }) {
      reports[done.session.id] = try await done.end(crawl: crawl, environment)
    }
    return try await end(crawl, request, begin, reports, named: named)
  }

  private var isStopped: Bool { Task.isCancelled || environment.stop.isRequested }

  /// - Parameter named: The organizations that the request is of, by their ids in the database.
  private func end(
    _ crawl: Int64,
    _ request: CrawlRequest,
    _ begin: Date,
    _ reports: [Int64: OrganizationReport],
    named: [Int64]
  ) async throws -> CrawlReport {
    var reports = reports
    let outcome = CrawlReport.outcome(of: Array(reports.values), isCancelled: isStopped)
    // What could not be read may lead to anything: nothing is an orphan on doubt.
    if request.command == .sync, outcome == .complete {
      let removed = try await environment.database.sweepOrphans(
        crawl: crawl,
        keepCrawls: environment.settings.crawler.orphanKeepCrawls,
        organizations: named,
        at: environment.now()
      )
      for (organization, count) in removed { reports[organization]?.counts.entitiesRemoved += count }
    } else if request.command == .sync, outcome == .partial {
      try await environment.database.unmarkOrphans(crawl: crawl, at: environment.now())
    }
    let end = environment.now()
    try await untilCancelled {
      _ = try await environment.database.pruneHistory(
        keepDays: environment.settings.crawler.historyKeepDays,
        at: end
      )
    }
    try await environment.database.endCrawl(crawl, outcome: outcome, at: end)
    try await environment.database.emptyLog()
    let report = CrawlReport(
      crawl: crawl,
      command: request.command,
      outcome: outcome,
      seconds: end.timeIntervalSince(begin),
      organizations: reports.values.sorted {
        ($0.host, $0.name.lowercased()) < ($1.host, $1.name.lowercased())
      },
      isOfDue: request.due != nil
    )
    environment.observe(.finished(report))
    return report
  }
}

/// Does a part of a crawl that is left where it is when the crawl is asked to stop: what came of the crawl is said all
/// the same.
func untilCancelled(_ work: () async throws -> Void) async throws {
  do { try await work() } catch is CancellationError {}
}

/// What happens during a crawl.
package enum CrawlEvent: Sendable {
  /// The crawl has its number in the database, that of the one before when it goes on with that.
  case began(crawl: Int64)
  /// An organization's list is read; so many of its repositories may be asked.
  case listed(organization: String, repositories: Int)
  /// So many repositories are due, and so many of them are visited within the budget.
  case due(organization: String, repositories: Int, visited: Int)
  /// Another file of the organization was asked for.
  case visited(organization: String)
  /// No request to the organization starts for so long, or as it may be said, until then.
  case paused(organization: String, Duration, until: Date, reason: PauseReason)
  /// Something of the settings cannot be used and is left out.
  case warning(String)
  /// A reader has kept the database's write-ahead log from being emptied for so long that it has this size.
  case logHeld(bytes: Int64)
  /// An organization is done.
  case ended(OrganizationReport)
  /// The crawl is done.
  case finished(CrawlReport)
}
