import Settings
import Testing
import Transport

@testable import Credentials

/// Facts/azure-identity.md 2.3, 2.4, 2.7; 9, cases 8 to 10.
@Suite struct PlatformIdentityTests {
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

  private func appService(_ answers: ScriptedService.Answer...) -> TestWorld {
    var world = TestWorld(list: answers)
    world.environment = [
      "IDENTITY_ENDPOINT": "http://localhost:4141/MSI/token?x=1", "IDENTITY_HEADER": "geheim",
    ]
    return world
  }

  private let platformBody =
    #"{"access_token":"t","expires_on":"1800005400","resource":"r","token_type":"Bearer"}"#

  @Test func `8: App Service is asked with its header, behind the query that is there`() async throws {
    let world = appService(.status(200, platformBody))

    let token = try await token(world, .userAssigned(clientID: "id-1"))

    #expect(token.lifetime == .seconds(5400))
    #expect(
      world.requests.first?.url == "http://127.0.0.1:4141/MSI/token?x=1&api-version=2019-08-01"
        + "&resource=499b84ac-1321-427f-aa17-267ca6975798&client_id=id-1"
    )
    #expect(world.requests.first?.header("X-IDENTITY-HEADER") == "geheim")
  }

  @Test func `App Service that fails is asked four times`() async {
    let world = appService(.status(500))

    #expect(await failing(world)?.outcome == .transient)
    #expect(world.waits == [.milliseconds(200), .milliseconds(1600), .milliseconds(3200)])
  }

  @Test func `App Service that refuses is asked once, and its header is not shown`() async {
    let world = appService(.status(400, #"{"statusCode":400,"message":"No identity found, geheim"}"#))

    let failure = await failing(world, .userAssigned(clientID: "id-1"))

    #expect(failure?.outcome == .refused)
    #expect(
      failure?.message
        == "the App Service identity endpoint answered 400: No identity found, *** for client id id-1"
    )
    #expect(world.requests.count == 1)
  }

  @Test func `9: the machine learning endpoint has names of its own`() async throws {
    var world = TestWorld(.status(200, platformBody))
    world.environment = ["MSI_ENDPOINT": "http://127.0.0.1:2/x", "MSI_SECRET": "s"]

    _ = try await token(world, .userAssigned(clientID: "id-1"))

    #expect(
      world.requests.first?.url == "http://127.0.0.1:2/x?api-version=2017-09-01"
        + "&resource=499b84ac-1321-427f-aa17-267ca6975798&clientid=id-1"
    )
    #expect(world.requests.first?.header("secret") == "s")
  }

  @Test func `Cloud Shell is asked with a form`() async throws {
    var world = TestWorld(.status(200, tokenBody))
    world.environment = ["MSI_ENDPOINT": "http://localhost:50342/oauth2/token"]

    _ = try await token(world)

    let request = try #require(world.requests.first)
    #expect(request.method == .post)
    #expect(request.url == "http://127.0.0.1:50342/oauth2/token")
    #expect(request.header("Metadata") == "true")
    #expect(request.text == "resource=499b84ac-1321-427f-aa17-267ca6975798")
  }

  @Test func `10: Cloud Shell has no other identities`() async {
    var world = TestWorld(.status(200, tokenBody))
    world.environment = ["MSI_ENDPOINT": "http://localhost:50342/oauth2/token"]

    #expect(await failing(world, .userAssigned(clientID: "id-1"))?.outcome == .refused)
    #expect(world.requests.isEmpty)
  }
}
