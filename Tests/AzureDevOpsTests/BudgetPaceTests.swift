import Testing

@testable import AzureDevOps

/// Slowing down before the budget is gone (facts/azure-devops-api.md 4.1, 4.2).
struct BudgetPaceTests {
  /// A service that charges a unit for each request and tells what is left.
  private func script(remaining: Double, resetAfter: Duration = .seconds(100)) -> LimiterScript {
    var script = LimiterScript(concurrency: 4)
    // The price is learned from a few answers.
    for step in 0..<5 {
      for number in script.ask() {
        script.answer(number, remaining: remaining + 4 - Double(step), resetAfter: resetAfter)
      }
    }
    return script
  }

  @Test func `the less is left the slower it is spent, and it is not overdrawn`() {
    var script = script(remaining: 40)
    var (left, starts) = (40.0, [Duration]())

    // Nothing is forgotten meanwhile, and the service moves the renewal on with every request.
    while script.now < .seconds(99) {
      let number = script.ask()[0]
      script.advance(to: min(script.wake ?? script.now, .seconds(99)))
      guard let start = script.startedAt[number] else { break }
      starts.append(start)
      left -= 1
      script.answer(number, remaining: left, resetAfter: .seconds(100))
    }

    #expect(left >= 0)
    #expect(starts.count >= 39, "nearly all of it is used: \(starts.count)")
    let gaps = zip(starts, starts.dropFirst()).map { $1 - $0 }
    #expect(gaps == gaps.sorted())
    // A twentieth of 100 s for all that is left: 40 requests, and in the end one.
    #expect(gaps[0] > .milliseconds(100) && gaps[0] < .milliseconds(200), "\(gaps[0])")
    #expect(gaps[37] > .milliseconds(1500) && gaps[37] < .milliseconds(5500), "\(gaps[37])")
  }

  /// A service whose window of 100 s slides: what was spent is forgotten 100 s later.
  @Test(arguments: [0.2, 0.5, 1])
  func `nine tenths of a budget and more are used while it slides, and never more than all`(near: Double) {
    var script = LimiterScript(concurrency: 4)
    var spent: [Duration] = []
    var most = 0
    while script.now < .seconds(1000) {
      let number = script.ask()[0]
      while script.startedAt[number] == nil, let wake = script.wake, wake < .seconds(1000) {
        script.advance(to: wake)
      }
      guard script.startedAt[number] != nil else { break }
      spent.append(script.now)
      let used = spent.reversed().prefix { $0 > script.now - .seconds(100) }.count
      most = max(most, used)
      // An answer takes a twentieth of a second.
      script.advance(by: .milliseconds(50))
      let left = Double(500 - used)
      script.answer(number, remaining: left < 500 * near ? left : nil, resetAfter: .seconds(100))
    }

    #expect(most <= 500)
    let share = Double(spent.count) / (500 * 10)
    #expect(share > 0.9, "\(share) of the budget")
  }

  @Test func `nothing left means waiting for the renewal`() {
    var script = script(remaining: 0)

    let number = script.ask()[0]
    script.advance(to: .seconds(200))

    #expect(script.startedAt[number] == .seconds(100))
    #expect(script.snapshot.remaining == nil, "what was told is over")
  }

  @Test func `what is under way is reckoned with`() {
    var script = script(remaining: 3)

    let numbers = script.ask(4)
    script.advance(to: .seconds(99))

    #expect(numbers.compactMap { script.startedAt[$0] }.count == 3)
  }

  @Test func `an answer to a later request that says nothing means that there is enough`() {
    var script = script(remaining: 2)
    let number = script.ask()[0]
    script.advance(to: .seconds(60))
    #expect(script.startedAt[number] != nil)

    script.answer(number)

    #expect(script.snapshot.remaining == nil)
    let next = script.ask(3)
    #expect(next.allSatisfy { script.startedAt[$0] == script.now })
  }

  @Test func `an answer that was under way before the budget was told says nothing about it`() {
    var script = LimiterScript(concurrency: 4)
    script.ask(2)
    script.answer(2, remaining: 10, resetAfter: .seconds(100))

    script.answer(1)

    #expect(script.snapshot.remaining == 10)
  }

  @Test func `a price that is not known yet holds nothing back unless nothing is left`() {
    for (remaining, count) in [(10.0, 4), (0, 0)] {
      var script = LimiterScript(concurrency: 4)
      for number in script.ask() { script.answer(number, remaining: remaining) }
      let numbers = script.ask(4)
      #expect(numbers.compactMap { script.startedAt[$0] }.count == count)
    }
  }

  @Test func `a renewal that is far away is waited for no longer than the longest wait`() {
    var script = LimiterScript(concurrency: 4, maxWait: .seconds(30))
    for number in script.ask() { script.answer(number, remaining: 0, resetAfter: .seconds(86_400)) }

    let number = script.ask()[0]
    script.advance(to: .seconds(40))

    #expect(script.startedAt[number] == .seconds(30))
  }

  @Test func `before the price is known what was spent so far is a guess at it`() {
    for (limit, starts) in [(200.0, 4), (40, 1)] {
      var pace = BudgetPace()
      pace.take(
        .init(remaining: limit == 200 ? 180 : 2, limit: limit, resetAfter: .seconds(100)),
        request: 20,
        lastRequest: 20,
        at: .zero,
        maxWait: .seconds(300)
      )
      // 20 requests have spent 20 units, or 38: with one under way there is room for 178 or for none.
      let next = pace.nextStart(after: .zero, inFlight: 1, at: .zero)
      #expect((next == .seconds(100)) == (starts == 1))
      #expect(pace.nextStart(after: .zero, inFlight: 0, at: .zero) == nil)
    }
  }

  @Test func `answers that come in another order than they were given tell the least`() {
    var script = LimiterScript(concurrency: 4)
    script.ask(3)
    script.answer(3, remaining: 10)
    script.answer(1, remaining: 12)
    #expect(script.snapshot.remaining == 10)
    script.answer(2, remaining: 8)

    #expect(script.snapshot.remaining == 8)
  }

  /// Dear requests are noticed at once, cheap ones bit by bit.
  @Test func `the price follows what requests cost`() throws {
    var pace = BudgetPace()
    func tell(_ remaining: Double) {
      pace.take(
        .init(remaining: remaining, resetAfter: .seconds(100)),
        request: 1,
        lastRequest: 1,
        at: .zero,
        maxWait: .seconds(300)
      )
    }
    for remaining in stride(from: 100.0, through: 98, by: -0.5) { tell(remaining) }
    #expect(pace.price == 0.5)
    for remaining in stride(from: 96.0, through: 66, by: -2) { tell(remaining) }
    #expect(pace.price == 2)
    for remaining in stride(from: 65.5, through: 58, by: -0.5) { tell(remaining) }
    let price = try #require(pace.price)
    #expect(price > 1.8 && price < 1.9)
    for _ in 0..<16 { tell(60) }
    #expect(pace.price == price, "what slides out of the window is no price")
  }
}
