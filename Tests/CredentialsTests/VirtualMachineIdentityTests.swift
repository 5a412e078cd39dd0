import Settings
import Testing
import Transport

@testable import Credentials

/// Facts/azure-identity.md 1.3, 1.4; 9, cases 5, 6, 31 to 35, 61.
@Suite struct VirtualMachineIdentityTests {
  private let tokenBody =
    #"{"access_token":"t","client_id":"c","expires_in":"3599","expires_on":"1506484173","token_type":"Bearer"}"#

  private func token(
    _ world: TestWorld,
    _ identity: ManagedIdentity = .systemAssigned
  ) async throws(TokenFailure) -> AccessToken {
    try await MachineIdentity(context: world.context, identity: identity, audience: MachineIdentity.resource)
      .token()
  }

  private func failing(_ world: TestWorld, _ identity: ManagedIdentity = .systemAssigned) async
    -> TokenFailure?
  {
    await failure { () throws(TokenFailure) in try await token(world, identity) }
  }

  @Test func `5: the machine's identity is asked for with two parameters and a header`() async throws {
    let world = TestWorld(.status(200, tokenBody))

    let token = try await token(world)

    #expect(token == AccessToken(value: Secret("t"), lifetime: .seconds(3599)))
    let request = try #require(world.requests.first)
    #expect(world.requests.count == 1)
    #expect(request.method == .get)
    #expect(
      request.url == "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01"
        + "&resource=499b84ac-1321-427f-aa17-267ca6975798"
    )
    #expect(request.headers.map { "\($0.name): \($0.value)" } == ["Metadata: true"])
    #expect(request.timeouts.connect == .seconds(2))
  }

  @Test func `6, C60: another identity is asked for by its client id, and by nothing else`() async throws {
    let world = TestWorld(.status(200, tokenBody))

    _ = try await token(world, .userAssigned(clientID: "id-1"))

    #expect(
      world.requests.first?.url
        == "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01"
        + "&resource=499b84ac-1321-427f-aa17-267ca6975798&client_id=id-1"
    )
  }

  @Test(
    arguments: [
      (["AZURE_POD_IDENTITY_AUTHORITY_HOST": "http://127.0.0.1:99/"], [:], "http://127.0.0.1:99/metadata/"),
      ([:], ["169.254.169.254": "http://localhost:98"], "http://localhost:98/metadata/"),
    ] as [([String: String], [String: String], String)]
  )
  func `the service may be elsewhere`(
    environment: [String: String],
    endpoints: [String: String],
    start: String
  ) async throws {
    var world = TestWorld(.status(200, tokenBody))
    world.environment = environment
    world.endpoints = endpoints

    _ = try await token(world)

    #expect(world.requests.first?.url.hasPrefix(start) == true)
  }

  @Test func `31: a service that is being updated is asked again`() async throws {
    let world = TestWorld(.status(404), .status(404), .status(200, tokenBody))

    _ = try await token(world)

    #expect(world.requests.count == 3)
    #expect(world.waits == [.milliseconds(200), .milliseconds(1600)])
  }

  @Test func `32: a service that is gone for a minute is waited for`() async throws {
    let world = TestWorld(.status(410), .status(410), .status(410), .status(410), .status(200, tokenBody))

    _ = try await token(world)

    #expect(world.waits == [.seconds(5), .seconds(10), .seconds(20), .seconds(40)])
  }

  @Test func `the wait is chosen by the latest answer`() async throws {
    let world = TestWorld(.status(404), .status(410), .status(200, tokenBody))

    _ = try await token(world)

    #expect(world.waits == [.milliseconds(200), .seconds(10)])
  }

  @Test(arguments: [429, 500, 503])
  func `33: a service that keeps failing is asked six times`(status: Int) async {
    let world = TestWorld(.status(status))

    #expect(await failing(world)?.outcome == .transient)
    #expect(world.requests.count == 6)
    #expect(
      world.waits == [
        .milliseconds(200), .milliseconds(1600), .milliseconds(3200), .milliseconds(6400),
        .milliseconds(12_800),
      ]
    )
  }

  private static let notFound = ScriptedService.Answer.status(
    400,
    #"{"error":"invalid_request","error_description":"Identity not found"}"#
  )

  @Test func `34: an identity that the machine does not have is named`() async {
    let world = TestWorld(Self.notFound)

    let failure = await failing(world, .userAssigned(clientID: "id-1"))

    #expect(failure?.outcome == .refused)
    #expect(
      failure?.message.hasPrefix("the identity with client id id-1 is not assigned to this machine") == true
    )
    #expect(world.requests.count == 1)
  }

  @Test func `35: a machine without an identity of its own is no failure`() async {
    let failure = await failing(TestWorld(Self.notFound))

    #expect(failure?.outcome == .notAvailable)
    #expect(failure?.message.hasPrefix("this machine has no system-assigned identity") == true)
  }

  @Test(arguments: [
    #"{"error":"invalid_resource","error_description":"AADSTS500011: unknown"}"#,
    #"{"error":"x","error_description":"AADSTS50001: unknown"}"#,
  ])
  func `a resource that is not known is a failure`(body: String) async {
    #expect(await failing(TestWorld(.status(400, body)))?.outcome == .refused)
  }

  @Test func `61: a proxy that says unreachable is no identity service`() async {
    let failure = await failing(
      TestWorld(.status(403, "connecting to 169.254.169.254:80: network is unreachable"))
    )

    #expect(failure?.outcome == .notAvailable)
  }

  @Test(arguments: [(401, "refused"), (403, "refused"), (302, "refused")])
  func `other refusals are failures`(status: Int, name: String) async {
    #expect(await failing(TestWorld(.status(status)))?.outcome == .refused)
  }

  @Test func `a page at the address is no identity service`() async {
    #expect(await failing(TestWorld(.status(200, "<html>")))?.outcome == .notAvailable)
  }

  @Test func `no answer at the address means no identity service`() async {
    let world = TestWorld(.refusedConnection)

    #expect(await failing(world)?.outcome == .notAvailable)
    #expect(world.requests.count == 6)
  }
}
