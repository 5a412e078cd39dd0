import ArgumentParser
import CatalogStore
import Crawl
import Credentials
import Foundation
import Settings
import Transport

/// Runs a crawl for a command: puts the parts together, shows progress, ends early on a signal, prints the
/// report.
struct CrawlRun {
  let options: CommonOptions
  let request: CrawlRequest
  /// What to do while another process crawls.
  var waiting = Waiting()
  /// Whether to wait for what a running service makes of the request.
  var follows = true

  /// Crawls, or lets a service do it that runs with the database (decisions.md 16).
  func run() async throws {
    let result = try await reportingFailures {
      let settings = try options.settings()
      let path = options.databasePath(settings)
      return try await reportingDatabase(at: path) {
        let database = try await waiting.whenFree { try CatalogDatabase.open(at: path) }
        return try await answer(settings, database)
      }
    }
    show(result)
    if case .answered(let report) = result, report.exitCode != 0 { throw ExitCode(report.exitCode) }
  }

  /// Has a service answer the request, or crawls where none runs.
  ///
  /// - Returns: Never `noService`.
  func answer(_ settings: CrawlerSettings, _ database: CatalogDatabase) async throws -> HandOver.Result {
    let handOver = HandOver(
      database: database,
      waiting: waiting,
      follows: follows,
      isQuiet: options.quiet
    )
    switch try await handOver.run(request) {
    case .noService: return .answered(try await crawlAlone(settings, database))
    case let result: return result
    }
  }

  /// Prints the report, or the number of the request that is to be answered.
  func show(_ result: HandOver.Result) {
    guard !options.quiet else { return }
    switch result {
    case .noService: break
    case .noted(let request): printNoted(request)
    case .answered(let report): print(report)
    }
  }

  /// Crawls, and then answers what a service has left that is gone.
  private func crawlAlone(_ settings: CrawlerSettings, _ database: CatalogDatabase) async throws
    -> CrawlReport
  {
    let begin = Timestamp.text(Date())
    let report = try await crawl(settings, database)
    guard report.outcome != .interrupted, try await HandOver.isLeftAlone(database) else { return report }
    let answer = RequestAnswer(
      state: .done,
      outcome: report.outcome,
      exitCode: report.exitCode,
      report: ReportJSON.text(of: report)
    )
    // What was asked for later may be about what the crawl had read already.
    let same = try await database.waitingRequests()
      .filter { $0.request == request.text && $0.requestedAt < begin }.map(\.id)
    try await database.begin(same, in: report.crawl, at: Date())
    try await database.end(same, with: answer, at: Date())
    let left = try await database.waitingRequestCount()
    guard left > 0 else { return report }
    if !options.quiet {
      StandardError.print("\(left) requests are left of a service that is gone: answering them")
    }
    try await Signals.cancelling {
      try await ServiceTools(settings, database).service(SettingsState(readAt: Date())).drain()
    }
    return report
  }

  private func printNoted(_ request: Int64) {
    switch options.outputFormat {
    case .json: Swift.print("{\"request\": \(request)}")
    case .text: Swift.print("request \(request)")
    }
  }

  /// - Parameter holder: Who crawls; one that has the lease already keeps it until the end.
  func crawl(
    _ settings: CrawlerSettings,
    _ database: CatalogDatabase,
    holder: LeaseHolder = LeaseHolder()
  ) async throws -> CrawlReport {
    let curl = CurlClient(configuration: CurlClient.Configuration(settings.crawler))
    defer { curl.close() }
    let progress = options.quiet ? nil : ProgressDisplay(isTerminal: StandardError.isTerminal)
    let environment = Crawler.Environment(settings, database, curl, holder: holder) { event in
      progress?.show(event)
    }
    defer { progress?.clear() }
    return try await Signals.cancelling { [waiting, request] in
      try await waiting.whenFree { try await Crawler(environment).run(request) }
    }
  }

  func print(_ report: CrawlReport) {
    switch options.outputFormat {
    case .json: Swift.print(JSONOutput.text(of: ReportJSON(report)))
    case .text: Swift.print(ReportText.text(of: report, request: request))
    }
  }
}

extension Crawler.Environment {
  /// The composition root.
  init(
    _ settings: CrawlerSettings,
    _ database: CatalogDatabase,
    _ curl: CurlClient,
    holder: LeaseHolder = LeaseHolder(),
    observe: @escaping @Sendable (CrawlEvent) -> Void
  ) {
    let send: Send = { request throws(TransportError) in try await curl.send(request) }
    self.init(
      settings: settings,
      database: database,
      authorizer: Authorizer(
        settings: settings,
        environment: ProcessInfo.processInfo.environment,
        send: send,
        warn: { StandardError.print("warning: \($0)") }
      ),
      send: send,
      program: Program.name,
      holder: holder,
      maxConnections: OpenFiles.raiseLimit() - OpenFiles.reserved,
      observe: observe
    )
  }
}
