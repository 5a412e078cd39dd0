import Testing

@testable import AzureDevOps

/// The limiter's rules without a clock (decisions.md 15, facts/azure-devops-api.md 4.4).
struct LimiterStateTests {
  // MARK: - Requests at a time

  @Test(arguments: [1, 2, 16, 128])
  func `the limit begins at the configured concurrency and holds`(concurrency: Int) {
    var script = LimiterScript(concurrency: concurrency)

    script.ask(concurrency + 3)

    #expect(script.started == Array(1...concurrency))
    #expect(script.snapshot.inFlight == concurrency && script.snapshot.waiting == 3)
    script.answer(1)
    #expect(script.started.last == concurrency + 1)
    #expect(script.wake == nil, "only an answer can help")
  }

  @Test func `a complaint halves the limit once for all that was under way`() {
    var script = LimiterScript(concurrency: 16)
    script.ask(16)

    for number in 1...16 { script.answer(number, .blocked, pause: .seconds(2)) }

    #expect(script.snapshot.limit == 8)
    #expect(script.snapshot.inFlight == 0)
  }

  @Test(arguments: [(16, [8, 4, 2, 1, 1]), (5, [2, 1, 1, 1, 1]), (1, [1, 1, 1, 1, 1])])
  func `complaints one after another halve down to one`(concurrency: Int, limits: [Int]) {
    var script = LimiterScript(concurrency: concurrency)
    var seen: [Int] = []

    for _ in limits {
      for number in script.ask() { script.answer(number, .slow, pause: .seconds(1)) }
      seen.append(script.snapshot.limit)
      script.advance(by: .seconds(2))
    }

    #expect(seen == limits)
  }

  @Test(arguments: [LimiterAnswer.Kind.slow, .unavailable, .blocked])
  func `each kind of complaint lowers the limit, with and without a pause`(kind: LimiterAnswer.Kind) {
    for pause in [nil, .zero, Duration.seconds(2)] {
      var script = LimiterScript(concurrency: 8)
      for number in script.ask() { script.answer(number, kind, pause: pause) }
      #expect(script.snapshot.limit == 4)
    }
  }

  @Test func `what says nothing about limits changes none`() {
    var script = LimiterScript(concurrency: 8)

    for number in script.ask(8) { script.answer(number, .silent) }

    #expect(script.snapshot.limit == 8)
    #expect(script.snapshot.pause == nil)
  }

  @Test func `the limit climbs by doubling to the last good level and then by one`() {
    var script = LimiterScript(concurrency: 16)
    // Down from 16 to 2 in one run of complaints: 8 is the level to go back to.
    for _ in 0..<3 {
      for number in script.ask() { script.answer(number, .slow, pause: .seconds(1)) }
      script.advance(by: .seconds(2))
    }
    #expect(script.snapshot.limit == 2)
    var seen: [Int] = []

    // A round of as many clean answers as the limit is one step.
    while script.snapshot.limit < 16 {
      script.pass(script.snapshot.limit)
      seen.append(script.snapshot.limit)
    }

    #expect(seen == [4, 8, 9, 10, 11, 12, 13, 14, 15, 16])
    script.pass(100)
    #expect(script.snapshot.limit == 16, "never above what is configured")
  }

  @Test func `a complaint on the way up makes half of that level the good one`() {
    var script = LimiterScript(concurrency: 16)
    for number in script.ask() { script.answer(number, .slow) }
    script.pass(8)
    #expect(script.snapshot.limit == 9)

    for number in script.ask() { script.answer(number, .slow) }
    #expect(script.snapshot.limit == 4)
    script.pass(4)

    #expect(script.snapshot.limit == 5, "4 is the good level, from there on by one")
  }

  @Test func `an answer that was under way at the complaint does not count for the climb`() {
    var script = LimiterScript(concurrency: 4)
    script.ask(4)
    script.answer(1, .slow)

    for number in 2...4 { script.answer(number) }

    #expect(script.snapshot.limit == 2)
    script.pass(2)
    #expect(script.snapshot.limit == 3)
  }

  // MARK: - Pauses

  /// H155: after a 429 no request is started until its pause is over; what is under way does not count.
  @Test func `H155: after a refusal nothing starts until its pause is over`() {
    var script = LimiterScript(concurrency: 4)
    script.ask(4)
    script.answer(1, .blocked, pause: .seconds(30))

    script.ask(2)
    script.answer(2)
    script.advance(to: .milliseconds(29_999))

    #expect(script.started == [1, 2, 3, 4])
    #expect(script.wake == nil, "the other two are still under way, and the limit is two")
    script.answer(3)
    #expect(script.wake == .seconds(30))
    script.advance(to: .seconds(30))
    #expect(script.started == [1, 2, 3, 4, 5])
    #expect(script.startedAt[5] == .seconds(30))
  }

  /// H156: a delayed 200 is good, what follows it waits.
  @Test func `H156: an answer that was held back pauses what follows`() {
    var script = LimiterScript()
    for number in script.ask() { script.answer(number, .slow, pause: .milliseconds(1250)) }

    script.ask()
    script.advance(to: .seconds(5))

    #expect(script.startedAt[2] == .milliseconds(1250))
  }

  /// H157: never longer than the longest wait.
  @Test func `H157: a longer pause than is waited for refuses everybody, until it is short enough`() {
    var script = LimiterScript(concurrency: 2, maxWait: .seconds(300))
    script.ask(5)

    script.answer(1, .blocked, pause: .seconds(1000))

    let expected = LimiterRefusal(reason: .longWait(limit: .seconds(300)), wait: .seconds(1000))
    #expect(script.refused == [3: expected, 4: expected, 5: expected])
    script.answer(2)
    script.advance(to: .seconds(600))
    let late = script.ask()
    #expect(script.refused[late[0]]?.wait == .seconds(400))
    script.advance(to: .seconds(700))
    let patient = script.ask()
    script.advance(to: .seconds(1000))
    #expect(script.startedAt[patient[0]] == .seconds(1000))
  }

  @Test func `a later answer may lengthen a pause and never shortens it`() {
    var script = LimiterScript(concurrency: 4)
    script.ask(4)
    script.answer(1, .blocked, pause: .seconds(10))
    script.answer(2, .blocked, pause: .seconds(3))
    script.advance(to: .seconds(5))
    script.answer(3, .slow, pause: .seconds(20))
    script.ask()
    script.advance(to: .seconds(60))

    #expect(script.startedAt[5] == .seconds(25))
    #expect(script.announced.map(\.duration) == [.seconds(10), .seconds(20)])
  }

  /// Facts/azure-devops-api.md 4.4, rule 3: back-off, and five minutes after three refusals in a row.
  @Test func `refusals without a word pause by back-off, then for five minutes, then no more`() {
    var script = LimiterScript(concurrency: 4)
    var pauses: [Duration?] = []

    for backOff in [1, 2, 4, 8, 16] {
      let numbers = script.ask()
      script.advance(by: .seconds(400))
      for number in numbers { script.answer(number, .blocked, backOff: .seconds(backOff)) }
      pauses.append(script.snapshot.pause?.duration)
    }

    #expect(pauses == [.seconds(1), .seconds(2), .seconds(300), .seconds(300), .seconds(300)])
    let number = script.ask()[0]
    #expect(
      script.refused[number]
        == LimiterRefusal(reason: .refusedAgain(times: 5), wait: .seconds(300))
    )
    script.advance(by: .seconds(301))
    let later = script.ask()[0]
    #expect(script.started.last == later, "after the pause somebody may look")
  }

  @Test func `our own guess is never longer than the longest wait`() {
    var script = LimiterScript(concurrency: 4, maxWait: .seconds(20))

    for _ in 0..<3 {
      let numbers = script.ask()
      script.advance(by: .seconds(30))
      for number in numbers { script.answer(number, .blocked, backOff: .seconds(60)) }
    }

    #expect(script.snapshot.pause?.duration == .seconds(20))
    #expect(script.refused.isEmpty)
  }

  @Test func `a second refusal after a pause of no time is not followed by a third at once`() {
    var script = LimiterScript(concurrency: 4)
    for number in script.ask() { script.answer(number, .blocked, pause: .zero, backOff: .seconds(1)) }
    #expect(script.snapshot.pause == nil)

    for number in script.ask() { script.answer(number, .blocked, pause: .zero, backOff: .seconds(2)) }

    #expect(script.snapshot.pause?.duration == .seconds(2))
  }

  @Test func `a clean answer ends a row of refusals`() {
    var script = LimiterScript(concurrency: 4)
    for _ in 0..<10 {
      for kind in [LimiterAnswer.Kind.blocked, .blocked, .clean] {
        let numbers = script.ask()
        script.advance(by: .seconds(10))
        for number in numbers { script.answer(number, kind, backOff: .seconds(1)) }
      }
    }

    #expect(script.refused.isEmpty)
    #expect(script.started.count == 30)
  }

  @Test func `the pause of another organization holds here too`() {
    var script = LimiterScript()
    script.pauseTogether(until: .seconds(7))
    script.ask()
    script.advance(to: .seconds(9))

    #expect(script.announced == [LimiterPause(duration: .seconds(7), reason: .shared)])
    #expect(script.startedAt[1] == .seconds(7))
  }

  // MARK: - Turns

  @Test func `requests of one line start in order, lines take turns`() {
    var script = LimiterScript(concurrency: 1)
    script.ask()
    // One crawl has many requests waiting when another one comes.
    script.ask(4, line: 1)
    script.ask(2, line: 2)
    script.ask(1, line: 3)

    while let number = script.tickets.keys.first { script.answer(number) }

    #expect(script.started == [1, 2, 6, 8, 3, 7, 4, 5])
  }

  @Test func `who leaves the line is forgotten and the next one moves up`() {
    var script = LimiterScript(concurrency: 1)
    script.ask(4)
    script.leave(2)
    script.leave(2)
    script.leave(99)

    script.answer(1)

    #expect(script.started == [1, 3])
    #expect(script.snapshot.waiting == 1)
    script.leave(4)
    #expect(script.snapshot.waiting == 0)
    script.answer(3)
    #expect(script.wake == nil)
  }

  @Test func `requests, waits and their length are counted`() {
    var script = LimiterScript(concurrency: 2)
    script.ask(2)
    script.advance(to: .seconds(1))
    script.ask(2)
    script.advance(to: .seconds(3))
    script.answer(1)
    script.advance(to: .seconds(4))
    script.answer(2)

    #expect(script.snapshot.requests == 4)
    #expect(script.snapshot.waits == 2)
    #expect(script.snapshot.waited == .seconds(5))
  }

  // MARK: - Requests per minute

  @Test(arguments: [60, 600, 7, 100_000])
  func `a cap spreads requests evenly and is never exceeded`(cap: Int) {
    var script = LimiterScript(concurrency: 128, requestsPerMinute: cap)
    script.ask(40)
    script.advance(to: .seconds(600))

    let starts = (1...40).compactMap { script.startedAt[$0] }
    #expect(starts.count == 40)
    #expect(starts[0] == .zero, "the first one need not wait")
    for (one, next) in zip(starts, starts.dropFirst()) { #expect(next - one >= .seconds(60) / cap) }
    #expect(script.snapshot.pause == nil && script.announced.isEmpty, "a cap of ours is no pause")
  }

  // MARK: - The breaker

  @Test
  func `nothing but trouble for a while means that the service is down, one good answer that it is not`() {
    var script = LimiterScript(concurrency: 8)
    for number in script.ask(8) { script.answer(number, .silent) }
    for _ in 0..<55 {
      for number in script.ask() { script.answer(number, .unavailable) }
    }
    #expect(!script.state.isDown)
    for number in script.ask() { script.answer(number, .silent) }
    #expect(script.state.isDown)

    script.pass(1)

    #expect(!script.state.isDown)
  }
}
