import CatalogServer
import CatalogStore
import Crawl
import Foundation
import Locks
import Logging
import Settings

/// Reads the settings anew while the service runs.
final class SettingsReload: Sendable {
  /// How often the files are looked at; a change counts when it is the same twice, so that a file is not read while
  /// somebody writes it.
  private static let interval = Duration.seconds(1)

  private struct State {
    var tools: ServiceTools
    var readAt: Date
    /// Of the last time that they were read, whatever came of it.
    var files: ReadFiles
  }

  private let options: CommonOptions
  private let service: CrawlService
  private let logger: Logger
  private let state: Guarded<State>
  /// As the service was started with them: what cannot change while it runs.
  private let first: CrawlerSettings

  /// - Parameter files: What the settings of the tools were read from.
  init(
    options: CommonOptions,
    tools: ServiceTools,
    files: ReadFiles,
    service: CrawlService,
    logger: Logger
  ) {
    self.options = options
    self.service = service
    self.logger = logger
    first = tools.settings
    state = Guarded(State(tools: tools, readAt: Date(), files: files))
  }

  /// What crawls are made with at this moment.
  var tools: ServiceTools { state.withLock(\.tools) }

  /// The settings that are used.
  var settings: CrawlerSettings { tools.settings }

  /// Reads the settings, and uses them from the next crawl on; those that cannot be used are told of, and the old ones
  /// stay.
  func run() async {
    let (tools, readAt) = state.withLock { ($0.tools, $0.readAt) }
    let files = ReadFiles()
    defer { state.withLock { $0.files = files } }
    do {
      let settings = try options.readSettings { files.note($0) }
      // It goes on listening where it does, whatever they say of that.
      try settings.crawler.api.check(listen: first.crawler.listen)
      let logger = logger
      let new = ServiceTools(settings, tools.database, after: tools) { text in
        logger.warning("credential", metadata: ["warning": "\(text)"])
      }
      let now = Date()
      state.withLock { ($0.tools, $0.readAt) = (new, now) }
      let warnings = settings.warnings.map { "\($0)" } + fixed(settings)
      try await service.use(new.maker, settings: SettingsState(readAt: now, warnings: warnings))
    } catch {
      await service.note(
        SettingsState(
          readAt: readAt,
          warnings: tools.settings.warnings.map { "\($0)" },
          error: "\(error)"
        )
      )
    }
  }

  /// Reads the settings whenever one of their files has changed; ends when its task is cancelled.
  func watch() async throws {
    var last: [String: FileStamp]?
    while true {
      try await ContinuousClock().sleep(for: Self.interval)
      let used = state.withLock(\.files)
      let found = used.stamps
      let isSettled = found == last
      last = found
      guard isSettled, found != used.stampsWhenRead else { continue }
      await run()
    }
  }

  /// What has changed and has no effect before the next start.
  private func fixed(_ settings: CrawlerSettings) -> [String] {
    let (new, old) = (settings.crawler, first.crawler)
    let (limits, oldLimits) = (new.api.limits, old.api.limits)
    let isChanged = [
      "crawler.listen": new.listen != old.listen,
      "crawler.database": new.database != old.database,
      "crawler.shutdownTimeout": new.shutdownTimeout != old.shutdownTimeout,
      // Other files are read; whether there is TLS at all belongs to the address.
      "crawler.api.tls": (new.api.tls == nil) != (old.api.tls == nil),
      "crawler.api.limits.connections": limits.connections != oldLimits.connections,
      "crawler.api.limits.headerBytes": limits.headerBytes != oldLimits.headerBytes,
      "crawler.api.limits.idle": limits.idle != oldLimits.idle,
      "crawler.api.limits.stall": limits.stall != oldLimits.stall,
    ]
    return isChanged.filter(\.value).keys.sorted().map {
      "\($0) has changed, which has no effect before the next start"
    }
  }
}

/// The files that settings were read from, as they were then.
final class ReadFiles: Sendable {
  private let files = Guarded<[String: FileStamp]>([:])

  /// To be called before a file is read: a change meanwhile is met as one.
  func note(_ path: String) {
    let stamp = FileStamp(of: path)
    files.withLock { $0[path] = $0[path] ?? stamp }
  }

  var stampsWhenRead: [String: FileStamp] { files.withLock(\.self) }

  /// The same files as they are at this moment.
  var stamps: [String: FileStamp] {
    Dictionary(uniqueKeysWithValues: stampsWhenRead.keys.map { ($0, FileStamp(of: $0)) })
  }
}
