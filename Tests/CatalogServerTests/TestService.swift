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

/// A server whose time, log and settings a test has in its hands.
struct TestService {
  let client: any TestClientProtocol
  let database: CatalogDatabase
  let commands: RecordedCommands
  let log: LogRecorder
  let clock: Locked<Date>
  let parts: ServerParts

  static let reader = "reader-token-0001"
  static let refresher = "refresher-token-01"
  static let admin = "admin-token-000001"

  /// Settings with one token of each scope.
  static var guarded: CrawlerSettings {
    var settings = CrawlerSettings()
    settings.crawler.api.tokens = [
      APIToken(name: "reader", hash: TokenHash(of: reader), scope: .read),
      APIToken(name: "refresher", hash: TokenHash(of: refresher), scope: .refresh),
      APIToken(name: "admin", hash: TokenHash(of: admin), scope: .admin),
    ]
    return settings
  }

  static let begin = Date(timeIntervalSince1970: 1_790_000_000)

  static func run(
    _ settings: CrawlerSettings = CrawlerSettings(),
    listen: ListenAddress? = nil,
    fill: (CatalogDatabase) async throws -> Void = { _ in },
    routes: (Router<CatalogRequestContext>, CatalogDatabase) -> Void = { _, _ in },
    _ test: @escaping @Sendable (TestService) async throws -> Void
  ) async throws {
    let folder = try TemporaryFolder()
    let database = try CatalogDatabase.open(at: folder.path("catalog.db"))
    try await fill(database)
    let (commands, log, clock) = (RecordedCommands(), LogRecorder(), Locked(begin))
    let parts = ServerParts(
      database: database,
      commands: commands,
      settings: { settings },
      now: { clock.withLock { $0 } },
      logger: log.logger
    )
    let router = CatalogServer.guardedRouter(parts, listen: listen)
    routes(router, database)
    try await Application(router: router, logger: log.logger).test(.router) { client in
      try await test(
        TestService(
          client: client,
          database: database,
          commands: commands,
          log: log,
          clock: clock,
          parts: parts
        )
      )
    }
  }

  func send(
    _ method: HTTPRequest.Method,
    _ path: String,
    token: String? = nil,
    headers: HTTPFields = [:],
    body: String = ""
  ) async throws -> TestResponse {
    var headers = headers
    if let token { headers[.authorization] = "Bearer \(token)" }
    return try await client.execute(
      uri: path,
      method: method,
      headers: headers,
      body: body.isEmpty ? nil : ByteBuffer(string: body)
    )
  }
}

/// Keeps what is logged.
final class LogRecorder: Sendable {
  private let lines = Locked<[String]>([])

  var logger: Logger {
    Logger(label: "test") { [lines] _ in Handler(lines: lines) }
  }

  var all: [String] { lines.withLock { $0 } }

  private struct Handler: LogHandler {
    let lines: Locked<[String]>
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
        .filter { $0.key != "hb.request.id" }
      let pairs = all.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
      let line = (["\(event.level)", "\(event.message)"] + pairs).joined(separator: " ")
      lines.withLock { $0.append(line) }
    }
  }
}
