import Settings
import TestSupport
import Testing
import Transport

@testable import Credentials

/// Facts/azure-identity.md 3; 9, cases 58 to 67.
@Suite struct DefaultChainTests {
  private static let principal = ["AZURE_TENANT_ID": "t", "AZURE_CLIENT_ID": "c", "AZURE_CLIENT_SECRET": "s"]
  private static let machineToken = ScriptedService.Answer.status(
    200,
    #"{"access_token":"machine","expires_in":"3599","token_type":"Bearer"}"#
  )

  private func failing(_ chain: DefaultChain) async -> TokenFailure? {
    await failure { () throws(TokenFailure) in try await chain.token() }
  }

  @Test func `58: with nothing at all one message tells five reasons`() async {
    let world = TestWorld()

    let failure = await failing(DefaultChain(world.context))

    #expect(failure?.outcome == .notAvailable)
    #expect(
      failure?.message == """
        nothing is configured and the machine offers no identity
          environment: not configured (missing: AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET)
          workload identity: not configured (missing: AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_FEDERATED_TOKEN_FILE)
          managed identity: no answer from http://169.254.169.254 within 1 s
          azure cli: 'az' is not on the PATH
          azd: 'azd' is not on the PATH
        """
    )
    #expect(world.requests.count == 1)
    #expect(world.waits.isEmpty)
  }

  @Test func `59: the service is looked for once, for a second, without the header of real requests`()
    async throws
  {
    let world = TestWorld(.error(.failed(code: 28, reason: "Timeout was reached")))
    let chain = DefaultChain(world.context)

    _ = await failing(chain)
    _ = await failing(chain)

    let probe = try #require(world.requests.first)
    #expect(world.requests.count == 1)
    #expect(probe.url == "http://169.254.169.254/metadata/identity/oauth2/token")
    #expect(probe.headers.isEmpty)
    #expect(probe.timeouts.total == .seconds(1))
  }

  @Test(arguments: [400, 500, 200])
  func `60: any answer to the probe means that there is a service`(status: Int) async throws {
    let world = TestWorld(.status(status), Self.machineToken)

    #expect(try await DefaultChain(world.context).token().value.reveal() == "machine")
    #expect(world.requests.map { $0.header("Metadata") } == [nil, "true"])
  }

  @Test func `61: a proxy's unreachable is no service`() async {
    let failure = await failing(DefaultChain(TestWorld(.status(403, "network is unreachable")).context))

    #expect(failure?.outcome == .notAvailable)
  }

  @Test func `62: a wrong secret in the environment ends the search`() async {
    var world = TestWorld(.refusal(401, "invalid_client", code: 7_000_215))
    world.environment = Self.principal.merging(["PATH": "/bin"]) { $1 }

    let failure = await failing(DefaultChain(world.context))

    #expect(failure?.outcome == .refused)
    #expect(failure?.message.contains("AADSTS7000215") == true)
    #expect(
      failure?.message.hasSuffix("not tried: workload identity, managed identity, azure cli, azd") == true
    )
    #expect(world.requests.count == 1)
    #expect(world.calls.withLock { $0.isEmpty })
  }

  @Test func `63: an environment that is incomplete is passed over by name`() async {
    var world = TestWorld()
    world.environment = [
      "AZURE_TENANT_ID": "t", "AZURE_CLIENT_SECRET": "", "AZURE_CLIENT_CERTIFICATE_PATH": "/c",
    ]

    let message = await failing(DefaultChain(world.context))?.message

    #expect(
      message?.contains(
        "environment: not configured (set: AZURE_TENANT_ID; missing: AZURE_CLIENT_ID, AZURE_CLIENT_SECRET); "
          + "AZURE_CLIENT_CERTIFICATE_PATH is set, but certificates are not supported"
      ) == true
    )
  }

  @Test func `64: a client id in the environment chooses the identity, and the message says so`() async {
    var world = TestWorld(
      .status(400),
      .status(400, #"{"error":"invalid_request","error_description":"Identity not found"}"#)
    )
    world.environment = ["AZURE_CLIENT_ID": "left-over"]

    let failure = await failing(DefaultChain(world.context))

    #expect(world.requests[1].fields["client_id"] == "left-over")
    #expect(failure?.outcome == .refused)
    #expect(failure?.message.contains("(the id is in AZURE_CLIENT_ID)") == true)
  }

  @Test func `65: a service that keeps failing ends the search`() async {
    let world = TestWorld(.status(400), .status(503))

    let failure = await failing(DefaultChain(world.context))

    #expect(failure?.outcome == .transient)
    #expect(failure?.message.hasSuffix("not tried: azure cli, azd") == true)
    #expect(world.requests.count == 7)
  }

  @Test func `66: the link that gave a token is the only one from then on`() async throws {
    var world = TestWorld(.status(400), Self.machineToken, .status(401))
    world.environment = ["AZURE_TENANT_ID": "t"]
    let chain = DefaultChain(world.context)

    #expect(try await chain.token().value.reveal() == "machine")
    let failure = await failing(chain)

    #expect(failure?.outcome == .refused)
    #expect(failure?.message == "the identity service http://169.254.169.254 answered 401")
    #expect(world.requests.count == 3)
  }

  @Test func `the environment comes first, then the cluster`() async throws {
    var world = TestWorld(.token("t"))
    world.environment = Self.principal.merging(["AZURE_FEDERATED_TOKEN_FILE": "/token"]) { $1 }
    world.files = ["/token": "a.b.c"]
    _ = try await DefaultChain(world.context).token()
    #expect(world.requests.last?.fields["client_secret"] == "s")

    world.environment["AZURE_CLIENT_SECRET"] = nil
    _ = try await DefaultChain(world.context).token()
    #expect(world.requests.last?.fields["client_assertion"] == "a.b.c")
  }

  @Test(arguments: ["prod", " PROD "])
  func `67: without developers' tools no program is started`(word: String) async {
    var world = TestWorld()
    world.environment = ["AZURE_TOKEN_CREDENTIALS": word, "PATH": "/bin"]

    let message = await failing(DefaultChain(world.context))?.message

    #expect(message?.contains("managed identity: no answer") == true)
    #expect(message?.contains("az") == false || message?.contains("azure cli") == false)
    #expect(world.calls.withLock { $0.isEmpty })
  }

  @Test func `67: a word that is not known is refused`() async {
    var world = TestWorld()
    world.environment = ["AZURE_TOKEN_CREDENTIALS": "nonsense"]

    let failure = await failing(DefaultChain(world.context))

    #expect(failure?.outcome == .refused)
    #expect(
      failure?.message.hasPrefix("AZURE_TOKEN_CREDENTIALS is 'nonsense', wanted prod, dev or one of") == true
    )
    #expect(world.requests.isEmpty)
  }

  @Test func `only developers' tools are asked when that is wanted`() async {
    var world = TestWorld()
    world.environment = ["AZURE_TOKEN_CREDENTIALS": "dev"]

    _ = await failing(DefaultChain(world.context))

    #expect(world.requests.isEmpty)
  }

  @Test func `a managed identity that is asked for by name is not probed`() async throws {
    var world = TestWorld(Self.machineToken)
    world.environment = ["AZURE_TOKEN_CREDENTIALS": "ManagedIdentityCredential"]

    _ = try await DefaultChain(world.context).token()

    #expect(world.requests.map { $0.header("Metadata") } == ["true"])
  }
}
