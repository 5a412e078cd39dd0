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

  func run() async throws {
    let report = try await reportingFailures {
      let settings = try options.settings()
      let path = options.databasePath(settings)
      return try await reportingDatabase(at: path) {
        let database = try await waiting.whenFree { try CatalogDatabase.open(at: path) }
        return try await crawl(settings, database)
      }
    }
    if !options.quiet { print(report) }
    if report.exitCode != 0 { throw ExitCode(report.exitCode) }
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
    case .json: Swift.print(ReportJSON.text(of: report))
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
