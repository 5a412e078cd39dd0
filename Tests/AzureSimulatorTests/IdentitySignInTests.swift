import Foundation
import Testing

@testable import AzureSimulator

/// facts/azure-identity.md 1.2, 1.5, 5 and 7.
@Suite struct IdentitySignInTests {
  private typealias Ask = IdentityAsking
  private let ask = IdentityAsking()

  @Test func `a secret gets a token for its resource`() throws {
    let answer = ask.token()

    #expect(answer.status == 200)
    #expect(answer.header("Content-Type") == "application/json; charset=utf-8")
    let json = try #require(answer.json)
    #expect(json.keys == ["token_type", "expires_in", "ext_expires_in", "access_token"])
    #expect(json["token_type"]?.string == "Bearer")
    #expect(json["expires_in"] == .number("3599"))
    let claims = try #require(answer.claims)
    #expect(claims["aud"]?.string == "499b84ac-1321-427f-aa17-267ca6975798")
    #expect(claims["tid"]?.string == "aaaaaaaa-0000-4000-8000-000000000001")
    #expect(claims["appid"]?.string == "cccccccc-0000-4000-8000-000000000001")
    #expect(claims["oid"]?.string == "cccccccc-0000-4000-8000-0000000000ff")
    #expect(claims["sub"]?.string == "cccccccc-0000-4000-8000-0000000000ff")
    #expect(claims["nbf"]?.number == 1_767_600_000)
    #expect(claims["exp"]?.number == 1_767_603_599)
    #expect(ask.token().token != answer.token)
  }

  @Test func `a domain stands for its tenant, and consent opens another tenant`() {
    let home = ask.token(tenant: "Contoso.Example")
    let other = ask.token(tenant: Ask.other)

    #expect(home.claims?["tid"]?.string == "aaaaaaaa-0000-4000-8000-000000000001")
    #expect(other.claims?["tid"]?.string == "bbbbbbbb-0000-4000-8000-000000000001")
    #expect(other.claims?["oid"]?.string != "cccccccc-0000-4000-8000-0000000000ff")
  }

  @Test func `what MSAL adds is ignored`() {
    #expect(ask.token(["client_info": "1", "claims": "{}"]).status == 200)
  }

  @Test func `a refusal has the body of Entra ID`() throws {
    let form = ["grant_type": "client_credentials"]
    let answer = ask.send(
      "POST",
      "/\(Ask.home)/oauth2/v2.0/token",
      [
        "client-request-id": "12345678-1234-1234-1234-1234567890ab", "return-client-request-id": "true",
      ],
      form: form
    )

    let json = try #require(answer.json)
    #expect(
      json.keys == [
        "error", "error_description", "error_codes", "timestamp", "trace_id", "correlation_id", "error_uri",
      ]
    )
    let lines = try #require(json["error_description"]?.string).components(separatedBy: "\r\n")
    #expect(lines.count == 4)
    #expect(lines[0].hasPrefix("AADSTS900144: "))
    #expect(lines[1] == "Trace ID: \(json["trace_id"]?.string ?? "")")
    #expect(lines[2] == "Correlation ID: 12345678-1234-1234-1234-1234567890ab")
    #expect(lines[3] == "Timestamp: 2026-01-05 08:00:00Z")
    #expect(json["timestamp"]?.string == "2026-01-05 08:00:00Z")
    #expect(json["error_uri"]?.string == "https://login.microsoftonline.com/error?code=900144")
    #expect(answer.header("client-request-id") == "12345678-1234-1234-1234-1234567890ab")
  }

  @Test(arguments: [
    // The client
    (["client_secret": "wrong"], Ask.home, 401, "invalid_client", 7_000_215),
    (["client_secret": "old"], Ask.home, 401, "invalid_client", 7_000_222),
    (["client_secret": ""], Ask.home, 401, "invalid_client", 7_000_218),
    (["client_assertion": "x"], Ask.home, 400, "invalid_request", 90013),
    (["client_id": Ask.publicClient], Ask.home, 401, "invalid_client", 700_025),
    (["client_id": Ask.disabled, "client_secret": "x"], Ask.home, 400, "unauthorized_client", 7_000_112),
    (["client_id": Ask.other], Ask.home, 400, "unauthorized_client", 700_016),
    (["client_id": Ask.single, "client_secret": "x"], Ask.other, 400, "invalid_request", 50194),
    ([:], Ask.empty, 400, "unauthorized_client", 700_016),
    // The tenant
    ([:], "ffffffff-0000-4000-8000-000000000001", 400, "invalid_tenant", 90002),
    ([:], "nobody.example", 400, "invalid_tenant", 90002),
    ([:], "nonsense", 400, "invalid_request", 900_023),
    ([:], "common", 400, "invalid_request", 9_001_023),
    ([:], "organizations", 400, "invalid_request", 9_001_023),
    // The form
    (["grant_type": ""], Ask.home, 400, "invalid_request", 900_144),
    (["grant_type": "password"], Ask.home, 400, "unsupported_grant_type", 70003),
    (["client_id": ""], Ask.home, 400, "invalid_request", 900_144),
    (["scope": ""], Ask.home, 400, "invalid_request", 90014),
    (["resource": "x"], Ask.home, 400, "invalid_request", 901_002),
    // The resource
    (["scope": Ask.devOps], Ask.home, 400, "invalid_scope", 70011),
    (["scope": "\(Ask.devOps)/.default a/.default"], Ask.home, 400, "invalid_scope", 70011),
    (["scope": "unknown/.default"], Ask.home, 400, "invalid_resource", 500_011),
    (["client_id": Ask.inEmpty, "client_secret": "x"], Ask.empty, 400, "invalid_resource", 500_011),
  ])
  func `a wrong request is refused by its number`(
    changes: [String: String],
    tenant: String,
    status: Int,
    error: String,
    code: Int
  ) {
    let answer = ask.token(changes, tenant: tenant)

    #expect(answer.status == status)
    #expect(answer.error == error)
    #expect(answer.code == code)
    #expect(answer.token == nil)
  }

  @Test func `a field twice, another type and another method are refused`() {
    let twice = SimulatorRequest(
      "POST",
      "/\(Ask.home)/oauth2/v2.0/token",
      headers: [("content-type", "application/x-www-form-urlencoded; charset=utf-8")],
      body: Array("grant_type=client_credentials&grant_type=client_credentials".utf8)
    )

    #expect(ask.simulator.answer(twice, at: .zero, second: Ask.second).code == 9_002_313)
    let json = ["content-type": "application/json"]
    #expect(ask.send("POST", "/\(Ask.home)/oauth2/v2.0/token", json, form: ["a": "b"]).code == 900_144)
    #expect(ask.send("GET", "/\(Ask.home)/oauth2/v2.0/token").code == 900_561)
  }

  @Test func `a refusal never repeats the secret`() {
    let answer = ask.token(["client_secret": "streng-geheim"])

    #expect(answer.status == 401)
    #expect(!answer.text.contains("streng-geheim"))
    #expect(!"\(Ask.world)".contains("s3+/= &~"))
  }
}

/// facts/azure-identity.md 1.5, 5.1 and 7, the rows on assertions.
@Suite struct IdentityAssertionTests {
  private typealias Ask = IdentityAsking
  private let ask = IdentityAsking()
  private static let issuer = "https://login.microsoftonline.com/aaaaaaaa-0000-4000-8000-000000000001/v2.0"

  @Test(arguments: [Ask.home, Ask.other])
  func `the machine's assertion stands for the application, in every tenant`(tenant: String) throws {
    let assertion = ask.imds(resource: "api%3A%2F%2FAzureADTokenExchange")
    let answer = ask.token(assertion: try #require(assertion.token), tenant: tenant)

    #expect(assertion.claims?["iss"]?.string == Self.issuer)
    #expect(assertion.claims?["aud"]?.string == "api://AzureADTokenExchange")
    #expect(assertion.claims?["sub"]?.string == "dddddddd-0000-4000-8000-0000000000ff")
    #expect(answer.status == 200)
    #expect(answer.claims?["tid"]?.string == tenant)
    #expect(answer.claims?["appid"]?.string == "cccccccc-0000-4000-8000-000000000001")
  }

  @Test(
    arguments: [
      (issuer, Ask.systemObject, "api://AzureADTokenExchange", 3600, 200, nil),
      ("https://cluster.example", "Workload", "mine", 60, 200, nil),
      ("https://elsewhere.example", Ask.systemObject, "api://AzureADTokenExchange", 3600, 401, 700_211),
      (issuer + "/", Ask.systemObject, "api://AzureADTokenExchange", 3600, 401, 700_211),
      (issuer, Ask.systemObject, "api://AzureADTokenExchangeUSGov", 3600, 401, 700_212),
      ("https://cluster.example", "Workload", "api://AzureADTokenExchange", 60, 401, 700_212),
      (issuer, Ask.system, "api://AzureADTokenExchange", 3600, 401, 700_213),
      ("https://cluster.example", "workload", "mine", 60, 401, 7_002_138),
      (issuer, Ask.systemObject, "api://AzureADTokenExchange", -1, 401, 700_024),
      (issuer, Ask.systemObject, "api://AzureADTokenExchange", 0, 401, 700_024),
    ] as [(String, String, String, Int, Int, Int?)]
  )
  func `issuer, subject, audience and time have to fit exactly`(
    issuer: String,
    subject: String,
    audience: String,
    lifetime: Int,
    status: Int,
    code: Int?
  ) throws {
    let assertion = try ask.simulator.assertion(
      issuer: issuer,
      subject: subject,
      audience: audience,
      lifetime: lifetime,
      second: Ask.second
    )
    let answer = ask.token(assertion: assertion)

    #expect(answer.status == status)
    #expect(answer.code == code)
  }

  @Test func `another key, no JWT, another type and no credential are refused`() throws {
    let foreign = try IdentityAsking().simulator.assertion(
      issuer: Self.issuer,
      subject: Ask.systemObject,
      second: Ask.second
    )

    #expect(ask.token(assertion: foreign).code == 700_027)
    #expect(ask.token(assertion: "nonsense").code == 700_027)
    let changes = ["client_secret": "", "client_assertion": foreign]
    #expect(ask.token(changes).code == 900_144)
    #expect(ask.token(changes.merging(["client_assertion_type": "x"]) { $1 }).code == 90013)
    let none = changes.merging([
      "client_id": Ask.single,
      "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    ]) { $1 }
    #expect(ask.token(none).code == 70021)
  }

  @Test func `a person's token is no assertion`() throws {
    var world = Ask.world
    world.identity.applications[0].federatedCredentials.append(
      .init(issuer: Self.issuer, subject: "unimportant")
    )
    let ask = IdentityAsking(world)
    let person = ask.send(
      "POST",
      "/cloudshell/oauth2/token",
      ["metadata": "true"],
      form: ["resource": "api://AzureADTokenExchange"]
    )

    #expect(ask.token(assertion: try #require(person.token)).code == 700_229)
  }

  @Test func `the simulator gives assertions for token files`() throws {
    let path = "/__simulator/assertion?issuer=https://cluster.example&subject=Workload&audience=mine"
    let answer = ask.send("GET", path)
    let short = ask.send("GET", path + "&lifetime=5")

    #expect(answer.status == 200)
    #expect(answer.text.split(separator: ".").count == 3)
    #expect(short.text != answer.text)
    #expect(ask.send("GET", "/__simulator/assertion?issuer=x").status == 400)
  }
}

/// facts/azure-identity.md 8.1, 8.2 and 5.4.
@Suite struct IdentityDiscoveryTests {
  private typealias Ask = IdentityAsking
  private let ask = IdentityAsking()

  @Test func `a tenant's document names endpoints on this host under the tenant`() throws {
    let json = try #require(ask.send("GET", "/\(Ask.home)/v2.0/.well-known/openid-configuration").json)

    let base = "https://127.0.0.1:8443/aaaaaaaa-0000-4000-8000-000000000001"
    #expect(json["token_endpoint"]?.string == "\(base)/oauth2/v2.0/token")
    #expect(json["authorization_endpoint"]?.string == "\(base)/oauth2/v2.0/authorize")
    #expect(
      json["issuer"]?.string
        == "https://login.microsoftonline.com/aaaaaaaa-0000-4000-8000-000000000001/v2.0"
    )
  }

  @Test func `an unknown tenant has no document`() {
    let answer = ask.send("GET", "/nobody.example/v2.0/.well-known/openid-configuration")

    #expect(answer.status == 400)
    #expect(answer.error == "invalid_tenant")
  }

  @Test(arguments: [
    ("https://login.microsoftonline.com/t/oauth2/v2.0/authorize", 200),
    ("https://127.0.0.1/t/oauth2/v2.0/authorize", 200), ("https://evil.example/t", 400),
    ("http://login.microsoftonline.com/t", 400), ("", 400),
  ])
  func `instance discovery knows the hosts of Entra ID and itself`(endpoint: String, status: Int) {
    let answer = ask.send(
      "GET",
      "/common/discovery/instance?api-version=1.0&authorization_endpoint=\(endpoint)"
    )

    #expect(answer.status == status)
    #expect(answer.error == (status == 400 ? "invalid_instance" : nil))
  }
}
