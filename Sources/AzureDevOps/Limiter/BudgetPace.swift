/// Spreads what is left of the identity's budget over the time until it is renewed.
///
/// The service tells what is left only when it is near its end (facts/azure-devops-api.md 4.2), in units whose
/// price for a request it does not publish; the price is learned from how what is left goes down.
struct BudgetPace: Sendable {
  /// What the service said last, in its units; nil when it says nothing, which means that there is enough.
  private(set) var remaining: Double?
  /// When what was spent is forgotten.
  ///
  /// The first moment that was told counts until it is over: with every request the service moves it on,
  /// because it means that all is forgotten, and a rate that follows it never spends what it may.
  private var reset = Duration.zero
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
  /// Where the measuring of the price began: what was left then, and answers since.
  private var measured: (from: Double, answers: Int)?

  /// Answers in one measuring of the price: so many that their order, which is not that of the service, does
  /// not matter.
  private static let span = 16

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
    let told = now + min(budget.resetAfter, maxWait)
    reset = remaining == nil ? told : min(reset, told)
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
    measure(remaining ?? budget.remaining)
  }

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
    guard let price = price ?? (inFlight > 0 ? guess : nil) else { return remaining > 0 ? nil : reset }
    let requests = remaining / price - Double(inFlight)
    return requests < 1 ? reset : min(reset, last + (reset - now) / requests)
  }

  private mutating func measure(_ remaining: Double) {
    guard let (from, answers) = measured else {
      measured = (remaining, 0)
      return
    }
    measured = (from, answers + 1)
    // The first price is wanted soon, better ones later.
    guard answers + 1 >= (price == nil ? 4 : Self.span) else { return }
    measured = (remaining, 0)
    let sample = (from - remaining) / Double(answers + 1)
    // What slides out of the service's window meanwhile makes a sample too small, or negative.
    guard sample > 0 else { return }
    price = max(sample, (price ?? 0) * 0.9 + sample * 0.1)
  }
}
