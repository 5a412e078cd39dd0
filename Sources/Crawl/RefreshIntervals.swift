import Foundation

/// What was seen of how often a repository changes: two numbers that are kept in its row.
///
/// Changes are taken to come at random with a rate of the repository's own (a Poisson process), and the rates
/// of all repositories to be spread widely (a gamma distribution), so that what is known of a repository is two
/// sums. Older observations count less: a repository that falls asleep is believed to, after a while.
package struct ChangeHistory: Sendable, Equatable {
  /// Changes that were seen, with what is to be expected of changes that one visit saw together.
  package var changes: Double
  /// Seconds over which they were seen.
  package var seconds: Double

  package init(changes: Double = 0, seconds: Double = 0) {
    self.changes = changes
    self.seconds = seconds
  }

  /// What is believed of a repository before the first visit: half a change in 20 days.
  private static let before = ChangeHistory(changes: 0.5, seconds: 20 * 86_400)
  /// Seconds after which an observation counts half.
  private static let halfLife = 30.0 * 86_400

  /// Changes per second to be expected; never 0.
  package var rate: Double {
    (Self.before.changes + changes) / (Self.before.seconds + seconds)
  }

  /// The history with one visit more.
  ///
  /// A visit says whether there were changes since the one before, not how many: their number is the mean of
  /// those that are possible at the rate so far, which is above 1 when the visits are too rare.
  ///
  /// - Parameters:
  ///   - elapsed: Since the visit before; nothing is learned when it is not above zero.
  ///   - hasChanged: Whether anything was other than at the visit before.
  package func visited(after elapsed: Duration, hasChanged: Bool) -> ChangeHistory {
    let elapsed = elapsed / .seconds(1)
    guard elapsed > 0 else { return self }
    let weight = exp2(-elapsed / Self.halfLife)
    let expected = rate * elapsed
    let seen = hasChanged ? (expected > 1e-6 ? expected / -expm1(-expected) : 1) : 0
    return ChangeHistory(changes: changes * weight + seen, seconds: seconds * weight + elapsed)
  }
}

/// How many of an organization's repositories change how often; its size does not depend on their number.
package struct ChangeRates: Sendable, Equatable {
  /// Two for each doubling of the rate, from one change in 30 years to one in a second.
  private static let lowest = -60
  private static let highest = 0
  /// Requests per visit of all repositories of a bucket.
  private var requests = [Double](repeating: 0, count: highest - lowest + 1)

  package init() {}

  /// Counts one repository.
  ///
  /// - Parameter requests: That a visit of it takes.
  package mutating func add(_ history: ChangeHistory, requests: Int = 1) {
    guard requests > 0 else { return }
    let bucket = Int((2 * log2(history.rate)).rounded())
    self.requests[min(max(bucket, Self.lowest), Self.highest) - Self.lowest] += Double(requests)
  }

  /// Rates with how many requests it takes to visit all that change so often.
  var buckets: [(rate: Double, requests: Double)] {
    requests.indices.filter { requests[$0] > 0 }.map { (exp2(Double($0 + Self.lowest) / 2), requests[$0]) }
  }
}

/// How long after a visit a repository is to be visited again, so that the whole of an organization is as fresh
/// as a budget of requests allows (facts/azure-devops-api.md 8.3).
///
/// What is made small is the mean time for which stored files lag behind. Between visits `I` apart, a repository
/// that changes `r` times a second lags behind for `I/2 - 1/r + (1 - exp(-r I))/(r² I)` in the mean; one visit
/// more is worth the same everywhere when `I²` times the derivative of this is the same for all. That number is
/// found once for all repositories, and from it each one's interval: those that always change share one interval,
/// of the others one that changes eight times as often is visited twice as often.
///
/// When a visit is over, its time and the interval give the moment at which the next one is due. A crawl visits
/// what is due, the longest due first, and what never was visited before all else.
package struct RefreshIntervals: Sendable, Equatable {
  /// Between which every interval stays.
  package struct Bounds: Sendable, Equatable {
    package var shortest: Duration
    package var longest: Duration

    package init(shortest: Duration = .seconds(300), longest: Duration = .seconds(7 * 86_400)) {
      precondition(shortest > .zero && shortest <= longest, "intervals have a length")
      self.shortest = shortest
      self.longest = longest
    }
  }

  /// Requests that may be sent in so much time.
  package struct Budget: Sendable, Equatable {
    package var requests: Int
    package var window: Duration

    /// - Parameter window: Five minutes is what the service counts by (facts/azure-devops-api.md 4.1).
    package init(requests: Int, window: Duration = .seconds(300)) {
      precondition(requests > 0 && window > .zero, "a budget allows something")
      self.requests = requests
      self.window = window
    }

    var perSecond: Double { Double(requests) / (window / .seconds(1)) }
  }

  private let bounds: Bounds
  /// What one visit more is worth, in square seconds.
  private let worth: Double
  /// Requests in a window of the budget that the intervals come to.
  ///
  /// Above the budget when even the longest intervals take more: then visits become due faster than they can
  /// be made, all of them are late by the same share, and the bound is not kept.
  package let requestsPerWindow: Double

  package init(_ rates: ChangeRates, budget: Budget, bounds: Bounds = Bounds()) {
    self.bounds = bounds
    let buckets = rates.buckets
    func requestsPerSecond(_ worth: Double) -> Double {
      buckets.reduce(0) { $0 + $1.requests / Self.interval(rate: $1.rate, worth: worth, bounds) }
    }
    let longest = bounds.longest / .seconds(1)
    // From "always" to "never" on a logarithmic scale; the greatest is more than the longest interval reaches.
    var (low, high) = (-20.0, log2(longest * longest))
    for _ in 0..<50 {
      let middle = (low + high) / 2
      if requestsPerSecond(exp2(middle)) > budget.perSecond { low = middle } else { high = middle }
    }
    worth = exp2(high)
    requestsPerWindow = requestsPerSecond(worth) * (budget.window / .seconds(1))
  }

  /// How long after a visit the next one is due.
  package func interval(for history: ChangeHistory) -> Duration {
    .seconds(Self.interval(rate: history.rate, worth: worth, bounds))
  }

  /// The interval in seconds at which a visit more is worth so much.
  private static func interval(rate: Double, worth: Double, _ bounds: Bounds) -> Double {
    let shortest = bounds.shortest / .seconds(1)
    let longest = bounds.longest / .seconds(1)
    if gain(rate, longest) <= worth { return longest }
    if gain(rate, shortest) >= worth { return shortest }
    var (low, high) = (log2(shortest), log2(longest))
    for _ in 0..<24 {
      let middle = (low + high) / 2
      if gain(rate, exp2(middle)) < worth { low = middle } else { high = middle }
    }
    return exp2(high)
  }

  /// What one visit more is worth when visits are so many seconds apart; grows with both.
  private static func gain(_ rate: Double, _ interval: Double) -> Double {
    let x = rate * interval
    // The first terms of its series, where the closed form loses its digits.
    let share = x < 1e-3 ? x / 3 - x * x / 8 : 0.5 - (1 - exp(-x) * (1 + x)) / (x * x)
    return share * interval * interval
  }
}
