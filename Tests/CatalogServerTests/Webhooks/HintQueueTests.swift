import CatalogServer
import Testing

@Suite("Making few refreshes of many hints")
struct HintQueueTests {
  private static func hint(_ number: Int = 0) -> RefreshHint {
    RefreshHint(host: "dev.azure.com", organization: "contoso", project: "p", repository: "r\(number)")
  }

  @Test("the first push is due at once, the others of the settle time become one at its end")
  func settles() {
    var queue = HintQueue(settle: .seconds(10))
    #expect(queue.add(Self.hint(), id: "1", order: 1, at: .seconds(0)) == .queued)
    #expect(queue.nextDue == .zero)
    #expect(queue.takeDue(at: .seconds(0)) == [Self.hint()])
    #expect(queue.nextDue == nil)
    #expect(queue.add(Self.hint(), id: "2", order: 2, at: .seconds(1)) == .queued)
    #expect(queue.add(Self.hint(), id: "3", order: 3, at: .seconds(9)) == .coalesced)
    #expect(queue.nextDue == .seconds(10))
    #expect(queue.takeDue(at: .milliseconds(9_999)) == [])
    #expect(queue.takeDue(at: .seconds(10)) == [Self.hint()])
    #expect(queue.add(Self.hint(), id: "4", order: 4, at: .seconds(30)) == .queued)
    #expect(queue.takeDue(at: .seconds(30)) == [Self.hint()])
  }

  @Test("an event that comes again, and a push that a refresh has seen, cause nothing")
  func duplicates() {
    var queue = HintQueue(settle: .seconds(10))
    #expect(queue.add(Self.hint(), id: "1", order: 7, at: .zero) == .queued)
    #expect(queue.add(Self.hint(), id: "1", order: 7, at: .zero) == .duplicate)
    _ = queue.takeDue(at: .zero)
    #expect(queue.add(Self.hint(), id: "1", order: 7, at: .seconds(1)) == .duplicate)
    #expect(queue.add(Self.hint(), id: "0", order: 6, at: .seconds(1)) == .older)
    #expect(queue.add(Self.hint(), id: "2", order: nil, at: .seconds(1)) == .queued)
    #expect(queue.add(Self.hint(), id: "3", order: 8, at: .seconds(1)) == .coalesced)
    #expect(queue.add(Self.hint(), id: nil, order: nil, at: .seconds(1)) == .coalesced)
  }

  @Test("pushes that come in the wrong order are one refresh")
  func order() {
    var queue = HintQueue(settle: .seconds(10))
    for (id, order) in [("3", 3), ("1", 1), ("2", 2)] as [(String, Int64)] {
      _ = queue.add(Self.hint(), id: id, order: order, at: .zero)
    }
    #expect(queue.takeDue(at: .zero) == [Self.hint()])
    #expect(queue.add(Self.hint(), id: "x", order: 3, at: .seconds(20)) == .older)
  }

  @Test("names differ in letter case only: one repository, as it was written last")
  func letterCase() {
    var queue = HintQueue(settle: .seconds(10))
    var other = Self.hint()
    other.repository = "R0"
    _ = queue.add(Self.hint(), id: "1", order: nil, at: .zero)
    #expect(queue.add(other, id: "2", order: nil, at: .zero) == .coalesced)
    #expect(queue.takeDue(at: .zero) == [other])
  }

  @Test("what could not be handed over is tried again after the settle time")
  func putBack() {
    var queue = HintQueue(settle: .seconds(10))
    _ = queue.add(Self.hint(), id: "1", order: 5, at: .zero)
    for hint in queue.takeDue(at: .zero) { queue.putBack(hint, at: .zero) }
    // Nothing has been seen to yet.
    #expect(queue.add(Self.hint(), id: "2", order: 5, at: .seconds(1)) == .coalesced)
    #expect(queue.takeDue(at: .seconds(9)) == [])
    #expect(queue.takeDue(at: .seconds(10)) == [Self.hint()])
  }

  @Test("a storm of 10,000 pushes to 500 repositories is at most one refresh each per settle time")
  func storm() {
    var queue = HintQueue(settle: .seconds(10))
    var refreshes: [RefreshHint: [Duration]] = [:]
    for number in 0..<10_000 {
      // In a minute; handed over whenever something is due.
      let now = Duration.milliseconds(number * 6)
      _ = queue.add(Self.hint(number * 7 % 500), id: "\(number)", order: Int64(number), at: now)
      if let due = queue.nextDue, due <= now {
        for hint in queue.takeDue(at: now) { refreshes[hint, default: []].append(now) }
      }
    }
    for hint in queue.takeAll(at: .seconds(80)) { refreshes[hint, default: []].append(.seconds(80)) }
    #expect(refreshes.count == 500 && queue.count == 0)
    for times in refreshes.values {
      #expect(times.count <= 8)
      #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 >= .seconds(10) })
    }
    #expect(queue.size.repositories == 500 && queue.size.ids == 10_000)
  }

  @Test("what is remembered has a bound: beyond, an organization is refreshed as a whole")
  func bounds() {
    var queue = HintQueue(settle: .seconds(10), capacity: 100, rememberedIDs: 50)
    for number in 0..<1_000 { _ = queue.add(Self.hint(number), id: "\(number)", order: 1, at: .zero) }
    #expect(queue.size.repositories == 101 && queue.size.ids == 50)
    let due = queue.takeDue(at: .zero)
    #expect(due.count == 101)
    #expect(
      due.filter { $0.repository == nil } == [RefreshHint(host: "dev.azure.com", organization: "contoso")]
    )
    // The oldest ids are forgotten, the youngest are not.
    #expect(queue.add(Self.hint(999), id: "999", order: 2, at: .seconds(1)) == .duplicate)
    #expect(queue.add(Self.hint(0), id: "0", order: 2, at: .seconds(1)) == .queued)
    // What has settled makes room.
    #expect(queue.add(Self.hint(2_000), id: "x", order: 1, at: .seconds(11)) == .queued)
    #expect(queue.size.repositories == 2)
  }
}
