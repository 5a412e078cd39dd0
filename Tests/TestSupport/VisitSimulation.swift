import Foundation

/// Repositories that change at random, and how far behind one is who visits them under a budget.
///
/// The rates follow a power law: the repository in place `n` changes `n` to the power of minus the exponent as
/// often as the first. Everything follows from the seed.
package struct VisitSimulation: Sendable {
  package var repositories: Int
  package var exponent: Double
  /// Of the repository that changes most often.
  package var changesPerDay: Double
  /// Visits that each window of five minutes allows.
  package var visitsPerWindow: Int
  /// Days until what is learned counts, and all days.
  package var warmUp: Int
  package var days: Int
  package var seed: UInt64

  package static let window = 300.0

  package init(
    repositories: Int,
    exponent: Double,
    changesPerDay: Double,
    visitsPerWindow: Int,
    warmUp: Int,
    days: Int,
    seed: UInt64
  ) {
    self.repositories = repositories
    self.exponent = exponent
    self.changesPerDay = changesPerDay
    self.visitsPerWindow = visitsPerWindow
    self.warmUp = warmUp
    self.days = days
    self.seed = seed
  }

  package struct Result: Sendable, Equatable {
    /// For how long what is known of a repository has been outdated, in the mean over repositories and time,
    /// in seconds; nothing while it is not.
    package var staleness = 0.0
    /// The share of repositories and time in which it is outdated.
    package var outdatedShare = 0.0
    package var visits = 0
    /// The longest time between two visits of a repository, in seconds.
    package var longestInterval = 0.0
  }

  /// Visits whatever is due, the longest due first, as far as the budget goes.
  ///
  /// - Parameters:
  ///   - newDay: Called when a day begins.
  ///   - interval: Given a repository, the seconds since it was visited and whether it has changed since, says
  ///     in how many seconds it is due again.
  package func run(
    newDay: () -> Void,
    interval: (_ repository: Int, _ elapsed: Double, _ hasChanged: Bool) -> Double
  ) -> Result {
    var random = Random(state: seed)
    var rates = (1...repositories).map { changesPerDay / 86_400 * pow(Double($0), -exponent) }
    for place in rates.indices.reversed() {
      rates.swapAt(place, min(place, Int(random.fraction() * Double(place + 1))))
    }
    // The first change that is not known yet, and the last visit.
    var changed = rates.map { random.wait(rate: $0) }
    var visited = [Double](repeating: 0, count: repositories)
    // What becomes due in each window, and what is due.
    let windows = days * Int(86_400 / Self.window)
    var calendar = [[Int]](repeating: [], count: windows)
    calendar[0] = Array(0..<repositories)
    var (due, next) = ([Int](), 0)
    var result = Result()
    let begin = Double(warmUp) * 86_400
    let end = Double(days) * 86_400
    /// Adds the time from a change until it is seen, as far as it counts.
    func count(from change: Double, to visit: Double) {
      guard visit > max(change, begin) else { return }
      let hidden = max(0, begin - change)
      let lag = visit - change
      result.staleness += (lag * lag - hidden * hidden) / 2
      result.outdatedShare += lag - hidden
    }
    for window in 0..<windows {
      let now = Double(window) * Self.window
      if window % Int(86_400 / Self.window) == 0 { newDay() }
      due = Array(due[next...]) + calendar[window]
      (next, calendar[window]) = (0, [])
      while next < due.count, next < visitsPerWindow {
        let repository = due[next]
        next += 1
        let elapsed = now - visited[repository]
        let hasChanged = changed[repository] <= now
        if hasChanged {
          count(from: changed[repository], to: now)
          changed[repository] = now + random.wait(rate: rates[repository])
        }
        if now >= begin {
          result.visits += 1
          result.longestInterval = max(result.longestInterval, elapsed)
        }
        visited[repository] = now
        let later = window + max(1, Int(interval(repository, elapsed, hasChanged) / Self.window))
        if later < windows { calendar[later].append(repository) }
      }
    }
    for change in changed { count(from: change, to: end) }
    let whole = Double(repositories) * (end - begin)
    result.staleness /= whole
    result.outdatedShare /= whole
    return result
  }

  /// One after the other, for ever.
  package func roundRobin() -> Result { run(newDay: {}) { _, _, _ in 0 } }

  /// SplitMix64 (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
  private struct Random {
    var state: UInt64

    /// Above 0 and at most 1.
    mutating func fraction() -> Double {
      state &+= 0x9E37_79B9_7F4A_7C15
      var bits = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
      bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
      return (Double((bits ^ bits >> 31) >> 11) + 1) * 0x1p-53
    }

    mutating func wait(rate: Double) -> Double { -log(fraction()) / rate }
  }
}
