import Testing

@testable import AzureSimulator

/// What organizations make of tokens of the sign-in host (facts/azure-identity.md 1.7).
@Suite struct IdentityUseTests {
  private typealias Ask = IdentityAsking
  private let ask = IdentityAsking()

  private func use(
    _ token: String?,
    _ organization: String,
    on ask: IdentityAsking? = nil,
    after seconds: Int = 1
  ) -> SimulatorResponse {
    (ask ?? self.ask).send(
      "GET",
      "/\(organization)/_apis/projects?api-version=7.0",
      ["authorization": "Bearer \(token ?? "")", "x-tfs-fedauthredirect": "Suppress"],
      second: Ask.second + seconds
    )
  }

  @Test func `a token is accepted by the organizations its owner belongs to`() {
    let answer = use(ask.token().token, "contoso")

    #expect(answer.status == 200)
    #expect(answer.header("X-VSS-UserData")?.hasSuffix(":cccccccc-0000-4000-8000-0000000000ff") == true)
    #expect(use(ask.token().token, "members").status == 200)
    #expect(use(ask.token(tenant: Ask.other).token, "fabrikam").status == 200)
  }

  @Test func `managed identities and people are accepted where they are listed`() {
    var world = Ask.world
    world.organizations[1].identities = [Ask.user.uppercased(), "ada@contoso.example"]
    let ask = IdentityAsking(world)
    let person = ask.send(
      "POST",
      "/cloudshell/oauth2/token",
      ["metadata": "true"],
      form: ["resource": Ask.devOps]
    )

    #expect(use(ask.imds("&client_id=\(Ask.user)").token, "members", on: ask).status == 200)
    #expect(use(ask.imds().token, "members", on: ask).status == 401)
    #expect(use(person.token, "members", on: ask).status == 200)
  }

  @Test(arguments: [
    ("nobody", Ask.home), ("fabrikam", Ask.home), ("contoso", Ask.other), ("unconnected", Ask.home),
  ])
  func `a stranger's token, or one of another tenant, gets TF400813 with the owner's id`(
    organization: String,
    tenant: String
  ) throws {
    let token = ask.token(tenant: tenant)
    let answer = use(token.token, organization)

    #expect(answer.status == 401)
    let message = try #require(answer.message)
    #expect(message.hasPrefix("TF400813: The user '"))
    #expect(message.contains(try #require(token.claims?["oid"]?.string)))
  }

  @Test func `a token is refused with 401 from the second it ends`() {
    let token = ask.token().token

    #expect(use(token, "contoso", after: 3598).status == 200)
    #expect(use(token, "contoso", after: 3599).status == 401)
    let plain = ask.send(
      "GET",
      "/contoso/_apis/projects?api-version=7.0",
      ["authorization": "Bearer \(token ?? "")"],
      second: Ask.second + 4000
    )
    #expect(plain.status == 401)
    #expect(plain.typeKey == "UnauthorizedRequestException")
  }

  @Test func `an assertion, a changed token and another simulator's token are unknown`() {
    let assertion = ask.imds(resource: "api://AzureADTokenExchange").token
    let token = ask.token().token ?? ""
    let changed = token.replacing("eyJhcHBpZCI6", with: "eyJhcHBpZCI7")

    #expect(use(assertion, "contoso").status == 401)
    #expect(changed != token)
    #expect(use(changed, "contoso").status == 401)
    #expect(use(String(token.dropLast(2)), "contoso").status == 401)
    #expect(use(IdentityAsking().token().token, "contoso").status == 401)
    #expect(use(token, "contoso").status == 200)
  }

  @Test(arguments: [
    ("contoso", "aaaaaaaa-0000-4000-8000-000000000001"), ("fabrikam", "bbbbbbbb-0000-4000-8000-000000000001"),
    ("unconnected", "00000000-0000-0000-0000-000000000000"),
  ])
  func `everybody may ask which tenant an organization belongs to`(organization: String, tenant: String) {
    let answer = ask.send("HEAD", "/\(organization)")
    let refusal = use("", organization)

    #expect(answer.status == 404)
    #expect(answer.header("X-VSS-ResourceTenant") == tenant)
    #expect(
      answer.header("WWW-Authenticate")
        == "Bearer authorization_uri=https://login.microsoftonline.com/\(tenant)"
    )
    #expect(refusal.header("X-VSS-ResourceTenant") == tenant)
  }
}

/// facts/azure-identity.md 8.5.
@Suite struct IdentityFaultTests {
  private typealias Ask = IdentityAsking

  private func asking(_ rules: FaultRule...) -> IdentityAsking {
    IdentityAsking(Ask.world, SimulatorOptions(faults: rules))
  }

  @Test(
    arguments: [
      (FaultAnswer.tooManyRequests(retryAfter: 7), 429, 90055), (.serverError, 500, 90090),
      (.status(503), 503, 90033), (.status(404), 404, nil), (.frontEndUnavailable, 503, nil),
      (.htmlPage, 200, nil), (.redirect(to: "https://evil.example/"), 302, nil), (.entra(53003), 400, 53003),
      (.entra(50196), 400, 50196), (.entra(700_229), 401, 700_229), (.entra(90033), 503, 90033),
      (.unauthorized, 401, 7_000_215), (.noMetadataService, 403, nil),
    ] as [(FaultAnswer, Int, Int?)]
  )
  func `the token endpoint fails as told`(fault: FaultAnswer, status: Int, code: Int?) {
    let answer = asking(FaultRule(answer: fault)).token()

    #expect(answer.status == status)
    #expect(answer.code == code)
    #expect(answer.token == nil)
  }

  @Test(arguments: [
    (FaultAnswer.status(410), 410), (.status(404), 404), (.tooManyRequests(retryAfter: nil), 429),
    (.serverError, 500),
  ])
  func `IMDS fails as told`(fault: FaultAnswer, status: Int) {
    let answer = asking(FaultRule(route: "imds", answer: fault)).imds()

    #expect(answer.status == status)
    #expect(answer.error == "unknown")
  }

  @Test func `a proxy's answer and a redirect look like the real ones`() {
    let proxy = asking(FaultRule(answer: .noMetadataService)).imds()
    let redirect = asking(FaultRule(answer: .redirect(to: "https://evil.example/"))).token()

    #expect(proxy.status == 403 && proxy.text.contains("unreachable"))
    #expect(redirect.header("Location") == "https://evil.example/")
  }

  @Test func `an answer is late, cut, halved or padded and otherwise right`() throws {
    let slow = asking(FaultRule(answer: .slow(by: .seconds(3)))).token()
    let cut = asking(FaultRule(answer: .connectionCutInBody)).token()
    let none = asking(FaultRule(answer: .connectionCutBeforeAnswer)).imds()
    let half = asking(FaultRule(answer: .wrongJSON)).token()
    let large = asking(FaultRule(answer: .padded(toBytes: 2_000_000))).token()

    #expect(slow.delay == .seconds(3) && slow.status == 200 && slow.header("Retry-After") == nil)
    #expect(cut.cut == .inBody && cut.token != nil)
    #expect(none.cut == .beforeAnswer)
    #expect(half.status == 200 && half.json == nil)
    #expect(large.wholeBody.count == 2_000_000 && large.token != nil)
  }

  @Test func `fields of a token's answer can be anything`() throws {
    let fields: [String: String?] = [
      "expires_in": "\"0\"", "token_type": "\"mac\"", "ext_expires_in": nil, "refresh_in": "1800",
    ]
    let answer = asking(FaultRule(answer: .tokenFields(fields))).token()

    let json = try #require(answer.json)
    #expect(json.keys == ["token_type", "expires_in", "access_token", "refresh_in"])
    #expect(json["expires_in"] == .string("0"))
    #expect(json["token_type"]?.string == "mac")
    #expect(json["refresh_in"] == .number("1800"))
  }

  @Test func `a rule means one identity, one route, some requests`() {
    let ask = asking(
      FaultRule(route: "token", identity: Ask.single.uppercased(), numbers: .first(1), answer: .serverError),
      FaultRule(identity: "system-assigned", answer: .status(410)),
      FaultRule(organization: "contoso", answer: .serverError)
    )
    let single = ["client_id": Ask.single, "client_secret": "x"]

    #expect([ask.token().status, ask.token(single).status, ask.token(single).status] == [200, 500, 200])
    #expect(ask.imds().status == 410)
    #expect(ask.imds("&client_id=\(Ask.user)").status == 200)
  }

  @Test func `requests are counted by route and identity, and inside Retry-After`() {
    let ask = asking(FaultRule(route: "token", numbers: .nth(1), answer: .tooManyRequests(retryAfter: 2)))
    _ = ask.token()
    _ = ask.token(after: .seconds(1))
    _ = ask.token(["client_id": Ask.single], after: .seconds(1))
    _ = ask.token(after: .seconds(3))
    _ = ask.imds("&client_id=\(Ask.user.uppercased())")
    _ = ask.imds()
    _ = ask.send("GET", "/\(Ask.home)/v2.0/.well-known/openid-configuration")

    let counts = ask.simulator.requests
    #expect(counts.total == 7)
    #expect(counts.byRoute == ["token": 4, "imds": 2, "discovery": 1])
    #expect(
      counts.byIdentity == [
        Ask.application: 3, Ask.single: 1, Ask.user: 1, "system-assigned": 1, "unknown": 1,
      ]
    )
    #expect(counts.byOrganization == [:])
    #expect(counts.insideRetryAfter == 1)
    #expect(ask.send("GET", "/__simulator/requests").json?["byIdentity"]?[Ask.application]?.number == 3)
  }

  /// Every number of facts/azure-identity.md 7 has its status and error; these are the ones users meet most.
  @Test(arguments: [
    (70002, 401, "invalid_client"), (700_011, 400, "unauthorized_client"), (90002, 400, "invalid_tenant"),
    (50001, 400, "invalid_resource"), (28002, 400, "invalid_scope"), (70021, 400, "invalid_request"),
    (700_082, 400, "invalid_grant"), (50076, 400, "interaction_required"), (50049, 400, "invalid_instance"),
    (50033, 503, "temporarily_unavailable"), (12345, 400, "invalid_request"),
  ])
  func `every number can be played`(code: Int, status: Int, error: String) {
    let answer = asking(FaultRule(answer: .entra(code))).token()

    #expect(answer.status == status)
    #expect(answer.error == error)
    #expect(answer.code == code)
  }

  @Test func `no number is listed twice`() {
    #expect(Set(EntraError.codes).count == EntraError.codes.count)
  }
}
