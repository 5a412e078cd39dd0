import Catalog
import CatalogServer
import Crawl
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Settings
import TestSupport
import Testing

@testable import CatalogStore

/// Where the catalog API meets who may ask, and the crawls.
@Suite("The catalog API: tokens and crawls")
struct CatalogSeamTests {
  /// A crawler whose crawls come to nothing.
  private struct FailingCommands: CrawlCommands {
    func submit(_ request: CrawlRequest, reason: String) -> Int64 { 7 }
    func report(of request: Int64) throws -> CrawlReport? {
      throw RequestFailure(message: "cannot read /etc/secret.yaml", exitCode: 78)
    }
    func judge(_ entity: [UInt8], at address: FileAddress) -> [Problem] { [] }
  }

  private static func run(_ test: @escaping @Sendable (any TestClientProtocol) async throws -> Void)
    async throws
  {
    let folder = try TemporaryFolder()
    let database = try CatalogDatabase.open(at: folder.path("catalog.db"))
    try await CatalogWorld.fill(database, [CatalogWorld.entity("Component", "web")])
    var settings = CatalogWorld.settings
    settings.crawler.api.tokens = TestService.guarded.crawler.api.tokens
    let parts = ServerParts(
      database: database,
      commands: FailingCommands(),
      settings: { [settings] in settings },
      now: { CatalogWorld.noon },
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    )
    try await Application(router: CatalogServer.router(parts)).test(.router) { try await test($0) }
  }

  private static func post(
    _ client: any TestClientProtocol,
    _ path: String,
    _ token: String,
    _ json: String
  ) async throws -> TestResponse {
    try await client.execute(
      uri: "/api/catalog" + path,
      method: .post,
      headers: [.contentType: "application/json", .authorization: "Bearer \(token)"],
      body: .init(string: json)
    )
  }

  @Test(
    "a refresh that could not be made is told with 503 and where to look, not as a failure of the service"
  )
  func failedRefresh() async throws {
    try await Self.run { client async throws in
      let body = #"{"entityRef":"component:default/web"}"#
      let answer = try await Self.post(client, "/refresh?wait=true", TestService.refresher, body)
      #expect(answer.status == .serviceUnavailable)
      #expect(try answer.member("error", "name") == "ServiceUnavailableError")
      #expect(try answer.member("error", "message").contains("/api/crawler/requests/7"))
      #expect(!answer.text.contains("/etc"))
    }
  }

  @Test(
    "an entity whose placeholders have files read with the crawler's credentials is judged for whoever may do that",
    arguments: [
      (#""o""#, TestService.reader, 200), (#"{"$text":"./secret"}"#, TestService.reader, 403),
      (#"[{"a":[{"$yaml":"./secret"}]}]"#, TestService.reader, 403),
      (#"{"$json":"./secret"}"#, TestService.refresher, 200),
      (#"{"$json":"./secret"}"#, TestService.admin, 200),
      (#"{"$new":"x"}"#, TestService.reader, 403), (#"{"a$":"x"}"#, TestService.reader, 200),
    ]
  )
  func placeholders(owner: String, token: String, status: Int) async throws {
    try await Self.run { client async throws in
      let body = """
        {"entity":{"apiVersion":"backstage.io/v1alpha1","kind":"Component","metadata":{"name":"x"},
        "spec":{"type":"t","lifecycle":"l","owner":\(owner)}},
        "location":"url:https://dev.azure.com/contoso/P/_git/x?path=/c.yaml"}
        """
      let answer = try await Self.post(client, "/validate-entity", token, body)
      #expect(answer.status.code == status, "\(answer.text)")
    }
  }
}
