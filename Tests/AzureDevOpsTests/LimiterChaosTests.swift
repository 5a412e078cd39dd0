import Testing

@testable import AzureDevOps

/// Hundreds of random scripts: whatever comes in whatever order, the promises hold.
struct LimiterChaosTests {
  /// SplitMix64 (Steele, Lea, Flood 2014).
  private struct Random: RandomNumberGenerator {
    var seed: UInt64
    mutating func next() -> UInt64 {
      seed &+= 0x9E37_79B9_7F4A_7C15
      var mixed = seed
      mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      return mixed ^ (mixed >> 31)
    }
  }

  @Test(arguments: 0..<400)
  func `nobody is forgotten, nothing starts in a pause, the limit holds`(seed: Int) {
    var random = Random(seed: UInt64(seed))
    let concurrency = Int.random(in: 1...16, using: &random)
    let cap = Bool.random(using: &random) ? nil : Int.random(in: 30...6000, using: &random)
    var script = LimiterScript(concurrency: concurrency, requestsPerMinute: cap)
    var (asked, left) = (Set<Int>(), Set<Int>())
    var lineOf: [Int: Int] = [:]
    var pauseEnd = Duration.zero

    for _ in 0..<300 {
      let before = script.started.count
      switch Int.random(in: 0..<10, using: &random) {
      case 0...3:
        let line = Int.random(in: 1...3, using: &random)
        for number in script.ask(Int.random(in: 1...3, using: &random), line: line) {
          asked.insert(number)
          lineOf[number] = line
        }
      case 4...6:
        guard let number = script.tickets.keys.sorted().randomElement(using: &random) else { continue }
        let kinds: [LimiterAnswer.Kind] = [
          .clean, .clean, .clean, .clean, .slow, .unavailable, .blocked, .silent,
        ]
        let kind = kinds.randomElement(using: &random) ?? .clean
        let asks = kind != .clean && Bool.random(using: &random)
        let pause = asks ? Duration.seconds(Int.random(in: 0...40, using: &random)) : nil
        if let pause { pauseEnd = max(pauseEnd, script.now + pause) }
        let tells = Int.random(in: 0..<4, using: &random) == 0
        script.answer(
          number,
          kind,
          pause: pause,
          remaining: tells ? Double.random(in: 0...50, using: &random) : nil,
          resetAfter: .seconds(Int.random(in: 0...400, using: &random))
        )
      case 7:
        guard let number = asked.sorted().randomElement(using: &random) else { continue }
        if !script.started.contains(number), script.refused[number] == nil {
          left.insert(number)
          script.leave(number)
        }
      default:
        script.advance(by: .milliseconds(Int.random(in: 1...20_000, using: &random)))
      }
      for number in script.started[before...] {
        #expect((script.startedAt[number] ?? .zero) >= pauseEnd, "\(number) in a pause")
      }
      #expect(script.snapshot.inFlight == script.tickets.count)
      #expect(script.snapshot.limit >= 1 && script.snapshot.limit <= concurrency)
    }
    // Everybody who still waits gets a turn once the service is well.
    for _ in 0..<2000 where script.snapshot.waiting + script.snapshot.inFlight > 0 {
      if let number = script.tickets.keys.min() {
        script.answer(number)
      } else {
        script.advance(by: .seconds(30))
      }
    }

    #expect(script.snapshot.waiting == 0 && script.snapshot.inFlight == 0)
    #expect(script.wake == nil)
    #expect(Set(script.started).count == script.started.count, "nobody starts twice")
    #expect(asked == Set(script.started).union(script.refused.keys).union(left))
    #expect(left.isDisjoint(with: script.started))
    for line in 1...3 {
      let order = script.started.filter { lineOf[$0] == line }
      #expect(order == order.sorted(), "a line keeps its order")
    }
    script.advance(by: .seconds(1000))
    script.pass(2000)
    #expect(script.snapshot.limit == concurrency || cap != nil, "a service that is well gets the whole limit")
  }
}
