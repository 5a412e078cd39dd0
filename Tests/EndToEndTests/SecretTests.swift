import Foundation
import TestSupport
import Testing

/// What the built program prints and stores when its services repeat the secrets they were sent.
@Suite(.timeLimit(.minutes(2)))
struct SecretTests {
  /// Facts/azure-identity.md 9, case 84: also in what is stored.
  @Test func `84: no secret is printed or stored, whatever the services say`() async throws {
    let server = try LoopbackServer { connection in
      while let head = connection.readHead() { connection.write(Self.gossip(head)) }
    }
    let folder = try AuthCheckRun.settings(
      server.url,
      credentials: """
                - {organizations: [a], personalAccessToken: "${PAT}"}
                - {organizations: [b], clientId: app, clientSecret: "${SECRET}", tenantId: t.example}
                - {organizations: [c], clientId: system-assigned}
                - {organizations: [d], clientId: app, managedIdentityClientId: mi, tenantId: u.example}
            - host: server.example
              credentials: [{organizations: [e], personalAccessToken: "${PAT}"}]
        """,
      crawler: "  proxy: http://user:${PROXY}@127.0.0.1:\(server.port)"
    )
    let environment = [
      "PAT": "canary-pat", "SECRET": "canary-secret", "PROXY": "canary-proxy",
      "IDENTITY_ENDPOINT": "\(server.url)/msi", "IDENTITY_HEADER": "canary-header",
    ]

    for command in [
      ["auth", "check"], ["auth", "check", "--json"], ["sync"], ["sync", "--json"], ["status"],
    ] {
      let run = try await ProgramRun(command, in: folder, environment: environment)
      #expect(run.code == (command == ["status"] ? 0 : 1), "\(command) \(run.errors)")
      if command == ["auth", "check"] {
        #expect(run.output.contains("5 of 5 organizations cannot be read"))
        #expect(run.output.components(separatedBy: "  next: ").count == 6)
      }
    }

    let forms =
      ["canary"]
      + ["canary-pat", ":canary-pat", "user:canary-proxy", "canary-secret"]
      .map { Data($0.utf8).base64EncodedString() }
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path(""))
    #expect(names.contains { $0.hasSuffix(".sqlite") })
    #expect(names.count { $0.hasPrefix("std") } == 10)
    for name in names {
      let bytes = try Data(contentsOf: folder.url.appending(path: name))
      for form in forms { #expect(bytes.range(of: Data(form.utf8)) == nil, "\(name) has \(form)") }
    }
  }

  /// Answers that repeat what was sent.
  private static func gossip(_ head: String) -> String {
    switch head {
    case _ where head.hasPrefix("CONNECT"):
      CannedAnswer.json(
        407,
        #"{"message":"canary-proxy"}"#,
        "Proxy-Authenticate: Basic realm=\"canary-proxy\""
      )
    case _ where head.contains("/_apis/"):
      CannedAnswer.json(401, #"{"message":"TF400813: canary-pat","typeKey":"UnauthorizedRequestException"}"#)
    case _ where head.contains("AzureADTokenExchange"):
      CannedAnswer.json(200, #"{"access_token":"a.b.canary-assertion","expires_on":"4000000000"}"#)
    case _ where head.contains("/msi"):
      CannedAnswer.json(400, #"{"statusCode":400,"message":"no identity for canary-header"}"#)
    default:
      CannedAnswer.json(
        401,
        #"{"error":"invalid_client","error_description":"AADSTS7000215: \#(sent(head))","error_codes":[7000215]}"#
      )
    }
  }

  /// What proves the service principal of the tenant that is asked.
  private static func sent(_ head: String) -> String {
    head.contains("/u.example/") ? "a.b.canary-assertion" : "canary-secret"
  }
}
