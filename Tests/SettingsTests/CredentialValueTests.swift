import Testing

@testable import Settings

/// The cases of facts/backstage-azure.md 9, part A, that concern the fields of a credential.
@Suite struct CredentialValueTests {
  /// One credential for `dev.azure.com`, given as the lines of its object.
  private func settings(credential lines: [String]) -> String {
    "integrations:\n  azure:\n    - credentials:\n        - " + lines.joined(separator: "\n          ") + "\n"
  }

  @Test(arguments: ["personalAccessToken", "clientId", "clientSecret", "tenantId", "managedIdentityClientId"])
  func `A23: an empty field is named by its key path`(field: String) {
    let problems = SettingsFixture.problems(settings(credential: ["\(field): ''"]))

    #expect(problems.count == 1)
    #expect(
      problems.first?.hasSuffix(
        ": integrations.azure[0].credentials[0].\(field): got empty-string, wanted string"
      ) == true
    )
  }

  @Test(arguments: ["personalAccessToken", "clientId", "clientSecret", "tenantId"])
  func `a field that is a number is named by its key path`(field: String) {
    let problems = SettingsFixture.problems(settings(credential: ["\(field): 7"]))

    #expect(problems.count == 1)
    #expect(
      problems.first?.hasSuffix(": integrations.azure[0].credentials[0].\(field): got number, wanted string")
        == true
    )
  }

  @Test func `a field without a value is refused, not overlooked`() {
    let problems = SettingsFixture.problems(
      settings(credential: ["clientId: system-assigned", "clientSecret:"])
    )

    #expect(problems.count == 1)
    #expect(problems.first?.contains("credentials[0].clientSecret: got null, wanted string") == true)
  }

  @Test func `A24: organizations that are numbers are refused one by one`() {
    let problems = SettingsFixture.problems(
      settings(credential: ["organizations: [1, 2, org]", "personalAccessToken: t"])
    )

    #expect(
      problems == [
        "app-config.yaml:4:27: integrations.azure[0].credentials[0].organizations[0]: got number, wanted string",
        "app-config.yaml:4:30: integrations.azure[0].credentials[0].organizations[1]: got number, wanted string",
      ]
    )
  }

  @Test func `A28: a kind that is left over because variables are not set is refused`() {
    let problems = SettingsFixture.problems(
      settings(credential: ["clientId: id", "clientSecret: '${MISSING}'", "tenantId: '${ALSO_MISSING}'"])
    )

    #expect(problems.count == 1)
    #expect(
      problems.first?.contains(
        "credential 1 of host dev.azure.com is not a valid credential: got clientId (clientSecret: the environment "
          + "variable MISSING is not set, tenantId: the environment variable ALSO_MISSING is not set)"
      ) == true
    )
  }

  @Test func `A29: a token of spaces is refused`() {
    let problems = SettingsFixture.problems(settings(credential: ["personalAccessToken: '   '"]))

    #expect(problems.count == 1)
    #expect(problems.first?.hasSuffix("personalAccessToken: got only white space, wanted string") == true)
  }

  @Test func `a token with a line break is refused without being shown`() {
    let problems = SettingsFixture.problems(settings(credential: ["personalAccessToken: \"abc\\ndef\""]))

    #expect(problems.count == 1)
    #expect(problems.first?.contains("line break or control character") == true)
    #expect(problems.first?.contains("abc") == false)
  }

  @Test func `a token that is encoded for a header draws a warning`() throws {
    // base64 of ":my-pat"
    let text = settings(credential: ["organizations: [a]", "personalAccessToken: Om15LXBhdA=="])

    let warnings = try SettingsFixture.read(text).warnings

    #expect(warnings.map(\.message) == ["the token looks encoded for a header; wanted the raw token"])
  }

  @Test(arguments: ["common", "Organizations", "consumers", "a/b", "a..b", ".a", "a."])
  func `a tenant that names no single tenant is refused`(tenant: String) {
    let problems = SettingsFixture.problems(
      settings(credential: ["clientId: id", "clientSecret: s", "tenantId: '\(tenant)'"])
    )

    #expect(problems.count == 1)
    #expect(problems.first?.contains("tenantId: got '\(tenant)', wanted the id or the domain name") == true)
  }
}
