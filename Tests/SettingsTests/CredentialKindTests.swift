import Testing

@testable import Settings

/// The cases of facts/backstage-azure.md 9, part A, that concern kinds of credentials.
@Suite struct CredentialKindTests {
  /// One credential for `dev.azure.com`, given as the lines of its object.
  private func settings(credential lines: [String]) -> String {
    "integrations:\n  azure:\n    - credentials:\n        - " + lines.joined(separator: "\n          ") + "\n"
  }

  private func kind(_ lines: String...) throws -> CredentialKind? {
    let settings = try SettingsFixture.read(settings(credential: lines))
    return settings.integrations.first?.credentials.first?.kind
  }

  @Test func `A4: a token loses the white space around it`() throws {
    #expect(try kind("personalAccessToken: 't      '") == .personalAccessToken(Secret("t")))
  }

  @Test func `A5: client id, secret and tenant make a service principal`() throws {
    let settings = try SettingsFixture.read(
      """
      integrations:
        azure:
          - credentials:
              - organizations: [org1, org2]
                clientId: id
                clientSecret: "secret\\n\\n\\n"
                tenantId: tenant
      """
    )

    let credential = CredentialSettings(
      position: 1,
      organizations: ["org1", "org2"],
      kind: .clientSecret(tenantID: "tenant", clientID: "id", secret: Secret("secret")),
      place: SettingsPlace(file: "app-config.yaml", line: 4, column: 11)
    )
    #expect(settings.integrations[0].credentials == [credential])
  }

  @Test func `A6: a client id alone is a managed identity`() throws {
    #expect(try kind("clientId: id") == .managedIdentity(.userAssigned(clientID: "id")))
    #expect(try kind("clientId: system-assigned") == .managedIdentity(.systemAssigned))
  }

  @Test(arguments: ["System-Assigned", "system_assigned", "systemAssigned"])
  func `another spelling of system-assigned is no client id`(text: String) {
    let problems = SettingsFixture.problems(settings(credential: ["clientId: \(text)"]))

    #expect(problems.count == 1)
    #expect(problems.first?.contains("got '\(text)', wanted 'system-assigned' or a client id") == true)
  }

  @Test func `A7: a managed identity beside client and tenant makes an assertion`() throws {
    let user = try kind("clientId: app", "managedIdentityClientId: id", "tenantId: t.example")
    let system = try kind("clientId: app", "managedIdentityClientId: system-assigned", "tenantId: t.example")

    #expect(
      user
        == .clientAssertion(
          clientID: "app",
          tenantID: "t.example",
          managedIdentity: .userAssigned(clientID: "id")
        )
    )
    #expect(
      system == .clientAssertion(clientID: "app", tenantID: "t.example", managedIdentity: .systemAssigned)
    )
  }

  @Test(arguments: [
    ["clientId: id", "personalAccessToken: t"],  // A8
    ["clientId: id", "tenantId: t"],  // A9
    ["clientId: id", "clientSecret: s"],  // A10
    ["clientId: id", "clientSecret: s", "managedIdentityClientId: m", "tenantId: t"],  // A11
    ["organizations: [a]"],  // A12
    ["{}"],
  ])
  func `A8 to A12: fields that make no kind are refused with their position`(lines: [String]) {
    let problems = SettingsFixture.problems(settings(credential: lines))

    #expect(problems.count == 1)
    #expect(problems.first?.contains("credential 1 of host dev.azure.com is not a valid credential") == true)
  }

  @Test func `A13: only the credential that is wrong is named`() {
    let problems = SettingsFixture.problems(
      """
      integrations:
        azure:
          - credentials:
              - {organizations: [a], clientId: system-assigned}
              - {organizations: [b], clientId: system-assigned}
              - {organizations: [c], clientId: system-assigned}
              - {organizations: [d], clientId: system-assigned, tenantId: t}
      """
    )

    #expect(problems.count == 1)
    #expect(
      problems.first?.hasPrefix(
        "app-config.yaml:7:11: integrations.azure[0].credentials[3]: credential 4 of host dev.azure.com is not "
          + "a valid credential: got clientId with tenantId, wanted exactly"
      ) == true
    )
  }

  @Test func `A14: every credential that is wrong is named`() throws {
    let error = #expect(throws: SettingsError.self) {
      try SettingsFixture.read(
        "integrations: {azure: [{credentials: [{}, {clientId: system-assigned}, {tenantId: t}]}]}"
      )
    }

    let lines = try #require(error).description.split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines[0].contains("credential 1 of host dev.azure.com is not a valid credential: got nothing"))
    #expect(lines[1].contains("credential 3 of host dev.azure.com is not a valid credential: got tenantId"))
  }

  @Test func `A17, A18: another host takes only personal access tokens`() {
    let secret = "{organizations: [a], clientId: id, clientSecret: s, tenantId: t}"
    let problems = SettingsFixture.problems(
      "integrations: {azure: [{host: a.com, credentials: [\(secret), {clientId: id}]}]}"
    )

    #expect(problems.count == 2)
    #expect(
      problems.first?.contains("credentials[0]: got a client secret, wanted a personal access token") == true
    )
    #expect(
      problems.last?.contains("credentials[1]: got a managed identity, wanted a personal access") == true
    )
  }

  @Test func `A19: another host takes a personal access token`() throws {
    let settings = try SettingsFixture.read(
      "integrations: {azure: [{host: a.com, credentials: [{personalAccessToken: t}]}]}"
    )

    #expect(settings.integrations[0].credentials.map(\.kind) == [.personalAccessToken(Secret("t"))])
  }

  @Test func `an organization's own host takes a service principal`() throws {
    let settings = try SettingsFixture.read(
      "integrations: {azure: [{host: org1.visualstudio.com, credentials: [{clientId: system-assigned}]}]}"
    )

    #expect(settings.integrations[0].credentials.map(\.kind) == [.managedIdentity(.systemAssigned)])
  }
}
