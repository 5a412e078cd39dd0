import CatalogStore
import Foundation
import Locks
import Settings

/// A refresh of what is due, within a budget of requests.
package struct DueRefresh: Sendable, Equatable, Codable {
  /// Requests that one run of the command may send in one organization: no visit begins when so many are sent.
  package var budget: Int
  /// Between which the intervals stay, in seconds.
  package var shortest: Double
  package var longest: Double

  package init(budget: Int = 500, shortest: Double = 300, longest: Double = 7 * 86_400) {
    self.budget = budget
    self.shortest = shortest
    self.longest = longest
  }

  var bounds: RefreshIntervals.Bounds {
    .init(shortest: .seconds(shortest), longest: .seconds(longest))
  }
}

/// What a refresh of what is due came to in one organization.
package struct DueCounts: Sendable, Equatable {
  /// Requests that might be sent.
  package var budget: Int
  /// Repositories that were due when it began.
  package var due = 0
  /// Those of them that were visited and read.
  package var visited = 0
  /// Those of them of which something could not be read: they count as not seen.
  package var unread = 0
  /// Repositories that were visited besides, with what the budget had left.
  package var besides = 0
  /// Whether visits were not made because the budget was used up.
  package var isBudgetUsedUp = false

  package init(budget: Int) { self.budget = budget }

  /// Repositories that are as due as they were.
  package var left: Int { max(0, due - visited - unread) }
}

/// A repository that a refresh of what is due is done with.
struct VisitedRepository: Sendable {
  var pace: RepositoryPace
  /// Whether all of it was read.
  var isRead: Bool
  /// What the next interval follows from.
  var intervals: RefreshIntervals
}

/// Decides which repositories of an organization are visited, and says of each that is done when it is due again.
struct DueRepositories: Sendable {
  /// A repository whose visits are under way.
  private struct Visiting {
    var pace: RepositoryPace
    /// Visits to be made; nil while they are not known.
    var left: Int?
    var isRead = true
  }

  private struct State {
    var visiting: [Int64: Visiting] = [:]
    /// Done, and not taken yet.
    var finished: [VisitedRepository] = []
    var counts: DueCounts
    /// Requests that visits were begun with.
    var started = 0
  }

  let refresh: DueRefresh
  let database: CatalogDatabase
  let organization: Int64
  let now: Date
  private let intervals: RefreshIntervals
  private let state: Guarded<State>

  /// - Parameter plan: Says what a visit costs.
  /// - Throws: What the database throws.
  init(
    _ refresh: DueRefresh,
    of organization: Int64,
    plan: VisitPlan,
    database: CatalogDatabase,
    now: Date
  ) async throws {
    self.refresh = refresh
    self.database = database
    self.organization = organization
    self.now = now
    state = Guarded(State(counts: DueCounts(budget: refresh.budget)))
    intervals = RefreshIntervals(
      try await Self.rates(of: organization, plan, database),
      budget: .init(requests: refresh.budget),
      bounds: refresh.bounds
    )
  }

  /// How often repositories change, and what a visit of each costs.
  private static func rates(
    of organization: Int64,
    _ plan: VisitPlan,
    _ database: CatalogDatabase
  ) async throws -> ChangeRates {
    var rates = ChangeRates()
    var last: Int64 = 0
    let pageSize = OrganizationDiscovery.pageSize
    while true {
      let page = try await database.repositories(of: organization, after: last, limit: pageSize)
      guard let first = page.first?.id, let end = page.last?.id else { return rates }
      let paces = try await database.paces(of: organization, ids: first...end)
      for repository in page {
        let pace = paces[repository.id] ?? (0, 0)
        let history = ChangeHistory(changes: pace.changes, seconds: pace.seconds)
        rates.add(history, requests: plan.cost(of: repository))
      }
      last = end
    }
  }

  /// The repositories that are due, the longest due first, and those to be visited besides, as many as the budget may
  /// be enough for, and how many are due in all.
  func find() async throws -> (paces: [RepositoryPace], count: Int) {
    let found = try await database.duePaces(
      of: organization,
      DueQuestion(
        interval: intervals.interval(for: ChangeHistory()) / .seconds(1),
        shortest: refresh.shortest,
        longest: refresh.longest,
        limit: refresh.budget
      ),
      at: now
    )
    state.withLock { $0.counts.due = found.count }
    return found
  }

  // MARK: - The budget

  /// Begins a visit.
  ///
  /// - Parameters:
  ///   - requests: That it takes at least; 0 when that depends on what else is read.
  ///   - sent: Requests that the crawl has sent in the organization, whatever for.
  /// - Returns: Whether the budget has room for it.
  func start(requests: Int, sent: Int) -> Bool {
    state.withLock { state in
      // What was begun may not be sent yet; what was sent has retries and the files of placeholders.
      guard max(state.started, sent) < refresh.budget else {
        state.counts.isBudgetUsedUp = true
        return false
      }
      state.started += requests
      return true
    }
  }

  func noteBudgetUsedUp() { state.withLock { $0.counts.isBudgetUsedUp = true } }

  // MARK: - What is visited

  /// A repository is about to be visited.
  func plan(_ pace: RepositoryPace) {
    state.withLock { $0.visiting[pace.repository] = Visiting(pace: pace) }
  }

  /// A repository takes more than the whole budget: it is not visited, and holds up no other.
  func giveUp(_ pace: RepositoryPace) {
    state.withLock { state in
      state.visiting[pace.repository] = Visiting(pace: pace, left: 0, isRead: false)
      finish(pace.repository, &state)
    }
  }

  /// The visits to a repository are known.
  ///
  /// - Parameter isRead: Whether everything was read that they follow from.
  func expect(_ visits: Int, of repository: Int64, isRead: Bool = true) {
    state.withLock { state in
      guard var visiting = state.visiting[repository] else { return }
      visiting.left = visits
      visiting.isRead = visiting.isRead && isRead
      state.visiting[repository] = visiting
      finish(repository, &state)
    }
  }

  /// A visit is made, and what it found is with the writer.
  func end(_ repository: Int64, _ outcome: VisitOutcome) {
    state.withLock { state in
      guard var visiting = state.visiting[repository], let left = visiting.left else { return }
      visiting.left = left - 1
      visiting.isRead = visiting.isRead && outcome.isRead
      state.visiting[repository] = visiting
      finish(repository, &state)
    }
  }

  private func finish(_ repository: Int64, _ state: inout State) {
    guard let visiting = state.visiting[repository], visiting.left == 0 else { return }
    state.visiting[repository] = nil
    state.finished.append(
      VisitedRepository(pace: visiting.pace, isRead: visiting.isRead, intervals: intervals)
    )
    switch (visiting.pace.isDue, visiting.isRead) {
    case (true, true): state.counts.visited += 1
    case (true, false): state.counts.unread += 1
    case (false, _): state.counts.besides += 1
    }
  }

  /// The repositories that were done since this was asked last.
  func takeFinished() -> [VisitedRepository] {
    state.withLock { state in
      defer { state.finished = [] }
      return state.finished
    }
  }

  var counts: DueCounts { state.withLock { $0.counts } }
}

extension CatalogDatabase {
  /// Notes what visits have shown that are stored already.
  ///
  /// - Throws: What the database throws.
  func store(_ visited: [VisitedRepository], at now: Date) async throws {
    var paces: [RepositoryPace] = []
    for repository in visited where repository.isRead {
      var pace = repository.pace
      var history = ChangeHistory(changes: pace.changes, seconds: pace.seconds)
      // What a full crawl has found since the last visit counts too. The first visit only begins to look.
      if let before = pace.visitedAt {
        let hasChanged = try await hasChanged(pace.repository, since: before)
        history = history.visited(after: .seconds(now.timeIntervalSince(before)), hasChanged: hasChanged)
      }
      (pace.changes, pace.seconds) = (history.changes, history.seconds)
      pace.interval = repository.intervals.interval(for: history) / .seconds(1)
      paces.append(pace)
    }
    try await store(paces, unread: visited.filter { !$0.isRead }.map(\.pace.repository), at: now)
  }
}
