import CatalogServer
import CatalogStore
import Crawl
import Foundation
import GRDB
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Settings
import TestSupport
import Testing

@Suite("Webhooks of Azure DevOps", .timeLimit(.minutes(2)))
struct WebhookTests {
  static let secret = "webhook-secret-0001"
  private static let header = HTTPField.Name("X-Catalog-Crawler-Secret") ?? .age

  static var settings: CrawlerSettings {
    var settings = TestService.guarded
    settings.crawler.organizations = [OrganizationSettings(name: "contoso")]
    settings.crawler.exclude = [RepositorySelector(repository: NamePattern("secret-*"))]
    settings.crawler.webhooks.secret = Secret(secret)
    return settings
  }

  static let guid = "11111111-2222-3333-4444-555555555555"

  private static func fill(_ database: CatalogDatabase) async throws {
    try await database.pool.write { db in
      try db.execute(
        sql: """
          INSERT INTO organization (id, host, name) VALUES (1, 'dev.azure.com', 'contoso');
          INSERT INTO project (id, organization_id, guid, name) VALUES (1, 1, 'p1', 'Payments');
          INSERT INTO repository (id, project_id, organization_id, guid, name, default_branch, size, is_fork, state,
            changed_at) VALUES (1, 1, 1, '\(guid)', 'api', 'main', 1, 0, 'active', '2026-01-01T00:00:00.000Z');
          INSERT INTO file (repository_id, branch, path, state, checked_at, url)
            VALUES (1, 'release', '/catalog-info.yaml', 'absent', '2026-01-01T00:00:00.000Z', 'u');
          """
      )
    }
  }

  static func push(
    _ refs: [String] = ["refs/heads/main"],
    id: String = "e1",
    repositoryID: String = guid,
    name: String = "api",
    url: String = "https://dev.azure.com/contoso/"
  ) -> String {
    let updates = refs.map { #"{"name":"\#($0)","oldObjectId":"1","newObjectId":"2"}"# }.joined(
      separator: ","
    )
    return """
      {"subscriptionId":"s","notificationId":1,"id":"\(id)","eventType":"git.push","publisherId":"tfs",
      "resource":{"refUpdates":[\(updates)],"pushId":14,"repository":{"id":"\(repositoryID)","name":"\(name)",
      "project":{"id":"p1","name":"Payments"},"defaultBranch":"refs/heads/main"}},
      "resourceContainers":{"collection":{"id":"c","baseUrl":"\(url)"}}}
      """
  }

  private static func send(
    _ service: TestService,
    _ body: String,
    headers: HTTPFields = [header: secret]
  ) async throws -> (status: Int, text: String) {
    let answer = try await service.send(.post, "/webhooks/azure-devops", headers: headers, body: body)
    return (answer.status.code, String(buffer: answer.body))
  }

  @Test("only who has the secret is listened to")
  func proof() async throws {
    var settings = Self.settings
    settings.crawler.webhooks.basic = .init(username: "hook", password: Secret("basic-password-01"))
    try await TestService.run(settings, fill: Self.fill) { service in
      func basic(_ text: String) -> HTTPFields {
        [.authorization: "Basic \(Data(text.utf8).base64EncodedString())"]
      }
      for headers in [
        [:], [Self.header: "webhook-secret-0002"], [Self.header: ""], basic("hook:wrong-password-1"),
        [.authorization: "Bearer \(TestService.admin)"], [.authorization: "Basic ???"], basic(Self.secret),
      ] as [HTTPFields] {
        let answer = try await Self.send(service, Self.push(), headers: headers)
        #expect(answer.status == 401, "\(headers)")
      }
      let answer1 = try await Self.send(service, Self.push(id: "1"))
      #expect(answer1.text == #"{"status":"queued"}"#)
      let second = try await Self.send(service, Self.push(id: "2"), headers: basic("hook:basic-password-01"))
      #expect(second.status == 200)
      #expect(!service.log.all.joined().contains(Self.secret))
    }
  }

  @Test("without a secret in the settings there is no such address")
  func off() async throws {
    try await TestService.run { service in
      let answer2 = try await Self.send(service, Self.push(), headers: [:])
      #expect(answer2.status == 404)
    }
  }

  @Test("a push becomes a refresh of its repository, once")
  func handedOver() async throws {
    try await TestService.run(Self.settings, fill: Self.fill) { service in
      let answer3 = try await Self.send(service, Self.push())
      #expect(answer3.text == #"{"status":"queued"}"#)
      let answer4 = try await Self.send(service, Self.push())
      #expect(answer4.text == #"{"status":"duplicate"}"#)
      // Handed over in a moment; what waits for it is the condition, not a time.
      try await until { await !service.commands.submitted.isEmpty }
      let submitted = await service.commands.submitted
      #expect(submitted.count == 1)
      #expect(
        submitted[0].request
          == .refresh(
            CrawlLimits(
              host: "dev.azure.com",
              organization: "contoso",
              project: "Payments",
              repository: "api"
            )
          )
      )
      #expect(submitted[0].reason == "webhook")
    }
  }

  @Test(
    "what follows from an event (G149 to G153)",
    arguments: [
      (WebhookTests.push(), "queued"), (WebhookTests.push(["refs/heads/topic"]), "no branch"),
      (WebhookTests.push(["refs/heads/release"]), "queued"),
      (WebhookTests.push(["refs/heads/topic", "refs/heads/main"]), "queued"),
      (WebhookTests.push(["refs/tags/main"]), "no branch"),
      (WebhookTests.push([]), "queued"),
      // Whatever it says it is called: the id counts.
      (WebhookTests.push(name: "secret-vault"), "queued"),
      // Not known: the names count, as far as the settings have them.
      (WebhookTests.push(repositoryID: "99999999-2222-3333-4444-555555555555", name: "new"), "queued"),
      (
        WebhookTests.push(repositoryID: "99999999-2222-3333-4444-555555555555", name: "secret-vault"),
        "out of scope"
      ),
      (
        WebhookTests.push(repositoryID: "x", name: "new", url: "https://contoso.visualstudio.com/"), "queued"
      ),
      (
        WebhookTests.push(repositoryID: "x", name: "new", url: "https://dev.azure.com/contoso2/"),
        "no organization"
      ),
      (
        WebhookTests.push(repositoryID: "x", name: "new", url: "https://evil.example/contoso/"),
        "no organization"
      ),
      (WebhookTests.push(repositoryID: "x", name: "new", url: "http://169.254.169.254/"), "no organization"),
      (#"{"eventType":"workitem.created","resource":{}}"#, "nothing follows"),
      (
        #"{"eventType":"git.pullrequest.created","resource":{"repository":{"id":"\#(WebhookTests.guid)"}}}"#,
        "nothing follows"
      ),
      (
        #"{"eventType":"git.pullrequest.merged","resource":{"targetRefName":"refs/heads/main","#
          + #""repository":{"id":"\#(WebhookTests.guid)"}}}"#, "queued"
      ),
      (
        #"{"eventType":"git.repo.renamed","resource":{"repository":{"id":"\#(WebhookTests.guid)"}}}"#,
        "nothing follows"
      ),
      (
        #"{"eventType":"git.repo.renamed","resource":{"oldName":"api","newName":"b","repository":{"#
          + #""id":"\#(WebhookTests.guid)","name":"b","project":{"name":"Payments"}}}}"#, "queued"
      ),
      (
        #"{"eventType":"git.repo.deleted","resource":{"repositoryId":"\#(WebhookTests.guid)","repositoryName":"api"}}"#,
        "queued"
      ),
      (#"{"eventType":"git.push"}"#, "no organization"),
      (#"{"eventType":"git.push","resource":[]}"#, "no organization"),
      (#"{"eventType":"git.push","resource":{"repository":{"id":7}}}"#, "no organization"),
    ]
  )
  func events(body: String, answer: String) async throws {
    try await TestService.run(Self.settings, fill: Self.fill) { service in
      let (status, text) = try await Self.send(service, body)
      #expect(status == 200 && text.contains(answer), "\(text)")
    }
  }

  @Test(
    "what is no event is refused, and nothing breaks (G154)",
    arguments: [
      "", "[]", "7", "null", "\"git.push\"", "{", "{}", #"{"eventType":7}"#, #"{"eventType":""}"#, "\u{0}",
      "{\"a\":1,}",
      #"{"eventType":"git.push","eventType":"git.push"}"#, String(repeating: "[", count: 10_000),
      #"{"eventType":"\#(String(repeating: "x", count: 10_000))"}"#,
      #"{"eventType":"git.push","resource":"# + String(repeating: #"{"a":"#, count: 5_000),
    ]
  )
  func malformed(body: String) async throws {
    try await TestService.run(Self.settings, fill: Self.fill) { service in
      let answer5 = try await Self.send(service, body)
      #expect(answer5.status == 400)
    }
  }

  @Test("a webhook that is too large is refused")
  func large() async throws {
    try await TestService.run(Self.settings) { service in
      let body = "{\"eventType\":\"git.push\",\"a\":\"" + String(repeating: "x", count: 3 << 20) + "\"}"
      let answer6 = try await Self.send(service, body)
      #expect(answer6.status == 413)
    }
  }
}
