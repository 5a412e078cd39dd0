import AzureDevOps
import CatalogStore
import Locks
import Settings

/// Says what a crawl would ask, without asking for anything but the lists of repositories, and without storing
/// anything.
package struct CrawlPlanner: Sendable {
  private let environment: Crawler.Environment

  /// - Parameter environment: Its database may be open for reading only.
  package init(_ environment: Crawler.Environment) { self.environment = environment }

  /// Plans a crawl.
  ///
  /// - Returns: The organizations by host and name.
  /// - Throws: `CrawlScopeError` when the request leaves nothing to crawl, `KindRulesError`, what the database
  ///   throws, and `CancellationError`.
  package func plan(_ request: CrawlRequest) async throws -> [OrganizationPlan] {
    let database = environment.database
    let contexts = try FileContexts(environment.settings)
    let hasLocations = try await !database.locations().isEmpty
    let organizations = try CrawlScope.organizations(
      for: request,
      in: environment.settings,
      hasLocations: hasLocations || !environment.settings.staticLocations(contexts).usable.isEmpty,
      knowsPath: try await database.knowsFile(at: request.limits.path)
    )
    let version = JudgingRules(environment.settings.crawler.yaml, contexts: contexts).version
    var plans: [OrganizationPlan] = []
    try await forEachConcurrently(Once(organizations), limit: 8) { organization in
      do {
        let planning = OrganizationPlanning(
          organization: organization,
          request: request,
          rulesVersion: version,
          environment: environment
        )
        return Result<OrganizationPlan, any Error>.success(try await planning.run())
      } catch {
        return .failure(error)
      }
    } collect: { result in
      plans.append(try result.get())
    }
    try Task.checkCancellation()
    if request.command == .sync { plans += try await left(but: organizations) }
    return plans.sorted { ($0.host, $0.name.lowercased()) < ($1.host, $1.name.lowercased()) }
  }
}

extension CrawlPlanner {
  /// Organizations that the settings do not name any more: they are not asked, and what is stored of them goes.
  private func left(but organizations: [ScopedOrganization]) async throws -> [OrganizationPlan] {
    try await environment.database.leftOrganizations(but: organizations.map { ($0.host, $0.name) }).map {
      left in
      var plan = OrganizationPlan(host: left.host, name: left.name)
      (plan.leavingFiles, plan.leavingEntities) = (left.files, left.entities)
      return plan
    }
  }
}

/// Plans one organization.
private struct OrganizationPlanning: Sendable {
  let organization: ScopedOrganization
  let request: CrawlRequest
  let environment: Crawler.Environment
  private let visitPlan: VisitPlan

  init(
    organization: ScopedOrganization,
    request: CrawlRequest,
    rulesVersion: Int64,
    environment: Crawler.Environment
  ) {
    self.organization = organization
    self.request = request
    self.environment = environment
    visitPlan = VisitPlan(
      host: organization.host,
      organization: organization.name,
      rules: organization.rules,
      limits: request.limits,
      program: environment.settings.crawler,
      rulesVersion: rulesVersion
    )
  }

  func run() async throws -> OrganizationPlan {
    var plan = OrganizationPlan(host: organization.host, name: organization.name)
    let stored = try await environment.database.storedOrganization(
      host: organization.host,
      name: organization.name
    )
    var listSeconds: Double?
    if let id = stored?.id, try await isKnown(of: id) {
      try await planKnown(of: id, &plan)
    } else {
      listSeconds = try await planListed(stored, &plan)
    }
    if request.limits == CrawlLimits() { plan.locationRequests = stored?.locationTargets ?? 0 }
    plan.steps.sort {
      ($0.path, $0.branch ?? "", $0.way.rawValue) < ($1.path, $1.branch ?? "", $1.way.rawValue)
    }
    let program = environment.settings.crawler
    plan.rate = OrganizationPlan.rate(
      lastCrawl: stored?.lastCrawl.map { ($0.id, $0.requests, $0.seconds) },
      listSeconds: listSeconds,
      concurrency: program.concurrency,
      requestsPerMinute: program.limits.requestsPerMinute
    )
    return plan
  }

  /// A refresh of a repository that is known needs no list.
  private func isKnown(of id: Int64) async throws -> Bool {
    guard let repository = request.limits.repository else { return false }
    return try await environment.database.knowsRepository(
      named: repository,
      project: request.limits.project,
      of: id
    )
  }

  private func planKnown(of id: Int64, _ plan: inout OrganizationPlan) async throws {
    var last: Int64 = 0
    while true {
      let page = try await environment.database.repositories(
        of: id,
        after: last,
        limit: OrganizationDiscovery.pageSize
      )
      for repository in page
      where request.limits.allows(repository) {
        plan.repositories += 1
        count(repository, &plan)
      }
      guard let next = page.last?.id else { return }
      last = next
    }
  }

  /// Reads the list.
  ///
  /// - Returns: How long an answer took on average.
  private func planListed(
    _ stored: StoredOrganization?,
    _ plan: inout OrganizationPlan
  ) async throws -> Double? {
    let traffic = Guarded(Traffic())
    let client = environment.client(
      host: organization.host,
      name: organization.name,
      counting: traffic
    )
    let empty = plan
    let clock = ContinuousClock()
    let begin = clock.now
    var planned = plan
    do {
      _ = try await client.listRepositories { rows in
        let known = try await environment.database.known(rows.map(ListedRepository.init), of: stored?.id)
        for repository in known {
          planned.repositories += 1
          if repository.id == 0 { planned.newRepositories += 1 }
          count(repository, &planned)
        }
      } restart: {
        planned = empty
      }
      planned.missingRepositories = max(
        0,
        (stored?.repositories ?? 0) - (planned.repositories - planned.newRepositories)
      )
    } catch let error as FetchError {
      guard error.meaning != .cancelled else { throw CancellationError() }
      planned = empty
      planned.failure = error.fullDescription
    }
    plan = planned
    plan.listRequests = traffic.withLock { $0.requests }
    let taken = begin.duration(to: clock.now) / Duration.seconds(1)
    return plan.failure == nil ? taken / Double(max(1, plan.listRequests)) : nil
  }

  private func count(_ repository: KnownRepository, _ plan: inout OrganizationPlan) {
    guard repository.state == .active || repository.state == .empty else {
      plan.closedRepositories += 1
      return
    }
    var visits = visitPlan.visits(to: repository)
    let searches = visitPlan.searches(of: repository)
    if request.command == .sync { plan.countLeaving(repository, visits, searches) }
    if request.command == .refresh { visits += visitPlan.visitsToUnasked(of: repository) }
    plan.count(visits, searches)
  }
}
