import AzureSimulator
import CatalogStore
import Crawl
import Credentials
import Foundation
import Settings
import TestSupport
import Testing
import Transport

/// One crawl of five organizations, each with another kind of credential, one of them in another tenant.
@Suite(.timeLimit(.minutes(2)))
struct CredentialKindsTests {
  private static let home = "20000000-0000-4000-8000-000000000001"
  private static let other = "20000000-0000-4000-8000-000000000002"
  private static let secretApplication = "20000000-0000-4000-8000-000000000011"
  private static let assertionApplication = "20000000-0000-4000-8000-000000000012"
  private static let systemIdentity = "20000000-0000-4000-8000-000000000021"
  private static let systemPrincipal = "20000000-0000-4000-8000-000000000022"
  private static let userIdentity = "20000000-0000-4000-8000-000000000023"

  private static func world() -> World {
    let repositories = ["a", "b", "c"].map {
      World.Repository($0, files: ["/catalog-info.yaml": "\(component($0))"])
    }
    let organization = { (name: String, tenant: String) in
      World.Organization(
        name,
        tokens: name == "pat" ? ["pat-token"] : [],
        tenant: tenant,
        projects: [World.Project("P", repositories: repositories)]
      )
    }
    let identity = World.Identity(
      tenants: [.init(home), .init(other)],
      applications: [
        .init(secretApplication, tenant: home, secrets: ["secret-of-application"]),
        .init(
          assertionApplication,
          tenant: home,
          principals: [.init(tenant: home), .init(tenant: other)],
          isMultiTenant: true,
          federatedCredentials: [
            .init(issuer: "https://login.microsoftonline.com/\(home)/v2.0", subject: systemPrincipal)
          ]
        ),
      ],
      managedIdentities: [
        .init(systemIdentity, principalID: systemPrincipal, tenant: home, isSystemAssigned: true),
        .init(userIdentity, tenant: home),
      ]
    )
    return World(
      organizations: [
        organization("pat", home), organization("secret", home), organization("system", home),
        organization("user", home), organization("foreign", other),
      ],
      identity: identity
    )
  }

  private static let credentials = """
    integrations:
      azure:
        - credentials:
            - {organizations: [pat], personalAccessToken: pat-token}
            - {organizations: [secret], clientId: \(secretApplication), tenantId: \(home), clientSecret: secret-of-application}
            - {organizations: [system], clientId: system-assigned}
            - {organizations: [user], clientId: \(userIdentity)}
            - {organizations: [foreign], clientId: \(assertionApplication), tenantId: \(other), managedIdentityClientId: system-assigned}

    """

  /// Crawls the world's organizations and hands the report to `body`.
  ///
  /// - Parameter observe: Told of the crawl's events, with the clock that the tokens' lives are measured by.
  private func crawl(
    _ simulator: Simulator,
    observe: @escaping @Sendable (CrawlEvent, ManualClock) -> Void = { _, _ in },
    _ body: (CrawlReport) async throws -> Void
  ) async throws {
    let folder = try TemporaryFolder()
    let certificates = try SimulatorCertificates(now: Date())
    try certificates.write(to: folder.url)
    try await simulator.serving(with: certificates) { plain, secure in
      let program = """
        crawler:
          concurrency: 1
          tls: {caFile: ca.pem}
          endpoints:
            dev.azure.com: \(plain)
            login.microsoftonline.com: \(secure)
            169.254.169.254: \(plain)

        """
      try folder.write(Self.credentials + program, to: "app-config.yaml")
      let settings = try SettingsFiles.read(
        explicit: [folder.path("app-config.yaml")],
        folder: folder.path("."),
        environment: [:]
      )
      var configuration = CurlClient.Configuration()
      configuration.caFile = settings.crawler.caFile
      let curl = CurlClient(configuration: configuration)
      defer { curl.close() }
      let send: Send = { request throws(TransportError) in try await curl.send(request) }
      let clock = ManualClock()
      let environment = Crawler.Environment(
        settings: settings,
        database: try CatalogDatabase.open(at: folder.path("catalog.sqlite")),
        authorizer: Authorizer(settings: settings, environment: [:], send: send, clock: clock),
        send: send,
        program: "test",
        observe: { observe($0, clock) }
      )
      try await body(try await Crawler(environment).run(.sync))
    }
  }

  @Test func `each kind signs in, with one token for all requests of a credential`() async throws {
    let simulator = Simulator(world: Self.world())

    try await crawl(simulator) { report in
      #expect(report.outcome == .complete, "\(report.organizations.compactMap(\.failure))")
      #expect(report.organizations.map(\.name) == ["foreign", "pat", "secret", "system", "user"])
      #expect(report.organizations.allSatisfy { $0.counts.filesFound == 3 && $0.counts.requests == 4 })
      // Two applications sign in; three tokens come from the machine: two for organizations, one as the
      // assertion of the application in the other tenant.
      #expect(simulator.requests.byRoute["token"] == 2)
      #expect(simulator.requests.byRoute["imds"] == 3)
    }
  }

  @Test func `a token that expires in the middle of a crawl costs one request more`() async throws {
    let simulator = Simulator(world: Self.world())
    let visits = Locked(0)

    try await crawl(simulator) { event, clock in
      guard case .visited("secret") = event else { return }
      // After the second of three files, longer than any token of an application lives.
      if visits.withLock({
        $0 += 1; return $0
      }) == 2 {
        clock.advance(by: .seconds(2 * 3600))
      }
    } _: { report in
      #expect(report.outcome == .complete, "\(report.organizations.compactMap(\.failure))")
      #expect(simulator.requests.byIdentity[Self.secretApplication] == 2)
    }
  }

  @Test func `a token that is refused in the middle of a crawl is renewed once, and the request repeated`()
    async throws
  {
    let simulator = Simulator(world: Self.world())
    simulator.setFaults([
      FaultRule(route: "items", organization: "secret", numbers: .nth(2), answer: .signInPage)
    ])

    try await crawl(simulator) { report in
      #expect(report.outcome == .complete, "\(report.organizations.compactMap(\.failure))")
      #expect(simulator.requests.byIdentity[Self.secretApplication] == 2)
      #expect(report.organizations[2].counts.requests == 5)
    }
  }

  @Test func `a token that is refused again fails its organization and no other`() async throws {
    let simulator = Simulator(world: Self.world())
    simulator.setFaults([FaultRule(route: "items", organization: "secret", answer: .unauthorized)])

    try await crawl(simulator) { report in
      #expect(report.outcome == .partial)
      #expect(report.organizations.filter { $0.failure != nil }.map(\.name) == ["secret"])
      #expect(report.organizations[2].failure?.message.contains("credential 2 of dev.azure.com") == true)
      #expect(simulator.requests.byIdentity[Self.secretApplication] == 2)
      #expect(simulator.requests.byOrganization["secret"] == 3, "the list, the file, and the file once more")
    }
  }
}
