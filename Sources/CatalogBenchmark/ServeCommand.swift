import ArgumentParser
import Catalog
import CatalogServer
import CatalogStore
import Foundation
import Hummingbird
import Logging
import Settings

/// Answers the API over a database, without a crawler beside it: what load is measured with.
struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Answer the API over a generated database; nothing is crawled."
  )

  @Option(name: .long, help: "How many entities a new database gets.")
  var entities = 100_000

  @Option(name: .long, help: "The port on loopback.")
  var port = 7_007

  @Argument(help: "The database: made when it is not there.")
  var database: String

  func run() async throws {
    let isNew = !FileManager.default.fileExists(atPath: database)
    let catalog = try CatalogDatabase.open(at: database)
    if isNew { try await GeneratedCatalog(entities: entities).fill(catalog) }
    var settings = CrawlerSettings()
    settings.crawler.organizations = [OrganizationSettings(name: "contoso")]
    // As the service logs, which costs something with each request even when nothing is written.
    let logger = Logger(label: "benchmark") { _ in
      ServiceLog(format: .text, level: .error) { say($0) }
    }
    let parts = ServerParts(
      database: catalog,
      commands: IdleCommands(),
      settings: { [settings] in settings },
      logger: logger
    )
    let application = try CatalogServer.application(parts, at: ListenAddress(host: "127.0.0.1", port: port)) {
      say("listening on http://127.0.0.1:\($0)")
    }
    try await application.run()
  }
}
