import Testing

@testable import AzureDevOps

struct StartHistoryTests {
  @Test func `requests are counted by when they started, and the moment of the next ones is known`() {
    var history = StartHistory()
    for second in [1, 1, 2, 5] { history.add(at: .seconds(second), span: .seconds(300)) }

    #expect(history.count(after: .zero, through: .seconds(10)) == 4)
    #expect(history.count(after: .seconds(1), through: .seconds(5)) == 2)
    #expect(history.count(after: .seconds(5), through: .seconds(10)) == 0)
    #expect(history.moment(of: 1, after: .zero) == .seconds(1))
    #expect(history.moment(of: 2.5, after: .zero) == .seconds(2))
    #expect(history.moment(of: 2, after: .seconds(2)) == nil)
  }

  @Test func `what is kept does not grow, and nothing of interest is lost`() {
    var history = StartHistory()
    for number in 0..<100_000 {
      history.add(at: .milliseconds(number * 10), span: .seconds(300))
      #expect(history.sliceCount <= 128)
    }

    // The last 300 s, in slices of a few seconds.
    let count = history.count(after: .seconds(700), through: .seconds(1000))
    #expect(count > 29_000 && count <= 30_700, "\(count)")
  }
}
