import Foundation
import Settings
import Testing
import Transport

@testable import Credentials

/// Facts/azure-identity.md 1.5, 2.8, 4.4; 9, cases 7 and 72 to 75.
@Suite struct FederatedIdentityTests {
  /// A JSON web token with the claims and no valid signature.
  private static func assertion(_ number: Int) -> String {
    let claims =
      #"{"iss":"https://login.microsoftonline.com/home/v2.0","sub":"principal-\#(number)","aud":"aud-1"}"#
    let text = Data(claims.utf8).base64EncodedString()
      .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    return "e30.\(text).c2ln\(number)"
  }

  private static func identityAnswer(_ number: Int, life: Int = 86_400) -> ScriptedService.Answer {
    .status(200, #"{"access_token":"\#(assertion(number))","expires_in":"\#(life)","token_type":"Bearer"}"#)
  }

  private func fetch(_ world: TestWorld, _ identity: ManagedIdentity = .systemAssigned)
    -> TokenCache<SkippingClock>.Fetch
  {
    FederatedIdentity.fetch(
      world.context,
      clock: world.clock,
      client: "app",
      tenant: "other.example",
      identity: identity
    )
  }

  @Test func `7, C59: the identity's token is exchanged in the tenant that is wanted`() async throws {
    let world = TestWorld(Self.identityAnswer(1), .token("final"))

    let token = try await fetch(world, .userAssigned(clientID: "mi"))()

    #expect(token.value.reveal() == "final")
    #expect(world.requests.count == 2)
    #expect(
      world.requests[0].url == "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01"
        + "&resource=api%3A%2F%2FAzureADTokenExchange&client_id=mi"
    )
    #expect(world.requests[1].url == "https://login.microsoftonline.com/other.example/oauth2/v2.0/token")
    #expect(
      world.requests[1].fields == [
        "client_id": "app",
        "client_assertion": Self.assertion(1),
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "grant_type": "client_credentials",
        "scope": "499b84ac-1321-427f-aa17-267ca6975798/.default",
      ]
    )
  }

  @Test func `C60: the machine's own identity is asked for without a client id`() async throws {
    let world = TestWorld(Self.identityAnswer(1), .token("final"))

    _ = try await fetch(world)()

    #expect(world.requests[0].fields["client_id"] == nil)
  }

  @Test(arguments: [
    ("https://login.microsoftonline.us", "api://AzureADTokenExchangeUSGov"),
    ("https://login.chinacloudapi.cn", "api://AzureADTokenExchangeChina"),
    ("https://login.partner.microsoftonline.cn/", "api://AzureADTokenExchangeChina"),
  ])
  func `each cloud has its own audience`(authority: String, audience: String) async throws {
    var world = TestWorld(Self.identityAnswer(1), .token("final"))
    world.environment = ["AZURE_AUTHORITY_HOST": authority]

    _ = try await fetch(world)()

    #expect(world.requests[0].fields["resource"] == audience)
  }

  @Test func `75: an assertion that is still good serves the next exchange`() async throws {
    let world = TestWorld(Self.identityAnswer(1), .token("one"), .token("two"))
    let fetch = fetch(world)

    _ = try await fetch()
    world.clock.advance(by: .seconds(3600))
    let second = try await fetch()

    #expect(second.value.reveal() == "two")
    #expect(world.requests.count == 3)
    #expect(world.requests[2].fields["client_assertion"] == Self.assertion(1))
  }

  @Test func `an assertion with five minutes left is renewed`() async throws {
    let world = TestWorld(
      Self.identityAnswer(1, life: 3600),
      .token("one"),
      Self.identityAnswer(2),
      .token("two")
    )
    let fetch = fetch(world)

    _ = try await fetch()
    world.clock.advance(by: .seconds(3300))
    _ = try await fetch()

    #expect(
      world.requests.map { $0.fields["client_assertion"] } == [
        nil, Self.assertion(1), nil, Self.assertion(2),
      ]
    )
  }

  @Test func `73: an assertion that matches no federated credential is shown by its claims`() async {
    let world = TestWorld(Self.identityAnswer(1), .refusal(401, "invalid_client", code: 700_213))

    let failure = await failure { () throws(TokenFailure) in try await fetch(world)() }

    #expect(failure?.outcome == .unsettled)
    #expect(failure?.message.hasPrefix("step 2, exchanging the assertion: the sign-in service") == true)
    #expect(
      failure?.message.contains("the principal (object) id of the managed identity, not its client id")
        == true
    )
    #expect(
      failure?.message.hasSuffix(
        "Presented: issuer https://login.microsoftonline.com/home/v2.0, subject principal-1, audience aud-1"
      ) == true
    )
    #expect(failure?.message.contains("e30.") == false)
    #expect(world.requests.count == 2)
  }

  @Test(arguments: [700_024, 50_013, 500_133])
  func `74: a stale assertion is replaced once`(code: Int) async throws {
    let world = TestWorld(
      Self.identityAnswer(1),
      .refusal(401, "invalid_client", code: code),
      Self.identityAnswer(2),
      .token("final")
    )

    #expect(try await fetch(world)().value.reveal() == "final")
    #expect(world.requests.count == 4)
    #expect(world.requests[3].fields["client_assertion"] == Self.assertion(2))
  }

  @Test func `74: a second stale assertion is final`() async {
    let stale = ScriptedService.Answer.refusal(401, "invalid_client", code: 700_024)
    let world = TestWorld(Self.identityAnswer(1), stale, Self.identityAnswer(2), stale)

    let failure = await failure { () throws(TokenFailure) in try await fetch(world)() }

    #expect(failure?.outcome == .refused)
    #expect(world.requests.count == 4)
  }

  @Test func `a machine without an identity fails in the first step`() async {
    let world = TestWorld(.status(401))

    let failure = await failure { () throws(TokenFailure) in try await fetch(world)() }

    #expect(
      failure?.message.hasPrefix("step 1, the managed identity's assertion: the identity service") == true
    )
  }

  // MARK: Workload identity

  private func workload(_ file: String?, tenant: String = "t.example") -> TestWorld {
    var world = TestWorld(.token("final"))
    world.environment = [
      "AZURE_TENANT_ID": tenant, "AZURE_CLIENT_ID": "app", "AZURE_FEDERATED_TOKEN_FILE": "/token",
    ]
    if let file { world.files["/token"] = file }
    return world
  }

  @Test func `72: a cluster's token is read at every exchange, without the line break at its end`()
    async throws
  {
    let world = workload("a.b.c\n")

    let token = try await FederatedIdentity.workloadToken(world.context)

    #expect(token.value.reveal() == "final")
    #expect(world.requests.map(\.url) == ["https://login.microsoftonline.com/t.example/oauth2/v2.0/token"])
    #expect(world.requests.first?.fields["client_assertion"] == "a.b.c")
    #expect(world.requests.first?.fields["client_id"] == "app")
  }

  @Test(arguments: [nil, "", " \n", String(repeating: "x", count: 65_537)])
  func `72: a token file that is missing, empty or too large is refused`(file: String?) async {
    let world = workload(file)

    let failure = await failure { () throws(TokenFailure) in
      try await FederatedIdentity.workloadToken(world.context)
    }

    #expect(failure?.outcome == .refused)
    #expect(failure?.message.hasPrefix("AZURE_FEDERATED_TOKEN_FILE names") == true)
    #expect(world.requests.isEmpty)
  }

  @Test func `2: a tenant that names no single tenant is refused before any request`() async {
    let world = workload("a.b.c", tenant: "common")

    let failure = await failure { () throws(TokenFailure) in
      try await FederatedIdentity.workloadToken(world.context)
    }

    #expect(failure?.outcome == .refused)
    #expect(world.requests.isEmpty)
  }
}
