import TestSupport
import Testing

@testable import Crawl

/// How often each repository is visited under a budget of requests.
struct RefreshIntervalsTests {
  private static let day = Duration.seconds(86_400)
  /// As many seconds as a hundred days.
  private static let longAsleep = ChangeHistory(changes: 0, seconds: 100 * 86_400)
  private static let busy = ChangeHistory(changes: 1000, seconds: 100 * 86_400)

  private func intervals(
    _ histories: [ChangeHistory],
    requests: Int,
    _ bounds: RefreshIntervals.Bounds = .init()
  ) -> RefreshIntervals {
    var rates = ChangeRates()
    for history in histories { rates.add(history) }
    return RefreshIntervals(rates, budget: .init(requests: requests), bounds: bounds)
  }

  // MARK: - What is learned

  @Test func `a repository nobody has seen changes once in forty days`() {
    #expect(abs(ChangeHistory().rate * 40 * 86_400 - 1) < 1e-9)
  }

  @Test func `a visit that finds nothing lowers the rate, one that finds a change raises it`() {
    let history = ChangeHistory(changes: 3, seconds: 30 * 86_400)

    #expect(history.visited(after: Self.day, hasChanged: false).rate < history.rate)
    #expect(history.visited(after: Self.day, hasChanged: true).rate > history.rate)
  }

  /// The rate that is found in one visit in ten is -ln(0.9) for each visit; what was believed before pulls it
  /// down, since it does not grow old.
  @Test func `a change that one visit in ten finds is about one change in ten intervals`() {
    var history = ChangeHistory()
    for number in 1...20_000 {
      history = history.visited(after: .seconds(3600), hasChanged: number % 10 == 0)
    }

    #expect((0.06...0.106).contains(history.rate * 3600))
  }

  @Test func `a change after a long time stands for several when the repository is known as busy`() {
    let before = ChangeHistory(changes: 300, seconds: 30 * 86_400)

    let after = before.visited(after: Self.day, hasChanged: true)

    // Six a day are expected by then.
    #expect((5.5...6.5).contains(after.changes - 300 * 0.9772))
  }

  @Test func `a repository that falls asleep is believed to after some weeks`() {
    var history = ChangeHistory(changes: 600, seconds: 60 * 86_400)
    for _ in 1...120 { history = history.visited(after: Self.day, hasChanged: false) }

    #expect(history.rate < Self.busy.rate / 8)
  }

  @Test(arguments: [Duration.zero, .seconds(-1)])
  func `a clock that stands or goes back teaches nothing`(elapsed: Duration) {
    #expect(Self.busy.visited(after: elapsed, hasChanged: true) == Self.busy)
  }

  // MARK: - Intervals

  @Test func `the busy are visited more often than the sleeping, all within the bounds`() {
    let histories = Array(repeating: Self.longAsleep, count: 990) + Array(repeating: Self.busy, count: 10)
    let bounds = RefreshIntervals.Bounds(shortest: .seconds(600), longest: Self.day * 2)
    let intervals = intervals(histories, requests: 20, bounds)

    let (busy, asleep) = (intervals.interval(for: Self.busy), intervals.interval(for: Self.longAsleep))

    #expect(busy < asleep / 4)
    #expect(busy >= bounds.shortest)
    #expect(asleep <= bounds.longest)
  }

  @Test func `what changes eight times as often is visited twice as often, when nothing changes often`() {
    let rare = ChangeHistory(changes: 0.5, seconds: 880 * 86_400)
    let often = ChangeHistory(changes: 7.5, seconds: 880 * 86_400)
    let intervals = intervals(
      Array(repeating: rare, count: 500) + Array(repeating: often, count: 500),
      requests: 100
    )

    #expect(abs(intervals.interval(for: rare) / intervals.interval(for: often) - 2) < 0.02)
  }

  @Test(arguments: [2, 5, 20, 100])
  func `the intervals come to the budget`(requests: Int) {
    let histories = (0..<1000).map { ChangeHistory(changes: Double($0), seconds: 90 * 86_400) }
    let intervals = intervals(histories, requests: requests)

    // Rates are put together in buckets, so not to the last request.
    let spent = histories.reduce(0) { $0 + .seconds(300) / intervals.interval(for: $1) }
    #expect(abs(spent / Double(requests) - 1) < 0.1)
    #expect(intervals.requestsPerWindow <= Double(requests) * 1.001)
  }

  @Test func `a budget that is more than enough visits everything as often as the bound allows`() {
    let intervals = intervals([Self.busy, Self.longAsleep], requests: 1000)

    #expect(intervals.interval(for: Self.busy) == .seconds(300))
    #expect(intervals.interval(for: Self.longAsleep) == .seconds(300))
    #expect(abs(intervals.requestsPerWindow - 2) < 1e-6)
  }

  @Test func `a budget that is too small for the longest interval says so`() {
    let bounds = RefreshIntervals.Bounds(longest: .seconds(3600))
    let intervals = intervals(Array(repeating: Self.busy, count: 1200), requests: 10, bounds)

    #expect(intervals.interval(for: Self.busy) == bounds.longest)
    #expect(abs(intervals.requestsPerWindow - 100) < 1e-6)
  }

  @Test func `an organization without repositories needs no request`() {
    #expect(intervals([], requests: 1).requestsPerWindow == 0)
  }

  @Test func `a visit of several requests counts as several`() {
    var rates = ChangeRates()
    for _ in 0..<100 { rates.add(Self.busy, requests: 3) }
    let thrice = RefreshIntervals(rates, budget: .init(requests: 30))
    let once = intervals(Array(repeating: Self.busy, count: 100), requests: 10)

    #expect(thrice.interval(for: Self.busy) == once.interval(for: Self.busy))
  }

  @Test(arguments: [ChangeHistory(), ChangeHistory(changes: 1e12), ChangeHistory(seconds: 1e15)])
  func `no history gives an interval outside the bounds`(history: ChangeHistory) {
    let intervals = intervals([history], requests: 1)

    #expect((Duration.seconds(300)...Self.day * 7).contains(intervals.interval(for: history)))
  }

  // MARK: - Simulation

  /// `Scripts/benchmark.sh --staleness` shows it for larger worlds.
  @Test(arguments: [(1.3, 1), (1.3, 2), (1.6, 3), (2.0, 4)])
  func `the mean staleness is at most half of round-robin's`(exponent: Double, seed: UInt64) {
    let simulation = VisitSimulation(
      repositories: 400,
      exponent: exponent,
      changesPerDay: 10,
      visitsPerWindow: 8,
      warmUp: 10,
      days: 24,
      seed: seed
    )

    let roundRobin = simulation.roundRobin()
    let adaptive = simulation.adaptive(longest: .seconds(7 * 86_400))

    #expect(adaptive.staleness <= roundRobin.staleness / 2, "\(adaptive) against \(roundRobin)")
    #expect(adaptive.visits <= roundRobin.visits)
    #expect(adaptive.longestInterval < 7.5 * 86_400)
  }
}

extension VisitSimulation {
  /// Visits at the intervals that the crawler would choose, worked out anew every day.
  func adaptive(longest: Duration) -> Result {
    let budget = RefreshIntervals.Budget(requests: visitsPerWindow)
    let bounds = RefreshIntervals.Bounds(longest: longest)
    var histories = [ChangeHistory](repeating: ChangeHistory(), count: repositories)
    var intervals = RefreshIntervals(ChangeRates(), budget: budget, bounds: bounds)
    return run {
      var rates = ChangeRates()
      for history in histories { rates.add(history) }
      intervals = RefreshIntervals(rates, budget: budget, bounds: bounds)
    } interval: { repository, elapsed, hasChanged in
      histories[repository] = histories[repository].visited(after: .seconds(elapsed), hasChanged: hasChanged)
      return intervals.interval(for: histories[repository]) / .seconds(1)
    }
  }
}
