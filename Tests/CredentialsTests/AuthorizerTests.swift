import Settings
import TestSupport
import Testing
import Transport

@testable import Credentials

@Suite(.timeLimit(.minutes(1))) struct AuthorizerTests {
  private static let secret = CredentialKind.clientSecret(
    tenantID: "tenant.example",
    clientID: "app",
    secret: Secret("geheim")
  )

  private func integration(_ credentials: (CredentialKind, [String])..., host: String = "dev.azure.com")
    -> AzureIntegration
  {
    AzureIntegration(
      host: host,
      credentials: credentials.enumerated().map { index, credential in
        CredentialSettings(
          position: index + 1,
          organizations: credential.1,
          kind: credential.0,
          place: SettingsPlace(file: "app-config.yaml")
        )
      }
    )
  }

  private func error(_ authorizer: Authorizer, _ organization: String) async -> CredentialError? {
    do throws(CredentialError) {
      _ = try await authorizer.authorization(host: "dev.azure.com", organization: organization)
      return nil
    } catch {
      return error
    }
  }

  @Test(arguments: [
    ("ABC", "Basic OkFCQw=="), ("0123456789", "Basic OjAxMjM0NTY3ODk="), ("my-pat", "Basic Om15LXBhdA=="),
  ])
  func `C54, 11: a personal access token is sent as it is, and nothing is asked for`(
    token: String,
    header: String
  ) async throws {
    let world = TestWorld()
    let authorizer = world.authorizer(integration((.personalAccessToken(Secret(token)), [])))

    let authorization = try await authorizer.authorization(host: "dev.azure.com", organization: "o")

    #expect(authorization.header?.reveal() == header)
    #expect(authorization.credential?.credentialPosition == 1)
    #expect(authorization.kind == "personal access token")
    #expect(!authorization.isRenewable)
    #expect(world.requests.isEmpty)
  }

  @Test func `a host without credentials is asked without a header`() async throws {
    let authorizer = TestWorld().authorizer(AzureIntegration(host: "server.example"))

    let authorization = try await authorizer.authorization(host: "server.example", organization: "o")

    #expect(authorization.header == nil)
    #expect(authorization.credential == nil)
    #expect(authorization.kind == "anonymous")
  }

  @Test func `C52, 51: organizations of one credential share its token`() async throws {
    let world = TestWorld(.token("one"))
    let authorizer = world.authorizer(integration((Self.secret, ["a", "b"])))

    let first = try await authorizer.authorization(host: "dev.azure.com", organization: "a")
    let second = try await authorizer.authorization(host: "dev.azure.com", organization: "B")

    #expect(first.header?.reveal() == "Bearer one")
    #expect(second.header?.reveal() == "Bearer one")
    #expect(first.isRenewable)
    #expect(world.requests.count == 1)
  }

  @Test func `50: tokens of different credentials are never mixed`() async throws {
    let other = CredentialKind.clientSecret(
      tenantID: "tenant.example",
      clientID: "app",
      secret: Secret("second")
    )
    let world = TestWorld(.token("one"), .token("two"))
    let authorizer = world.authorizer(integration((Self.secret, ["a"]), (other, ["b"])))

    let headers = [
      try await authorizer.authorization(host: "dev.azure.com", organization: "a").header?.reveal(),
      try await authorizer.authorization(host: "dev.azure.com", organization: "b").header?.reveal(),
      try await authorizer.authorization(host: "dev.azure.com", organization: "a").header?.reveal(),
    ]

    #expect(headers == ["Bearer one", "Bearer two", "Bearer one"])
    #expect(world.requests.map { $0.fields["client_secret"] } == ["geheim", "second"])
  }

  @Test func `46, 47: a refused token is replaced once, whoever notices`() async throws {
    let world = TestWorld(.token("old"), .token("new"))
    let authorizer = world.authorizer(integration((Self.secret, [])))
    let old = try await authorizer.authorization(host: "dev.azure.com", organization: "a")

    await authorizer.reject(old)
    let new = try await authorizer.authorization(host: "dev.azure.com", organization: "a")
    await authorizer.reject(old)
    let still = try await authorizer.authorization(host: "dev.azure.com", organization: "b")

    #expect(new.header?.reveal() == "Bearer new")
    #expect(still == new)
    #expect(world.requests.count == 2)
  }

  @Test func `48: the same token after a refusal is an error, not a loop`() async throws {
    let world = TestWorld(.token("same"))
    let authorizer = world.authorizer(integration((.managedIdentity(.systemAssigned), [])))
    let first = try await authorizer.authorization(host: "dev.azure.com", organization: "a")

    await authorizer.reject(first)
    let second = await error(authorizer, "a")
    let third = await error(authorizer, "a")

    #expect(second?.failure.message == "the identity service returns the same token that was refused before")
    #expect(third == second)
    #expect(world.requests.count == 2)
  }

  @Test func `a refused personal access token stays what it is`() async throws {
    let authorizer = TestWorld().authorizer(integration((.personalAccessToken(Secret("t")), [])))
    let first = try await authorizer.authorization(host: "dev.azure.com", organization: "a")

    await authorizer.reject(first)

    #expect(try await authorizer.authorization(host: "dev.azure.com", organization: "a") == first)
  }

  @Test func `an error names organization and credential, and no secret`() async throws {
    let world = TestWorld(.refusal(401, "invalid_client", code: 7_000_215, "wrong secret geheim"))
    let authorizer = world.authorizer(integration((Self.secret, [])))

    let error = try #require(await error(authorizer, "contoso"))

    #expect(error.failure.outcome == .refused)
    #expect(
      error.description.hasPrefix(
        "no token for organization contoso from credential 1 of dev.azure.com (client secret): the sign-in service "
          + "https://login.microsoftonline.com answered 401 invalid_client: AADSTS7000215: wrong secret *** (trace id"
      )
    )
    #expect(error.description.contains("configure the secret's value, not its id"))
    #expect(!String(reflecting: error).contains("geheim"))
  }

  @Test func `85: nothing that is handed out shows a secret`() async throws {
    let world = TestWorld(.token("streng-geheim"))
    let pat = CredentialKind.personalAccessToken(Secret("auch-geheim"))
    let authorizer = world.authorizer(integration((Self.secret, ["a"]), (pat, ["b"])))
    var text = ""
    dump(authorizer, to: &text)
    for organization in ["a", "b"] {
      let authorization = try await authorizer.authorization(
        host: "dev.azure.com",
        organization: organization
      )
      text += "\(authorization) \(String(reflecting: authorization))"
      dump(authorization, to: &text)
    }

    #expect(!text.contains("geheim"))
    #expect(!text.contains("OmF1Y2gtZ2VoZWlt"))  // base64 of ":auch-geheim"
  }

  @Test func `an organization that nothing covers gets a token of the machine`() async throws {
    var world = TestWorld(.token("machine"))
    world.environment = ["AZURE_TENANT_ID": "t", "AZURE_CLIENT_ID": "c", "AZURE_CLIENT_SECRET": "s"]
    let authorizer = world.authorizer(integration((.personalAccessToken(Secret("t")), ["other"])))

    let authorization = try await authorizer.authorization(host: "dev.azure.com", organization: "o")

    #expect(authorization.header?.reveal() == "Bearer machine")
    #expect(authorization.kind == "default chain")
    #expect(authorization.credential?.credentialPosition == nil)
  }
}
