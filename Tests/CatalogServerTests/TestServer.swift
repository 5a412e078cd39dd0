import CatalogServer
import CatalogStore
import Crawl
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Settings
import TestSupport

/// A server over a database of its own, asked without sockets.
struct TestServer {
  let client: any TestClientProtocol
  let database: CatalogDatabase
  let commands: RecordedCommands

  /// Runs a test against a server.
  ///
  /// - Parameters:
  ///   - fill: Puts into the database what the test reads.
  static func run(
    settings: CrawlerSettings = CrawlerSettings(),
    fill: (CatalogDatabase) async throws -> Void = { _ in },
    _ test: @escaping @Sendable (TestServer) async throws -> Void
  ) async throws {
    try await run(settings: settings, making: { _ in nil }, fill: fill, test)
  }

  /// The same, with crawls.
  ///
  /// - Parameter making: Makes what makes them; it is not running.
  static func run(
    settings: CrawlerSettings = CrawlerSettings(),
    making service: (CatalogDatabase) -> CrawlService?,
    fill: (CatalogDatabase) async throws -> Void = { _ in },
    _ test: @escaping @Sendable (TestServer) async throws -> Void
  ) async throws {
    let folder = try TemporaryFolder()
    let database = try CatalogDatabase.open(at: folder.path("catalog.db"))
    try await fill(database)
    let commands = RecordedCommands()
    let parts = ServerParts(
      database: database,
      commands: commands,
      settings: { settings },
      service: service(database),
      now: { Date(timeIntervalSince1970: 1_790_000_000) },
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    )
    let application = Application(router: CatalogServer.router(parts))
    try await application.test(.router) { client in
      try await test(TestServer(client: client, database: database, commands: commands))
    }
  }

  func get(_ path: String, headers: HTTPFields = [:]) async throws -> TestResponse {
    try await client.execute(uri: path, method: .get, headers: headers)
  }

  func post(_ path: String, json: String, headers: HTTPFields = [:]) async throws -> TestResponse {
    var headers = headers
    if headers[.contentType] == nil { headers[.contentType] = "application/json" }
    return try await client.execute(
      uri: path,
      method: .post,
      headers: headers,
      body: ByteBuffer(string: json)
    )
  }

  func delete(_ path: String, headers: HTTPFields = [:]) async throws -> TestResponse {
    try await client.execute(uri: path, method: .delete, headers: headers)
  }
}

/// Takes down what the server asks of the crawler, and answers that nothing came of it.
actor RecordedCommands: CrawlCommands {
  private(set) var submitted: [(request: CrawlRequest, reason: String)] = []

  func submit(_ request: CrawlRequest, reason: String) -> Int64 {
    submitted.append((request, reason))
    return Int64(submitted.count)
  }

  func report(of request: Int64) -> CrawlReport? { nil }
}
