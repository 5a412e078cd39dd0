import CatalogStore
import Foundation
import Settings
import Transport

/// A refresh of what is due, within a budget of requests.
package struct DueRefresh: Sendable, Equatable, Codable {
  /// Requests that one run of the command may plan in one organization.
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

/// Decides which repositories of an organization are visited, and says afterwards when each is due again.
struct DueRepositories: Sendable {
  let refresh: DueRefresh
  let database: CatalogDatabase
  let organization: Int64
  let now: Date
  private let intervals: RefreshIntervals
  /// The repositories whose visits are planned.
  private let planned = Guarded<[RepositoryPace]>([])

  /// - Throws: What the database throws.
  init(
    _ refresh: DueRefresh,
    of organization: Int64,
    database: CatalogDatabase,
    now: Date
  ) async throws {
    self.refresh = refresh
    self.database = database
    self.organization = organization
    self.now = now
    let rates = Guarded(ChangeRates())
    try await database.forEachPace(of: organization) { changes, seconds in
      rates.withLock { $0.add(ChangeHistory(changes: changes, seconds: seconds)) }
    }
    intervals = RefreshIntervals(
      rates.withLock { $0 },
      budget: .init(requests: refresh.budget),
      bounds: refresh.bounds
    )
  }

  /// The repositories that are due, the longest due first, as many as the budget may be enough for, and how many there
  /// are in all.
  func find() async throws -> (paces: [RepositoryPace], count: Int) {
    try await database.duePaces(
      of: organization,
      interval: intervals.interval(for: ChangeHistory()) / .seconds(1),
      longest: refresh.longest,
      at: now,
      limit: refresh.budget
    )
  }

  func plan(_ pace: RepositoryPace) { planned.withLock { $0.append(pace) } }

  /// Notes what the visits have shown: they are made, and stored.
  ///
  /// - Throws: What the database throws.
  func end(at now: Date) async throws {
    var paces: [RepositoryPace] = []
    for var pace in planned.withLock({ $0 }) {
      var history = ChangeHistory(changes: pace.changes, seconds: pace.seconds)
      // What a full crawl has found since the last visit counts too. The first visit only begins to look.
      if let before = pace.visitedAt {
        let hasChanged = try await database.hasChanged(pace.repository, since: before)
        history = history.visited(after: .seconds(now.timeIntervalSince(before)), hasChanged: hasChanged)
      }
      (pace.changes, pace.seconds) = (history.changes, history.seconds)
      pace.interval = intervals.interval(for: history) / .seconds(1)
      paces.append(pace)
    }
    try await database.store(paces, at: now)
  }
}
