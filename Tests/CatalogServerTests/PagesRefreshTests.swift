import CatalogServer
import CatalogStore
import Crawl
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@Suite("The buttons of the pages")
struct PagesRefreshTests {
  private static func form(_ token: String? = nil) -> HTTPFields {
    var headers = PagesTests.html
    headers[.contentType] = "application/x-www-form-urlencoded"
    headers[.authorization] = token.map { "Bearer \($0)" }
    return headers
  }

  @Test("a form that is too large is told so, and is no failure of ours")
  func large() async throws {
    try await TestServer.run { server in
      let answer = try await server.post(
        "/refresh",
        json: "organization=\(String(repeating: "x", count: 20_000))",
        headers: Self.form()
      )
      #expect(answer.status == .contentTooLarge)
      #expect(answer.headers[.contentType] == "text/html; charset=utf-8")
      #expect(await server.commands.submitted.isEmpty)
    }
  }

  @Test(
    "what is everything, or of a whole host, needs a token for that",
    arguments: [
      ("", TestService.refresher, 403), ("host=dev.azure.com", TestService.refresher, 403),
      ("repository=web", TestService.refresher, 403), ("organization=+", TestService.refresher, 403),
      ("organization=contoso", TestService.refresher, 303), ("organization=contoso", TestService.reader, 403),
      ("host=dev.azure.com", TestService.admin, 303), ("", TestService.admin, 303),
    ]
  )
  func scopes(body: String, token: String, status: Int) async throws {
    try await TestServer.run(settings: TestService.guarded) { server in
      let answer = try await server.post("/refresh", json: body, headers: Self.form(token))
      #expect(answer.status.code == status)
      #expect(await server.commands.submitted.count == (status == 303 ? 1 : 0))
    }
  }

  @Test("an organization that the settings do not name any more is refused, and not written down")
  func outOfScope() async throws {
    @Sendable func service(_ database: CatalogDatabase) -> CrawlService {
      let maker = CrawlMaker(check: { request in
        if request.limits.organization == "gone" {
          throw CrawlScopeError.unknownOrganization("gone", known: ["dev.azure.com/contoso"])
        }
      }) { request, _, _ in
        CrawlReport(crawl: 1, command: request.command, outcome: .complete, seconds: 1, organizations: [])
      }
      return CrawlService(
        database: database,
        maker: maker,
        settings: SettingsState(readAt: TestService.begin, warnings: [])
      )
    }
    try await TestServer.run(making: service) { server in
      let answer = try await server.post("/refresh", json: "organization=gone", headers: Self.form())
      #expect(answer.status == .badRequest)
      #expect(String(buffer: answer.body).contains("dev.azure.com/contoso"))
      #expect(await server.commands.submitted.isEmpty)
      let good = try await server.post("/refresh", json: "organization=contoso", headers: Self.form())
      #expect(good.status == .seeOther)
    }
  }
}
