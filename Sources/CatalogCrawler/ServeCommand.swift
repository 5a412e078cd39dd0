import ArgumentParser
import CatalogServer
import CatalogStore
import Crawl
import Foundation
import Hummingbird
import Locks
import Logging
import Metrics
import NIOCore
import ServiceLifecycle
import Settings

/// Keeps the catalog up to date and answers questions about it, until it is asked to stop.
struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Crawl by schedule and on request, and serve the catalog over HTTP.",
    discussion: """
      Listens at crawler.listen and answers at once with what is stored. Crawls as crawler.schedule and the schedules \
      of the providers say, and whatever 'sync' and 'refresh' of other processes, the API and webhooks ask for, one \
      crawl at a time.

      SIGTERM or SIGINT stop it: no new crawl begins, what is under way is finished within crawler.shutdownTimeout, \
      the rest waits for the next start. A second signal ends it at once. SIGHUP, or a changed settings file, has the \
      settings read anew; with settings that cannot be used it goes on with the old ones and says why.

      Exit code: 0 stopped; 1 the database cannot be used; 75 the address is in use, or another service runs with the \
      database; 78 wrong settings.

      Examples:
        catalog-crawler serve
        catalog-crawler serve --config app-config.yaml --log-format json
        catalog-crawler serve --no-schedule
      """
  )

  @OptionGroup var options: CommonOptions

  @Flag(name: .long, help: "Crawl only on request.")
  var noSchedule = false

  @Option(name: .long, help: "How to write the log on standard error: text or json.")
  var logFormat: LogFormat = .text

  @Option(
    name: .long,
    help: "What to log: trace, debug, info, notice, warning, error or critical."
  )
  var logLevel: LogLevel = .notice

  func run() async throws {
    let (format, level) = (logFormat, options.quiet ? max(logLevel.level, .warning) : logLevel.level)
    let logger = Logger(label: "catalog-crawler") { _ in
      ServiceLog(format: format, level: level) { StandardError.write($0) }
    }
    try await reportingFailures {
      let files = ReadFiles()
      let settings = try options.settings { files.note($0) }
      let path = options.databasePath(settings)
      try await reportingDatabase(at: path) {
        let database = try CatalogDatabase.open(at: path)
        try await ServeRun(options: options, isScheduling: !noSchedule, logger: logger)
          .run(settings, database, files)
      }
    }
  }
}

/// The composition root of the service.
private struct ServeRun {
  let options: CommonOptions
  let isScheduling: Bool
  let logger: Logger

  func run(_ settings: CrawlerSettings, _ database: CatalogDatabase, _ files: ReadFiles) async throws {
    if let other = try await HandOver.runningService(database) { throw ServiceRunningError(service: other) }
    let logger = logger
    let log = CrawlLog(logger: logger)
    let metrics = ServiceMetrics()
    MetricsSystem.bootstrap(metrics.registry)
    let tools = ServiceTools(settings, database, metrics: metrics) { text in
      logger.warning("credential", metadata: ["warning": "\(text)"])
    }
    let state = SettingsState(readAt: Date(), warnings: settings.warnings.map { "\($0)" })
    let service = tools.service(state, isScheduling: isScheduling) { event in
      log.note(event)
      metrics.note(event)
    }
    let reload = SettingsReload(
      options: options,
      tools: tools,
      files: files,
      service: service,
      logger: logger
    )
    var parts = ServerParts(
      database: database,
      commands: ServiceCommands(service: service, reload: reload),
      settings: { reload.settings },
      service: service,
      logger: logger,
      metrics: metrics
    )
    parts.limiters = { await reload.tools.limiterSnapshots }
    parts.queueLength = { try? await database.waitingRequestCount() }
    let listening = Guarded(false)
    let (listened, hasListened) = AsyncStream<Void>.makeStream()
    let (host, isQuiet) = (settings.crawler.listen.host, options.quiet)
    let application = try CatalogServer.application(parts, at: settings.crawler.listen) { port in
      listening.withLock { $0 = true }
      if !isQuiet { Self.printAddress(host, port) }
      logger.notice("listening", metadata: ["host": "\(host)", "port": "\(port)"])
      hasListened.finish()
    }
    if isScheduling, Schedule(settings).entries.isEmpty {
      logger.warning("no schedule in the settings: crawls only when asked to")
    }
    // Ended in reverse order: the server answers until the crawls are over.
    var configuration = ServiceGroupConfiguration(
      services: [
        .init(service: application),
        .init(service: CrawlLifecycle(service: service, listened: listened)),
        .init(service: ReloadLifecycle(reload: reload)),
      ],
      logger: logger
    )
    configuration.maximumGracefulShutdownDuration = settings.crawler.shutdownTimeout
    let group = ServiceGroup(configuration: configuration)
    do {
      try await ServiceSignals.run(group, reload: { await reload.run() }, logger: logger)
    } catch let error as IOError where !listening.withLock({ $0 }) {
      let address = "\(host):\(settings.crawler.listen.port)"
      let isInUse = error.errnoCode == EADDRINUSE
      throw RequestFailure(
        message: "cannot listen at \(address): "
          + (isInUse
            ? "the address is in use; another crawler.listen, or its owner ended, helps"
            : String(cString: strerror(error.errnoCode))),
        exitCode: isInUse ? ExitCodes.busy : ExitCodes.nothingDone
      )
    }
  }

  private static func printAddress(_ host: String, _ port: Int) {
    let name = host.contains(":") ? "[\(host)]" : host
    print("listening on http://\(name):\(port)")
    // A program that reads the line sees it at once.
    fflush(nil)
  }
}

extension ServiceMetrics {
  /// Counts what the crawls of the service come to.
  fileprivate func note(_ event: ServiceEvent) {
    switch event {
    case .crawl(_, let event): observe(event, now: Date().timeIntervalSince1970)
    case .ended(let ended):
      guard !ended.isPutBack, let report = ended.report else { return }
      observe(.finished(report), now: Date().timeIntervalSince1970)
    case .requested, .began, .progress, .blocked, .settings: break
    }
  }
}

/// The crawls as a part of the service's process.
private struct CrawlLifecycle: Service {
  let service: CrawlService
  /// Ends as soon as connections are taken: a process that cannot listen does not begin to crawl.
  let listened: AsyncStream<Void>

  func run() async throws {
    for await _ in listened.cancelOnGracefulShutdown() {}
    guard !Task.isCancelled, !Task.isShuttingDownGracefully else { return }
    try await withGracefulShutdownHandler {
      try await service.run()
    } onGracefulShutdown: { [service] in
      // The handler is synchronous, the service is an actor.
      Task { await service.shutDown() }
    }
    if !Task.isShuttingDownGracefully { try await gracefulShutdown() }
  }
}

/// Looks whether the settings have changed.
private struct ReloadLifecycle: Service {
  let reload: SettingsReload

  func run() async throws {
    try? await cancelWhenGracefulShutdown { try await reload.watch() }  // Ends by being cancelled.
  }
}
