import CatalogStore
import Crawl
import Foundation

/// Lets a running service answer a request, and follows it (decisions.md 16).
///
/// A process that merely crawls is no service: its lease is waited for as `Waiting` says.
struct HandOver {
  enum Result: Sendable {
    /// None runs with the database, or the one that did is gone and the request was taken back.
    case noService
    /// It is written down, with this id.
    case noted(Int64)
    case answered(CrawlReport)
  }

  private static let interval = Duration.milliseconds(200)

  let database: CatalogDatabase
  let waiting: Waiting
  /// Whether to wait for the answer.
  let follows: Bool
  let isQuiet: Bool

  /// - Throws: `RequestFailure` when the request cannot be answered, or was not within the time that is waited for.
  func run(_ request: CrawlRequest) async throws -> Result {
    guard let service = try await Self.runningService(database) else {
      guard !follows else { return .noService }
      if !isQuiet {
        StandardError.print(
          "warning: no service runs with this database; whoever crawls next answers the request"
        )
      }
      return .noted(try await database.submit(request.new(reason: "command"), at: Date()))
    }
    let id = try await database.submit(request.new(reason: "command"), at: Date())
    guard follows else { return .noted(id) }
    if !isQuiet { StandardError.print("request \(id) is answered by \(service.description)") }
    return try await Signals.cancelling { try await follow(id) }
  }

  /// The service that runs with a database; nil when none does.
  static func runningService(_ database: CatalogDatabase) async throws -> StoredService? {
    guard let service = try await database.service(), service.isRunning(at: Date()) else { return nil }
    return service
  }

  /// Whether requests wait and nobody is there to answer them.
  static func isLeftAlone(_ database: CatalogDatabase) async throws -> Bool {
    guard try await runningService(database) == nil else { return false }
    try await database.putBackAbandoned()
    return try await database.waitingRequestCount() > 0
  }

  private func follow(_ id: Int64) async throws -> Result {
    let clock = ContinuousClock()
    var shown: CrawlProgress?
    while true {
      guard let stored = try await database.request(id) else {
        throw RequestFailure(message: "request \(id) is gone", exitCode: ExitCodes.nothingDone)
      }
      if !stored.state.isOpen {
        // Another process wanted the very same, and has taken back what a service has left that is gone: so must this.
        if stored.state == .cancelled, try await Self.runningService(database) == nil { return .noService }
        return try answer(stored)
      }
      if let progress = stored.progress, progress != shown, !isQuiet {
        shown = progress
        let crawl = stored.crawl.map { "crawl \($0): " } ?? ""
        StandardError.print("\(crawl)\(progress.visited) of \(progress.repositories) visited")
      }
      if try await isTakenBack(id) { return .noService }
      if let end = waiting.answerDue, clock.now >= end {
        throw RequestFailure(
          message: "request \(id) is not answered yet (\(stored.state.rawValue)); it goes on",
          exitCode: ExitCodes.busy
        )
      }
      try await clock.sleep(for: Self.interval)
    }
  }

  private func answer(_ stored: StoredRequest) throws -> Result {
    if let report = stored.report.flatMap(ReportJSON.report) { return .answered(report) }
    throw RequestFailure(
      message: stored.error ?? "request \(stored.id) was cancelled",
      exitCode: stored.exitCode ?? ExitCodes.interrupted
    )
  }

  /// Takes the request back when the service is gone: this process does it then.
  private func isTakenBack(_ id: Int64) async throws -> Bool {
    guard try await Self.isLeftAlone(database) else { return false }
    return try await database.cancelWaiting(id, at: Date())
  }
}
