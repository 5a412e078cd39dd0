import Foundation
import Testing

@testable import AzureSimulator

/// facts/azure-identity.md 1.3 and 1.4.
@Suite struct IdentityMachineTests {
  private typealias Ask = IdentityAsking
  private let ask = IdentityAsking()

  @Test func `IMDS gives the machine's token, every number as text`() throws {
    let answer = ask.imds()

    let json = try #require(answer.json)
    #expect(
      json.keys == [
        "access_token", "client_id", "refresh_token", "expires_in", "expires_on", "ext_expires_in",
        "not_before", "resource", "token_type",
      ]
    )
    #expect(json["client_id"]?.string == "dddddddd-0000-4000-8000-000000000001")
    #expect(json["expires_in"] == .string("86400"))
    #expect(json["expires_on"] == .string("1767686400"))
    #expect(json["not_before"] == .string("1767600000"))
    #expect(json["resource"]?.string == "499b84ac-1321-427f-aa17-267ca6975798")
    #expect(answer.claims?["oid"]?.string == "dddddddd-0000-4000-8000-0000000000ff")
  }

  @Test(arguments: [
    ("&client_id=DDDDDDDD-0000-4000-8000-000000000002", Ask.user),
    ("&msi_res_id=/subscriptions/s/identities/i", Ask.user),
    ("&mi_res_id=%2Fsubscriptions%2Fs%2Fidentities%2Fi", Ask.user),
    ("&object_id=dddddddd-0000-4000-8000-0000000000ff", Ask.system),
  ])
  func `an identity is named by any of its names`(query: String, clientID: String) {
    #expect(ask.imds(query).json?["client_id"]?.string == clientID)
  }

  @Test(arguments: [
    ("&client_id=dddddddd-0000-4000-8000-000000000009", Ask.devOps, ["metadata": "true"], "invalid_request"),
    ("", Ask.devOps, [:], "bad_request_102"),
    ("", Ask.devOps, ["metadata": "True"], "bad_request_102"),
    ("", Ask.devOps, ["metadata": "true", "x-forwarded-for": "1"], "invalid_request"),
    ("", Ask.devOps, ["metadata": "true", "authorization": "Basic x"], "invalid_request"),
    ("", "", ["metadata": "true"], "invalid_request"),
    ("", "unknown", ["metadata": "true"], "invalid_resource"),
    ("&client_id=a&object_id=b", Ask.devOps, ["metadata": "true"], "invalid_request"),
  ])
  func `IMDS refuses with 400`(query: String, resource: String, headers: [String: String], error: String) {
    let answer = ask.imds(query, resource: resource, headers)

    #expect(answer.status == 400)
    #expect(answer.error == error)
    #expect(answer.json?["error_description"]?.string?.isEmpty == false)
  }

  @Test func `an unknown identity is not found, in the words clients look for`() {
    let answer = ask.imds("&client_id=dddddddd-0000-4000-8000-000000000009")

    #expect(answer.json?["error_description"]?.string == "Identity not found")
  }

  @Test func `without a system-assigned identity the only other one is used, and of two none`() {
    var world = Ask.world
    world.identity.managedIdentities.remove(at: 0)
    #expect(IdentityAsking(world).imds().json?["client_id"]?.string == Ask.user)
    world.identity.managedIdentities.append(.init(Ask.other, tenant: Ask.home))
    #expect(IdentityAsking(world).imds().error == "invalid_request")
  }

  @Test func `a version and a method that IMDS lacks are refused`() {
    let metadata = ["metadata": "true"]
    let path = "/metadata/identity/oauth2/token?resource=\(Ask.devOps)"

    #expect(ask.send("GET", path, metadata).status == 400)
    #expect(ask.send("GET", path + "&api-version=2017-01-01", metadata).status == 400)
    #expect(ask.send("POST", path + "&api-version=2018-02-01", metadata).status == 405)
  }
}

/// facts/azure-identity.md 2.3 to 2.7 and 2.9.
@Suite struct IdentityPlatformTests {
  private typealias Ask = IdentityAsking
  private let ask = IdentityAsking()

  private static let appService = "/msi/token?api-version=2019-08-01&resource=\(Ask.devOps)"
  private static let old = "/msi/token?api-version=2017-09-01&resource=\(Ask.devOps)"
  private static let azureML = "/azureml/msi/token?api-version=2017-09-01&resource=\(Ask.devOps)"
  private static let fabric =
    "/servicefabric/metadata/identity/oauth2/token?api-version=2019-07-01-preview&resource=\(Ask.devOps)"
  private static let header = ["x-identity-header": "the-header"]
  private static let secret = ["secret": "the-secret"]

  @Test(arguments: [
    (appService, header, Ask.system, JSONValue.string("1767686400")),
    (appService + "&client_id=\(Ask.user)", header, Ask.user, .string("1767600600")),
    (appService + "&mi_res_id=/subscriptions/s/identities/i", header, Ask.user, .string("1767600600")),
    (appService + "&principal_id=\(Ask.systemObject)", header, Ask.system, .string("1767686400")),
    (old + "&clientid=\(Ask.user)", secret, Ask.user, .string("01/05/2026 08:10:00 +00:00")),
    (azureML, secret, Ask.system, .string("1767686400")),
    (azureML + "&clientid=\(Ask.user)", secret, Ask.user, .string("1767600600")),
  ])
  func `App Service and Azure ML tell when a token ends, not how long it lives`(
    target: String,
    headers: [String: String],
    clientID: String,
    expiry: JSONValue
  ) {
    let answer = ask.send("GET", target, headers)

    #expect(answer.status == 200)
    #expect(answer.claims?["appid"]?.string == clientID)
    #expect(answer.json?["expires_on"] == expiry)
    #expect(answer.json?["expires_in"] == nil)
  }

  @Test(arguments: [
    (appService, ["x-identity-header": "wrong"], 401), (appService, [:], 401), (old, header, 401),
    (azureML, ["secret": "wrong"], 401), (appService + "&client_id=x", header, 400),
    ("/msi/token?resource=\(Ask.devOps)", header, 400), ("/msi/token?api-version=2019-08-01", header, 400),
    ("/msi/token?api-version=2019-08-01&resource=x", header, 500),
  ])
  func `they refuse with a status and a message`(target: String, headers: [String: String], status: Int) {
    let answer = ask.send("GET", target, headers)

    #expect(answer.status == status)
    #expect(answer.json?.keys == ["statusCode", "message", "correlationId"])
    #expect(answer.json?["statusCode"]?.number == status)
  }

  @Test func `Service Fabric gives the cluster's identity and a number`() {
    let answer = ask.send("GET", Self.fabric, ["secret": "the-header"])

    #expect(answer.json?["expires_on"] == .number("1767686400"))
    #expect(answer.claims?["appid"]?.string == Ask.system)
  }

  @Test(arguments: [
    (fabric, [:], 400, "SecretHeaderNotFound"),
    (fabric.replacing("2019-07-01-preview", with: "1"), ["secret": "the-header"], 400, "InvalidApiVersion"),
    (fabric.replacing("&resource", with: "&r"), ["secret": "the-header"], 400, "ArgumentNullOrEmpty"),
  ])
  func `Service Fabric refuses with a code`(
    target: String,
    headers: [String: String],
    status: Int,
    code: String
  ) {
    let answer = ask.send("GET", target, headers)

    #expect(answer.status == status)
    #expect(answer.json?["error"]?.keys == ["correlationId", "code", "message"])
    #expect(answer.json?["error"]?["code"]?.string == code)
  }

  @Test func `Service Fabric without an identity says so`() {
    var world = Ask.world
    world.identity.managedIdentities = []
    let answer = IdentityAsking(world).send("GET", Self.fabric, ["secret": "the-header"])

    #expect(answer.status == 404)
    #expect(answer.json?["error"]?["code"]?.string == "ManagedIdentityNotFound")
  }

  @Test func `Cloud Shell gives a person's token for a posted form`() {
    let metadata = ["metadata": "true"]
    let form = ["resource": Ask.devOps]
    let answer = ask.send("POST", "/cloudshell/oauth2/token", metadata, form: form)

    #expect(answer.json?["expires_in"] == .string("3599"))
    #expect(answer.claims?["upn"]?.string == "ada@contoso.example")
    #expect(answer.claims?["idtyp"]?.string == "user")
    #expect(ask.send("POST", "/cloudshell/oauth2/token", form: form).status == 400)
    #expect(ask.send("GET", "/cloudshell/oauth2/token", metadata).status == 405)
    let named = form.merging(["client_id": Ask.user]) { $1 }
    #expect(ask.send("POST", "/cloudshell/oauth2/token", metadata, form: named).status == 400)
  }
}

/// facts/azure-identity.md 2.5 and 6.5.
@Suite struct IdentityArcTests {
  private typealias Ask = IdentityAsking
  private let folder = TemporaryFolder()
  private static let path =
    "/arc/metadata/identity/oauth2/token?api-version=2020-06-01&resource=\(Ask.devOps)"

  private func asking(_ fault: ArcKeyFault? = nil) -> IdentityAsking {
    let rules = fault.map { [FaultRule(route: "arc", answer: .arcKey($0))] } ?? []
    return IdentityAsking(Ask.world, SimulatorOptions(arcKeyFolder: folder.address, faults: rules))
  }

  /// The file that a challenge names.
  private func challenged(_ ask: IdentityAsking) throws -> URL {
    let answer = ask.send("GET", Self.path, ["metadata": "true"])
    #expect(answer.status == 401)
    let challenge = try #require(answer.header("WWW-Authenticate"))
    #expect(challenge.hasPrefix("Basic realm=/"))
    return URL(filePath: String(challenge.dropFirst("Basic realm=".count)))
  }

  @Test func `the content of the challenge's file gets a token, once`() throws {
    let ask = asking()
    let file = try challenged(ask)
    let content = try String(decoding: Data(contentsOf: file), as: UTF8.self)
    let proof = ["metadata": "true", "authorization": "Basic \(content)"]
    let target = Self.path + "&client_id=\(Ask.user)"

    let answer = ask.send("GET", target, proof)
    #expect(file.pathExtension == "key")
    #expect(file.deletingLastPathComponent().path == folder.address.path)
    #expect(answer.json?["expires_in"] == .string("600"))
    #expect(answer.json?["client_id"]?.string == Ask.user)
    #expect(!FileManager.default.fileExists(atPath: file.path))
    #expect(ask.send("GET", target, proof).status == 401)
  }

  @Test func `another content gets nothing, and neither does a request without the header`() throws {
    let ask = asking()
    _ = try challenged(ask)

    let wrong = ask.send("GET", Self.path, ["metadata": "true", "authorization": "Basic wrong"])
    #expect(wrong.status == 401)
    #expect(wrong.header("WWW-Authenticate") == nil)
    #expect(ask.send("GET", Self.path).status == 400)
  }

  @Test func `challenges can be wrong in every way a client has to refuse`() throws {
    let missing = try challenged(asking(.missing))
    let large = try challenged(asking(.tooLarge))
    let outside = try challenged(asking(.outside))
    let name = try challenged(asking(.wrongName))

    #expect(!FileManager.default.fileExists(atPath: missing.path))
    #expect(try Data(contentsOf: large).count == 4097)
    #expect(outside.path.contains("/../"))
    #expect(name.pathExtension != "key")
  }

  @Test func `without a folder the endpoint says so`() {
    let answer = IdentityAsking().send("GET", Self.path, ["metadata": "true"])

    #expect(answer.status == 500)
    #expect(answer.text.contains("no folder"))
  }
}
