import Settings
import Testing
import Transport

@testable import Credentials

/// Facts/azure-identity.md 1.2, 5, 6; 9, cases 1 to 4, 17 to 30, 36, 38, 73, 76, 86, 87.
@Suite struct SignInServiceTests {
  private func token(
    _ world: TestWorld,
    tenant: String = "contoso.example",
    client: String = "app",
    proof: SignInService.Proof = .secret(Secret("s3cret"))
  ) async throws(TokenFailure) -> AccessToken {
    try await SignInService(world.context).token(tenant: tenant, client: client, proof: proof)
  }

  private func failing(_ world: TestWorld) async -> TokenFailure? {
    await failure { () throws(TokenFailure) in try await token(world) }
  }

  // MARK: Requests

  @Test func `1, 4, C58: one request, a form that gives the server the exact secret`() async throws {
    let world = TestWorld(.token("t"))
    let secret = "~+/=&% ü\"x"

    let token = try await token(world, proof: .secret(Secret(secret)))

    #expect(token == AccessToken(value: Secret("t"), lifetime: .seconds(3600)))
    let request = try #require(world.requests.first)
    #expect(world.requests.count == 1)
    #expect(request.method == .post)
    #expect(request.url == "https://login.microsoftonline.com/contoso.example/oauth2/v2.0/token")
    #expect(request.header("Content-Type") == "application/x-www-form-urlencoded")
    #expect(
      request.text
        == "client_id=app&client_secret=~%2B%2F%3D%26%25%20%C3%BC%22x&grant_type=client_credentials"
        + "&scope=499b84ac-1321-427f-aa17-267ca6975798%2F.default"
    )
    #expect(request.bodyLimit == 1_048_576)
    #expect(request.timeouts.connect == .seconds(10))
    #expect(request.timeouts.total == .seconds(30))
  }

  @Test(arguments: ["11111111-2222-3333-4444-555555555555", "contoso.example"])
  func `2: the tenant is a part of the path as it is`(tenant: String) async throws {
    let world = TestWorld(.token("t"))

    _ = try await token(world, tenant: tenant)

    #expect(world.requests.map(\.url) == ["https://login.microsoftonline.com/\(tenant)/oauth2/v2.0/token"])
  }

  @Test(arguments: ["https://login.microsoftonline.us/", "https://login.microsoftonline.us:443//"])
  func `3: an authority may end in slashes and have a port`(authority: String) async throws {
    var world = TestWorld(.token("t"))
    world.environment = ["AZURE_AUTHORITY_HOST": authority]

    _ = try await token(world, tenant: "t")

    let port = authority.contains(":443") ? ":443" : ""
    #expect(world.requests.map(\.url) == ["https://login.microsoftonline.us\(port)/t/oauth2/v2.0/token"])
  }

  @Test func `the settings' endpoint wins over the environment`() async throws {
    var world = TestWorld(.token("t"))
    world.environment = ["AZURE_AUTHORITY_HOST": "https://login.microsoftonline.us"]
    world.endpoints = ["login.microsoftonline.com": "http://127.0.0.1:8400/entra"]

    _ = try await token(world, tenant: "t")

    #expect(world.requests.map(\.url) == ["http://127.0.0.1:8400/entra/t/oauth2/v2.0/token"])
  }

  @Test(arguments: [
    "http://login.microsoftonline.com", "http://127.0.0.1:1", "https://user:pw@host", "https://host/?x",
    "https://",
    "https://host/path", "https://host#x", "login.microsoftonline.com",
  ])
  func `87: an authority that is not https and a host is refused`(authority: String) async {
    var world = TestWorld(.token("t"))
    world.environment = ["AZURE_AUTHORITY_HOST": authority]

    #expect(await failing(world)?.outcome == .refused)
    #expect(world.requests.isEmpty)
  }

  // MARK: Answers that are no tokens

  @Test func `17: a page instead of a token is final and not quoted`() async {
    let world = TestWorld(.status(200, "<html>Sign in, geheim</html>"))

    let failure = await failing(world)

    #expect(failure?.outcome == .refused)
    #expect(failure?.message.contains("something that is no token") == true)
    #expect(failure?.message.contains("geheim") == false)
    #expect(world.requests.count == 1)
  }

  @Test func `20: an answer that is too large is final`() async {
    let world = TestWorld(.error(.bodyTooLarge(limit: 1_048_576)))

    #expect(await failing(world)?.outcome == .refused)
    #expect(world.requests.count == 1)
  }

  @Test func `21: an answer that breaks off is asked for again, four times at most`() async {
    let world = TestWorld(.error(.failed(code: 18, reason: "Transferred a partial file")))

    let failure = await failing(world)

    #expect(failure?.outcome == .transient)
    #expect(failure?.message.contains("Transferred a partial file") == true)
    #expect(world.requests.count == 4)
    #expect(world.waits == [.milliseconds(500), .milliseconds(1500), .seconds(3)])
  }

  @Test func `22: a redirect is not followed`() async {
    let world = TestWorld(.status(302, "", [("Location", "https://evil.example/token?x=1")]))

    let failure = await failing(world)

    #expect(failure?.outcome == .refused)
    #expect(failure?.message.hasSuffix("redirects to evil.example, which is not followed") == true)
    #expect(world.requests.count == 1)
  }

  @Test(arguments: [404, 405, 418, 501])
  func `a status that no token service has is final`(status: Int) async {
    let world = TestWorld(.status(status))

    #expect(await failing(world)?.message.hasSuffix("answered \(status), as no token service does") == true)
    #expect(world.requests.count == 1)
  }

  // MARK: Retries

  @Test func `24: two failures and a token`() async throws {
    let world = TestWorld(.status(500), .status(500), .token("t"))

    #expect(try await token(world).value.reveal() == "t")
    #expect(world.requests.count == 3)
    #expect(world.waits == [.milliseconds(500), .milliseconds(1500)])
  }

  @Test(arguments: [408, 429, 500, 502, 503, 504])
  func `25: a service that keeps failing is asked four times, and its ids are reported`(status: Int) async {
    let world = TestWorld(.refusal(status, "server_error", code: 90_033))

    let failure = await failing(world)

    #expect(failure?.outcome == .transient)
    #expect(failure?.message.contains("answered \(status) server_error: AADSTS90033: said no.") == true)
    #expect(failure?.message.contains("trace id t-1, correlation id c-1, time 2026-01-09 02:02:12Z") == true)
    #expect(world.requests.count == 4)
  }

  @Test func `26: a pause that is asked for is kept`() async throws {
    let world = TestWorld(.status(429, "", [("Retry-After", "2")]), .token("t"))

    _ = try await token(world)

    #expect(world.waits == [.seconds(2)])
  }

  @Test func `27: a long pause fails at once`() async {
    let world = TestWorld(.status(429, "", [("Retry-After", "3600")]))

    let failure = await failing(world)

    #expect(failure?.outcome == .throttled(.seconds(3600)))
    #expect(failure?.message.hasSuffix("it asks to wait 3600 s") == true)
    #expect(world.requests.count == 1)
    #expect(world.waits.isEmpty)
  }

  @Test func `28: a pause may be a date`() async throws {
    // 9 s after TestWorld.now
    let world = TestWorld(.status(503, "", [("Retry-After", "Fri, 15 Jan 2027 08:00:09 GMT")]), .token("t"))

    _ = try await token(world)

    #expect(world.waits == [.seconds(9)])
  }

  @Test(arguments: [400, 401, 403])
  func `29, 30: a refusal is final even when it asks for a pause`(status: Int) async {
    let world = TestWorld(.status(status, #"{"error":"invalid_client"}"#, [("Retry-After", "5")]))

    #expect(await failing(world)?.outcome == .refused)
    #expect(world.requests.count == 1)
  }

  @Test func `a refusal that calls itself temporary is tried again`() async throws {
    let world = TestWorld(.refusal(400, "temporarily_unavailable", code: 90_055), .token("t"))

    #expect(try await token(world).value.reveal() == "t")
  }

  @Test(arguments: [(7, 4), (28, 4), (6, 4), (60, 1), (77, 1)])
  func `36: a lost connection is tried again, a wrong certificate is not`(code: Int, requests: Int) async {
    let world = TestWorld(.error(.failed(code: code, reason: "no")))

    #expect(await failing(world)?.outcome == (requests > 1 ? .transient : .refused))
    #expect(world.requests.count == requests)
  }

  @Test func `38: no attempt begins when the time is up`() async {
    let world = TestWorld(.status(503, "", [("Retry-After", "29")]))

    #expect(await failing(world)?.outcome == .transient)
    #expect(world.waits == [.seconds(29), .seconds(29)])
    #expect(world.requests.count == 3)
  }

  @Test func `a cancelled request is no failure of the service`() async {
    #expect(await failing(TestWorld(.error(.cancelled)))?.outcome == .cancelled)
  }

  // MARK: Explanations

  @Test(arguments: [
    (7_000_222, "The client secret has expired"),
    (90_002, "check tenantId"),
    (500_011, "Azure DevOps is not known in that tenant"),
    (53_003, "A policy of the tenant blocks the sign-in"),
  ])
  func `a known error comes with advice`(code: Int, advice: String) async {
    let message = await failing(TestWorld(.refusal(401, "invalid_client", code: code)))?.message

    #expect(message?.contains(advice) == true)
  }

  @Test func `76: an application that is unknown there comes with the address for consent`() async {
    let message = await failing(TestWorld(.refusal(400, "unauthorized_client", code: 700_016)))?.message

    #expect(
      message?.hasSuffix("at https://login.microsoftonline.com/contoso.example/adminconsent?client_id=app")
        == true
    )
  }

  @Test func `an unknown error comes with the page that explains it`() async {
    let message = await failing(TestWorld(.refusal(400, "invalid_request", code: 1_234_567)))?.message

    #expect(message?.hasSuffix("See https://login.microsoftonline.com/error?code=1234567") == true)
  }

  @Test func `86: what the service says is cut and freed of control characters`() async throws {
    let text = "\\u001b[31mred\\u0007" + String(repeating: "x", count: 1_000_000)
    let world = TestWorld(.status(401, #"{"error":"invalid_client","error_description":"\#(text)"}"#))

    let message = try #require(await failing(world)?.message)

    #expect(message.contains("invalid_client: [31mredxxx"))
    #expect(message.count < 700)
    #expect(message.unicodeScalars.allSatisfy { $0.value >= 0x20 })
  }
}
