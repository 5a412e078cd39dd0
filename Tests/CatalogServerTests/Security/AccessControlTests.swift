import CatalogServer
import CatalogStore
import Foundation
import GRDB
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Settings
import TestSupport
import Testing

@Suite("Who may do what")
struct AccessControlTests {
  /// Routes that tell who has come that far.
  static func routes(_ router: Router<CatalogRequestContext>, _ database: CatalogDatabase) {
    @Sendable func name(_ context: CatalogRequestContext) -> Response {
      Response.json("\"\(context.caller?.name ?? "anybody")\"")
    }
    router.get("api/catalog/entities") { _, context in name(context) }
    router.post("api/catalog/entities/by-refs") { _, context in name(context) }
    router.post("api/catalog/refresh") { _, context in name(context) }
    router.post("api/catalog/locations") { request, context in
      _ = try await request.body.collect(upTo: 1 << 20)
      return name(context)
    }
    router.delete("api/catalog/locations/:id") { _, _ -> Response in throw APIError.notFound("none") }
  }

  @Test(
    "a token does what its scope allows, and others hear why not",
    arguments: [
      (.get, "/api/catalog/entities", nil, 401), (.get, "/api/catalog/entities", "wrong-token-000001", 401),
      (.get, "/api/catalog/entities", TestService.reader, 200),
      (.get, "/metrics", nil, 401), (.get, "/metrics", TestService.reader, 200),
      (.get, "/nowhere", nil, 401), (.get, "/nowhere", TestService.reader, 404),
      (.post, "/api/catalog/entities/by-refs", TestService.reader, 200),
      (.post, "/api/catalog/refresh", TestService.reader, 403),
      (.post, "/api/catalog/refresh", TestService.refresher, 200),
      (.post, "/api/catalog/locations", TestService.refresher, 403),
      (.post, "/api/catalog/locations", TestService.admin, 200),
      (.post, "/api/catalog/locations?dryRun=true", TestService.reader, 403),
      (.post, "/api/catalog/locations?dryRun=true", TestService.refresher, 200),
      (.post, "/api/catalog/locations?dryRun=true&dryRun=false", TestService.refresher, 403),
      (.get, "/api/catalog/entities", TestService.admin, 200), (.get, "/healthz", nil, 200),
    ] as [(HTTPRequest.Method, String, String?, Int)]
  )
  func scopes(method: HTTPRequest.Method, path: String, token: String?, status: Int) async throws {
    try await TestService.run(TestService.guarded, routes: Self.routes) { service in
      let answer = try await service.send(method, path, token: token)
      #expect(answer.status.code == status)
      let challenge = answer.headers[.wwwAuthenticate]
      switch status {
      case 401: #expect(challenge?.hasPrefix("Bearer realm=") == true)
      case 403: #expect(challenge?.contains("insufficient_scope") == true)
      default: #expect(challenge == nil)
      }
    }
  }

  /// What browsers send when somebody follows a link.
  private static let browser: HTTPFields = [.accept: "text/html,application/xhtml+xml,*/*;q=0.8"]

  @Test(
    "people are shown the way in, programs are told that a token is needed",
    arguments: [
      (.get, "/", browser, 303), (.get, "/entities?kind=api", browser, 303), (.get, "/nowhere", browser, 303),
      (.get, "/apiary", browser, 303), (.get, "/metrics", browser, 303),
      (.get, "/", [.accept: "text/html", .cookie: "catalog_crawler_session=over"], 303),
      (.get, "/api/catalog/entities", browser, 401), (.get, "//api//catalog/entities", browser, 401),
      (.get, "/api", browser, 401), (.get, "/api/nowhere", browser, 401),
      (.get, "/api/crawler/crawls", browser, 401),
      (.get, "/", [:], 401), (.get, "/", [.accept: "*/*"], 401),
      (.get, "/", [.accept: "application/json"], 401),
      (.head, "/", browser, 401), (.post, "/refresh", browser, 401), (.delete, "/entities", browser, 401),
      (.get, "/", [.accept: "text/html", .authorization: "Bearer wrong-token-000001"], 401),
      (.get, "/", [.accept: "text/html", .authorization: "Basic eDp5"], 401),
    ] as [(HTTPRequest.Method, String, HTTPFields, Int)]
  )
  func wayIn(method: HTTPRequest.Method, path: String, headers: HTTPFields, status: Int) async throws {
    try await TestService.run(TestService.guarded, routes: Self.routes) { service in
      let answer = try await service.send(method, path, headers: headers)
      #expect(answer.status.code == status)
      #expect(answer.headers[.location] == (status == 303 ? "/login" : nil))
      #expect((answer.headers[.wwwAuthenticate] != nil) == (status == 401))
      #expect(answer.headers[.cacheControl] == "no-store")
    }
  }

  @Test(
    "the way in leads nowhere else, whatever is asked for",
    arguments: [
      "//evil.example", "/\\evil.example", "/%5Cevil.example", "/%09/evil.example",
      "/%0d%0aLocation:%20http:evil",
      "/?next=//evil.example", "/login/?next=https://evil.example",
      "/entities?back=//evil.example&return=%2F%2Fevil",
    ]
  )
  func wayInOnly(path: String) async throws {
    try await TestService.run(TestService.guarded, routes: Self.routes) { service in
      let answer = try await service.send(.get, path, headers: Self.browser)
      #expect(answer.headers[values: .location] == (answer.status == .seeOther ? ["/login"] : []))

      // What the form's address carries is not where it leads either.
      let query = path.split(separator: "?", maxSplits: 1).dropFirst().first ?? "next=\(path)"
      let signedIn = try await service.send(
        .post,
        "/login?\(query)",
        headers: [.contentType: "application/x-www-form-urlencoded", .origin: "http://localhost"],
        body: "token=\(TestService.reader)&next=\(path)&back=\(path)"
      )
      #expect(signedIn.status == .seeOther && signedIn.headers[values: .location] == ["/"])
    }
  }

  @Test("where no tokens are asked for nobody is led to the way in")
  func noWayIn() async throws {
    try await TestService.run(routes: Self.routes) { service in
      let answer = try await service.send(.get, "/api/catalog/entities", headers: Self.browser)
      #expect(answer.status == .ok)
      let nowhere = try await service.send(.get, "/nowhere", headers: Self.browser)
      #expect(nowhere.status == .notFound)
    }
  }

  @Test("on loopback without tokens everything is allowed, but not to pages of others")
  func open() async throws {
    try await TestService.run(routes: Self.routes) { service in
      for headers in [[:], [.origin: "http://localhost"], [.authorization: "Bearer anything"]] as [HTTPFields]
      {
        let answer = try await service.send(.post, "/api/catalog/locations", headers: headers, body: "{}")
        #expect(answer.status == .ok && String(buffer: answer.body) == "\"anybody\"")
      }
      let foreign = try await service.send(
        .post,
        "/api/catalog/locations",
        headers: [.origin: "http://evil.example"],
        body: "{}"
      )
      #expect(foreign.status == .forbidden)
      #expect(foreign.headers[.accessControlAllowOrigin] == nil)
    }
  }

  @Test("a token is not good any more once it has expired, and two of a name are both good until then")
  func rotation() async throws {
    var settings = TestService.guarded
    settings.crawler.api.tokens[0].expires = TestService.begin.addingTimeInterval(60)
    settings.crawler.api.tokens.append(
      APIToken(name: "reader", hash: TokenHash(of: "reader-token-0002"), scope: .read)
    )
    try await TestService.run(settings, routes: Self.routes) { service in
      for token in [TestService.reader, "reader-token-0002"] {
        let answer = try await service.send(.get, "/api/catalog/entities", token: token)
        #expect(String(buffer: answer.body) == "\"reader\"")
      }
      service.clock.withLock { $0 += 60 }
      #expect(try await service.send(.get, "/metrics", token: TestService.reader).status == .unauthorized)
      #expect(try await service.send(.get, "/metrics", token: "reader-token-0002").status == .ok)
    }
  }

  @Test("every change is in the log with who, what and from where, and never with the token")
  func audit() async throws {
    try await TestService.run(TestService.guarded, routes: Self.routes) { service in
      _ = try await service.send(
        .post,
        "/api/catalog/locations?x=1",
        token: TestService.admin,
        body: #"{"target":"secret-in-body"}"#
      )
      _ = try await service.send(.delete, "/api/catalog/locations/7", token: TestService.admin)
      _ = try await service.send(.get, "/api/catalog/entities", token: TestService.admin)
      _ = try await service.send(.post, "/api/catalog/refresh", token: TestService.reader)
      let audit = service.log.all.filter { $0.contains(" audit ") }
      #expect(
        audit == [
          "notice audit from=unknown outcome=200 what=POST /api/catalog/locations who=admin",
          "notice audit from=unknown outcome=404 what=DELETE /api/catalog/locations/7 who=admin",
        ]
      )
      for secret in [TestService.admin, TestService.reader, "secret-in-body"] {
        #expect(!service.log.all.joined().contains(secret))
      }
    }
  }

  @Test("every answer tells browsers what they may do with it")
  func headers() async throws {
    try await TestService.run(TestService.guarded) { service in
      for path in ["/healthz", "/nowhere"] {
        let headers = try await service.send(.get, path).headers
        #expect(headers[.xContentTypeOptions] == "nosniff")
        #expect(headers[.contentSecurityPolicy] == "default-src 'none'; frame-ancestors 'none'")
        #expect(headers[.cacheControl] == "no-store")
        #expect(headers[HTTPField.Name("Referrer-Policy") ?? .age] == "no-referrer")
        #expect(headers[.strictTransportSecurity] == nil)
      }
      let page = try await service.send(.get, "/login")
      #expect(page.headers[.contentSecurityPolicy]?.contains("form-action 'self'") == true)
    }
  }

  @Test("a database that fails is not described to whoever asks")
  func failingDatabase() async throws {
    try await TestService.run(routes: { router, database in
      router.get("broken") { _, _ -> Response in
        _ = try await database.pool.read { try Int.fetchAll($0, sql: "SELECT 1 FROM no_such_table") }
        return Response.json("{}")
      }
    }) { service in
      let answer = try await service.send(.get, "/broken")
      #expect(answer.status == .internalServerError)
      let body = String(buffer: answer.body)
      for word in ["SELECT", "no_such_table", "SQLite", "GRDB", ".db", "Sources"] {
        #expect(!body.contains(word), "\(body)")
      }
      #expect(service.log.all.contains { $0.contains("no_such_table") })
    }
  }

  @Test("a body that is too large is refused before it is read")
  func largeBody() async throws {
    var settings = CrawlerSettings()
    settings.crawler.api.limits.bodyBytes = 1024
    try await TestService.run(settings, routes: Self.routes) { service in
      let large = String(repeating: "x", count: 1025)
      let answer = try await service.send(.post, "/api/catalog/locations", body: large)
      #expect(answer.status == .contentTooLarge)
      #expect(String(buffer: answer.body).contains("PayloadTooLargeError"))
      let fits = try await service.send(.post, "/api/catalog/locations", body: String(large.dropFirst()))
      #expect(fits.status == .ok)
    }
  }
}
