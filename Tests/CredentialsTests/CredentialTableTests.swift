import Settings
import Testing

@testable import Credentials

/// Facts/backstage-azure.md 2.1 and 2.2; the choosing cases of 9, part C.
@Suite struct CredentialTableTests {
  private static let place = SettingsPlace(file: "app-config.yaml")

  /// A credential that is known by its token.
  private func token(_ name: String, _ organizations: [String] = []) -> (String, [String]) {
    (name, organizations)
  }

  private func table(_ hosts: [(host: String, tokens: [(String, [String])])]) -> CredentialTable {
    CredentialTable(
      CrawlerSettings(
        integrations: hosts.map { host, tokens in
          let credentials = tokens.enumerated().map { index, token in
            CredentialSettings(
              position: index + 1,
              organizations: token.1,
              kind: .personalAccessToken(Secret(token.0)),
              place: Self.place
            )
          }
          return AzureIntegration(host: host, credentials: credentials)
        }
      )
    )
  }

  /// The token that is chosen, `default chain`, or nil for none.
  private func choice(_ table: CredentialTable, _ host: String, _ organization: String) -> String? {
    switch table.credential(host: host, organization: organization)?.source {
    case .configured(.personalAccessToken(let token)): token.reveal()
    case .configured: "another kind"
    case .defaultChain: "default chain"
    case nil: nil
    }
  }

  @Test func `43, 53: an organization gets the credential that names it, in any letter case`() {
    let table = table([("dev.azure.com", [token("a"), token("b", ["other", "Org1"])])])

    #expect(choice(table, "dev.azure.com", "Org1") == "b")
    #expect(choice(table, "dev.azure.com", "ORG1") == "b")
    #expect(choice(table, "DEV.azure.com", "org1") == "b")
  }

  @Test func `44: an organization of dev.azure.com that no credential covers gets the default chain`() {
    let table = table([("dev.azure.com", [token("org1-pat", ["org1"])])])

    #expect(choice(table, "dev.azure.com", "org2") == "default chain")
  }

  @Test func `45, 46: other organizations get the credential that names none`() {
    let table = table([("dev.azure.com", [token("fallback-pat"), token("org1-pat", ["org1"])])])

    #expect(choice(table, "dev.azure.com", "org1") == "org1-pat")
    #expect(choice(table, "dev.azure.com", "org2") == "fallback-pat")
  }

  @Test func `47, 49: another host without credentials gets none`() {
    let table = table([
      ("my.devops.server", []), ("my.other.server", [token("b")]), ("dev.azure.com", [token("a")]),
    ])

    #expect(choice(table, "my.devops.server", "org1") == nil)
    #expect(choice(table, "my.other.devops.server", "org1") == nil)
    #expect(choice(table, "other.server", "org1") == nil)
    #expect(choice(table, "my.other.server.example", "org1") == nil)
  }

  @Test(arguments: [
    ("org1", "org1-pat"), ("tfs/org1", "org1-pat"), ("tfs/Org1", "org1-pat"), ("org2", "fallback"),
    ("tfs/org2", "fallback"), ("tfs", "fallback"), ("azdo/org1", "fallback"),
  ])
  func `48: on a server of one's own the folder tfs does not count`(organization: String, expected: String) {
    let table = table([("my.devops.server", [token("fallback"), token("org1-pat", ["org1"])])])

    #expect(choice(table, "my.devops.server", organization) == expected)
  }

  @Test func `a credential may name a collection with its folder`() {
    let table = table([("my.devops.server", [token("a", ["tfs/Main"])])])

    #expect(choice(table, "my.devops.server", "tfs/main") == "a")
    #expect(choice(table, "my.devops.server", "Main") == nil)
  }

  @Test func `50, 51: a credential serves its own host only`() {
    let table = table([("org1.visualstudio.com", [token("vs", ["org1"])]), ("dev.azure.com", [token("dev")])])

    #expect(choice(table, "org1.visualstudio.com", "org1") == "vs")
    #expect(choice(table, "org2.visualstudio.com", "org2") == nil)
    #expect(choice(table, "dev.azure.com", "org1") == "dev")
  }

  @Test func `a host with another port is another host`() {
    let table = table([("server:8080", [token("a")])])

    #expect(choice(table, "server:8080", "o") == "a")
    #expect(choice(table, "server", "o") == nil)
  }

  @Test func `the choice says which credential it is and why`() throws {
    let table = table([("h.example", []), ("dev.azure.com", [token("a"), token("b", ["org1"])])])

    let named = try #require(table.credential(host: "dev.azure.com", organization: "org1"))
    let general = try #require(table.credential(host: "dev.azure.com", organization: "org2"))

    #expect(named.id == CredentialID(host: "dev.azure.com", integrationPosition: 2, credentialPosition: 2))
    #expect(named.reason == .organization)
    #expect(named.id.description == "credential 2 of dev.azure.com")
    #expect(general.id.credentialPosition == 1)
    #expect(general.reason == .host)
    #expect(table.defaultChain.id.description == "default chain of dev.azure.com")
  }
}
