import Crawl
package import Logging
import ServiceLifecycle

/// Collects hints, and asks for the refreshes that come of them.
package actor WebhookInbox: Service {
  /// Asks for the refresh of everything in a list.
  package typealias HandOver = @Sendable ([RefreshHint]) async throws -> Void

  /// How long hints are collected that are due at one time, so that a storm becomes one list.
  private static let gathering = Duration.milliseconds(50)

  private var queue: HintQueue
  private let settle: @Sendable () -> Duration
  private let elapsed: @Sendable () -> Duration
  private let sleep: @Sendable (Duration) async throws -> Void
  private let logger: Logger
  private let handOver: HandOver
  private var timer: (at: Duration, task: Task<Void, Never>)?

  /// - Parameters:
  ///   - settle: `crawler.webhooks.settle` at any moment; a hint that waits already follows a shorter one when the next
  ///     hint comes.
  ///   - handOver: Called with what is due, never twice at a time for one repository within `settle`.
  package init<C: Clock<Duration>>(
    settle: @escaping @Sendable () -> Duration,
    clock: C = ContinuousClock(),
    logger: Logger,
    handOver: @escaping HandOver
  ) {
    queue = HintQueue(settle: settle())
    self.settle = settle
    let start = clock.now
    elapsed = { start.duration(to: clock.now) }
    sleep = { try await clock.sleep(until: clock.now.advanced(by: $0), tolerance: nil) }
    self.logger = logger
    self.handOver = handOver
  }

  deinit { timer?.task.cancel() }

  /// Takes a hint; returns at once.
  package func add(_ hint: RefreshHint, id: String?, order: Int64?) -> HintQueue.Verdict {
    let verdict = queue.add(hint, id: id, order: order, at: elapsed())
    setTimer()
    return verdict
  }

  /// Hints that wait to be handed over.
  package var waiting: Int { queue.count }

  /// Waits for the service to stop, and hands over what is left then: the request is kept in the database.
  package func run() async throws {
    try? await gracefulShutdown()  // cancelled, it stops as well
    timer?.task.cancel()
    timer = nil
    let left = queue.takeAll(at: elapsed())
    // In a task of its own, which is waited for: a cancelled one cannot write.
    await Task { await give(left) }.value
  }

  private func setTimer() {
    queue.settle = settle()
    guard let due = queue.nextDue else { return }
    let now = elapsed()
    let moment = max(due, now + Self.gathering)
    if let timer, timer.at <= moment { return }
    timer?.task.cancel()
    let task = Task { [weak self, sleep] in
      do { try await sleep(moment - now) } catch { return }
      await self?.timePassed(moment)
    }
    timer = (moment, task)
  }

  private func timePassed(_ moment: Duration) async {
    guard timer?.at == moment else { return }
    timer = nil
    queue.settle = settle()
    await give(queue.takeDue(at: elapsed()))
    setTimer()
  }

  private func give(_ hints: [RefreshHint]) async {
    guard !hints.isEmpty else { return }
    do {
      try await handOver(hints)
    } catch {
      logger.error("refreshes could not be asked for", metadata: ["error": "\(error)"])
      for hint in hints { queue.putBack(hint, at: elapsed()) }
    }
  }
}

extension WebhookInbox {
  /// Asks for one refresh of all repositories in the list.
  static func handingOver(to commands: any CrawlCommands) -> HandOver {
    { hints in
      let limits = hints.map { hint in
        CrawlLimits(
          host: hint.host,
          organization: hint.organization,
          project: hint.project,
          repository: hint.repository
        )
      }
      guard let request = CrawlRequest.refresh(limits) else { return }
      _ = try await commands.submit(request, reason: "webhook")
    }
  }
}
