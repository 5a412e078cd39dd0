import Testing
import Transport

@testable import AzureDevOps

/// What is sent again and when (facts/azure-devops-api.md 4.4, facts/peers.md 4.4).
struct RetryRuleTests {
  private static func answer(
    _ status: Int,
    _ fields: [(String, String)] = [],
    _ body: String = "{}"
  ) -> AttemptFailure {
    let headers = HTTPHeaders(fields.map { (name: $0.0, value: $0.1) })
    let response = HTTPResponse(status: status, headers: headers, body: Array(body.utf8))
    let error = FetchError(answer: response) ?? FetchError(.broken, status: status, detail: "not whole")
    return AttemptFailure(error, signals: RateSignals(headers, now: 0))
  }

  private static func lost(_ code: Int) -> AttemptFailure {
    let error = TransportError.failed(code: code, reason: "x")
    return AttemptFailure(FetchError(error), transport: error)
  }

  private func step(
    _ failure: AttemptFailure,
    attempt: Int = 1,
    isIdempotent: Bool = true,
    elapsed: Duration = .zero,
    jitter: Double = 1,
    maxWait: Duration = .seconds(300)
  ) -> RetryStep {
    RetryRule(maxWait: maxWait)
      .step(
        after: failure,
        attempt: attempt,
        isIdempotent: isIdempotent,
        elapsed: elapsed,
        jitter: jitter
      )
  }

  private static let html = [("Content-Type", "text/html")]

  /// The rows of facts/peers.md 4.4, by their last column.
  @Test(arguments: [
    // 429, HTML body: the identity pauses, then again.
    (answer(429, html, "<html>"), RetryStep.wait(.seconds(1), .throttled)),
    // 429 + Retry-After: 2.
    (answer(429, [("Retry-After", "2")]), .wait(.seconds(2), .askedToWait)),
    // 503 + Retry-After: 2.
    (answer(503, [("Retry-After", "2")]), .wait(.seconds(2), .askedToWait)),
    // 500.
    (answer(500), .wait(.seconds(1), .serviceTrouble)),
    // 203 sign-in page, 401: the client renews a token that can be renewed; nothing is sent again as it is.
    (answer(203, html, "<html>"), .giveUp), (answer(401), .giveUp),
    // Connection reset: at once.
    (lost(56), .wait(.zero, .connectionCut)),
  ])
  func `every fault of the table is treated as its last column says`(failure: AttemptFailure, next: RetryStep)
  {
    #expect(step(failure) == next)
  }

  /// Refusals and positive statements are answers.
  @Test(arguments: [
    answer(400), answer(401), answer(401, [("Retry-After", "2")]), answer(403), answer(404),
    answer(404, [], ""), answer(404, [], "not found"), answer(404, html, "<html>"),
    answer(404, [], #"{"message":"TF401174: x"}"#), answer(409), answer(410),
    answer(302), answer(200, html, "<html>"), answer(501), answer(505),
    // The organization is stopped: not to be asked again soon (facts/azure-devops-api.md 5.2).
    answer(503, [], #"{"message":"TF24668: x"}"#),
  ])
  func `an answer that would be the same again is not asked for again`(failure: AttemptFailure) {
    #expect(step(failure) == .giveUp)
  }

  @Test(arguments: [
    (answer(408), RetryReason.serviceTrouble), (answer(502), .serviceTrouble),
    (answer(503), .serviceTrouble), (answer(503, html, "<html>"), .serviceTrouble),
    (answer(504), .serviceTrouble), (answer(429), .throttled), (answer(200), .brokenAnswer),
    (lost(1), .unreachable), (lost(5), .unreachable), (lost(6), .unreachable), (lost(7), .unreachable),
    (lost(8), .unreachable),
    // What a 404 means is said by its body alone: one that broke off may be of any of them.
    (answer(404, [], #"{"message":"TF4011"#), .brokenAnswer),
    (lost(28), .unreachable), (lost(35), .unreachable), (lost(61), .unreachable),
  ])
  func `trouble without a word on how long is waited for longer and longer`(
    failure: AttemptFailure,
    reason: RetryReason
  ) {
    #expect((1...4).map { step(failure, attempt: $0) } == [1, 2, 4, 8].map { .wait(.seconds($0), reason) })
    #expect(step(failure, attempt: 5) == .giveUp)
  }

  @Test(arguments: [16, 18, 52, 55, 56, 92])
  func `a connection that broke is used anew at once, the second time later`(code: Int) {
    #expect(step(Self.lost(code), attempt: 1) == .wait(.zero, .connectionCut))
    #expect(step(Self.lost(code), attempt: 2) == .wait(.seconds(2), .connectionCut))
  }

  @Test(arguments: [
    // A URL that is none, a certificate that is not trusted, an authority's file that cannot be read.
    TransportError.failed(code: 3, reason: "x"), .failed(code: 60, reason: "x"),
    .failed(code: 77, reason: "x"), .bodyTooLarge(limit: 5), .invalidRequest("x"), .closed, .cancelled,
  ])
  func `what is wrong on our side is not tried again`(error: TransportError) {
    #expect(step(AttemptFailure(FetchError(error), transport: error)) == .giveUp)
  }

  /// H158 and facts/azure-devops-api.md 4.4: full jitter, 100 ms to 10 s in five attempts, never over 60 s.
  @Test(arguments: [
    (1, 0.0, 100), (4, 0.0, 100), (1, 0.5, 500), (2, 0.5, 1000), (4, 1.0, 8000), (7, 1.0, 60_000),
    (30, 1.0, 60_000),
  ])
  func `the wait is spread between a tenth of a second and its end`(
    attempt: Int,
    jitter: Double,
    milliseconds: Int
  ) {
    #expect(RetryRule().backOff(attempt: attempt, jitter: jitter) == .milliseconds(milliseconds))
  }

  /// H155, H157, H158.
  @Test(arguments: [
    ("30", RetryStep.wait(.seconds(30), .askedToWait)), ("300", .wait(.seconds(300), .askedToWait)),
    ("301", .giveUp), ("86400", .giveUp), ("0", .wait(.zero, .askedToWait)),
    ("Sun, 06 Nov 1960 08:49:37 GMT", .wait(.zero, .askedToWait)),
    ("garbage", .wait(.seconds(1), .throttled)),
  ])
  func `what the service asks for is waited for up to the longest wait`(value: String, next: RetryStep) {
    #expect(step(Self.answer(429, [("Retry-After", value)])) == next)
  }

  @Test func `a longer wait may be set`() {
    let failure = Self.answer(503, [("Retry-After", "900")])

    #expect(step(failure, maxWait: .seconds(1000)) == .wait(.seconds(900), .askedToWait))
  }

  @Test func `no attempt begins when the time is used up`() {
    // Four pauses of 300 s and ten minutes of time-outs.
    #expect(step(Self.answer(500), elapsed: .seconds(1798)) == .wait(.seconds(1), .serviceTrouble))
    #expect(step(Self.answer(500), elapsed: .seconds(1799)) == .giveUp)
    #expect(step(Self.answer(429, [("Retry-After", "60")]), elapsed: .seconds(1760)) == .giveUp)
  }

  @Test(arguments: [
    (answer(429), true), (answer(503, [("Retry-After", "1")]), true), (lost(7), true),
    (answer(500), false), (answer(503), false), (answer(504, [("Retry-After", "1")]), false),
    (lost(56), false), (lost(28), false), (answer(200), false),
  ])
  func `what may have been done is not done twice`(failure: AttemptFailure, isRepeated: Bool) {
    #expect((step(failure, isIdempotent: false) != .giveUp) == isRepeated)
  }

  @Test func `the rule for single requests repeats nothing`() {
    let failures = [Self.answer(429, [("Retry-After", "0")]), Self.answer(500), Self.lost(56)]

    for failure in failures {
      #expect(RetryRule.never.step(after: failure, attempt: 1, elapsed: .zero, jitter: 0) == .giveUp)
    }
  }
}
