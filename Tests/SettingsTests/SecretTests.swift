import Testing

@testable import Settings

@Suite struct SecretTests {
  @Test func `a secret does not show itself`() {
    let secret = Secret("geheim")
    var dumped = ""
    dump(CredentialKind.personalAccessToken(secret), to: &dumped)

    #expect(!"\(secret)".contains("geheim"))
    #expect(!String(reflecting: secret).contains("geheim"))
    #expect(!String(reflecting: Optional(secret)).contains("geheim"))
    #expect(!dumped.contains("geheim"))
    #expect(secret.reveal() == "geheim")
  }

  @Test func `settings that are printed show no secret`() throws {
    let settings = try SettingsFixture.read(
      """
      integrations:
        azure:
          - credentials:
              - {personalAccessToken: geheim-1}
              - {organizations: [a], clientId: i, clientSecret: geheim-2, tenantId: t}
      crawler:
        proxy: http://u:geheim-3@p
        api: {tokens: [{name: n, token: geheim-4-0123456789}]}
      """
    )
    var dumped = "\(settings)" + String(reflecting: settings)
    dump(settings, to: &dumped)

    #expect(!dumped.contains("geheim"))
  }

  @Test func `secrets are equal when their texts are`() {
    #expect(Secret("a") == Secret("a"))
    #expect(Secret("a") != Secret("b"))
    #expect(Secret("a") != Secret("ab"))
  }
}
