@testable import AzureDevOps

/// Drives the rules of a limiter by hand and keeps what they say.
struct LimiterScript {
  private(set) var state: LimiterState
  private(set) var now = Duration.zero
  private(set) var started: [Int] = []
  private(set) var startedAt: [Int: Duration] = [:]
  private(set) var refused: [Int: LimiterRefusal] = [:]
  private(set) var announced: [LimiterPause] = []
  private(set) var tickets: [Int: LimiterTicket] = [:]
  private(set) var wake: Duration?
  private var lastNumber = 0

  init(concurrency: Int = 8, requestsPerMinute: Int? = nil, maxWait: Duration = .seconds(300)) {
    state = LimiterState(
      LimiterRules(concurrency: concurrency, requestsPerMinute: requestsPerMinute, maxWait: maxWait)
    )
  }

  var snapshot: LimiterSnapshot { state.snapshot(at: now) }

  /// Requests of a line want to start, one after the other.
  ///
  /// - Returns: Their numbers.
  @discardableResult
  mutating func ask(_ count: Int = 1, line: Int = 1) -> [Int] {
    (0..<count).map { _ in
      lastNumber += 1
      handle(.asked(number: lastNumber, line: line))
      return lastNumber
    }
  }

  mutating func leave(_ number: Int) { handle(.left(number: number)) }

  mutating func answer(
    _ number: Int,
    _ kind: LimiterAnswer.Kind = .clean,
    pause: Duration? = nil,
    backOff: Duration = .seconds(1),
    remaining: Double? = nil,
    resetAfter: Duration = .seconds(300)
  ) {
    guard let ticket = tickets.removeValue(forKey: number) else { return }
    let budget = remaining.map { RateSignals.Budget(remaining: $0, limit: 200, resetAfter: resetAfter) }
    handle(.answered(ticket, LimiterAnswer(kind, pause: pause, backOff: backOff, budget: budget)))
  }

  /// Asks and answers without complaint, so many requests one after the other.
  mutating func pass(_ count: Int) {
    for _ in 0..<count {
      for number in ask() { answer(number) }
    }
  }

  mutating func pauseTogether(until end: Duration) { handle(.sharedPause(until: end)) }

  /// Lets time pass; the rules are woken when they want to be.
  mutating func advance(to moment: Duration) {
    while let next = wake, next <= moment {
      now = max(now, next)
      handle(.timePassed)
      // Rules that want to be woken for nothing would never let time pass.
      if wake == next { break }
    }
    now = max(now, moment)
  }

  mutating func advance(by duration: Duration) { advance(to: now + duration) }

  private mutating func handle(_ event: LimiterState.Event) {
    for action in state.handle(event, at: now) {
      switch action {
      case .start(let ticket):
        started.append(ticket.number)
        startedAt[ticket.number] = now
        tickets[ticket.number] = ticket
      case .refuse(let number, let refusal): refused[number] = refusal
      case .announce(let pause): announced.append(pause)
      case .wake(let moment): wake = moment
      }
    }
  }
}
