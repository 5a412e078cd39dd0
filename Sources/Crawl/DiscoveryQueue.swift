/// What was found but not yet visited: first in, first out, bounded.
///
/// A full queue makes its writer wait, so discovery never runs further ahead of the crawl than `capacity`
/// elements. Reading ends when the queue is finished and empty, when it is abandoned, or when the reading
/// task is cancelled.
package actor DiscoveryQueue<Element: Sendable>: AsyncSequence {
  private let capacity: Int
  private var queued: [Element] = []
  /// How many of `queued` were read already; they are dropped together, because dropping each would move
  /// the others every time.
  private var readCount = 0
  private var isFinished = false
  /// Readers and writers alike: each wakes on any change and looks again.
  private var waiters: [CheckedContinuation<Void, Never>] = []

  package init(capacity: Int) {
    precondition(capacity >= 1, "a queue must hold at least one element")
    self.capacity = capacity
  }

  /// Adds elements, waiting while the queue is full.
  ///
  /// - Returns: `false` if they were not all queued: the queue is finished, or the task was cancelled.
  @discardableResult
  package func append(contentsOf elements: [Element]) async -> Bool {
    for element in elements {
      while count >= capacity, !isFinished, !Task.isCancelled { await nextChange() }
      guard !isFinished, !Task.isCancelled else { return false }
      queued.append(element)
      if count == 1 { wakeAll() }
    }
    return true
  }

  /// Takes no more elements; those already queued are still read.
  package func finish() {
    isFinished = true
    wakeAll()
  }

  /// Takes no more elements and drops those already queued.
  package func abandon() {
    queued = []
    readCount = 0
    finish()
  }

  /// How many readers and writers wait.
  var waitingCount: Int { waiters.count }

  private var count: Int { queued.count - readCount }

  fileprivate func next() async -> Element? {
    while count == 0, !isFinished, !Task.isCancelled { await nextChange() }
    guard count > 0, !Task.isCancelled else { return nil }
    let element = queued[readCount]
    readCount += 1
    if readCount == queued.count || readCount >= 256 {
      queued.removeFirst(readCount)
      readCount = 0
    }
    if count == capacity - 1 { wakeAll() }
    return element
  }

  private func nextChange() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { waiters.append($0) }
    } onCancel: {
      // The handler is synchronous, the actor is not. This task gets its turn on the actor only once the
      // continuation above is stored, so it is never too early.
      Task { await wakeAll() }
    }
  }

  private func wakeAll() {
    let woken = waiters
    waiters = []
    for waiter in woken { waiter.resume() }
  }

  package nonisolated func makeAsyncIterator() -> Iterator { Iterator(queue: self) }

  package struct Iterator: AsyncIteratorProtocol {
    fileprivate let queue: DiscoveryQueue
    package mutating func next() async -> Element? { await queue.next() }
  }
}
