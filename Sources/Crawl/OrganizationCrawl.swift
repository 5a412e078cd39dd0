import AzureDevOps
import CatalogStore
import Foundation
import Locks
import Settings

/// An organization that a crawl asks questions.
struct OrganizationSession: Sendable {
  /// Its id in the database.
  let id: Int64
  let host: String
  let name: String
  let client: AzureDevOpsClient
  let traffic: Guarded<Traffic>
}

/// A crawl's part in one organization.
struct OrganizationCrawl: Sendable {
  let organization: ScopedOrganization
  let session: OrganizationSession
  let request: CrawlRequest
  let writer: VisitWriter
  let judge: VisitJudge
  let environment: Crawler.Environment

  /// Rows of a listing that are stored in one transaction.
  private static let listingBatch = 500

  /// Lists, visits, and follows the locations that are found, as far as they lead to the organization
  /// itself.
  ///
  /// - Throws: Only what the database throws; everything else is in what came of it.
  func run() async throws -> OrganizationProgress {
    var progress = OrganizationProgress(session: session)
    var tally = Tally()
    progress.failure = try await work(&tally)
    progress.tally = tally
    progress.counts = try await writer.finish(session.id)
    if let failure = progress.failure, failure.meaning != .cancelled { try await keepRoutes() }
    guard tally.hasList, !Task.isCancelled, !environment.stop.isRequested else { return progress }
    do {
      let removals = try await removals.run(mayRemove: progress.failure == nil && request.command == .sync)
      progress.counts.entitiesRemoved += removals.removed
      progress.tally.heldBack = removals.heldBack
    } catch is CancellationError {
      progress.failure = progress.failure ?? FetchError(.cancelled, detail: "cancelled")
    }
    return progress
  }

  private var removals: RemovalPhase {
    RemovalPhase(
      session: session,
      database: environment.database,
      rule: RemovalRule(
        maxShare: environment.settings.crawler.removalMaxShare,
        isAccepted: request.acceptsRemovals
      ),
      now: environment.now
    )
  }

  /// Lists and visits.
  ///
  /// - Returns: Why the organization could not be crawled to its end, or nil.
  private func work(_ tally: inout Tally) async throws -> FetchError? {
    do {
      try checkStop()
      if let due = request.due { return try await visitDue(due, &tally) }
      let needsListing = try await targets.needListing
      if needsListing { try await list(&tally) }
      try checkStop()
      let done = try await environment.database.visited(session.id)
      var failure = try await visit(&tally, but: done, due: nil)
      // What was known under a name may be another repository by now: the list tells.
      if !needsListing, failure == nil, tally.isRepositoryUnavailable {
        try await list(&tally)
        tally.forgetVisits()
        failure = try await visit(&tally, but: nil, due: nil)
      }
      guard failure == nil else { return failure }
      try checkStop()
      return try await followLocations(&tally)
    } catch let error as FetchError {
      return error
    } catch is CancellationError {
      return FetchError(.cancelled, detail: "cancelled")
    }
  }

  /// Visits what is due.
  ///
  /// Lists nothing, and follows no locations: that is a full crawl's business, and has no bound.
  private func visitDue(_ refresh: DueRefresh, _ tally: inout Tally) async throws -> FetchError? {
    let due = try await DueRepositories(
      refresh,
      of: session.id,
      plan: targets.plan(rulesVersion: judge.rules.version),
      database: environment.database,
      now: environment.now()
    )
    let failure = try await visit(&tally, but: nil, due: due)
    tally.due = due.counts
    return failure
  }

  private func followLocations(_ tally: inout Tally) async throws -> FetchError? {
    try await writer.flush()
    try await reach()
    return try await follower.follow(&tally)
  }

  /// Goes on from what is stored of an organization that could not be read: what its locations lead to in others
  /// would else be reached on another way, or on none, for as long as it does not answer.
  private func keepRoutes() async throws {
    guard request.command == .sync else { return }
    do {
      try await reach()
      try await follower.keep()
    } catch is CancellationError {
      // The crawl ends, and whoever called has seen why.
    }
  }

  private func reach() async throws {
    for limits in targets.limits {
      let known = try await targets.knownName(limits)
      try await environment.database.reach(
        organization: session.id,
        project: known?.project ?? limits.project,
        repository: known?.repository ?? limits.repository,
        path: limits.path,
        isAskedOnly: request.command == .sync
      )
    }
  }

  private var targets: OrganizationTargets {
    OrganizationTargets(
      organization: organization,
      session: session,
      request: request,
      environment: environment
    )
  }

  private var follower: LocationFollower {
    LocationFollower(
      session: session,
      environment: environment,
      writer: writer,
      judge: judge,
      isAlone: true
    )
  }

  private func checkStop() throws {
    if environment.stop.isRequested { throw CancellationError() }
  }

  /// Stores the organization's repository list.
  private func list(_ tally: inout Tally) async throws {
    let (id, client) = (session.id, session.client)
    let database = environment.database
    try await database.beginListing(of: id)
    let now = environment.now()
    var batch: [ListedRepository] = []
    var count = 0
    let identity = try await client.listRepositories { rows in
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
    try await database.finishListing(of: id, by: identity, at: now)
    tally.hasList = true
    tally.counts.repositoriesListed = count
    environment.observe(.listed(organization: organization.name, repositories: count))
  }

  private func discovery(
    _ mark: Guarded<VisitMark>,
    but done: VisitedFiles?,
    due: DueRepositories?,
    named: [String]?
  ) -> OrganizationDiscovery {
    OrganizationDiscovery(
      session: session,
      command: request.command,
      plan: targets.plan(rulesVersion: judge.rules.version),
      environment: environment,
      mark: mark,
      done: done,
      hints: hints,
      due: due,
      named: named
    )
  }

  /// A refresh names what is to be looked at.
  private var hints: SearchHints? {
    guard request.command == .sync, environment.settings.crawler.codeSearch else { return nil }
    return SearchHints(session: session, rules: organization.rules, environment: environment)
  }

  /// Visits every planned file.
  ///
  /// - Parameters:
  ///   - done: What the crawl has visited before it was cut off; nil when that is nothing.
  ///   - due: Only what is due; nil for everything.
  /// - Returns: Why the organization could not be visited to its end, or nil.
  private func visit(
    _ tally: inout Tally,
    but done: VisitedFiles?,
    due: DueRepositories?
  ) async throws -> FetchError? {
    let id = session.id
    tally.isListed = true
    let queue = DiscoveryQueue<PlannedVisit>(capacity: OrganizationDiscovery.pageSize)
    let mark = Guarded(VisitMark())
    await writer.follow(mark, of: id)
    // What was found and is not begun yet is left to the next crawl.
    let stopping = environment.stop.whenRequested { Task { await queue.abandon() } }
    defer { environment.stop.forget(stopping) }
    let named = due == nil ? try await targets.repositories().map { Set($0.joined()).sorted() } : nil
    async let discovery = discovery(mark, but: done, due: due, named: named).run(into: queue)
    var failure: FetchError?
    var visited = tally
    do {
      try await forEachConcurrently(queue, limit: environment.settings.crawler.concurrency) {
        visit -> (PlannedVisit, VisitOutcome?) in
        guard mayBegin(visit, due) else { return (visit, nil) }
        return (visit, await judge.outcome(of: visit, session.client))
      } collect: { visit, outcome in
        guard let outcome else {
          _ = mark.withLock { $0.end(visit.repository) }
          return
        }
        if case .failed(let error) = outcome, error.endsOrganization {
          // Which file met it first depends on the order of answers: the report tells, no row does.
          failure = failure ?? error.at("\(visit.projectName)/\(visit.repositoryName) \(visit.path)")
          await queue.abandon()
          return
        }
        visited.count(outcome, visit)
        environment.observe(.visited(organization: organization.name))
        if let found = FileVisit(visit, id, outcome) { try await writer.add(found) }
        if let due {
          due.end(visit.repository, outcome)
          try await writer.add(due.takeFinished())
        }
        if mark.withLock({ $0.end(visit.repository) }) { try await writer.write() }
      }
    } catch {
      await queue.abandon()
      throw error
    }
    tally = visited
    let found = try await discovery
    tally.add(found.tally)
    if let due { try await writer.add(due.takeFinished()) }
    return failure ?? found.failure
  }

  /// Whether the budget has room for a visit; without a budget there always is.
  private func mayBegin(_ visit: PlannedVisit, _ due: DueRepositories?) -> Bool {
    guard let due else { return true }
    let sent = session.traffic.withLock { $0.requests }
    switch visit.listed {
    case nil: return due.start(requests: 1, sent: sent)
    case .failure: return true
    case .success(let blobID):
      // Contents may come together, and from another file.
      let isStored = visit.isStored(as: blobID, rulesVersion: judge.rules.version)
      return isStored || due.start(requests: 0, sent: sent)
    }
  }
}
