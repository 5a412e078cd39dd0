import AzureSimulator
import Credentials
import Foundation
import Settings
import TestSupport
import Testing
import Transport

/// A server that only its certificate's thumbprint proves (facts/azure-identity.md 2.6, cases 37 and 83).
@Suite(.timeLimit(.minutes(1)))
struct ServiceFabricTests {
  private static let path = "/servicefabric/metadata/identity/oauth2/token"

  /// Asks for the header of an organization with a managed identity of the machine.
  ///
  /// - Parameter thumbprint: What the environment says; nil takes the right one.
  private func authorization(
    _ simulator: Simulator,
    thumbprint: String? = nil,
    isSecure: Bool = true
  ) async throws -> Authorization {
    let certificates = try SimulatorCertificates(now: Date())
    let folder = try TemporaryFolder()
    try folder.write(
      "integrations: {azure: [{credentials: [{organizations: [org1], clientId: system-assigned}]}]}\n",
      to: "c.yaml"
    )
    let settings = try SettingsFiles.read(explicit: [folder.path("c.yaml")], folder: "/", environment: [:])
    return try await simulator.serving(with: certificates) { plain, secure in
      let curl = CurlClient()
      defer { curl.close() }
      let send: Send = { request throws(TransportError) in try await curl.send(request) }
      let authorizer = Authorizer(
        settings: settings,
        environment: [
          "IDENTITY_ENDPOINT": (isSecure ? secure : plain) + Self.path,
          "IDENTITY_HEADER": "simulator-identity-header",
          "IDENTITY_SERVER_THUMBPRINT": thumbprint ?? certificates.thumbprint,
        ],
        send: send
      )
      return try await authorizer.authorization(host: "dev.azure.com", organization: "org1")
    }
  }

  private func simulator() -> Simulator {
    Simulator(
      world: .generated(
        .init(repositories: 1, projects: 1, organizations: 1, missing: 0, documents: 1, seed: 1)
      )
    )
  }

  @Test func `the server with the right thumbprint gives a token, though no authority signed for it`()
    async throws
  {
    let simulator = simulator()

    let authorization = try await authorization(simulator)

    #expect(authorization.header != nil)
    #expect(simulator.requests.byRoute == ["serviceFabric": 1])
  }

  @Test func `83: a server with another thumbprint is sent nothing`() async throws {
    let simulator = simulator()

    let error = await #expect(throws: CredentialError.self) {
      try await authorization(simulator, thumbprint: String(repeating: "ab", count: 20))
    }

    #expect(error?.description.contains("shows another certificate") == true)
    #expect(simulator.requests.total == 0)
  }

  @Test func `83: an address without TLS is refused`() async throws {
    let simulator = simulator()

    let error = await #expect(throws: CredentialError.self) {
      try await authorization(simulator, isSecure: false)
    }

    #expect(error?.description.contains("must be an https address") == true)
    #expect(simulator.requests.total == 0)
  }

  @Test func `37: an identity that is not found is final`() async throws {
    let simulator = simulator()
    simulator.setFaults([FaultRule(route: "serviceFabric", answer: .status(404))])

    let error = await #expect(throws: CredentialError.self) { try await authorization(simulator) }

    #expect(error?.failure.outcome == .refused)
    #expect(simulator.requests.byRoute == ["serviceFabric": 1])
  }

  @Test func `a request that trusts one certificate reaches no server with another one`() async throws {
    let (own, other) = (try SimulatorCertificates(now: Date()), try SimulatorCertificates(now: Date()))
    try await simulator().serving(with: own) { _, secure in
      let curl = CurlClient()
      defer { curl.close() }
      var request = HTTPRequest(url: secure + "/__status")
      request.serverTrust = .certificate(Array(own.authorityPEM.utf8))
      let trusted = try await curl.send(request)
      #expect(trusted.status == 200)

      request.serverTrust = .certificate(Array(other.authorityPEM.utf8))
      let refused = request
      await #expect(throws: TransportError.self) { try await curl.send(refused) }
      request.serverTrust = .authorities
      let unknown = request
      await #expect(throws: TransportError.self) { try await curl.send(unknown) }
    }
  }
}
