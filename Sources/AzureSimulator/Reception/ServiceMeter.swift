/// What the service allows an identity (facts/azure-devops-api.md 4.1): so many units in a window that slides.
///
/// The real prices of requests are not published, and the real window is five minutes: both are to be set.
package struct MeterOptions: Sendable, Equatable {
  /// Units in a window.
  package var budget: Double
  package var window: Duration
  /// Units for a request of a route that has no price of its own.
  package var price: Double
  /// Units by the short name of a route.
  package var prices: [String: Double]
  /// From which share of the budget on, counted from its end, answers carry the rate limit headers.
  package var nearShare: Double
  /// How much of the budget may be overdrawn by requests that are answered late; beyond, they are refused.
  package var overdraft: Double
  /// How late an answer is when the overdraft is used up; less overdraft, less late.
  package var longestDelay: Duration
  /// Whether the headers are sent at all; a refusal without them says nothing.
  package var sendsHeaders: Bool
  /// Whether an identity has one budget, and one `Retry-After`, for all its organizations.
  package var spansOrganizations: Bool

  package init(
    budget: Double = 200,
    window: Duration = .seconds(300),
    price: Double = 1,
    prices: [String: Double] = [:],
    nearShare: Double = 0.2,
    overdraft: Double = 0.1,
    longestDelay: Duration = .seconds(30),
    sendsHeaders: Bool = true,
    spansOrganizations: Bool = false
  ) {
    self.budget = budget
    self.window = window
    self.price = price
    self.prices = prices
    self.nearShare = nearShare
    self.overdraft = overdraft
    self.longestDelay = longestDelay
    self.sendsHeaders = sendsHeaders
    self.spansOrganizations = spansOrganizations
  }

  func price(of route: String) -> Double { prices[route] ?? price }
}

/// What every identity has spent; moments are durations since the simulator began.
struct ServiceMeter: Sendable {
  /// What the meter says about a request.
  struct Verdict: Sendable, Equatable {
    enum Kind: Sendable, Equatable {
      case usual
      /// Near the end of the budget.
      case near
      /// Over it: answered, but late; `Retry-After` in seconds.
      case delayed(by: Duration, retryAfter: Int)
      /// Far over it: refused; `Retry-After` in seconds.
      case blocked(retryAfter: Int)
    }

    var kind: Kind
    /// Units left, not below zero.
    var remaining: Double
    /// Seconds until all is forgotten if nothing more is asked.
    var reset: Int
  }

  /// Units spent in one slice of time.
  private struct Slice: Sendable {
    let number: Int64
    var units: Double
  }

  private let options: MeterOptions
  private var accounts: [RequestMeter.Caller: [Slice]] = [:]

  /// Slices in a window: what is kept of an identity does not grow with its requests.
  private static let slices: Int64 = 300

  init(_ options: MeterOptions) { self.options = options }

  private var width: Duration { max(options.window / Int(Self.slices), .nanoseconds(1)) }

  /// Charges a request, unless it is refused.
  mutating func charge(_ route: String, to caller: RequestMeter.Caller, at now: Duration) -> Verdict {
    var spent = accounts[caller] ?? []
    spent.removeAll { end(of: $0) <= now }
    let before = spent.reduce(0) { $0 + $1.units }
    let isBlocked = before >= options.budget * (1 + options.overdraft)
    if !isBlocked {
      let number = Int64(now / width)
      if spent.last?.number != number { spent.append(Slice(number: number, units: 0)) }
      spent[spent.count - 1].units += options.price(of: route)
    }
    accounts[caller] = spent
    let used = spent.reduce(0) { $0 + $1.units }
    let kind: Verdict.Kind
    if isBlocked {
      kind = .blocked(retryAfter: wait(spent, now))
    } else if before >= options.budget {
      let share = min(1, (used - options.budget) / max(options.budget * options.overdraft, 1e-9))
      let delay = options.longestDelay * Int(share * 1000) / 1000
      kind = .delayed(by: delay, retryAfter: wait(spent, now))
    } else {
      kind = options.budget - used < options.budget * options.nearShare ? .near : .usual
    }
    return Verdict(
      kind: kind,
      remaining: max(0, options.budget - used),
      reset: Self.seconds(spent.last.map { end(of: $0) - now } ?? .zero)
    )
  }

  /// When a slice is forgotten: a window after its beginning, so that nobody is told to wait for longer than a
  /// window.
  private func end(of slice: Slice) -> Duration { width * Int(slice.number) + options.window }

  /// Seconds until so much is forgotten that a request is within the budget again.
  private func wait(_ spent: [Slice], _ now: Duration) -> Int {
    var left = spent.reduce(0) { $0 + $1.units }
    for slice in spent {
      left -= slice.units
      if left < options.budget { return max(1, Self.seconds(end(of: slice) - now)) }
    }
    return 1
  }

  private static func seconds(_ duration: Duration) -> Int {
    Int((duration / .seconds(1)).rounded(.up))
  }
}

extension ServiceMeter.Verdict {
  /// The answer with what the verdict makes of it.
  ///
  /// - Parameter second: The moment of the answer, in seconds since 1970.
  func altered(_ response: SimulatorResponse, _ options: MeterOptions, second: Int) -> SimulatorResponse {
    var response = response
    var delay: Duration?
    switch kind {
    case .usual: return response
    case .near: break
    case .delayed(let late, let seconds):
      delay = late
      response.delay += late
      if options.sendsHeaders { response.set("Retry-After", "\(seconds)") }
    case .blocked(let seconds):
      if options.sendsHeaders { response.set("Retry-After", "\(seconds)") }
    }
    guard options.sendsHeaders else { return response }
    response.headers += RateLimitHeaders.fields(
      limit: options.budget,
      remaining: remaining,
      reset: second + reset,
      delay: delay
    )
    return response
  }
}

/// The headers near and over the limit (facts/azure-devops-api.md 4.2).
enum RateLimitHeaders {
  /// - Parameters:
  ///   - limit: Units, as `remaining`.
  ///   - reset: Seconds since 1970.
  ///   - delay: How late the answer is; nil when it is not.
  static func fields(limit: Double, remaining: Double, reset: Int, delay: Duration?)
    -> [(name: String, value: String)]
  {
    var fields = [(name: "X-RateLimit-Resource", value: "Core")]
    if let delay { fields.append((name: "X-RateLimit-Delay", value: seconds(delay))) }
    fields.append((name: "X-RateLimit-Limit", value: units(limit)))
    fields.append((name: "X-RateLimit-Remaining", value: units(remaining)))
    fields.append((name: "X-RateLimit-Reset", value: "\(reset)"))
    return fields
  }

  /// With three decimals.
  private static func seconds(_ duration: Duration) -> String {
    let milliseconds =
      duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000
    return "\(milliseconds / 1000).\("\(1000 + milliseconds % 1000)".dropFirst())"
  }

  /// Whole units without decimals, others with two.
  private static func units(_ units: Double) -> String {
    let hundredths = Int((units * 100).rounded())
    guard hundredths % 100 != 0 else { return "\(hundredths / 100)" }
    return "\(hundredths / 100).\("\(100 + hundredths % 100)".dropFirst())"
  }
}
