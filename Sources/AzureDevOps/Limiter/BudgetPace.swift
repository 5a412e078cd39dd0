/// Slows requests down before the identity's budget is gone.
///
/// The service tells what is left only when it is near its end (facts/azure-devops-api.md 4.2), in units whose
/// price for a request it does not publish; the price is learned from how what is left goes down. The less is
/// left, the slower requests follow one another, so that what is left is not overdrawn.
struct BudgetPace: Sendable {
  /// What the service said last, in its units; nil when it says nothing, which means that there is enough.
  private(set) var remaining: Double?
  /// When all is forgotten that was spent, as it was told last.
  private var reset = Duration.zero
  /// The first such moment that was told and is not over; with every request the service moves it on, because
  /// it means that all is forgotten, so that who has nothing left would wait for ever.
  private var firstReset = Duration.zero
  /// The request that was the last one started when the budget was told: an answer to a later one that says
  /// nothing means that there is enough again.
  private var lastRequest = 0
  /// The last request whose answer told the budget: answers do not come in the order of the service.
  private var lastTold = 0
  /// Units for a request; nil while it is not known.
  private(set) var price: Double?
  /// A first guess at the price: what is spent of the budget, by the requests that were started.
  ///
  /// Others may have spent some of it, so that it may be too much; nil when it would be a guess out of nothing.
  private var guess: Double?
  /// When our own requests were started: they are forgotten by the service one window later, which is known
  /// without asking.
  private var history = StartHistory()
  /// The service's window, and when it was told; nil while the renewal is not known to move on with time.
  private var window: (length: Duration, toldAt: Duration)?
  private var firstTold = Duration.zero
  /// Where the measuring of the price began: what was left then, answers since, and when that was.
  private var measured: (from: Double, answers: Int, begin: Duration)?

  /// How long the renewal is watched to see whether it moves on: it is told in whole seconds.
  private static let watch = Duration.seconds(2)
  /// Answers in one measuring of the price: so many that their order, which is not that of the service, does
  /// not matter.
  private static let span = 16
  /// How many times faster than evenly what is left is spent.
  ///
  /// The service's window slides: while something is spent as much is forgotten. Spending what is left evenly
  /// until the renewal, which is always a whole window away, would leave most of it: at `haste` times that
  /// pace both are in balance when one part in `haste + 1` is left. Measured with the simulator's meter, 1 used
  /// 82 % of the budget.
  private static let haste = 20

  /// Takes what an answer says.
  ///
  /// - Parameters:
  ///   - request: The number of the request that was answered.
  ///   - lastRequest: The number of the last one that was started.
  ///   - maxWait: The farthest renewal to reckon with.
  mutating func take(
    _ budget: RateSignals.Budget?,
    request: Int,
    lastRequest: Int,
    at now: Duration,
    maxWait: Duration
  ) {
    guard let budget else {
      if request > self.lastRequest { (remaining, measured) = (nil, nil) }
      return
    }
    reset = now + min(budget.resetAfter, maxWait)
    if remaining == nil || firstReset <= now {
      (firstReset, firstTold) = (reset, now)
    } else if now - firstTold >= Self.watch {
      // A window that slides has its end always as far away; one that is fixed has it at one moment.
      let moves = reset - firstReset >= (now - firstTold) / 2
      // It is told in whole seconds, and begins for the service a moment after it did for us.
      window = moves ? (reset - now + .seconds(1), now) : nil
    } else if let known = window {
      window = (max(known.length, reset - now), now)
    }
    self.lastRequest = lastRequest
    if request > lastTold {
      lastTold = request
      remaining = budget.remaining
    } else {
      remaining = min(remaining ?? budget.remaining, budget.remaining)
    }
    if let limit = budget.limit, lastRequest >= Self.span, limit > budget.remaining {
      guess = (limit - budget.remaining) / Double(lastRequest)
    }
    measure(remaining ?? budget.remaining, at: now)
  }

  /// A request starts.
  mutating func start(at now: Duration, maxWait: Duration) { history.add(at: now, span: maxWait) }

  /// Forgets a budget that is renewed by now.
  mutating func forget(at now: Duration) {
    guard remaining != nil, reset <= now else { return }
    (remaining, measured) = (nil, nil)
  }

  /// The earliest moment for the next request; nil when there is no reason to wait.
  ///
  /// - Parameters:
  ///   - last: When the last request was started.
  ///   - inFlight: Requests whose price may not be in what is left.
  func nextStart(after last: Duration, inFlight: Int, at now: Duration) -> Duration? {
    guard let remaining, reset > now else { return nil }
    // A guess holds nothing back when no answer would come to better it.
    guard let price = price ?? (inFlight > 0 ? guess : nil) else {
      return remaining > 0 ? nil : firstReset
    }
    var requests = remaining / price - Double(inFlight)
    if let window {
      requests += Double(
        history.count(after: window.toldAt - window.length, through: now - window.length)
      )
    }
    guard requests >= 1 else {
      // Answers tell more while some are under way; else somebody has to look when it may be better.
      guard let window else { return inFlight > 0 ? reset : firstReset }
      let begin = max(window.toldAt, now) - window.length
      return history.moment(of: 1 - requests, after: begin).map { $0 + window.length } ?? firstReset
    }
    return last + (reset - now) / (requests * Double(Self.haste))
  }

  private mutating func measure(_ remaining: Double, at now: Duration) {
    guard let (from, answers, begin) = measured else {
      measured = (remaining, 0, now)
      return
    }
    measured = (from, answers + 1, begin)
    // The first price is wanted soon, better ones later.
    let span = price == nil ? Self.span / 4 : Self.span
    guard answers + 1 >= span else { return }
    measured = (remaining, 0, now)
    // What is forgotten meanwhile is given back at the same price.
    let forgotten = window.map { history.count(after: begin - $0.length, through: now - $0.length) } ?? 0
    let paid = answers + 1 - forgotten
    guard paid >= span / 2, from > remaining else { return }
    let sample = (from - remaining) / Double(paid)
    price = max(sample, (price ?? 0) * 0.9 + sample * 0.1)
  }
}
