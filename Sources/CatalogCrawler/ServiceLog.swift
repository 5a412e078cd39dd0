import ArgumentParser
import CatalogStore
import Crawl
import Foundation
import Logging

/// How the service writes its log.
enum LogFormat: String, ExpressibleByArgument, CaseIterable {
  case text
  case json
}

/// What is written to the log: this, and what matters more.
enum LogLevel: String, ExpressibleByArgument, CaseIterable {
  case trace, debug, info, notice, warning, error, critical

  var level: Logger.Level { Logger.Level(rawValue: rawValue) ?? .notice }
}

/// Writes one line for each event to standard error.
struct ServiceLogHandler: LogHandler {
  var metadata: Logger.Metadata = [:]
  var metadataProvider: Logger.MetadataProvider?
  var logLevel: Logger.Level
  private let label: String
  private let format: LogFormat
  private let write: @Sendable (String) -> Void

  init(
    label: String,
    format: LogFormat,
    level: Logger.Level,
    write: @escaping @Sendable (String) -> Void = { StandardError.print($0) }
  ) {
    self.label = label
    self.format = format
    self.write = write
    logLevel = level
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    var all = metadata
    if let provided = metadataProvider?.get() { all.merge(provided) { $1 } }
    if let own = event.metadata { all.merge(own) { $1 } }
    if let error = event.error { all["error"] = "\(error)" }
    let fields = all.map { ($0.key, "\($0.value)") }.sorted { $0.0 < $1.0 }
    write(line(Timestamp.text(Date()), event.level, "\(event.message)", fields))
  }

  private func line(
    _ time: String,
    _ level: Logger.Level,
    _ message: String,
    _ fields: [(String, String)]
  ) -> String {
    switch format {
    case .text:
      let more = fields.map { " \($0.0)=\(Self.quoted($0.1))" }.joined()
      return "\(time) \(level.rawValue) \(message)\(more)"
    case .json:
      let known = [("time", time), ("level", level.rawValue), ("logger", label), ("message", message)]
      let names = Set(known.map(\.0))
      let more = fields.map { (names.contains($0.0) ? "_\($0.0)" : $0.0, $0.1) }
      return "{"
        + (known + more).map { "\(JSONOutput.string($0.0)):\(JSONOutput.string($0.1))" }.joined(
          separator: ","
        )
        + "}"
    }
  }

  /// One word as it is, anything else in quotes: a line stays one line.
  private static func quoted(_ text: String) -> String {
    let isWord = !text.isEmpty && text.allSatisfy { !$0.isWhitespace && $0 != "\"" && $0 != "=" }
    return isWord ? text : JSONOutput.string(text)
  }
}

/// Writes what happens in the service to the log, with the crawl's number on every line of a crawl.
struct ServiceLog: Sendable {
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
    case .began, .visited: break
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
