import Settings
import Testing
import Transport

@testable import Credentials

/// Facts/azure-identity.md 2.5, 6.5; 9, cases 79 to 82.
@Suite struct ArcIdentityTests {
  private static let keyPath = "/var/opt/azcmagent/tokens/k1.key"
  private static let challenge = ScriptedService.Answer.status(
    401,
    "",
    [("WWW-Authenticate", "Basic realm=\(keyPath)")]
  )
  private static let body =
    #"{"access_token":"t","client_id":"ID-1","expires_in":"3599","token_type":"Bearer"}"#

  private func world(_ answers: ScriptedService.Answer..., key: String? = "geheim") -> TestWorld {
    var world = TestWorld(list: answers)
    world.environment = [
      "IDENTITY_ENDPOINT": "http://localhost:40342/x", "IMDS_ENDPOINT": "http://localhost:40342",
    ]
    if let key { world.files[Self.keyPath] = key }
    return world
  }

  private func failing(_ world: TestWorld, _ identity: ManagedIdentity = .systemAssigned) async
    -> TokenFailure?
  {
    await failure { () throws(TokenFailure) in
      try await MachineIdentity(context: world.context, identity: identity, audience: "r").token()
    }
  }

  @Test func `79: the second request is proven by the text of the file`() async throws {
    let world = world(Self.challenge, .status(200, Self.body))

    #expect(await failing(world) == nil)

    #expect(
      world.requests.map(\.url)
        == Array(repeating: "http://127.0.0.1:40342/x?api-version=2020-06-01&resource=r", count: 2)
    )
    #expect(world.requests.map { $0.header("Metadata") } == ["true", "true"])
    #expect(world.requests.map { $0.header("Authorization") } == [nil, "Basic geheim"])
  }

  @Test(arguments: [
    "Basic realm=/etc/k1.key", "Basic realm=/var/opt/azcmagent/tokens/../k1.key",
    "Basic realm=/var/opt/azcmagent/tokens/sub/k1.key", "Basic realm=/var/opt/azcmagent/tokens/k1.txt",
    "Basic realm=/var/opt/azcmagent/tokens/.key", "Bearer realm=/var/opt/azcmagent/tokens/k1.key", "Basic",
    "",
    "Basic realm=/var/opt/azcmagent/tokens/k1.key, realm=/var/opt/azcmagent/tokens/k2.key",
  ])
  func `80: a challenge that names another file is refused`(challenge: String) async {
    let world = world(.status(401, "", [("WWW-Authenticate", challenge)]))

    #expect(await failing(world)?.outcome == .refused)
    #expect(world.requests.count == 1)
    #expect(throws: TokenFailure.self) { try ArcIdentity.path(in: challenge) }
  }

  @Test(arguments: [
    "Basic realm=\"/var/opt/azcmagent/tokens/k1.key\"", "BASIC Realm=/var/opt/azcmagent/tokens/k1.key",
  ])
  func `quotes and letter case of a challenge do not matter`(challenge: String) throws {
    #expect(try ArcIdentity.path(in: challenge) == Self.keyPath)
  }

  @Test(arguments: [nil, "", "a\u{0}b", String(repeating: "x", count: 4097)])
  func `80: a key that cannot be read is refused before the second request`(key: String?) async {
    let world = world(Self.challenge, .status(200, Self.body), key: key)

    #expect(await failing(world)?.outcome == .refused)
    #expect(world.requests.count == 1)
  }

  @Test func `81: a token without a challenge is refused`() async {
    let failure = await failing(world(.status(200, Self.body)))

    #expect(failure?.outcome == .refused)
    #expect(failure?.message == "the Azure Arc agent answered 200, wanted a challenge with status 401")
  }

  @Test func `82: an identity that is not confirmed is refused`() async {
    let confirmed = world(Self.challenge, .status(200, Self.body))
    let other = world(Self.challenge, .status(200, Self.body))
    let silent = world(Self.challenge, .status(200, #"{"access_token":"t","expires_in":"1"}"#))

    #expect(await failing(confirmed, .userAssigned(clientID: "id-1")) == nil)
    #expect(await failing(other, .userAssigned(clientID: "id-2"))?.outcome == .refused)
    #expect(await failing(silent, .userAssigned(clientID: "id-1"))?.outcome == .refused)
  }

  @Test func `a key that is not accepted is not shown`() async {
    let failure = await failing(
      world(Self.challenge, .status(401, #"{"error":"no","error_description":"geheim"}"#))
    )

    #expect(failure?.message == "the Azure Arc agent answered 401 no: ***")
  }
}
