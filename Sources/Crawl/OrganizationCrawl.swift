import AzureDevOps
import CatalogStore
import Foundation
import Settings
import Transport

/// A crawl's part in one organization.
struct OrganizationCrawl: Sendable {
  let organization: ScopedOrganization
  let request: CrawlRequest
  let crawl: Int64
  let writer: VisitWriter
  let rules: JudgingRules
  let environment: Crawler.Environment

  /// Repositories per page: small beside what the queue holds back, large enough that the question costs
  /// nothing.
  private static let pageSize = 200
  /// Rows of a listing that are stored in one transaction.
  private static let listingBatch = 500

  /// - Throws: Only what the database throws; everything else is in the report.
  func run() async throws -> OrganizationReport {
    let database = environment.database
    let id = try await database.beginOrganization(
      host: organization.host,
      name: organization.name,
      crawl: crawl,
      at: environment.now()
    )
    let requests = Guarded(0)
    let client = client(counting: requests)
    var tally = Tally()
    let failure = try await work(id, client, &tally)

    var counts = tally.counts + (try await writer.finish(id))
    let isCancelled = failure?.meaning == .cancelled || Task.isCancelled
    if !isCancelled, failure == nil, request.acceptsRemovals, tally.heldBack ?? 0 > 0 {
      counts.entitiesRemoved += try await database.acceptRemovals(of: id)
      tally.heldBack = 0
    }
    counts.requests = requests.withLock { $0 }
    let reported = isCancelled ? nil : failure
    try await database.endOrganization(
      id,
      crawl: crawl,
      counts: counts,
      failure: reported.map { ReadFailure(rule: $0.meaning.rawValue, message: $0.description) },
      heldBack: tally.heldBack,
      isInterrupted: isCancelled,
      at: environment.now()
    )
    let report = OrganizationReport(
      host: organization.host,
      name: organization.name,
      counts: counts,
      isListed: tally.isListed,
      failure: reported.map { ReadFailure(rule: $0.meaning.rawValue, message: $0.fullDescription) },
      heldBack: tally.heldBack ?? 0,
      readFailures: tally.failures,
      problems: try await database.problemCounts(of: id)
    )
    environment.observe(.ended(report))
    return report
  }

  /// Lists and visits.
  ///
  /// - Returns: Why the organization could not be crawled to its end, or nil.
  private func work(
    _ id: Int64,
    _ client: AzureDevOpsClient,
    _ tally: inout Tally
  ) async throws -> FetchError? {
    do {
      let needsListing = try await needsListing(id)
      if needsListing { try await list(id, client, &tally) }
      let failure = try await visit(id, client, &tally)
      // What was known under a name may be another repository by now: the list tells.
      guard !needsListing, failure == nil, tally.isRepositoryUnavailable else { return failure }
      try await list(id, client, &tally)
      tally.forgetVisits()
      return try await visit(id, client, &tally)
    } catch let error as FetchError {
      return error
    } catch is CancellationError {
      return FetchError(.cancelled, detail: "cancelled")
    }
  }

  private func client(counting requests: Guarded<Int>) -> AzureDevOpsClient {
    let send = environment.send
    let times = environment.settings.crawler.timeouts
    var timeouts = HTTPRequest.Timeouts()
    (timeouts.connect, timeouts.idle, timeouts.total) = (times.connect, times.idle, times.total)
    return AzureDevOpsClient(
      address: OrganizationAddress(
        host: organization.host,
        name: organization.name,
        endpoint: environment.settings.baseURL(forHost: organization.host)
      ),
      authorizer: environment.authorizer,
      timeouts: timeouts,
      maxFileBytes: environment.settings.crawler.yaml.maxBytes,
      pacing: environment.pacing(for: organization)
    ) { request throws(TransportError) in
      requests.withLock { $0 += 1 }
      return try await send(request)
    }
  }

  /// A refresh of repositories that are known needs no list.
  private func needsListing(_ id: Int64) async throws -> Bool {
    guard let repository = request.limits.repository else { return true }
    return try await !environment.database.knowsRepository(
      named: repository,
      project: request.limits.project,
      of: id
    )
  }

  /// Stores the organization's repository list.
  private func list(_ id: Int64, _ client: AzureDevOpsClient, _ tally: inout Tally) async throws {
    let database = environment.database
    try await database.beginListing(of: id)
    let now = environment.now()
    var batch: [ListedRepository] = []
    var count = 0
    try await client.listRepositories { rows in
      count += rows.count
      batch += rows.map(ListedRepository.init)
      guard batch.count >= Self.listingBatch else { return }
      try await database.record(batch, of: id, at: now)
      batch = []
    } restart: {
      (batch, count) = ([], 0)
      try await database.beginListing(of: id)
    }
    try await database.record(batch, of: id, at: now)
    tally.heldBack = try await database.finishListing(of: id, at: now)
    tally.counts.repositoriesListed = count
    environment.observe(.listed(organization: organization.name, repositories: count))
  }

  /// Visits every planned file.
  ///
  /// - Returns: Why the organization could not be visited to its end, or nil.
  private func visit(
    _ id: Int64,
    _ client: AzureDevOpsClient,
    _ tally: inout Tally
  ) async throws -> FetchError? {
    tally.isListed = true
    let queue = DiscoveryQueue<PlannedVisit>(capacity: Self.pageSize)
    async let discovery: Void = discover(id, into: queue)
    var failure: FetchError?
    var visited = tally
    do {
      try await forEachConcurrently(queue, limit: environment.settings.crawler.concurrency) { visit in
        (visit, await outcome(of: visit, client))
      } collect: { visit, outcome in
        if case .failed(let error) = outcome, error.endsOrganization {
          // Which file met it first depends on the order of answers: the report tells, no row does.
          failure = failure ?? error.at("\(visit.projectName)/\(visit.repositoryName) \(visit.path)")
          await queue.abandon()
          return
        }
        visited.count(outcome, visit)
        environment.observe(.visited(organization: organization.name))
        if let finding = outcome.finding { try await writer.add(fileVisit(visit, id, finding)) }
      }
    } catch {
      await queue.abandon()
      throw error
    }
    tally = visited
    try await discovery
    return failure
  }

  /// Fills the queue, page by page.
  private func discover(_ id: Int64, into queue: DiscoveryQueue<PlannedVisit>) async throws {
    let plan = VisitPlan(
      host: organization.host,
      organization: organization.name,
      rules: organization.rules,
      limits: request.limits,
      program: environment.settings.crawler
    )
    var last: Int64 = 0
    do {
      while true {
        let page = try await environment.database.repositories(of: id, after: last, limit: Self.pageSize)
        let visits = page.map { ($0, plan.visits(to: $0)) }
        if request.limits == CrawlLimits() { try await markScope(visits) }
        guard await queue.append(contentsOf: visits.flatMap(\.1)) else { break }
        guard page.count == Self.pageSize, let next = page.last?.id else { break }
        last = next
      }
    } catch is CancellationError {
      // The crawl ends: what is queued is dropped by whoever cancelled.
    } catch {
      await queue.abandon()
      throw error
    }
    await queue.finish()
  }

  /// Marks the known files that no rule asks for any more, and those that are asked for again.
  private func markScope(_ page: [(repository: KnownRepository, visits: [PlannedVisit])]) async throws {
    var (left, returned): ([Int64], [Int64]) = ([], [])
    for (repository, visits) in page {
      for file in repository.files {
        let isPlanned = visits.contains { $0.known?.id == file.id }
        if isPlanned, file.isOutOfScope { returned.append(file.id) }
        if !isPlanned, !file.isOutOfScope { left.append(file.id) }
      }
    }
    guard !left.isEmpty || !returned.isEmpty else { return }
    try await environment.database.markScope(left: left, returned: returned, at: environment.now())
  }

  /// Asks for a file and compares the answer with what is stored.
  ///
  /// Away from any actor: reading a content is the crawl's main work.
  @concurrent
  private func outcome(of visit: PlannedVisit, _ client: AzureDevOpsClient) async -> VisitOutcome {
    let answer: Result<RepositoryFile, FetchError>
    do throws(FetchError) {
      let file = try await client.file(
        repositoryID: visit.repositoryGUID,
        path: visit.path,
        branch: visit.branch
      )
      answer = .success(file)
    } catch {
      answer = .failure(error)
    }
    return VisitOutcome(answer: answer, visit: visit, rules: rules)
  }

  private func fileVisit(_ visit: PlannedVisit, _ id: Int64, _ finding: FileVisit.Finding) -> FileVisit {
    FileVisit(
      organization: id,
      repository: visit.repository,
      branch: visit.branch ?? "",
      path: visit.path,
      url: visit.url,
      finding: finding
    )
  }
}

extension ListedRepository {
  fileprivate init(_ row: RepositoryRow) {
    let state: State =
      row.isDisabled
      ? .disabled : row.isInMaintenance ? .maintenance : row.defaultBranch == nil ? .empty : .active
    self.init(
      guid: row.id,
      name: row.name,
      projectGUID: row.projectID,
      projectName: row.projectName,
      defaultBranch: row.defaultBranch,
      size: row.size,
      isFork: row.isFork,
      state: state
    )
  }
}
