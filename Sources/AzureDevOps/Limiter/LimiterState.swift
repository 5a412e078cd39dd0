/// The rules of a limiter: events go in, actions come out; no clock, no task.
///
/// Moments are durations since the limiter was made. The number of requests under way begins at the configured
/// one, is halved when the service complains, and climbs back: doubling to the last level that went well, then
/// one by one (decisions.md 15). What was already under way when the service complained changes nothing but
/// may lengthen the pause.
struct LimiterState: Sendable {
  enum Event: Sendable {
    /// A request wants to start.
    ///
    /// - Parameters:
    ///   - number: The request's own, larger than any before.
    ///   - line: Requests of one line start in order; lines take turns.
    case asked(number: Int, line: Int)
    /// A request that may wait does not want to start any more.
    case left(number: Int)
    case answered(LimiterTicket, LimiterAnswer)
    /// Another organization of the identity has to pause until then.
    case sharedPause(until: Duration)
    /// The moment of `wake` is there.
    case timePassed
  }

  enum Action: Sendable, Equatable {
    case start(LimiterTicket)
    /// Waiting is of no use.
    case refuse(number: Int, LimiterRefusal)
    /// A pause has begun, or has become longer by a second or more.
    case announce(LimiterPause)
    /// Send `timePassed` then, and not at an earlier moment that was told; nil: time alone changes nothing.
    case wake(at: Duration?)
  }

  /// A request that waits.
  private struct Waiting {
    let number: Int
    let asked: Duration
  }

  private let rules: LimiterRules
  private var lines: [(line: Int, waiting: [Waiting])] = []
  private var inFlight = 0
  private var limit: Int
  /// Up to here the limit doubles on its way up.
  private var goodLimit: Int
  /// Whether the limit has gone up, or was at its first value, since it was last lowered.
  private var isProven = true
  private var epoch = 0
  /// Answers without complaint since the limit last changed.
  private var cleanAnswers = 0
  /// Refusals (429) without a clean answer in between, each of a request that was started after the one before.
  private var refusals = 0
  /// Requests that met trouble since the last one that did not.
  private var troubles = 0
  private(set) var pausedUntil: Duration?
  private var pauseReason = PauseReason.asked
  private var announcedUntil = Duration.zero
  private var lastStart: Duration?
  private var pace = BudgetPace()
  private var identity: String?
  private var requests = 0
  private var waits = 0
  private var waited = Duration.zero

  /// After so many refusals that do not say how long to wait the pause is `longPause`
  /// (facts/azure-devops-api.md 4.4).
  private static let maxRefusals = 3
  private static let longPause = Duration.seconds(300)
  /// After so many nobody waits any more: a request is not sent more often either.
  private static let lastRefusal = 5
  /// After so much trouble in a row repeating requests is of no use: several times what may be under way at
  /// the usual settings.
  private static let manyTroubles = 64

  init(_ rules: LimiterRules) {
    self.rules = rules
    limit = rules.concurrency
    goodLimit = rules.concurrency
  }

  mutating func handle(_ event: Event, at now: Duration) -> [Action] {
    var actions: [Action] = []
    switch event {
    case .asked(let number, let line):
      add(Waiting(number: number, asked: now), to: line)
    case .left(let number):
      remove(number)
    case .answered(let ticket, let answer):
      inFlight -= 1
      take(answer, of: ticket, at: now)
      announce(at: now, &actions)
    case .sharedPause(let until):
      pause(until: until, .shared, at: now)
      announce(at: now, &actions)
    case .timePassed:
      break
    }
    if let pausedUntil, pausedUntil <= now { self.pausedUntil = nil }
    pace.forget(at: now)
    refuseWhatWaitsInVain(at: now, &actions)
    startWhatMay(at: now, &actions)
    actions.append(.wake(at: waitingCount > 0 && inFlight < limit ? nextStart(at: now) : nil))
    return actions
  }

  /// Whether nothing but trouble has come for a while.
  var isDown: Bool { troubles >= Self.manyTroubles }

  func snapshot(at now: Duration) -> LimiterSnapshot {
    LimiterSnapshot(
      inFlight: inFlight,
      waiting: waitingCount,
      limit: limit,
      pause: pausedUntil.flatMap {
        $0 > now ? LimiterPause(duration: $0 - now, reason: pauseReason) : nil
      },
      remaining: pace.remaining,
      identity: identity,
      requests: requests,
      waits: waits,
      waited: waited
    )
  }

  // MARK: - The line

  private var waitingCount: Int { lines.reduce(0) { $0 + $1.waiting.count } }

  private mutating func add(_ waiting: Waiting, to line: Int) {
    if let place = lines.firstIndex(where: { $0.line == line }) {
      lines[place].waiting.append(waiting)
    } else {
      lines.append((line, [waiting]))
    }
  }

  private mutating func remove(_ number: Int) {
    for place in lines.indices { lines[place].waiting.removeAll { $0.number == number } }
    lines.removeAll { $0.waiting.isEmpty }
  }

  /// The next request by turns: the first of the first line, which goes behind the others.
  private mutating func takeNext() -> (Waiting, line: Int)? {
    guard var first = lines.first else { return nil }
    lines.removeFirst()
    let next = first.waiting.removeFirst()
    if !first.waiting.isEmpty { lines.append(first) }
    return (next, first.line)
  }

  private mutating func startWhatMay(at now: Duration, _ actions: inout [Action]) {
    while inFlight < limit, nextStart(at: now) <= now, let (next, line) = takeNext() {
      inFlight += 1
      requests += 1
      if next.asked < now {
        waits += 1
        waited += now - next.asked
      }
      lastStart = now
      pace.start(at: now, maxWait: rules.maxWait)
      actions.append(.start(LimiterTicket(number: next.number, line: line, epoch: epoch)))
    }
  }

  /// Nobody waits for longer than the settings allow, or for a service that keeps refusing.
  private mutating func refuseWhatWaitsInVain(at now: Duration, _ actions: inout [Action]) {
    guard let pausedUntil else { return }
    let reason: LimiterRefusal.Reason
    if pausedUntil - now > rules.maxWait {
      reason = .longWait(limit: rules.maxWait)
    } else if refusals >= Self.lastRefusal {
      reason = .refusedAgain(times: refusals)
    } else {
      return
    }
    let refusal = LimiterRefusal(reason: reason, wait: pausedUntil - now)
    for line in lines { actions += line.waiting.map { .refuse(number: $0.number, refusal) } }
    lines = []
  }

  /// The earliest moment for the next request, as far as time decides.
  private func nextStart(at now: Duration) -> Duration {
    var next = pausedUntil ?? .zero
    guard let lastStart else { return next }
    if let cap = rules.requestsPerMinute { next = max(next, lastStart + .seconds(60) / cap) }
    if let paced = pace.nextStart(after: lastStart, inFlight: inFlight, at: now) { next = max(next, paced) }
    return next
  }

  // MARK: - What answers say

  private mutating func take(_ answer: LimiterAnswer, of ticket: LimiterTicket, at now: Duration) {
    if let identity = answer.identity, identity != self.identity {
      // Another identity has another budget; a pause stays, to be on the safe side.
      if self.identity != nil { pace = BudgetPace() }
      self.identity = identity
    }
    let isFresh = ticket.epoch == epoch
    switch answer.kind {
    case .clean:
      troubles = 0
      if isFresh { countClean() }
    case .slow:
      troubles = 0
      if isFresh { lower() }
    case .unavailable:
      troubles += 1
      if isFresh { lower() }
    case .blocked:
      if isFresh {
        refusals += 1
        lower()
      }
    case .silent:
      troubles += 1
    }
    takePause(answer, isFresh: isFresh, at: now)
    guard answer.kind != .silent else { return }
    pace.take(answer.budget, request: ticket.number, lastRequest: requests, at: now, maxWait: rules.maxWait)
  }

  private mutating func takePause(_ answer: LimiterAnswer, isFresh: Bool, at now: Duration) {
    if let asked = answer.pause {
      // Refused although the pause before was kept: what the service asks for is too short.
      let isTooShort = answer.kind == .blocked && isFresh && refusals > 1
      pause(until: now + (isTooShort ? max(asked, answer.backOff) : asked), .asked, at: now)
    } else if answer.kind == .blocked, isFresh {
      let own = refusals >= Self.maxRefusals ? Self.longPause : answer.backOff
      // Our own guess is no reason to give up.
      pause(until: now + min(own, rules.maxWait), .throttled, at: now)
    }
  }

  private mutating func countClean() {
    refusals = 0
    cleanAnswers += 1
    guard limit < rules.concurrency, cleanAnswers >= limit else { return }
    limit = min(rules.concurrency, limit < goodLimit ? min(limit * 2, goodLimit) : limit + 1)
    cleanAnswers = 0
    isProven = true
  }

  private mutating func lower() {
    let half = max(1, limit / 2)
    // While complaints follow one another the level before the first of them is what to go back to.
    if isProven { goodLimit = half }
    limit = half
    isProven = false
    cleanAnswers = 0
    epoch += 1
  }

  private mutating func pause(until end: Duration, _ reason: PauseReason, at now: Duration) {
    guard end > now, end > pausedUntil ?? .zero else { return }
    pausedUntil = end
    pauseReason = reason
  }

  private mutating func announce(at now: Duration, _ actions: inout [Action]) {
    guard let end = pausedUntil, end > now, announcedUntil <= now || end >= announcedUntil + .seconds(1)
    else {
      return
    }
    announcedUntil = end
    actions.append(.announce(LimiterPause(duration: end - now, reason: pauseReason)))
  }
}
