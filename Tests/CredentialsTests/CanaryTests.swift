import Foundation
import Settings
import TestSupport
import Testing
import Transport

@testable import Credentials

/// No failure shows a secret (facts/azure-identity.md 6.1; 9, cases 84 and 85).
///
/// Every secret holds the word `canary`, and every answer repeats the secret that it was sent.
@Suite(.timeLimit(.minutes(1))) struct CanaryTests {
  /// A way to sign in, with canaries for its secrets.
  struct Source: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// Nil for the default chain.
    var credential: CredentialKind?
    var environment: [String: String] = [:]
    var files: [String: String] = [:]
    /// What is answered before the answer that fails.
    var before: [ScriptedService.Answer] = []
    /// What the failing answer repeats; empty when nothing secret is sent.
    var secret = ""
  }

  /// An assertion whose claims are no secret and whose signature is one.
  private static let assertion =
    "eyJhbGciOiJub25lIn0.eyJpc3MiOiJpIiwic3ViIjoicyIsImF1ZCI6ImEifQ.canary-signature"
  private static let challenge = ScriptedService.Answer.status(
    401,
    "",
    [("WWW-Authenticate", "Basic realm=/var/opt/azcmagent/tokens/a.key")]
  )

  static let sources: [Source] = [
    Source(
      testDescription: "client secret",
      credential: .clientSecret(tenantID: "t.example", clientID: "app", secret: Secret("canary+/=&secret")),
      secret: "canary+/=&secret"
    ),
    Source(testDescription: "virtual machine", credential: .managedIdentity(.systemAssigned)),
    Source(
      testDescription: "App Service",
      credential: .managedIdentity(.userAssigned(clientID: "id")),
      environment: ["IDENTITY_ENDPOINT": "http://127.0.0.1:1/x", "IDENTITY_HEADER": "canary-header"],
      secret: "canary-header"
    ),
    Source(
      testDescription: "machine learning",
      credential: .managedIdentity(.systemAssigned),
      environment: ["MSI_ENDPOINT": "http://127.0.0.1:1/x", "MSI_SECRET": "canary-msi"],
      secret: "canary-msi"
    ),
    Source(
      testDescription: "Azure Arc",
      credential: .managedIdentity(.systemAssigned),
      environment: ["IDENTITY_ENDPOINT": "http://127.0.0.1:1/x", "IMDS_ENDPOINT": "x"],
      files: ["/var/opt/azcmagent/tokens/a.key": "canary-arc-key"],
      before: [challenge],
      secret: "canary-arc-key"
    ),
    Source(
      testDescription: "client assertion",
      credential: .clientAssertion(clientID: "app", tenantID: "t.example", managedIdentity: .systemAssigned),
      before: [.status(200, #"{"access_token":"\#(assertion)","expires_in":"3600"}"#)],
      secret: assertion
    ),
    Source(
      testDescription: "default chain, environment",
      environment: [
        "AZURE_TENANT_ID": "t.example", "AZURE_CLIENT_ID": "app", "AZURE_CLIENT_SECRET": "canary-environment",
      ],
      secret: "canary-environment"
    ),
    Source(
      testDescription: "default chain, workload identity",
      environment: [
        "AZURE_TENANT_ID": "t.example", "AZURE_CLIENT_ID": "app", "AZURE_FEDERATED_TOKEN_FILE": "/token",
      ],
      files: ["/token": "\(assertion)\n"],
      secret: assertion
    ),
  ]

  /// Everything that an identity service can answer instead of a token.
  private static func failures(repeating secret: String) -> [ScriptedService.Answer] {
    let escaped = FormEncoding.escape(secret)
    let base64 = Data(secret.utf8).base64EncodedString()
    let said = "AADSTS7000215: '\(secret)', \(escaped), \(base64)"
    let members =
      #""access_token":"canary-token","refresh_token":"canary-refresh","correlation_id":"\#(secret)""#
    let error = #"{"error":"invalid_client","error_description":"\#(said)",\#(members)}"#
    let nested = #"{"error":{"code":"\#(secret)","message":"\#(said)"},\#(members)}"#
    let federation = error.replacing("7000215", with: "700213")
    let tokens = [
      #""token_type":"pop","expires_in":3600"#, #""token_type":"Bearer""#, #""expires_in":-1"#,
      #""expires_on":"1000000000""#, #""expires_in":3600,"access_token":"canary-again""#,
    ]
    let statuses = [301, 302, 400, 401, 403, 404, 405, 408, 410, 418, 429, 500, 502, 503, 504]
    return statuses.map { .status($0, error, [("Location", "https://x.example/?\(escaped)")]) }
      + [
        .status(401, nested), .status(500, nested), .status(401, federation),
        .status(429, error, [("Retry-After", "3600")]),
        .status(200, "<html>canary \(secret)</html>"), .status(200, #"{"token":"\#(secret)"}"#),
        .status(200, #"{"access_token":"canary token","expires_in":3600}"#),
        .status(200, #"{"access_token":"canary-token","expires_in":36"#),
      ]
      + tokens.map { .status(200, #"{"access_token":"canary-token",\#($0)}"#) }
      + [7, 28, 60].map { .error(.failed(code: $0, reason: "it failed")) }
      + [
        .error(.bodyTooLarge(limit: 1)), .error(.invalidRequest("a header has a line break")),
        .error(.closed),
      ]
  }

  private func world(_ source: Source, _ answer: ScriptedService.Answer) -> TestWorld {
    var world = TestWorld(list: source.before + [answer])
    world.environment = source.environment
    world.files = source.files
    return world
  }

  private func authorizer(_ source: Source, _ world: TestWorld) -> Authorizer {
    let credentials = source.credential.map {
      [CredentialSettings(position: 1, kind: $0, place: SettingsPlace(file: "app-config.yaml"))]
    }
    return world.authorizer(AzureIntegration(host: "dev.azure.com", credentials: credentials ?? []))
  }

  /// The failure in every form that could be printed.
  private func text(of error: CredentialError) -> String {
    var text = "\(error) \(String(reflecting: error)) \(error.localizedDescription) \(error.failure)"
    dump(error, to: &text)
    return text
  }

  private func error(_ authorizer: Authorizer) async -> CredentialError? {
    do throws(CredentialError) {
      _ = try await authorizer.authorization(host: "dev.azure.com", organization: "o")
      return nil
    } catch {
      return error
    }
  }

  @Test(arguments: sources)
  func `84, 85: no failure of a sign-in shows a secret`(source: Source) async throws {
    let base64 = Data(source.secret.utf8).base64EncodedString()
    for answer in Self.failures(repeating: source.secret) {
      let world = world(source, answer)
      let authorizer = authorizer(source, world)

      let error = try #require(await error(authorizer), "\(answer) must be no token")

      var shown = text(of: error) + world.warnings.withLock { $0.joined() }
      dump(authorizer, to: &shown)
      dump(world.context, to: &shown)
      #expect(!shown.lowercased().contains("canary"), "\(answer)")
      #expect(base64.isEmpty || !shown.contains(base64), "\(answer)")
    }
  }

  @Test(arguments: sources.filter { !$0.secret.isEmpty })
  func `84: the secrets of these tests are sent`(source: Source) async throws {
    let world = world(source, .status(401, "{}"))

    _ = await error(authorizer(source, world))

    let sent = try #require(world.requests.last)
    let places = sent.headers.map(\.value) + sent.fields.values
    #expect(places.contains { $0.contains(source.secret) })
  }

  @Test(arguments: [
    (
      ToolResult.ended(1, output: Array("canary".utf8), errors: Array("failed for eyJcanary.a.b".utf8)), "***"
    ),
    (.ended(0, output: Array("canary".utf8), errors: []), "no token"),
    (.ended(0, output: Array(#"{"accessToken":"canary"}"#.utf8), errors: Array("canary".utf8)), "the end"),
    (.ended(0, output: Array(#"{"accessToken":"canary","expires_on":1}"#.utf8), errors: []), "ended"),
    (.timedOut, "within 10 s"), (.notStarted("it is not there"), "cannot be started"),
  ])
  func `84: no failure of a developer's tool shows a token`(result: ToolResult, part: String) async throws {
    let folder = try TemporaryFolder()
    try folder.write("", to: "az")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path("az"))
    var world = TestWorld()
    world.environment = ["PATH": folder.path(""), "AZURE_TOKEN_CREDENTIALS": "AzureCliCredential"]
    world.tool = result

    let error = try #require(
      await error(world.authorizer(AzureIntegration(host: "dev.azure.com")))
    )

    #expect(error.description.contains(part))
    #expect(!text(of: error).lowercased().contains("canary"))
  }

  @Test(arguments: [
    // A mark makes another character of the last one; controls would part it.
    "got canary/1\u{301}", "got can\u{1}ary/1", "got c\u{0}a\u{0}nary/1, canary/1", "got canary%2F1\u{301}",
    "got Y2FuYXJ5LzE=\u{301}",
  ])
  func `a secret that an answer repeats is not shown, whatever stands in or behind it`(text: String) {
    let shown = AnswerText.clean(text, hiding: ["canary/1"])

    #expect(shown.utf8.starts(with: "got ***".utf8))
    #expect(shown.utf8.firstRange(of: "canary".utf8) == nil)
  }

  @Test func `a text of marks upon marks is cut`() {
    #expect(AnswerText.clean("a" + String(repeating: "\u{301}", count: 100_000)).utf8.count == 999)
  }

  @Test func `a redirect to the secret is not shown`() {
    let headers = HTTPHeaders([(name: "Location", value: "https://canary-1/")])

    #expect(
      AnswerText.redirectTarget(of: HTTPResponse(status: 302, headers: headers), hiding: ["canary-1"])
        == "***"
    )
  }
}
