import TestSupport
import Testing

@testable import Crawl

@Suite(.timeLimit(.minutes(1)))
struct DiscoveryQueueTests {
  @Test func `elements are read in the order they were added`() async {
    let queue = DiscoveryQueue<Int>(capacity: 1000)
    await queue.append(contentsOf: Array(0..<700))
    await queue.finish()

    var read: [Int] = []
    for await element in queue { read.append(element) }

    #expect(read == Array(0..<700))
  }

  @Test func `a full queue holds its writer back until there is room`() async {
    let queue = DiscoveryQueue<Int>(capacity: 3)
    let added = Locked(0)
    let writer = Task {
      for number in 0..<10 {
        await queue.append(contentsOf: [number])
        added.withLock { $0 += 1 }
      }
      await queue.finish()
    }
    var read: [Int] = []
    var largestLead = 0

    for await element in queue {
      read.append(element)
      largestLead = max(largestLead, added.withLock { $0 } - read.count)
    }
    await writer.value

    #expect(read == Array(0..<10))
    #expect(largestLead <= 3)
  }

  @Test func `an abandoned queue drops what is in it and takes no more`() async {
    let queue = DiscoveryQueue<Int>(capacity: 10)
    await queue.append(contentsOf: [1, 2, 3])

    await queue.abandon()

    #expect(await queue.append(contentsOf: [4]) == false)
    for await element in queue { Issue.record("read \(element)") }
  }

  @Test func `a writer that waits for room leaves when it is cancelled`() async {
    let queue = DiscoveryQueue<Int>(capacity: 1)
    let gate = Gate()
    let writer = Task {
      await queue.append(contentsOf: [1])
      await gate.open()
      return await queue.append(contentsOf: [2])
    }
    await gate.wait()
    while await queue.waitingCount == 0 { await Task.yield() }

    writer.cancel()

    #expect(await writer.value == false)
  }

  @Test func `a reader that waits leaves when it is cancelled`() async {
    let queue = DiscoveryQueue<Int>(capacity: 1)
    let reader = Task { () -> Int? in
      for await element in queue { return element }
      return nil
    }

    while await queue.waitingCount == 0 { await Task.yield() }
    reader.cancel()

    #expect(await reader.value == nil)
  }
}

@Suite(.timeLimit(.minutes(1)))
struct ForEachConcurrentlyTests {
  private struct Failure: Error {}

  private func queue(_ count: Int) async -> DiscoveryQueue<Int> {
    let queue = DiscoveryQueue<Int>(capacity: count)
    await queue.append(contentsOf: Array(0..<count))
    await queue.finish()
    return queue
  }

  @Test func `every element is worked on once, never more than the limit at a time`() async throws {
    let running = Locked((now: 0, most: 0))
    var results: Set<Int> = []

    try await forEachConcurrently(await queue(200), limit: 7) { element in
      running.withLock {
        $0.now += 1
        $0.most = max($0.most, $0.now)
      }
      await Task.yield()
      running.withLock { $0.now -= 1 }
      return element
    } collect: { element in
      results.insert(element)
    }

    #expect(results == Set(0..<200))
    #expect(running.withLock { $0.most } <= 7)
  }

  @Test func `what collect throws ends the work`() async {
    let worked = Locked(0)
    let queue = await queue(200)

    await #expect(throws: Failure.self) {
      try await forEachConcurrently(queue, limit: 4) { element in
        worked.withLock { $0 += 1 }
        return element
      } collect: { _ in
        throw Failure()
      }
    }

    #expect(worked.withLock { $0 } <= 8)
  }

  @Test func `a queue that is abandoned in the middle ends the work`() async throws {
    let queue = await queue(200)
    var collected = 0

    try await forEachConcurrently(queue, limit: 4) {
      $0
    } collect: { _ in
      collected += 1
      if collected == 10 { await queue.abandon() }
    }

    #expect(collected >= 10 && collected <= 14)
  }
}
