import Testing

@testable import Settings

/// The cases of facts/backstage-azure.md 9, part A, that concern hosts and the list of credentials.
@Suite struct IntegrationTests {
  @Test(arguments: ["app: {title: x}", "integrations: {}", "integrations: {azure: []}", ""])
  func `A1: without integrations there is dev.azure.com, without credentials`(text: String) throws {
    let settings = try SettingsFixture.read(text)

    #expect(settings.integrations == [AzureIntegration(host: "dev.azure.com")])
  }

  @Test func `A2: dev.azure.com is added behind the hosts that are written`() throws {
    let settings = try SettingsFixture.read("integrations: {azure: [{host: h.com}]}")

    #expect(settings.integrations.map(\.host) == ["h.com", "dev.azure.com"])
  }

  @Test func `A3: an entry without host is dev.azure.com and none is added`() throws {
    let settings = try SettingsFixture.read("integrations: {azure: [{}]}")

    #expect(settings.integrations == [AzureIntegration(host: "dev.azure.com")])
  }

  @Test func `A20: a host that is no text is refused`() {
    let problems = SettingsFixture.problems("integrations:\n  azure:\n    - host: 7\n")

    #expect(problems == ["app-config.yaml:3:13: integrations.azure[0].host: got number, wanted string"])
  }

  @Test(arguments: [
    "https://a.com", "a.com/", "a.com/tfs", "Dev.Azure.com", "a b.com", "a.com:80", "a.com:080", "1.2.3",
    "[::01]",
    "münchen.de", "a.com:", "a.com:99999",
  ])
  func `A21: a host that a URL would change is refused and quoted`(host: String) {
    let problems = SettingsFixture.problems("integrations: {azure: [{host: '\(host)'}]}")

    #expect(problems.count == 1)
    #expect(problems.first?.contains("integrations.azure[0].host: got '\(host)'") == true)
  }

  @Test func `A21: an empty host is refused`() {
    let problems = SettingsFixture.problems("integrations: {azure: [{host: ''}]}")

    #expect(problems.count == 1)
    #expect(problems.first?.hasSuffix("integrations.azure[0].host: got empty-string, wanted string") == true)
  }

  @Test(arguments: [
    "a.com:8080", "vsm.homolog.jm:1111", "org.visualstudio.com", "[::1]", "[::1]:8080", "a.com:443",
    "10.0.0.5",
  ])
  func `A22: hosts with ports and addresses are accepted`(host: String) throws {
    let settings = try SettingsFixture.read("integrations: {azure: [{host: '\(host)'}]}")

    #expect(settings.integrations.map(\.host) == [host, "dev.azure.com"])
  }

  @Test(arguments: ["token", "credential"])
  func `A25, A26: a removed key is refused`(key: String) {
    let problems = SettingsFixture.problems("integrations: {azure: [{\(key): t}]}")

    #expect(problems.count == 1)
    #expect(problems.first?.contains("the key '\(key)' is not supported any more") == true)
  }

  @Test func `A27: an empty list of credentials is none`() throws {
    let settings = try SettingsFixture.read("integrations: {azure: [{credentials: []}]}")

    #expect(settings.integrations == [AzureIntegration(host: "dev.azure.com")])
  }

  // MARK: Contradictions

  @Test(arguments: ["org2", "ORG2"])
  func `A15: an organization of two credentials is named with both positions`(name: String) {
    let problems = SettingsFixture.problems(
      """
      integrations:
        azure:
          - credentials:
              - {clientId: system-assigned}
              - {organizations: [org1, org2], clientId: system-assigned}
              - {organizations: [\(name)], personalAccessToken: t}
      """
    )

    #expect(
      problems == [
        "app-config.yaml:6:11: integrations.azure[0].credentials: organization org2 is named more than once, by "
          + "credentials 2 and 3"
      ]
    )
  }

  @Test func `A16: two credentials without organizations are refused`() {
    let problems = SettingsFixture.problems(
      "integrations: {azure: [{credentials: [{clientId: system-assigned}, "
        + "{organizations: [], personalAccessToken: t}]}]}"
    )

    #expect(problems.count == 1)
    #expect(
      problems.first?.hasSuffix(
        "host dev.azure.com has more than one credential without organizations: 1 and 2"
      )
        == true
    )
  }

  @Test func `one organization in two entries of one host is a contradiction too`() {
    let entry = "{host: a.com, credentials: [{organizations: [o], personalAccessToken: t}]}"

    let problems = SettingsFixture.problems("integrations: {azure: [\(entry), \(entry)]}")

    #expect(problems.count == 1)
    #expect(
      problems.first?.hasSuffix(
        "by credentials 1 of integrations.azure[0].credentials and 1 of integrations.azure[1].credentials"
      ) == true
    )
  }

  @Test(arguments: [("", 1), ("organizations: [a, b], ", 1), ("organizations: [a], ", 0)])
  func `a token that does not name exactly one organization draws a warning`(
    organizations: String,
    count: Int
  ) throws {
    let text = "integrations: {azure: [{credentials: [{\(organizations)personalAccessToken: t}]}]}"

    let warnings = try SettingsFixture.read(text).warnings.filter { $0.message.contains("1 December 2026") }

    #expect(warnings.count == count)
  }
}
