import CatalogServer
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Settings
import TestSupport
import Testing

@Suite("Signing in with a browser")
struct SignInTests {
  private static let form: HTTPFields = [
    .contentType: "application/x-www-form-urlencoded", .origin: "http://localhost",
  ]

  private func signIn(_ service: TestService, _ token: String) async throws -> TestResponse {
    try await service.send(.post, "/login", headers: Self.form, body: "token=\(token)")
  }

  /// `NAME=VALUE` of the cookie that an answer sets.
  private func cookie(_ answer: TestResponse) -> String {
    String(answer.headers[.setCookie]?.prefix { $0 != ";" } ?? "")
  }

  @Test("a token becomes a cookie that is good for what the token is, on our own pages")
  func session() async throws {
    try await TestService.run(TestService.guarded, routes: AccessControlTests.routes) { service in
      let answer = try await signIn(service, TestService.refresher)
      #expect(answer.status == .seeOther && answer.headers[.location] == "/")
      let set = answer.headers[.setCookie] ?? ""
      #expect(
        set.contains("HttpOnly") && set.contains("SameSite=Strict") && !set.contains(TestService.refresher)
      )
      let cookie = cookie(answer)
      let read = try await service.send(.get, "/api/catalog/entities", headers: [.cookie: cookie])
      #expect(String(buffer: read.body) == "\"refresher\"")

      func refresh(_ more: HTTPFields) async throws -> Int {
        var headers: HTTPFields = [.cookie: cookie]
        headers.append(contentsOf: more)
        return try await service.send(.post, "/api/catalog/refresh", headers: headers).status.code
      }
      #expect(try await refresh([:]) == 403)
      #expect(try await refresh([.origin: "https://evil.example"]) == 403)
      #expect(try await refresh([.origin: "http://localhost"]) == 200)
      let site = HTTPField.Name("Sec-Fetch-Site") ?? .age
      #expect(try await refresh([site: "same-origin"]) == 200)
      #expect(try await refresh([site: "cross-site"]) == 403)
    }
  }

  @Test("a session ends: by signing out, by its time, and with its token")
  func ends() async throws {
    try await TestService.run(TestService.guarded, routes: AccessControlTests.routes) { service in
      func status(_ cookie: String) async throws -> Int {
        try await service.send(.get, "/api/catalog/entities", headers: [.cookie: cookie]).status.code
      }
      let (first, second) = (
        cookie(try await signIn(service, TestService.reader)),
        cookie(try await signIn(service, TestService.reader))
      )
      #expect(first != second)
      let out = try await service.send(
        .post,
        "/logout",
        headers: [.cookie: first, .origin: "http://localhost"]
      )
      #expect(out.headers[.setCookie]?.contains("Max-Age=0") == true)
      #expect(try await status(first) == 401)
      #expect(try await status(second) == 200)
      service.clock.withLock { $0 += 12 * 3600 }
      #expect(try await status(second) == 401)
      #expect(try await status("catalog_crawler_session=guessed") == 401)
    }
  }

  @Test("guessing becomes slow, and what was guessed is in no log")
  func throttle() async throws {
    try await TestService.run(TestService.guarded) { service in
      for _ in 0..<5 { #expect(try await signIn(service, "wrong-token-00000").status == .unauthorized) }
      let refused = try await signIn(service, TestService.reader)
      #expect(refused.status == .tooManyRequests && refused.headers[.retryAfter] == "1")
      service.clock.withLock { $0 += 1 }
      #expect(try await signIn(service, TestService.reader).status == .seeOther)
      #expect(service.log.all.filter { $0.contains("sign-in refused") }.count == 5)
      #expect(!service.log.all.joined().contains("wrong-token"))
    }
  }

  @Test("a form that is too large is no trouble of ours")
  func largeForm() async throws {
    try await TestService.run(TestService.guarded) { service in
      let answer = try await signIn(service, String(repeating: "x", count: 20_000))
      #expect(answer.status == .contentTooLarge)
    }
  }

  @Test("waits double up to five minutes, and are forgotten after a while")
  func waits() {
    var throttle = SignInThrottle()
    let begin = Date(timeIntervalSince1970: 0)
    var waits: [Int] = []
    for _ in 0..<16 {
      throttle.failed("a", at: begin)
      waits.append(throttle.wait("a", at: begin))
    }
    #expect(waits == [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300])
    #expect(throttle.wait("b", at: begin) == 0)
    throttle.failed("a", at: begin + 900)
    #expect(throttle.wait("a", at: begin + 900) == 0)
  }
}
