import HTTPTypes
import HummingbirdTesting
import NIOCore
import TestSupport
import Testing

@Suite("Where a form leads back to")
struct RedirectTests {
  @Test(
    "only to a page of ours, whatever it was sent with",
    arguments: [
      ("/problems", "/problems?asked=1"), ("/entities?kind=api", "/entities?kind=api&asked=1"),
      ("//evil.example", "/crawls?asked=1"), ("/\\evil.example", "/crawls?asked=1"),
      ("\\\\evil.example", "/crawls?asked=1"), ("https://evil.example/", "/crawls?asked=1"),
      ("/\t/evil.example", "/crawls?asked=1"), ("/\r\nLocation: //evil.example", "/crawls?asked=1"),
      ("/\u{0}", "/crawls?asked=1"), ("/\u{7F}", "/crawls?asked=1"), ("/\u{2028}x", "/crawls?asked=1"),
      (" //evil.example", "/crawls?asked=1"), ("evil.example", "/crawls?asked=1"), ("", "/crawls?asked=1"),
      ("javascript:alert(1)", "/crawls?asked=1"),
    ]
  )
  func back(back: String, place: String) async throws {
    let encoded = back.utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    try await TestServer.run { server in
      let answer = try await server.client.execute(
        uri: "/refresh",
        method: .post,
        headers: [.contentType: "application/x-www-form-urlencoded"],
        body: ByteBuffer(string: "organization=contoso&back=\(encoded)")
      )
      #expect(answer.status == .seeOther)
      #expect(answer.headers[values: .location] == [place])
    }
  }
}
