import CatalogStore
import Crawl
import Foundation
import Logging
import Settings
import Transport

/// Reads the settings anew while the service runs.
final class SettingsReload: Sendable {
  /// How often the files are looked at; a change counts when it is the same twice, so that a file is not read while
  /// somebody writes it.
  private static let interval = Duration.seconds(1)

  private struct State {
    var tools: ServiceTools
    var readAt: Date
    var isReading = false
  }

  /// When a file was changed last, and its size; nil for one that is not there.
  private struct FileState: Equatable {
    var changedAt: Date?
    var size: Int?
  }

  private let options: CommonOptions
  private let service: CrawlService
  private let logger: Logger
  private let state: Guarded<State>
  /// As the service was started with them: what cannot change while it runs.
  private let first: CrawlerSettings

  init(options: CommonOptions, tools: ServiceTools, service: CrawlService, logger: Logger) {
    self.options = options
    self.service = service
    self.logger = logger
    first = tools.settings
    state = Guarded(State(tools: tools, readAt: Date()))
  }

  /// What crawls are made with at this moment.
  var tools: ServiceTools { state.withLock(\.tools) }

  /// The settings that are used.
  var settings: CrawlerSettings { tools.settings }

  /// Reads the settings, and uses them from the next crawl on; those that cannot be used are told of, and the old ones
  /// stay.
  func run() async {
    let (tools, readAt) = state.withLock { ($0.tools, $0.readAt) }
    do {
      let settings = try options.readSettings()
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
    var (used, last) = (files(), files())
    while true {
      try await ContinuousClock().sleep(for: Self.interval)
      let found = files()
      let isSettled = found == last
      last = found
      guard isSettled, found != used else { continue }
      used = found
      await run()
    }
  }

  /// What has changed and has no effect before the next start.
  private func fixed(_ settings: CrawlerSettings) -> [String] {
    let (new, old) = (settings.crawler, first.crawler)
    var paths: [String] = []
    if new.listen != old.listen { paths.append("crawler.listen") }
    if new.database != old.database { paths.append("crawler.database") }
    if new.webhooks.settle != old.webhooks.settle { paths.append("crawler.webhooks.settle") }
    if new.api.tls != old.api.tls { paths.append("crawler.api.tls") }
    if new.shutdownTimeout != old.shutdownTimeout { paths.append("crawler.shutdownTimeout") }
    return paths.map { "\($0) has changed, which has no effect before the next start" }
  }

  private func files() -> [FileState] {
    let names = options.config.isEmpty ? SettingsFiles.defaultNames : options.config
    return names.map { name in
      let found = try? FileManager.default.attributesOfItem(atPath: name)  // One that is not there may come.
      return FileState(
        changedAt: found?[.modificationDate] as? Date,
        size: (found?[.size] as? NSNumber)?.intValue
      )
    }
  }
}
