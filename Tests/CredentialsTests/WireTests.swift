import Settings
import TestSupport
import Testing
import Transport

@testable import Credentials

/// Tokens over a real connection.
@Suite(.timeLimit(.minutes(1))) struct WireTests {
  private func authorizer(_ kind: CredentialKind, _ server: LoopbackServer, _ curl: CurlClient) -> Authorizer
  {
    let credential = CredentialSettings(
      position: 1,
      kind: kind,
      place: SettingsPlace(file: "app-config.yaml")
    )
    var settings = CrawlerSettings(
      integrations: [AzureIntegration(host: "dev.azure.com", credentials: [credential])]
    )
    settings.crawler.endpoints = [
      "login.microsoftonline.com": server.url, "169.254.169.254": server.url,
    ]
    return Authorizer(
      settings: settings,
      environment: [:],
      send: { request throws(TransportError) in try await curl.send(request) }
    )
  }

  @Test func `a service principal and a machine get their tokens`() async throws {
    let heads = Locked<[String]>([])
    let server = try LoopbackServer { connection in
      guard let head = connection.readHead() else { return }
      heads.withLock { $0.append(head) }
      let body = #"{"token_type":"Bearer","expires_in":3599,"access_token":"t\#(head.prefix(4))"}"#
        .filter { $0 != " " && $0 != "/" }
      connection.write(
        "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)"
      )
      connection.waitForClose()
    }
    let curl = CurlClient()
    defer { curl.close() }
    let secret = CredentialKind.clientSecret(tenantID: "t.example", clientID: "c", secret: Secret("s"))

    let principal = try await authorizer(secret, server, curl)
      .authorization(host: "dev.azure.com", organization: "o")
    let machine = try await authorizer(.managedIdentity(.systemAssigned), server, curl)
      .authorization(host: "dev.azure.com", organization: "o")

    #expect(principal.header?.reveal() == "Bearer tPOST")
    #expect(machine.header?.reveal() == "Bearer tGET")
    let lines = heads.withLock { $0 }.map { $0.prefix { $0 != "\r\n" } }
    #expect(
      lines == [
        "POST /t.example/oauth2/v2.0/token HTTP/1.1",
        "GET /metadata/identity/oauth2/token?api-version=2018-02-01&resource=499b84ac-1321-427f-aa17-267ca6975798 "
          + "HTTP/1.1",
      ]
    )
    #expect(heads.withLock { $0[1] }.contains("\r\nMetadata: true\r\n"))
  }
}
