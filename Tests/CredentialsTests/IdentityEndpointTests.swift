import Settings
import Testing
import Transport

@testable import Credentials

/// Facts/azure-identity.md 2.1, 6.2; 9, cases 53 to 56.
@Suite struct IdentityEndpointTests {
  private func failing(_ world: TestWorld, _ identity: ManagedIdentity = .systemAssigned) async
    -> TokenFailure?
  {
    await failure { () throws(TokenFailure) in
      try await MachineIdentity(
        context: world.context,
        identity: identity,
        audience: MachineIdentity.resource
      )
      .token()
    }
  }

  @Test(
    arguments: [
      (
        [
          "IDENTITY_ENDPOINT": "http://127.0.0.1:1/a", "IDENTITY_HEADER": "h",
          "MSI_ENDPOINT": "http://127.0.0.1:2",
          "MSI_SECRET": "s", "IMDS_ENDPOINT": "http://127.0.0.1:3",
        ],
        .appService(url: "http://127.0.0.1:1/a", header: Secret("h"))
      ),  // 53
      // 55
      (["IDENTITY_ENDPOINT": "", "IDENTITY_HEADER": "h"], .virtualMachine(base: "http://169.254.169.254")),
      (
        ["MSI_ENDPOINT": "http://127.0.0.1:2", "MSI_SECRET": "s"],
        .machineLearning(url: "http://127.0.0.1:2", secret: Secret("s"))
      ),
      (["MSI_ENDPOINT": "http://localhost:2/x"], .cloudShell(url: "http://127.0.0.1:2/x")),
      (
        ["IDENTITY_ENDPOINT": "http://localhost:3/x", "IMDS_ENDPOINT": "y"], .arc(url: "http://127.0.0.1:3/x")
      ),
      (
        ["IDENTITY_ENDPOINT": "https://x.example/y", "IDENTITY_HEADER": "h"],
        .appService(url: "https://x.example/y", header: Secret("h"))
      ),
      ([:], .virtualMachine(base: "http://169.254.169.254")),
    ] as [([String: String], IdentityEndpoint)]
  )
  func `53, 55: the environment tells where the tokens are`(
    environment: [String: String],
    endpoint: IdentityEndpoint
  ) throws {
    var world = TestWorld()
    world.environment = environment

    #expect(try IdentityEndpoint.detect(world.context) == endpoint)
  }

  @Test func `the Arc agent's program tells that there is one`() throws {
    var world = TestWorld()
    world.files = ["/opt/azcmagent/bin/himds": ""]

    #expect(
      try IdentityEndpoint.detect(world.context)
        == .arc(url: "http://127.0.0.1:40342/metadata/identity/oauth2/token")
    )
  }

  @Test(
    arguments: [
      // 54
      (["IDENTITY_ENDPOINT": "http://127.0.0.1"], "neither IDENTITY_HEADER (App Service) nor IMDS_ENDPOINT"),
      (
        ["IDENTITY_ENDPOINT": "http://10.0.0.5/x", "IDENTITY_HEADER": "h"],
        "leads off this machine without TLS"
        // 56
      ),
      (
        ["MSI_ENDPOINT": "http://evil.example.test/x", "MSI_SECRET": "s"],
        "leads off this machine without TLS"
      ),
      (["AZURE_POD_IDENTITY_AUTHORITY_HOST": "http://evil.example"], "leads off this machine without TLS"),
      (["MSI_ENDPOINT": "http://u:p@127.0.0.1/x"], "MSI_ENDPOINT is no URL like"),
      (["MSI_ENDPOINT": "127.0.0.1:80"], "MSI_ENDPOINT is no URL like"),
      (["MSI_ENDPOINT": "ftp://127.0.0.1"], "MSI_ENDPOINT is no URL like"),
      (["MSI_ENDPOINT": "http://127.0.0.1/#x"], "MSI_ENDPOINT is no URL like"),
      (
        ["IDENTITY_ENDPOINT": "https://x", "IDENTITY_HEADER": "h", "IDENTITY_SERVER_THUMBPRINT": "a"],
        "IDENTITY_SERVER_THUMBPRINT is not a SHA-1"
      ),
    ] as [([String: String], String)]
  )
  func `54, 56: an environment that leads nowhere is refused before any request`(
    environment: [String: String],
    message: String
  ) async {
    var world = TestWorld(.token("t"))
    world.environment = environment

    let failure = await failing(world)

    #expect(failure?.outcome == .refused)
    #expect(failure?.message.contains(message) == true)
    #expect(world.requests.isEmpty)
  }
}
