import ArgumentParser
import CatalogServer
import CatalogStore
import Crawl
import Foundation
import Logging

extension LogFormat: ExpressibleByArgument {}

/// What is written to the log: this, and what matters more.
enum LogLevel: String, ExpressibleByArgument, CaseIterable {
  case trace, debug, info, notice, warning, error, critical

  var level: Logger.Level { Logger.Level(rawValue: rawValue) ?? .notice }
}

/// Writes what happens in the service to the log, with the crawl's number on every line of a crawl.
struct CrawlLog: Sendable {
  let logger: Logger

  func note(_ event: ServiceEvent) {
    switch event {
    case .requested(let request):
      logger.info(
        "crawl requested",
        metadata: [
          "request": "\(request.id)", "command": "\(request.command.rawValue)", "reason": "\(request.reason)",
          "scope": "\(request.scope ?? "everything")",
        ]
      )
    case .began(let running):
      logger.notice(
        "crawl begun",
        metadata: [
          "crawl": Self.text(running.crawl), "command": "\(running.request.command.rawValue)",
          "scope": "\(running.request.scope ?? "everything")", "reason": "\(running.reason)",
          "requests": Self.text(running.requests),
        ]
      )
    case .crawl(let crawl, let event): note(event, of: crawl)
    case .progress(let running):
      let progress = running.progress
      logger.debug(
        "crawl under way",
        metadata: [
          "crawl": Self.text(running.crawl), "repositories": "\(progress.repositories)",
          "visited": "\(progress.visited)",
        ]
      )
    case .ended(let ended): note(ended)
    case .blocked(let text): logger.warning("another process crawls", metadata: ["who": "\(text)"])
    case .settings(let state):
      if let error = state.error {
        logger.error("the settings cannot be used, the old ones stay", metadata: ["error": "\(error)"])
      } else {
        logger.notice("settings read", metadata: ["warnings": "\(state.warnings.count)"])
        for warning in state.warnings { logger.warning("settings", metadata: ["warning": "\(warning)"]) }
      }
    }
  }

  private func note(_ event: CrawlEvent, of crawl: Int64?) {
    var logger = logger
    logger[metadataKey: "crawl"] = Self.text(crawl)
    switch event {
    case .began, .visited, .finished: break
    case .listed(let organization, let repositories):
      logger.info(
        "repositories listed",
        metadata: ["organization": "\(organization)", "repositories": "\(repositories)"]
      )
    case .due(let organization, let repositories, let visited):
      logger.info(
        "repositories due",
        metadata: ["organization": "\(organization)", "due": "\(repositories)", "visited": "\(visited)"]
      )
    case .paused(let organization, let pause, let until, _):
      logger.warning(
        "requests paused",
        metadata: [
          "organization": "\(organization)", "seconds": "\(pause.components.seconds)",
          "until": "\(Timestamp.text(until))",
        ]
      )
    case .warning(let text): logger.warning("crawl", metadata: ["warning": "\(text)"])
    case .logHeld(let bytes):
      logger.warning("a reader keeps the database's log from being emptied", metadata: ["bytes": "\(bytes)"])
    case .ended(let report):
      var metadata: Logger.Metadata = [
        "organization": "\(report.name)", "requests": "\(report.counts.requests)",
        "unread": "\(report.counts.filesFailed)",
      ]
      if let failure = report.failure { metadata["failure"] = "\(failure.message)" }
      logger.log(
        level: report.failure == nil ? .info : .warning,
        "organization crawled",
        metadata: metadata
      )
    }
  }

  private func note(_ ended: EndedCrawl) {
    var metadata: Logger.Metadata = [
      "crawl": Self.text(ended.crawl), "requests": Self.text(ended.requests), "reason": "\(ended.reason)",
    ]
    guard let report = ended.report else {
      metadata["error"] = "\(ended.error ?? "cut off")"
      logger.log(level: ended.isPutBack ? .notice : .error, "no crawl", metadata: metadata)
      return
    }
    metadata["outcome"] = "\(report.outcome.rawValue)"
    metadata["seconds"] = "\(String(format: "%.2f", report.seconds))"
    let totals = report.totals
    metadata["added"] = "\(totals.entitiesAdded)"
    metadata["changed"] = "\(totals.entitiesChanged)"
    metadata["removed"] = "\(totals.entitiesRemoved)"
    if ended.isPutBack { metadata["continued"] = "later" }
    logger.notice("crawl ended", metadata: metadata)
  }

  private static func text(_ crawl: Int64?) -> Logger.MetadataValue { "\(crawl.map { "\($0)" } ?? "none")" }

  private static func text(_ requests: [Int64]) -> Logger.MetadataValue {
    let shown = requests.prefix(10).map { "\($0)" }.joined(separator: ",")
    return requests.count > 10 ? "\(shown) and \(requests.count - 10) more" : "\(shown)"
  }
}
