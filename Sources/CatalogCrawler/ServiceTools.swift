import AzureDevOps
import CatalogServer
import CatalogStore
import Crawl
import Credentials
import Foundation
import Settings
import Transport

/// What a process crawls with again and again: its connections, tokens and limiters.
final class ServiceTools: Sendable {
  let settings: CrawlerSettings
  let database: CatalogDatabase
  private let curl: SharedCurl
  private let authorizer: Authorizer
  private let limiters: LimiterRegistry<ContinuousClock>
  private let holder: LeaseHolder
  private let metrics: ServiceMetrics?

  /// - Parameters:
  ///   - before: Those in use until now: what the settings leave as it was goes on with its connections, tokens and
  ///     pauses; nil to begin.
  ///   - metrics: What requests are counted in; nil to count none.
  ///   - warn: Told of what a credential has to say.
  init(
    _ settings: CrawlerSettings,
    _ database: CatalogDatabase,
    after before: ServiceTools? = nil,
    holder: LeaseHolder = LeaseHolder(),
    metrics: ServiceMetrics? = nil,
    warn: @escaping @Sendable (String) -> Void = { StandardError.print("warning: \($0)") }
  ) {
    self.settings = settings
    self.database = database
    self.holder = before?.holder ?? holder
    self.metrics = before?.metrics ?? metrics
    let (program, last) = (settings.crawler, before?.settings.crawler)
    let isSameNetwork = last.map { $0.caFile == program.caFile && $0.proxy == program.proxy } ?? false
    curl = isSameNetwork ? before?.curl ?? SharedCurl(program) : SharedCurl(program)
    let send = Self.counted(curl.send, self.metrics, settings)
    let isSameSignIn =
      isSameNetwork && before?.settings.integrations == settings.integrations
      && last?.endpoints == program.endpoints && last?.allowPlainHTTP == program.allowPlainHTTP
      && last?.timeouts == program.timeouts
    if isSameSignIn, let before {
      authorizer = before.authorizer
    } else {
      authorizer = Authorizer(
        settings: settings,
        environment: ProcessInfo.processInfo.environment,
        send: send,
        warn: warn
      )
    }
    if let before, last?.concurrency == program.concurrency, last?.limits == program.limits {
      limiters = before.limiters
    } else {
      limiters = program.limiters()
    }
  }

  private static func counted(
    _ send: @escaping Send,
    _ metrics: ServiceMetrics?,
    _ settings: CrawlerSettings
  ) -> Send {
    metrics?.watching(send, settings: { settings }) ?? send
  }

  /// What can be seen of the limiters at this moment.
  var limiterSnapshots: [(key: LimiterKey, snapshot: LimiterSnapshot)] {
    get async { await limiters.snapshots }
  }

  /// What a crawl needs.
  var environment: Crawler.Environment {
    let limiters = limiters
    return Crawler.Environment(
      settings: settings,
      database: database,
      authorizer: authorizer,
      send: Self.counted(curl.send, metrics, settings),
      program: Program.name,
      pacing: { key, onPause in limiters.pacing(for: key, onPause: onPause) },
      holder: holder,
      maxConnections: OpenFiles.raiseLimit() - OpenFiles.reserved
    )
  }

  /// How crawls are made.
  var maker: CrawlMaker {
    let limiters = limiters
    return CrawlMaker(environment) {
      Dictionary(await limiters.snapshots.map { ($0.key, $0.snapshot) }) { first, _ in first }
    }
  }

  /// The service that makes them.
  func service(
    _ state: SettingsState,
    isScheduling: Bool = false,
    observe: @escaping @Sendable (ServiceEvent) -> Void = { _ in }
  ) -> CrawlService {
    var surroundings = CrawlService.Surroundings()
    surroundings.holder = holder
    surroundings.isScheduling = isScheduling
    surroundings.isTold = settings.crawler.webhooks.isOn
    surroundings.observe = observe
    return CrawlService(database: database, maker: maker, settings: state, surroundings)
  }
}

/// A client that is closed when nobody can send with it any more.
private final class SharedCurl: Sendable {
  private let curl: CurlClient

  init(_ settings: ProgramSettings) { curl = CurlClient(configuration: CurlClient.Configuration(settings)) }

  deinit { curl.close() }

  /// Keeps the client.
  var send: Send {
    { request throws(TransportError) in try await self.curl.send(request) }
  }
}
