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
}
