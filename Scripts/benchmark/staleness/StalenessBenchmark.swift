import Crawl
import Foundation
import TestSupport

/// Prints how far behind the catalog is under one budget, visited in turn and at the crawler's intervals.
///
/// Called by Scripts/benchmark.sh --staleness; fails when the second is not at most half of the first.
@main
struct StalenessBenchmark {
  static func main() {
    print("5000 repositories; staleness: for how long what is stored has been outdated, in the mean over")
    print("repositories and 60 days, after 30 days to learn; in turn, and at the crawler's intervals")
    print("exponent  most/day  visits/5 min  seed    in turn   adaptive  ratio   outdated    adaptive")
    var isGood = true
    let worlds = [
      (1.1, 16.0, 100), (1.3, 16, 100), (1.6, 16, 100), (2.0, 16, 100), (1.3, 16, 20), (1.6, 16, 20),
      (2.0, 16, 20),
    ]
    for (exponent, changesPerDay, visits) in worlds {
      for seed in [1, 2, 3] as [UInt64] {
        let simulation = VisitSimulation(
          repositories: 5000,
          exponent: exponent,
          changesPerDay: changesPerDay,
          visitsPerWindow: visits,
          warmUp: 30,
          days: 90,
          seed: seed
        )
        let inTurn = simulation.roundRobin()
        let adaptive = adaptive(simulation)
        let ratio = adaptive.staleness / inTurn.staleness
        isGood = isGood && ratio <= 0.5 && adaptive.visits <= inTurn.visits
        let line = String(
          format: "%8.1f  %8.0f  %12d  %4d %9.2fs %9.2fs  %5.2f  %8.3f%%   %8.3f%%",
          exponent,
          changesPerDay,
          visits,
          Int(seed),
          inTurn.staleness,
          adaptive.staleness,
          ratio,
          inTurn.outdatedShare * 100,
          adaptive.outdatedShare * 100
        )
        print(line)
      }
    }
    guard isGood else {
      print("a ratio is above 0.50, or more visits were made than in turn")
      exit(1)
    }
  }

  private static func adaptive(_ simulation: VisitSimulation) -> VisitSimulation.Result {
    let budget = RefreshIntervals.Budget(requests: simulation.visitsPerWindow)
    var histories = [ChangeHistory](repeating: ChangeHistory(), count: simulation.repositories)
    var intervals = RefreshIntervals(ChangeRates(), budget: budget)
    return simulation.run {
      var rates = ChangeRates()
      for history in histories { rates.add(history) }
      intervals = RefreshIntervals(rates, budget: budget)
    } interval: { repository, elapsed, hasChanged in
      histories[repository] = histories[repository].visited(after: .seconds(elapsed), hasChanged: hasChanged)
      return intervals.interval(for: histories[repository]) / .seconds(1)
    }
  }
}
