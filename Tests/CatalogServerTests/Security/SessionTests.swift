import CatalogStore
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Settings
import TestSupport
import Testing

@testable import CatalogServer

@Suite("Sessions of browsers")
struct SessionTests {
  private static let token = APIToken(name: "a", hash: TokenHash(of: "token-of-somebody-1"), scope: .read)
  private static let begin = Date(timeIntervalSince1970: 1_790_000_000)

  @Test("the oldest gives way when there are a thousand")
  func capacity() {
    let sessions = Sessions()
    let ids = (0..<1_001).map { sessions.begin(Self.token, at: Self.begin + Double($0)) }
    #expect(Set(ids).count == 1_001)
    #expect(sessions.token(of: ids[0], at: Self.begin) == nil)
    #expect(sessions.token(of: ids[1], at: Self.begin) == Self.token)
    #expect(sessions.token(of: ids[1_000], at: Self.begin) == Self.token)
  }

  @Test("a session is over when the settings have its token no more, or for something else")
  func tokenGone() async throws {
    let folder = try TemporaryFolder()
    let settings = Locked(TestService.guarded)
    let parts = ServerParts(
      database: try .open(at: folder.path("catalog.db")),
      commands: RecordedCommands(),
      settings: { settings.withLock { $0 } },
      now: { Self.begin },
      logger: LogRecorder().logger
    )
    try await Application(router: CatalogServer.router(parts)).test(.router) { client async throws in
      let answer = try await client.execute(
        uri: "/login",
        method: .post,
        headers: [.origin: "http://localhost"],
        body: ByteBuffer(string: "token=\(TestService.admin)")
      )
      let cookie = String(answer.headers[.setCookie]?.prefix { $0 != ";" } ?? "")
      func status() async throws -> Int {
        try await client.execute(uri: "/metrics", method: .get, headers: [.cookie: cookie]).status.code
      }
      #expect(try await status() == 200)
      settings.withLock { $0.crawler.api.tokens[2].scope = .read }
      #expect(try await status() == 401)
      settings.withLock { $0.crawler.api.tokens[2].scope = .admin }
      #expect(try await status() == 200)
      settings.withLock { _ = $0.crawler.api.tokens.removeLast() }
      #expect(try await status() == 401)
    }
  }

  @Test(
    "with TLS, here or by a proxy, the cookie goes nowhere without; and with TLS here browsers stay with it",
    arguments: [(false, false), (true, false), (false, true)]
  )
  func secure(hasTLS: Bool, isPlain: Bool) async throws {
    var settings = TestService.guarded
    if hasTLS { settings.crawler.api.tls = TLSFiles(certificateFile: "/c", keyFile: "/k") }
    settings.crawler.api.plainHTTP = isPlain
    try await TestService.run(settings) { service in
      let answer = try await service.send(
        .post,
        "/login",
        headers: [.origin: "https://localhost"],
        body: "token=\(TestService.reader)"
      )
      #expect(answer.headers[.setCookie]?.hasSuffix("; Secure") == (hasTLS || isPlain))
      #expect(answer.headers[.strictTransportSecurity] == (hasTLS ? "max-age=31536000" : nil))
    }
  }
}
