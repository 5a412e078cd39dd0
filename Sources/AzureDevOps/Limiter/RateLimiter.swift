import Locks

/// Lets requests to one organization start when the service can take them: the rules of `LimiterState` with a
/// clock and tasks that wait.
///
/// A request takes a ticket, is sent, and gives the ticket back with what came of it. Waiting happens here,
/// before a request is sent, so that it does not count towards the time-outs of a request.
package actor RateLimiter<C: Clock<Duration>> {
  private typealias Turn = Result<LimiterTicket, TurnError>

  private let clock: C
  private let origin: C.Instant
  private let maxWait: Duration
  private let jitter: @Sendable () -> Double
  /// Pauses of the identity's other organizations; nil when each is on its own.
  private let shared: SharedPauses<C>?
  private var state: LimiterState
  private var identity: String?
  private var lastNumber = 0
  private var waiting: [Int: CheckedContinuation<Turn, Never>] = [:]
  /// The lines that have requests waiting or under way, by their number.
  private var lines: [Int: (line: LimiterLine, requests: Int)] = [:]
  private var timer: (at: Duration, task: Task<Void, Never>)?

  /// The longest time that is added to a pause, so that many waiting processes do not come back at one moment.
  private static var longestJitter: Duration { .seconds(1) }

  /// - Parameters:
  ///   - jitter: A number from 0 to 1 that lengthens pauses, by a twentieth at most.
  ///   - shared: Where the pauses of an identity's organizations are kept, to pause together.
  package init(
    _ rules: LimiterRules,
    clock: C,
    jitter: @escaping @Sendable () -> Double,
    shared: SharedPauses<C>? = nil
  ) {
    self.clock = clock
    self.jitter = jitter
    self.shared = shared
    origin = clock.now
    maxWait = rules.maxWait
    state = LimiterState(rules)
  }

  deinit { timer?.task.cancel() }

  /// What can be seen of the limiter at this moment.
  package var snapshot: LimiterSnapshot { state.snapshot(at: now) }

  /// Waits for the turn of a request.
  ///
  /// - Returns: The ticket, which must be given back with `finish` whatever comes of the request.
  /// - Throws: `.refused` when the service asks for a longer wait than is waited for, `.cancelled` as soon as
  ///   the task is cancelled; the request has left its line then.
  package func turn(in line: LimiterLine) async throws(TurnError) -> LimiterTicket {
    lastNumber += 1
    let number = lastNumber
    lines[line.number, default: (line, 0)].requests += 1
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { (continuation: CheckedContinuation<Turn, Never>) in
        if Task.isCancelled {
          continuation.resume(returning: .failure(.cancelled))
        } else {
          waiting[number] = continuation
          let pause = line.isFirstTurn() ? snapshot.pause : nil
          adoptSharedPause()
          handle(.asked(number: number, line: line.number))
          // A pause that began before the line did: nobody else tells it.
          if let pause { line.onPause(pause) }
        }
      }
    } onCancel: {
      // The handler is synchronous, the actor is not; the request is in its line by the time this runs.
      Task { await self.leave(number) }
    }
    if case .failure = result { forget(line.number) }
    return try result.get()
  }

  /// Gives a ticket back.
  ///
  /// - Returns: Whether the service has given nothing but trouble for a while, so that sending a request again
  ///   is of no use.
  @discardableResult
  package func finish(_ ticket: LimiterTicket, with answer: LimiterAnswer) -> Bool {
    var answer = answer
    answer.pause = answer.pause.map(spread)
    if let identity = answer.identity { self.identity = identity }
    adoptSharedPause()
    handle(.answered(ticket, answer))
    if let shared, let identity, let end = state.pausedUntil {
      shared.extend(to: origin.advanced(by: end), of: identity)
    }
    forget(ticket.line)
    return state.isDown
  }

  private var now: Duration { origin.duration(to: clock.now) }

  /// Adds up to a twentieth, so that the wait is never shorter than what was asked for; it does not become too
  /// long by that.
  private func spread(_ pause: Duration) -> Duration {
    let longer = pause + min(pause / 20, Self.longestJitter) * Int(jitter() * 1000) / 1000
    return pause <= maxWait ? min(longer, maxWait) : longer
  }

  private func leave(_ number: Int) {
    guard let continuation = waiting.removeValue(forKey: number) else { return }
    continuation.resume(returning: .failure(.cancelled))
    handle(.left(number: number))
  }

  private func forget(_ line: Int) {
    guard var known = lines[line] else { return }
    known.requests -= 1
    lines[line] = known.requests > 0 ? known : nil
  }

  private func adoptSharedPause() {
    guard let shared, let identity, let end = shared.end(of: identity) else { return }
    handle(.sharedPause(until: origin.duration(to: end)))
  }

  private func handle(_ event: LimiterState.Event) {
    for action in state.handle(event, at: now) {
      switch action {
      case .start(let ticket):
        waiting.removeValue(forKey: ticket.number)?.resume(returning: .success(ticket))
      case .refuse(let number, let refusal):
        waiting.removeValue(forKey: number)?.resume(returning: .failure(.refused(refusal)))
      case .announce(let pause):
        for (line, _) in lines.values { line.onPause(pause) }
      case .wake(let moment):
        setTimer(moment)
      }
    }
  }

  private func setTimer(_ moment: Duration?) {
    guard timer?.at != moment else { return }
    timer?.task.cancel()
    timer = nil
    guard let moment else { return }
    let (clock, deadline) = (clock, origin.advanced(by: moment))
    // Belongs to nobody in particular: whoever waits may be cancelled while the others go on.
    let task = Task { [weak self] in
      do { try await clock.sleep(until: deadline, tolerance: nil) } catch { return }
      await self?.timePassed(moment)
    }
    timer = (moment, task)
  }

  private func timePassed(_ moment: Duration) {
    guard timer?.at == moment else { return }
    timer = nil
    // A pause that another organization has caused meanwhile holds for those who waited, too.
    adoptSharedPause()
    handle(.timePassed)
  }
}

/// Why a request has no turn.
package enum TurnError: Error, Sendable, Equatable {
  case refused(LimiterRefusal)
  case cancelled
}

/// Requests that belong together, such as those of one crawl: they start in order, and lines take turns.
package struct LimiterLine: Sendable {
  let number: Int
  let onPause: @Sendable (LimiterPause) -> Void

  private let hasAsked = Guarded(false)

  private static let lastNumber = Guarded(0)

  /// - Parameter onPause: Told when a pause begins, or becomes longer, while the line has requests that wait or
  ///   are under way; and of the one that holds when its first request asks.
  package init(onPause: @escaping @Sendable (LimiterPause) -> Void = { _ in }) {
    number = Self.lastNumber.withLock { number in
      number += 1
      return number
    }
    self.onPause = onPause
  }

  /// Whether it has not been asked before.
  func isFirstTurn() -> Bool {
    hasAsked.withLock { hasAsked in
      defer { hasAsked = true }
      return !hasAsked
    }
  }
}

/// Until when each identity has to pause, for organizations that pause together
/// (`crawler.limits.shareIdentityPause`).
///
/// Looked at whenever a request would start, so nobody needs to be told.
package final class SharedPauses<C: Clock<Duration>>: Sendable {
  private let ends = Guarded<[String: C.Instant]>([:])

  package init() {}

  func end(of identity: String) -> C.Instant? { ends.withLock { $0[identity] } }

  /// A later end that is known stays.
  func extend(to end: C.Instant, of identity: String) {
    ends.withLock { ends in
      if let known = ends[identity], known >= end { return }
      ends[identity] = end
    }
  }
}
