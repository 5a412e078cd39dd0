import CatalogStore
import Foundation
import Settings

extension CrawlService {
  /// Answers requests with a crawl.
  ///
  /// - Returns: Whether there was one; else it is to be tried again later.
  func crawl(_ choice: CrawlChoice) async -> Bool {
    if let other = await otherCrawl() {
      setBlocked(other.description)
      return false
    }
    let (cuts, cut) = AsyncStream<Void>.makeStream()
    let begin = surroundings.now()
    let running = RunningCrawl(
      request: choice.request,
      requests: choice.ids,
      reason: choice.reason,
      startedAt: begin
    )
    var current = Current(running: running, cut: cut)
    let entry = maker.schedule.entries.first { $0.reason == choice.reason }
    current.deadline = entry?.times.timeout.map { begin.addingTimeInterval($0 / .seconds(1)) }
    self.current = current
    let result = await result(of: choice.request, current, cuts)
    let ended = self.current?.running.ending
    self.current = nil
    let took = Duration.seconds(surroundings.now().timeIntervalSince(begin))
    if choice.request.isQuick { (quickInARow, lastQuick) = (quickInARow + 1, took) } else { quickInARow = 0 }
    do {
      return try await finish(choice, result, ended, crawl: current.meter.crawl, begin: begin)
    } catch {
      // The requests are running still: they wait again before the next crawl is chosen.
      send(
        .ended(
          EndedCrawl(
            crawl: current.meter.crawl,
            requests: choice.ids,
            scope: choice.request.scope,
            reason: choice.reason,
            error: RequestFailure(error, path: database.path).message,
            isPutBack: true
          )
        )
      )
      return false
    }
  }

  /// The lease of another process that crawls; nil when none does, or that could not be found out.
  private func otherCrawl() async -> StoredLease? {
    guard let lease = try? await database.lease() else { return nil }
    let decision = LeaseDecision.decide(
      lease,
      for: surroundings.holder,
      at: surroundings.now(),
      isAlive: ProcessIdentity.isAlive
    )
    return decision == .busy(lease) ? lease : nil
  }

  /// Crawls, until that is done, or cut off.
  private func result(
    of request: CrawlRequest,
    _ current: Current,
    _ cuts: AsyncStream<Void>
  ) async -> Result<CrawlReport, any Error> {
    let maker = maker
    let (meter, stop) = (current.meter, current.stop)
    do {
      // From here on nobody takes one of them back.
      try await database.begin(current.running.requests, in: nil, at: current.running.startedAt)
      return .success(
        try await withThrowingTaskGroup(of: CrawlReport?.self) { group in
          group.addTask {
            try await maker.crawl(request, stop) { event in
              meter.add(event)
              if case .began(let number) = event { self.send(.began(current.running.numbered(number))) }
              if event.isWorthALine { self.send(.crawl(meter.crawl, event)) }
            }
          }
          group.addTask {
            for await _ in cuts { break }
            return nil
          }
          let first = try await group.next() ?? nil
          group.cancelAll()
          if let first { return first }
          guard let report = try await group.next() ?? nil else { throw CancellationError() }
          return report
        }
      )
    } catch {
      return .failure(error)
    }
  }

  /// Writes down what came of a crawl.
  private func finish(
    _ choice: CrawlChoice,
    _ result: Result<CrawlReport, any Error>,
    _ ending: RunningCrawl.Ending?,
    crawl: Int64?,
    begin: Date
  ) async throws -> Bool {
    if let crawl { try await database.begin(choice.ids, in: crawl, at: begin) }
    var ended = EndedCrawl(
      crawl: crawl,
      requests: choice.ids,
      scope: choice.request.scope,
      reason: choice.reason,
      isPutBack: false
    )
    switch result {
    case .success(let report):
      setBlocked(nil)
      ended.report = report
      ended.isPutBack =
        report.outcome == .interrupted && (ending == .givesWay || ending == .shutdown || ending == nil)
      if ended.isPutBack {
        try await database.putBack(choice.ids)
      } else {
        let isCancelled = ending == .cancelled && report.outcome == .interrupted
        let answer = RequestAnswer(
          state: isCancelled ? .cancelled : .done,
          outcome: report.outcome,
          exitCode: report.exitCode,
          report: ReportJSON.text(of: report)
        )
        try await database.end(choice.ids, with: answer, at: surroundings.now())
      }
    case .failure(CrawlLeaseError.busy(let lease)):
      setBlocked(lease.description)
      try await database.putBack(choice.ids)
      return false
    case .failure(is CancellationError) where ending == .cancelled || ending == .timeout:
      // It did not end by itself when it was asked to. Made again, it would only come to the same.
      ended.error =
        ending == .cancelled ? "the crawl was cancelled" : "the crawl was cut off: it took too long"
      let state: RequestState = ending == .cancelled ? .cancelled : .failed
      let answer = RequestAnswer(state: state, outcome: .interrupted, exitCode: 130, error: ended.error)
      try await database.end(choice.ids, with: answer, at: surroundings.now())
    case .failure(let error) where error is CancellationError || error is CrawlLeaseError:
      ended.isPutBack = true
      try await database.putBack(choice.ids)
    case .failure(let error):
      try await fail(choice.ids, choice.request.scope, choice.reason, with: error, crawl: crawl)
      return true
    }
    send(.ended(ended))
    return true
  }

  /// Answers requests that no crawl answers.
  func fail(
    _ ids: [Int64],
    _ scope: String?,
    _ reason: String,
    with error: any Error,
    crawl: Int64? = nil
  ) async throws {
    let failure = RequestFailure(error, path: database.path)
    try await database.end(
      ids,
      with: RequestAnswer(state: .failed, exitCode: failure.exitCode, error: failure.message),
      at: surroundings.now()
    )
    send(
      .ended(
        EndedCrawl(
          crawl: crawl,
          requests: ids,
          scope: scope,
          reason: reason,
          error: failure.message,
          isPutBack: false
        )
      )
    )
  }

  /// Asks the crawl that is under way to end.
  ///
  /// - Parameter cutAfter: Seconds after which it is cut off; nil for never.
  func end(for reason: RunningCrawl.Ending, cutAfter seconds: TimeInterval?) {
    guard current?.running.ending == nil || reason == .shutdown || reason == .cancelled else { return }
    current?.running.ending = reason
    if let seconds { current?.cutAt = surroundings.now().addingTimeInterval(seconds) }
    current?.stop.request()
  }

  /// Looks how far the crawl under way is, and whether it has to end.
  func lookAtCurrent(at now: Date) async throws {
    guard var current, let crawl = current.meter.crawl else { return }
    current.running.crawl = crawl
    current.running.organizations = current.meter.organizations(at: now)
    if !current.isMarked {
      try await database.begin(current.running.requests, in: crawl, at: current.running.startedAt)
    }
    let progress = current.running.progress
    let isNew = current.stored != progress
    if isNew {
      try await database.note(progress, of: current.running.requests)
      send(.progress(current.running))
    }
    // Another crawl may be under way after the waits above.
    guard self.current?.running.startedAt == current.running.startedAt else { return }
    self.current?.isMarked = true
    self.current?.stored = progress
    if let cutAt = self.current?.cutAt, cutAt <= now { current.cut.yield() }
    if let deadline = self.current?.deadline, deadline <= now { end(for: .timeout, cutAfter: Self.grace) }
    try await giveWay(current.running, at: now)
  }

  /// Has a long crawl make room for a quick one.
  private func giveWay(_ running: RunningCrawl, at now: Date) async throws {
    let went = Duration.seconds(now.timeIntervalSince(running.startedAt))
    guard running.request.canGiveWay, running.ending == nil, went >= CrawlChoice.slice(afterQuick: lastQuick),
      try await database.waitingRequests().contains(where: {
        CrawlRequest(text: $0.request)?.isQuick ?? false
      }),
      current?.running.startedAt == running.startedAt
    else { return }
    end(for: .givesWay, cutAfter: Self.grace)
  }
}

extension RunningCrawl {
  fileprivate func numbered(_ crawl: Int64) -> RunningCrawl {
    var running = self
    running.crawl = crawl
    return running
  }
}

extension CrawlEvent {
  /// Whether whoever follows is to be told at once; the rest is in how far the crawl is.
  var isWorthALine: Bool {
    switch self {
    case .began, .visited, .finished: false
    case .listed, .due, .paused, .warning, .logHeld, .ended: true
    }
  }
}
