import CatalogStore
import Foundation
import Settings

extension CrawlService {
  /// Asks for a crawl; returns the request's id as soon as it is written down.
  package func submit(_ request: CrawlRequest, reason: String) async throws -> Int64 {
    let new = request.new(reason: reason, by: surroundings.holder.process)
    let id = try await database.submit(new, at: surroundings.now())
    if let stored = try await database.request(id) { send(.requested(stored)) }
    wakeUp()
    return id
  }

  /// Looks whether a request can be answered by the settings as they are.
  ///
  /// - Throws: `RequestFailure`.
  package func check(_ request: CrawlRequest) async throws {
    do {
      try await maker.check(request)
    } catch {
      throw RequestFailure(error, path: database.path)
    }
  }

  /// Says what a crawl would ask; asks for the lists of repositories, and stores nothing.
  ///
  /// - Throws: `RequestFailure`, and `CancellationError`.
  package func plan(_ request: CrawlRequest) async throws -> [OrganizationPlan] {
    do {
      return try await maker.plan(request)
    } catch let error as CancellationError {
      throw error
    } catch {
      throw RequestFailure(error, path: database.path)
    }
  }

  /// Answers everything that waits, and ends.
  ///
  /// For a process that is not the service, after its own crawl, when no service is running.
  ///
  /// - Throws: What the database throws.
  package func drain() async throws {
    try await database.putBackAbandoned()
    while !Task.isCancelled, let choice = try await choose(), await crawl(choice) {}
  }

  /// Waits until a request is answered.
  ///
  /// - Returns: What came of it; nil when there is no such request.
  /// - Throws: `RequestFailure` when there could be no crawl, `CancellationError` when the service ends before.
  package nonisolated func report(of request: Int64) async throws -> CrawlReport? {
    // Followed before it is looked at, so that no end is missed; what is lost on the way is looked at with the next event.
    var events = hub.follow().makeAsyncIterator()
    while true {
      guard let stored = try await database.request(request) else { return nil }
      if !stored.state.isOpen {
        if let report = stored.report.flatMap(ReportJSON.report) { return report }
        throw RequestFailure(
          message: stored.error ?? "the request was cancelled",
          exitCode: stored.exitCode ?? 130
        )
      }
      guard await events.next(isolation: #isolation) != nil else { throw CancellationError() }
    }
  }

  /// Ends a crawl that is under way: what it has stored stays.
  ///
  /// - Returns: Whether it is under way.
  package func cancel(crawl: Int64) -> Bool {
    guard let current, current.meter.crawl == crawl else { return false }
    end(for: .cancelled, cutAfter: Self.grace)
    return true
  }

  /// Takes a request back: one that waits, or, with its crawl, one that is being answered alone.
  ///
  /// - Returns: Whether that was possible.
  package func cancel(request: Int64) async throws -> Bool {
    if try await database.cancelWaiting(request, at: surroundings.now()) { return true }
    guard let current, current.running.requests == [request] else { return false }
    end(for: .cancelled, cutAfter: Self.grace)
    return true
  }
}
