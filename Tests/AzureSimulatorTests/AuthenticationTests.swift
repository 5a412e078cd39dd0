import Testing

@testable import AzureSimulator

/// facts/azure-devops-api.md 5.
@Suite struct AuthenticationTests {
  private static let world = World(organizations: [
    .init(
      "contoso",
      tokens: [
        "good", .init("bearer-token", form: .bearer), .init("old", state: .expired),
        .init("narrow", state: .withoutScope), .init("stranger", state: .notMember, user: "x@example.com"),
        .init("away", state: .conditionalAccess),
      ]
    ),
    .init("fabrikam", tokens: ["other"]),
    .init("strict", tokens: ["good"], authentication: .redirect302),
  ])

  private func ask(
    _ organization: String,
    _ authorization: String,
    _ more: [String: String] = [:],
    _ options: SimulatorOptions = .init()
  ) -> SimulatorResponse {
    Asking(Self.world, options)
      .get(
        "/\(organization)/_apis/projects",
        more.merging(["authorization": authorization]) { first, _ in first }
      )
  }

  @Test(arguments: [
    Asking.basic("good"), "bearer bearer-token", "BASIC " + Asking.basic("good").dropFirst("Basic ".count),
  ])
  func `a token of the organization is accepted in its form`(authorization: String) {
    #expect(ask("contoso", authorization).status == 200)
  }

  @Test(arguments: [
    ("contoso", ""), ("contoso", Asking.basic("other")), ("contoso", "Bearer good"),
    ("contoso", Asking.basic("bearer-token")), ("contoso", "Basic %%%"), ("contoso", "good"),
    ("fabrikam", Asking.basic("good")), ("fabrikam", "Negotiate abc"),
  ])
  func `anything else gets a sign-in page with status 203`(organization: String, authorization: String) {
    let answer = ask(organization, authorization)

    #expect(answer.status == 203)
    #expect(answer.header("Content-Type") == "text/html; charset=utf-8")
    #expect(answer.header("X-VSS-UserData") == nil)
  }

  @Test func `with Suppress it gets 401 with challenges`() {
    let answer = ask("contoso", "", ["x-tfs-fedauthredirect": "Suppress"])

    #expect(answer.status == 401)
    #expect(answer.typeKey == "UnauthorizedRequestException")
    #expect(answer.headers.filter { $0.name == "WWW-Authenticate" }.count == 3)
    for name in [
      "X-TFS-FedAuthRedirect", "X-TFS-FedAuthRealm", "X-TFS-FedAuthIssuer", "X-VSS-AuthenticateError",
      "X-VSS-AuthorizationEndpoint", "X-VSS-ResourceTenant", "X-VSS-S2STargetService",
    ] {
      #expect(answer.header(name) != nil, "\(name)")
    }
  }

  @Test func `an organization's mode wins over the option, and the option over the default`() {
    let suppress = ["x-tfs-fedauthredirect": "Suppress"]
    let options = SimulatorOptions(authentication: .unauthorized401)

    #expect(ask("strict", "", suppress).status == 302)
    #expect(ask("strict", "").header("Location")?.hasPrefix("http://dev.example.com/strict/_signin?") == true)
    #expect(ask("strict", "", [:], options).status == 302)
    #expect(ask("contoso", "", [:], options).status == 401)
    #expect(ask("contoso", "", suppress, SimulatorOptions(authentication: .signInPage203)).status == 203)
  }

  @Test func `a token without the scope gets an empty 401 with one challenge`() {
    let answer = ask("contoso", Asking.basic("narrow"))

    #expect(answer.status == 401)
    #expect(answer.wholeBody.isEmpty)
    #expect(answer.headers.filter { $0.name == "WWW-Authenticate" }.map(\.value).count == 1)
    #expect(answer.header("WWW-Authenticate")?.hasPrefix("Basic realm=\"") == true)
    for name in ["Cache-Control", "X-VSS-UserData", "Content-Type"] {
      #expect(answer.header(name) == nil, "\(name)")
    }
  }

  @Test func `an expired token is told so, as JSON or as a page`() {
    let json = ask("contoso", Asking.basic("old"))
    let page = ask("contoso", Asking.basic("old"), ["accept": "*/*"])

    #expect(json.status == 401)
    #expect(json.typeKey == "AccessCheckException")
    #expect(json.message == "Access Denied: The Personal Access Token used has expired.")
    #expect(json.json?["customProperties"]?.keys.count == 5)
    #expect(
      json.header("X-TFS-ServiceError")
        == "Access%20Denied%3A%20The%20Personal%20Access%20Token%20used%20has%20expired."
    )
    #expect(page.status == 401)
    #expect(page.header("Content-Type") == "text/html; charset=utf-8")
  }

  @Test func `a stranger is named, and a policy refuses with 403`() {
    let stranger = ask("contoso", Asking.basic("stranger"))
    let away = ask("contoso", Asking.basic("away"))

    #expect(stranger.status == 401)
    #expect(stranger.message?.hasPrefix("TF400813: The user '") == true)
    #expect(stranger.message?.contains("x@example.com") == true)
    #expect(stranger.header("X-VSS-UserData")?.hasSuffix(":x@example.com") == true)
    #expect(away.status == 403)
    #expect(away.message?.hasPrefix("VS403463: ") == true)
  }

  @Test func `a token never shows its secret`() {
    let token = World.Token("very-secret")

    #expect(!"\(token)".contains("very-secret"))
    #expect(!String(reflecting: token).contains("very-secret"))
    #expect(!String(describing: Self.world).contains("good"))
  }

  @Test func `connection data tells who the token stands for`() throws {
    let answer = Asking(Self.world)
      .get(
        "/contoso/_apis/ConnectionData?api-version=7.1-preview",
        ["authorization": Asking.basic("good")]
      )

    let json = try #require(answer.json)
    #expect(
      json["authenticatedUser"]?["properties"]?["Account"]?["$value"]?.string == "simulator@example.com"
    )
    #expect(answer.header("X-VSS-UserData")?.hasSuffix(":simulator@example.com") == true)
  }

  @Test func `a session is echoed, or made up`() {
    let sent = ask("contoso", Asking.basic("good"), ["x-tfs-session": "my-session"])
    let none = ask("contoso", Asking.basic("good"))

    #expect(sent.header("X-TFS-Session") == "my-session")
    #expect(none.header("X-TFS-Session") == none.header("ActivityId"))
  }
}
