import Testing

@testable import AzureDevOps

/// Facts/azure-devops-api.md 2.14.
@Suite struct ConnectionIdentityTests {
  private func read(_ json: String) -> ConnectionIdentity? { ConnectionIdentity(json: Array(json.utf8)) }

  @Test func `an answer names the identity and the organization`() {
    let identity = read(
      """
      {"authenticatedUser": {"id": "7f7a", "descriptor": "Microsoft.IdentityModel.Claims.ClaimsIdentity;t\\\\\\\\u",
        "providerDisplayName": "Bot", "isActive": true},
       "authorizedUser": {"id": "other"}, "instanceId": "0c3e", "deploymentType": "hosted"}
      """
    )

    #expect(identity?.id == "7f7a")
    #expect(identity?.name == "Bot")
    #expect(identity?.organizationID == "0c3e")
    #expect(identity?.isAnonymous == false)
  }

  @Test func `the name that somebody gave themselves comes first, without control characters`() {
    let identity = read(
      #"{"authenticatedUser":{"id":"1","providerDisplayName":"A","customDisplayName":"B\u001b[2J\n"}}"#
    )

    #expect(identity?.name == "B[2J")
    #expect(identity?.organizationID == nil)
  }

  @Test(arguments: [
    #"{"authenticatedUser":{"id":"AAAAAAAA-aaaa-aaaa-aaaa-aaaaaaaaaaaa","providerDisplayName":"Anonymous"}}"#,
    #"{"authenticatedUser":{"id":"1","descriptor":"System:PublicAccess;1"}}"#,
  ])
  func `a caller that nobody knows is anonymous`(json: String) {
    #expect(read(json)?.isAnonymous == true)
  }

  @Test(arguments: ["", "[]", "{}", #"{"authenticatedUser":{}}"#, #"{"authenticatedUser":"x"}"#, "<html>"])
  func `anything else is no answer`(json: String) {
    #expect(read(json) == nil)
  }

  @Test func `a name of marks upon marks is cut`() {
    let marks = String(repeating: "\u{301}", count: 10_000)
    let identity = read(#"{"authenticatedUser":{"id":"1","customDisplayName":"a\#(marks)"}}"#)

    #expect(identity?.name.unicodeScalars.count == 200)
  }
}
