import Testing
import Transport

@testable import AzureDevOps

/// What the headers of an answer say about limits (facts/azure-devops-api.md 4.2).
struct RateSignalsTests {
  private func signals(_ fields: (String, String)..., now: Int = 0) -> RateSignals {
    RateSignals(HTTPHeaders(fields.map { (name: $0.0, value: $0.1) }), now: now)
  }

  /// H155, H158: a number is seconds, a date is until then and never negative, anything else says nothing.
  @Test(
    arguments: [
      ("30", 30), ("0", 0), (" 2 ", 2), ("Sun, 06 Nov 1994 08:49:57 GMT", 20),
      ("Sun, 06 Nov 1994 08:49:37 GMT", 0), ("Sat, 05 Nov 1994 08:49:37 GMT", 0),
      ("99999999999999999999", 31_622_400), ("soon", nil), ("", nil), ("-5", nil), ("1.5", nil),
      ("Sun, 06 Nov", nil),
    ] as [(String, Int?)]
  )
  func `Retry-After is seconds or a date`(value: String, seconds: Int?) {
    let signals = signals(("Date", "Sun, 06 Nov 1994 08:49:37 GMT"), ("Retry-After", value))

    #expect(signals.retryAfter == seconds.map { .seconds($0) })
    #expect(signals.slowsDown == (seconds != nil))
  }

  @Test func `moments are by the service's clock, and by ours only when it does not tell`() {
    let date = "Sun, 06 Nov 1994 08:49:37 GMT"  // 784,111,777 seconds since 1970

    #expect(signals(("Retry-After", date), now: 784_111_770).retryAfter == .seconds(7))
    #expect(
      signals(("Date", date), ("Retry-After", "Sun, 06 Nov 1994 08:49:40 GMT"), now: 1).retryAfter
        == .seconds(3)
    )
  }

  @Test(arguments: [
    (["X-RateLimit-Resource", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"]),
    (["x-ratelimit-resource", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"]),
    (["X-RATELIMIT-RESOURCE", "X-RATELIMIT-LIMIT", "X-RATELIMIT-REMAINING", "X-RATELIMIT-RESET"]),
  ])
  func `the budget is read in any letter case`(names: [String]) {
    let values = ["Core", "200", "39.5", "1060"]
    let signals = RateSignals(
      HTTPHeaders(zip(names, values).map { (name: $0.0, value: $0.1) }),
      now: 1000
    )

    #expect(
      signals.budget
        == .init(remaining: 39.5, limit: 200, resetAfter: .seconds(60), resource: "Core")
    )
    #expect(!signals.slowsDown, "near the limit is not over it")
  }

  @Test(
    arguments: [
      ("1.250", 1250, true), ("0.000", 0, false), ("30", 30_000, true), ("x", nil, false), ("-1", nil, false),
      ("nan", nil, false),
    ] as [(String, Int?, Bool)]
  )
  func `X-RateLimit-Delay slows down unless it is zero`(value: String, milliseconds: Int?, slows: Bool) {
    let signals = signals(("X-RateLimit-Delay", value))

    #expect(signals.pause == milliseconds.map { .milliseconds($0) })
    #expect(signals.slowsDown == slows)
  }

  @Test func `Retry-After wins over X-RateLimit-Delay`() {
    #expect(signals(("X-RateLimit-Delay", "9.5"), ("Retry-After", "2")).pause == .seconds(2))
    #expect(signals(("X-RateLimit-Delay", "9.5"), ("Retry-After", "soon")).pause == .milliseconds(9500))
  }

  @Test(
    arguments: [
      ("6d0c9b2e-0000-4000-8000-000000000001:Ada@Example.com", "ada@example.com"),
      ("6d0c9b2e-0000-4000-8000-000000000001:", "6d0c9b2e-0000-4000-8000-000000000001"), ("", nil),
    ] as [(String, String?)]
  )
  func `the identity is the name behind the id`(value: String, identity: String?) {
    #expect(signals(("X-VSS-UserData", value)).identity == identity)
  }

  @Test func `an answer without any of them says nothing`() {
    #expect(signals(("Content-Type", "application/json")) == RateSignals())
  }

  @Test(arguments: [("-3", "1000"), ("nan", "1000"), ("5", "never"), ("inf", "1000")])
  func `a budget that makes no sense is none, and never negative`(remaining: String, reset: String) {
    let budget = signals(("X-RateLimit-Remaining", remaining), ("X-RateLimit-Reset", reset)).budget

    #expect(budget == nil || budget == .init(remaining: 0, resetAfter: .seconds(1000)))
  }

  @Test(arguments: [
    ("-9223372036854775808", "Sun, 20 Sep 2026 14:13:20 GMT", 0), ("-1", "Sun, 20 Sep 2026 14:13:20 GMT", 0),
    ("9223372036854775807", "Mon, 01 Jan 1900 00:00:00 GMT", 31_622_400),
  ])
  func `a reset beyond all dates does not turn around`(value: String, date: String, seconds: Int) {
    let signals = signals(("X-RateLimit-Remaining", "1"), ("X-RateLimit-Reset", value), ("Date", date))

    #expect(signals.budget?.resetAfter == .seconds(seconds))
  }

  @Test(arguments: ["nan", "inf", "-inf", "-1", "many"])
  func `a limit that is none is not told`(value: String) {
    let signals = signals(
      ("X-RateLimit-Remaining", "1"),
      ("X-RateLimit-Reset", "60"),
      ("X-RateLimit-Limit", value)
    )

    #expect(signals.budget == RateSignals.Budget(remaining: 1, resetAfter: .seconds(60)))
  }
}
