import Foundation
import TestSupport
import Testing

/// `auth check` of the built program with answers that the simulator does not give.
@Suite(.timeLimit(.minutes(2)))
struct AuthCheckAnswerTests {
  @Test func `an anonymous identity is a failure, and the list is not asked for`() async throws {
    let asked = Locked(0)
    let server = try LoopbackServer { connection in
      while connection.readHead() != nil {
        asked.withLock { $0 += 1 }
        connection.write(
          CannedAnswer.json(200, CannedAnswer.identity("aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa", "Anonymous"))
        )
      }
    }

    let (run, report) = try await check(
      try AuthCheckRun.settings(server.url, credentials: AuthCheckRun.token("contoso"))
    )

    #expect(run.code == 1)
    #expect(report.organizations.first?.identity?.isAnonymous == true)
    #expect(report.organizations.first?.failure?.rule == "anonymous")
    #expect(report.organizations.first?.failure?.nextStep.contains("scope Code (Read)") == true)
    #expect(asked.withLock { $0 } == 1)
  }

  @Test func `a clock that is wrong and a list that is empty are warned of`() async throws {
    let server = try LoopbackServer { connection in
      while let head = connection.readHead() {
        let body =
          head.contains("ConnectionData") ? CannedAnswer.identity("1", "Bot\\u001b[31m") : CannedAnswer.list
        connection.write(CannedAnswer.json(200, body, "Date: Sun, 06 Nov 1994 08:49:37 GMT"))
      }
    }

    let (run, report) = try await check(
      try AuthCheckRun.settings(server.url, credentials: AuthCheckRun.token("contoso"))
    )

    #expect(run.code == 0)
    let organization = try #require(report.organizations.first)
    #expect(organization.identity?.name == "Bot[31m", "control characters could steer a terminal")
    #expect(organization.repositories == 0)
    #expect((organization.clockSkewSeconds ?? 0) > 900_000_000)
    #expect(organization.warnings.count == 2)
    #expect(organization.warnings.contains { $0.contains("is empty") })
    #expect(organization.warnings.contains { $0.contains("s ahead of Azure DevOps") })
  }

  private static let principal = """
            - organizations: [contoso]
              clientId: 11111111-1111-1111-1111-111111111111
              clientSecret: ${TEST_SECRET}
              tenantId: 22222222-2222-2222-2222-222222222222
    """

  @Test func `a service principal's token comes with its end`() async throws {
    let server = try LoopbackServer { connection in
      // The form of the sign-in stands before the head that follows it on the connection.
      while let head = connection.readHead() {
        switch head {
        case _ where head.contains("ConnectionData"):
          connection.write(CannedAnswer.json(200, CannedAnswer.identity("1", "Bot")))
        case _ where head.contains("/_apis/git/"): connection.write(CannedAnswer.json(200, CannedAnswer.list))
        default:
          connection.write(
            CannedAnswer.json(
              200,
              #"{"token_type":"Bearer","expires_in":3600,"access_token":"canary-token"}"#
            )
          )
        }
      }
    }
    let before = Date()

    let (run, report) = try await check(
      try AuthCheckRun.settings(server.url, credentials: Self.principal),
      environment: ["TEST_SECRET": "s"]
    )

    #expect(run.code == 0, "\(run.output)")
    #expect(report.organizations.first?.credential?.kind == "client secret")
    let end = try Date(try #require(report.organizations.first?.token?.expiresAt), strategy: .iso8601)
    #expect(end.timeIntervalSince(before) > 3590 && end <= Date() + 3600)
    #expect(!run.output.contains("canary"))
  }

  @Test func `77, 78: a good token of another tenant is told with both tenants`() async throws {
    let server = try LoopbackServer { connection in
      while let head = connection.readHead() {
        if head.contains("/_apis/") {
          let tenant = "X-VSS-ResourceTenant: 33333333-3333-3333-3333-333333333333"
          connection.write(CannedAnswer.json(401, #"{"typeKey":"UnauthorizedRequestException"}"#, tenant))
        } else {
          connection.write(
            CannedAnswer.json(200, #"{"expires_in":3600,"access_token":"t\#(UUID().uuidString)"}"#)
          )
        }
      }
    }

    let (run, report) = try await check(
      try AuthCheckRun.settings(server.url, credentials: Self.principal),
      environment: ["TEST_SECRET": "s"]
    )

    #expect(run.code == 1)
    let failure = try #require(report.organizations.first?.failure)
    #expect(failure.rule == "sign-in")
    #expect(
      failure.nextStep
        == "organization contoso belongs to tenant 33333333-3333-3333-3333-333333333333, but the credential asks "
        + "for tokens of tenant 22222222-2222-2222-2222-222222222222; the token is good, but the organization does "
        + "not know its identity: add the service principal or managed identity to organization contoso as a user "
        + "with access level Basic"
    )
  }

  /// What the servers of the first sixteen organizations, and those of the others, have seen.
  private struct Crowd {
    var waiting = 0
    var isAnswered = false
    /// Requests of the others before anybody was answered.
    var early = 0
  }

  @Test func `sixteen organizations are checked at the same time, and no more`() async throws {
    let (crowd, isFull) = (Locked(Crowd()), DispatchSemaphore(value: 0))
    let servers = try (0..<20).map { place in
      try LoopbackServer { connection in
        while connection.readHead() != nil {
          // Nobody is answered before sixteen have asked.
          let isLast = crowd.withLock { crowd in
            if place < 16 { crowd.waiting += 1 } else if !crowd.isAnswered { crowd.early += 1 }
            return place < 16 && crowd.waiting == 16
          }
          if isLast { isFull.signal() }
          isFull.wait()
          isFull.signal()
          crowd.withLock { $0.isAnswered = true }
          connection.write(CannedAnswer.json(403, "{}"))
        }
      }
    }
    let folder = try TemporaryFolder()
    var text = "integrations:\n  azure:\n"
    for place in servers.indices {
      text +=
        "    - host: h\(10 + place).example\n      credentials: [{organizations: [o], personalAccessToken: t}]\n"
    }
    text += "crawler:\n  timeouts: {idle: 20s}\n  endpoints:\n"
    for (place, server) in servers.enumerated() { text += "    h\(10 + place).example: \(server.url)\n" }
    try folder.write(text, to: "app-config.yaml")

    let (run, report) = try await check(folder)

    #expect(run.code == 1)
    #expect(report.organizations.count == 20)
    #expect(report.organizations.allSatisfy { $0.failure?.rule == "forbidden" })
    #expect(crowd.withLock { $0.early } == 0, "the seventeenth must wait for an answer to another one")
  }

  /// Facts/azure-identity.md 9, case 57.
  @Test func `57: a machine's identity is never asked for through a proxy`() async throws {
    let proxy = try LoopbackServer { $0.answerAll(CannedAnswer.json(502, "{}")) }
    let server = try LoopbackServer { connection in
      while let head = connection.readHead() {
        switch head {
        case _ where head.contains("/msi?"):
          connection.write(
            CannedAnswer.json(
              200,
              #"{"access_token":"t","expires_on":"\#(Int(Date().timeIntervalSince1970) + 600)"}"#
            )
          )
        case _ where head.contains("ConnectionData"):
          connection.write(CannedAnswer.json(200, CannedAnswer.identity("1", "Bot")))
        default: connection.write(CannedAnswer.json(200, CannedAnswer.list))
        }
      }
    }
    let credentials = "        - {organizations: [contoso], clientId: system-assigned}"

    let (run, _) = try await check(
      try AuthCheckRun.settings(server.url, credentials: credentials),
      environment: [
        "IDENTITY_ENDPOINT": "\(server.url)/msi", "IDENTITY_HEADER": "h", "HTTP_PROXY": proxy.url,
        "http_proxy": proxy.url, "https_proxy": proxy.url, "ALL_PROXY": proxy.url,
      ]
    )

    #expect(run.code == 0, "\(run.output)")
    #expect(proxy.accepted == 0)
  }
}
