import Foundation

@testable import AzureSimulator

/// Asks the sign-in host and the managed identity endpoints of a simulator without a socket, at
/// 5 January 2026 08:00 UTC.
struct IdentityAsking {
  static let second = 1_767_600_000
  static let devOps = "499b84ac-1321-427f-aa17-267ca6975798"
  static let home = "aaaaaaaa-0000-4000-8000-000000000001"
  static let other = "bbbbbbbb-0000-4000-8000-000000000001"
  static let application = "cccccccc-0000-4000-8000-000000000001"

  let simulator: Simulator

  init(_ world: World = Self.world, _ options: SimulatorOptions = .init()) {
    simulator = Simulator(world: world, options: options)
  }

  func send(
    _ method: String,
    _ target: String,
    _ headers: [String: String] = [:],
    form: [String: String]? = nil,
    after: Duration = .zero,
    second: Int = Self.second
  ) -> SimulatorResponse {
    var headers = headers
    headers["host"] = headers["host"] ?? "127.0.0.1:8443"
    var body = ""
    if let form {
      headers["content-type"] = headers["content-type"] ?? "application/x-www-form-urlencoded"
      body = form.sorted { $0.key < $1.key }
        .map { "\($0.key)=\(PercentEncoding.encoded($0.value))" }.joined(separator: "&")
    }
    let request = SimulatorRequest(
      method,
      target,
      headers: headers.map { (name: $0.key, value: $0.value) },
      body: Array(body.utf8),
      scheme: "https"
    )
    return simulator.answer(request, at: after, second: second)
  }

  /// A token request of the application with its secret, with some fields otherwise; an empty field is left out.
  func token(
    _ changes: [String: String] = [:],
    tenant: String = Self.home,
    after: Duration = .zero,
    second: Int = Self.second
  ) -> SimulatorResponse {
    let usual = [
      "grant_type": "client_credentials", "client_id": Self.application, "client_secret": "s3+/= &~",
      "scope": "\(Self.devOps)/.default",
    ]
    let form = usual.merging(changes) { _, new in new }.filter { !$0.value.isEmpty }
    return send("POST", "/\(tenant)/oauth2/v2.0/token", form: form, after: after, second: second)
  }

  /// A token request of the application with an assertion.
  func token(assertion: String, tenant: String = Self.home) -> SimulatorResponse {
    token(
      [
        "client_secret": "", "client_assertion": assertion,
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      ],
      tenant: tenant
    )
  }

  /// A request for a token of the machine's identity, from IMDS.
  func imds(
    _ query: String = "",
    resource: String = Self.devOps,
    _ headers: [String: String] = ["metadata": "true"]
  ) -> SimulatorResponse {
    send(
      "GET",
      "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=\(resource)\(query)",
      headers
    )
  }

  /// Two tenants; an application of the first with consent in the second; two managed identities.
  static let world = World(
    organizations: [
      .init("contoso", projects: [.init("Shop")]),
      .init("members", identities: [application]),
      .init("nobody", identities: []),
      .init("fabrikam", tenant: other),
      .init("unconnected", tenant: "00000000-0000-0000-0000-000000000000"),
    ],
    identity: .init(
      tenants: [
        .init(home, domains: ["contoso.example"]), .init(other), .init(empty, knowsAzureDevOps: false),
      ],
      applications: [
        .init(
          application,
          tenant: home,
          principals: [.init(tenant: home, objectID: applicationObject), .init(tenant: other)],
          isMultiTenant: true,
          secrets: ["s3+/= &~", .init("old", isExpired: true)],
          federatedCredentials: [
            .init(issuer: "https://login.microsoftonline.com/\(home)/v2.0", subject: systemObject),
            .init(issuer: "https://cluster.example", subject: "Workload", audience: "mine"),
          ]
        ),
        .init(single, tenant: home, secrets: ["x"]),
        .init(disabled, tenant: home, principals: [.init(tenant: home, isEnabled: false)], secrets: ["x"]),
        .init(publicClient, tenant: home, isPublic: true, secrets: ["x"]),
        .init(inEmpty, tenant: empty, secrets: ["x"]),
      ],
      managedIdentities: [
        .init(system, principalID: systemObject, tenant: home, isSystemAssigned: true),
        .init(user, tenant: home, resourceID: "/subscriptions/s/identities/i", tokenLifetime: 600),
      ],
      sources: .init(identityHeader: "the-header", secret: "the-secret"),
      user: "ada@contoso.example"
    )
  )

  static let empty = "aaaaaaaa-0000-4000-8000-000000000009"
  static let applicationObject = "cccccccc-0000-4000-8000-0000000000ff"
  static let single = "cccccccc-0000-4000-8000-000000000002"
  static let disabled = "cccccccc-0000-4000-8000-000000000003"
  static let publicClient = "cccccccc-0000-4000-8000-000000000004"
  static let inEmpty = "cccccccc-0000-4000-8000-000000000005"
  static let system = "dddddddd-0000-4000-8000-000000000001"
  static let systemObject = "dddddddd-0000-4000-8000-0000000000ff"
  static let user = "dddddddd-0000-4000-8000-000000000002"
}

extension SimulatorResponse {
  /// The token of a successful answer.
  var token: String? { json?["access_token"]?.string }

  /// What the token of a successful answer says.
  var claims: JSONValue? {
    guard let parts = token?.split(separator: "."), parts.count == 3 else { return nil }
    let text = String(parts[1]).replacing("-", with: "+").replacing("_", with: "/")
    let padded = text + String(repeating: "=", count: (4 - text.count % 4) % 4)
    return Data(base64Encoded: padded).flatMap { try? JSONValue(text: String(decoding: $0, as: UTF8.self)) }
  }

  /// The AADSTS number of a refusal.
  var code: Int? { json?["error_codes"]?[0]?.number }
  var error: String? { json?["error"]?.string }
}
