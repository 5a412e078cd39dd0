import AzureDevOps
import CatalogStore
import Locks
import Settings

/// Finds out which files of an organization are to be visited, page by page of its repositories.
struct OrganizationDiscovery: Sendable {
  /// Repositories per page: small beside what the queue holds back, large enough that the question costs
  /// nothing.
  static let pageSize = 200

  let session: OrganizationSession
  let command: CrawlCommand
  let plan: VisitPlan
  let environment: Crawler.Environment
  /// Told of every visit that is queued.
  let mark: Guarded<VisitMark>
  /// What the crawl has visited before it was cut off; nil when that is nothing.
  let done: VisitedFiles?
  /// Where to look first; nil to look in the order of the repositories' ids.
  let hints: SearchHints?
  /// Only what is due; nil for everything.
  let due: DueRepositories?
  /// Only these repositories, by their ids in Azure DevOps; nil for all that the plan wants.
  let named: [String]?

  /// What was found out on the way.
  struct Result: Sendable {
    /// Files that are held at most when all searches under way find as many as those before on average.
    private static let heldMatches = 4_000

    var tally = Tally()
    /// Repositories that were searched, and the files that were found.
    var (searched, matches) = (0, 0)

    /// How many repositories may be searched at a time: what each finds is held until the queue has room for it.
    func searchLimit(_ concurrency: Int) -> Int {
      guard matches > 0 else { return concurrency }
      return max(1, min(concurrency, Self.heldMatches * searched / matches))
    }

    /// Why the organization could not be searched to its end.
    var failure: FetchError?
  }

  /// What is wanted of one repository.
  private struct Wanted: Sendable {
    let repository: KnownRepository
    var visits: [PlannedVisit]
    var searches: [PatternSearch]

    func asks(for file: KnownFile) -> Bool {
      visits.contains { $0.known?.id == file.id }
        || searches.contains { search in search.files.contains { $0.id == file.id } }
    }
  }

  /// Fills the queue, waiting while it is full.
  ///
  /// - Throws: What the database throws; the queue takes no more then.
  func run(into queue: DiscoveryQueue<PlannedVisit>) async throws -> Result {
    var result = Result()
    var last: Int64 = 0
    do {
      let preferred = try await discoverPreferred(into: queue, &result)
      if let due { try await discover(due, into: queue, &result) }
      if let named { try await discover(named, into: queue, &result) }
      while due == nil, named == nil {
        let page = try await environment.database.repositories(
          of: session.id,
          after: last,
          limit: Self.pageSize
        )
        try await discover(page.filter { !preferred.contains($0.id) }, into: queue, &result)
        if let end = page.last?.id { mark.withLock { $0.endPlanning(through: end) } }
        guard let next = page.last?.id else { break }
        last = next
      }
    } catch is CancellationError {
      // The crawl ends, or the queue takes no more: what is queued is dropped by whoever ended it.
    } catch {
      await queue.abandon()
      throw error
    }
    if result.failure == nil { await queue.finish() } else { await queue.abandon() }
    return result
  }

  /// Goes through repositories that the request names.
  private func discover(
    _ named: [String],
    into queue: DiscoveryQueue<PlannedVisit>,
    _ sum: inout Result
  ) async throws {
    var left = named[...]
    while !left.isEmpty {
      let page = try await environment.database.repositories(
        of: session.id,
        guids: Array(left.prefix(Self.pageSize))
      )
      left = left.dropFirst(Self.pageSize)
      try await discover(page, into: queue, &sum)
    }
  }

  /// Begins with the repositories that are said to have something new.
  ///
  /// - Returns: Their ids.
  private func discoverPreferred(
    into queue: DiscoveryQueue<PlannedVisit>,
    _ sum: inout Result
  ) async throws -> Set<Int64> {
    var guids = try await hints?.repositories()[...] ?? []
    var preferred: Set<Int64> = []
    while !guids.isEmpty {
      let page = try await environment.database.repositories(
        of: session.id,
        guids: Array(guids.prefix(Self.pageSize))
      )
      preferred.formUnion(page.map(\.id))
      try await discover(page, into: queue, &sum)
      guids = guids.dropFirst(Self.pageSize)
    }
    return preferred
  }

  /// Goes through what is due until the budget is used up.
  private func discover(
    _ due: DueRepositories,
    into queue: DiscoveryQueue<PlannedVisit>,
    _ sum: inout Result
  ) async throws {
    let found = try await due.find()
    var paces = found.paces[...]
    var (left, visited) = (due.refresh.budget, 0)
    while left > 0, !paces.isEmpty {
      let some = paces.prefix(Self.pageSize)
      paces = paces.dropFirst(some.count)
      let known = try await environment.database.repositories(ids: some.map(\.repository))
      let byID = Dictionary(known.map { ($0.id, $0) }) { first, _ in first }
      var page: [KnownRepository] = []
      for pace in some {
        guard let repository = byID[pace.repository] else { continue }
        // What comes on top is known when it is sent.
        let cost = plan.cost(of: repository)
        guard cost <= due.refresh.budget else {
          due.giveUp(pace)
          continue
        }
        guard cost <= left else {
          due.noteBudgetUsedUp()
          left = 0
          break
        }
        left -= cost
        visited += 1
        due.plan(pace)
        page.append(repository)
      }
      try await discover(page, into: queue, &sum)
    }
    if found.count > found.paces.count(where: \.isDue) { due.noteBudgetUsedUp() }
    environment.observe(.due(organization: session.name, repositories: found.count, visited: visited))
  }

  private func discover(
    _ page: [KnownRepository],
    into queue: DiscoveryQueue<PlannedVisit>,
    _ sum: inout Result
  ) async throws {
    let wanted = page.map {
      Wanted(repository: $0, visits: plan.visits(to: $0), searches: plan.searches(of: $0))
    }
    if command == .sync { try await markScope(wanted) }
    try await discover(wanted, into: queue, &sum)
  }

  /// Queues the visits to a page of repositories, searching those that a rule with wildcards wants.
  ///
  /// - Throws: `CancellationError` when the queue takes no more.
  private func discover(
    _ page: [Wanted],
    into queue: DiscoveryQueue<PlannedVisit>,
    _ sum: inout Result
  ) async throws {
    var visits: [PlannedVisit] = []
    var searched: [Wanted] = []
    for var wanted in page {
      if command == .refresh { wanted.visits += plan.visitsToUnasked(of: wanted.repository) }
      leaveOutDone(&wanted, &sum.tally)
      if wanted.searches.isEmpty {
        due?.expect(wanted.visits.count, of: wanted.repository.id)
        visits += wanted.visits
      } else {
        searched.append(wanted)
      }
    }
    guard await append(visits, to: queue) else { throw CancellationError() }
    guard !searched.isEmpty else { return }
    var folders: [FolderVisit] = []
    let limit = sum.searchLimit(environment.settings.crawler.concurrency)
    try await forEachConcurrently(Once(searched), limit: limit) {
      [plan, session, due] wanted -> (Int64, RepositorySearch.Result)? in
      let sent = session.traffic.withLock { $0.requests }
      guard due?.start(requests: wanted.searches.count, sent: sent) ?? true else { return nil }
      let search = RepositorySearch(plan: plan, repository: wanted.repository, searches: wanted.searches)
      return (wanted.repository.id, await search.run(session.client, more: wanted.visits))
    } collect: { searched in
      guard let (repository, result) = searched else { return }
      folders += result.folders
      sum.searched += 1
      sum.matches += result.visits.count
      sum.tally.add(result.tally)
      sum.failure = result.failure
      // Whatever ends the visits ends the searches that are under way.
      let visits = leaveOutDone(result.visits, &sum.tally)
      if result.failure == nil {
        due?.expect(visits.count, of: repository, isRead: result.tally.counts.filesFailed == 0)
      }
      guard result.failure == nil, await append(visits, to: queue) else {
        throw CancellationError()
      }
    }
    try await environment.database.store(folders, of: session.id, at: environment.now())
  }

  /// Queues visits, and notes that they are under way.
  private func append(_ visits: [PlannedVisit], to queue: DiscoveryQueue<PlannedVisit>) async -> Bool {
    mark.withLock { mark in
      for visit in visits { mark.plan(visit.repository) }
    }
    return await queue.append(contentsOf: visits)
  }

  /// Notes the known files that no rule asks for any more and those that are asked for again, and forgets the
  /// folders that no rule looks below.
  private func markScope(_ page: [Wanted]) async throws {
    var (left, returned, folders): ([Int64], [Int64], [Int64]) = ([], [], [])
    for wanted in page {
      for file in wanted.repository.files {
        let isAsked = wanted.asks(for: file)
        if isAsked, !file.isAsked { returned.append(file.id) }
        if !isAsked, file.isAsked { left.append(file.id) }
      }
      let searched = wanted.searches.compactMap(\.known?.id)
      folders += wanted.repository.folders.map(\.id).filter { !searched.contains($0) }
    }
    guard !left.isEmpty || !returned.isEmpty || !folders.isEmpty else { return }
    try await environment.database.markScope(left: left, returned: returned, folders: folders)
  }
}

/// What was visited before the crawl was cut off is left out, and counts as visited and unchanged.
extension OrganizationDiscovery {
  private func leaveOutDone(_ wanted: inout Wanted, _ tally: inout Tally) {
    guard let done else { return }
    let found = wanted.searches.map { plan.visits($0, finding: nil) }
    let isDone = zip(wanted.searches, found).allSatisfy { search, visits in
      search.repository.id <= done.through && search.isDone && visits.allSatisfy(self.isDone)
    }
    // One search that is not done looks at the whole repository again.
    guard isDone else { return }
    for visits in found {
      if visits.isEmpty { tally.counts.filesAsked += 1 }
      for visit in visits { tally.count(.unchanged, visit) }
    }
    wanted.searches = []
    wanted.visits = leaveOutDone(wanted.visits, &tally)
  }

  private func leaveOutDone(_ visits: [PlannedVisit], _ tally: inout Tally) -> [PlannedVisit] {
    guard done != nil else { return visits }
    return visits.filter { visit in
      guard isDone(visit) else { return true }
      tally.count(.unchanged, visit)
      return false
    }
  }

  private func isDone(_ visit: PlannedVisit) -> Bool {
    guard let done, let known = visit.known, known.url == visit.url else { return false }
    switch visit.listed {
    case .success(let blobID) where known.blobID != blobID: return false
    case .failure: return false
    default: break
    }
    guard known.isAbsent || known.origin == visit.origin else { return false }
    return done.contains(known, of: visit.repository, rulesVersion: plan.rulesVersion)
  }
}

extension PatternSearch {
  /// Whether it was made, and by the same rules.
  fileprivate var isDone: Bool {
    known.map { $0.filesID != nil && !$0.hasReadProblem && $0.rulesVersion == rulesVersion } ?? false
  }
}
