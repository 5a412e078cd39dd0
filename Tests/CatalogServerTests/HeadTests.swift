import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@Suite("HEAD")
struct HeadTests {
  @Test(
    "is answered as GET without its body (RFC 9110, 9.3.2): probes ask so",
    arguments: [
      "/healthz", "/readyz", "/login", "/metrics", "/", "/catalog", "/api/crawler/crawls",
      "/api/catalog/entities", "/assets/pages.css",
    ]
  )
  func head(path: String) async throws {
    try await TestServer.run { server async throws in
      let get = try await server.get(path)
      let head = try await server.client.execute(uri: path, method: .head)
      #expect(get.status == .ok && head.status == .ok)
      #expect(head.body.readableBytes == 0)
      #expect(head.headers[.contentType] == get.headers[.contentType])
      #expect(head.headers[.eTag] == get.headers[.eTag])
    }
  }
}
