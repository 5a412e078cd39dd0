import CatalogServer
import CatalogStore
import Crawl
import Foundation
import GRDB
import HummingbirdTesting
import NIOCore
import Settings
import Testing

@testable import AzureDevOps

@Suite("The overview", .timeLimit(.minutes(1)))
struct OverviewTests {
  /// The test server's.
  private static let now = Date(timeIntervalSince1970: 1_790_000_000)  // 2026-09-21T14:13:20Z

  /// A service that is not running, with limiters as given.
  private static func service(
    _ limiters: [LimiterStatus]
  ) -> @Sendable (CatalogDatabase) -> CrawlService {
    { database in
      var surroundings = CrawlService.Surroundings()
      surroundings.now = { now }
      surroundings.holder = LeaseHolder(process: ProcessIdentity(machine: "here", pid: 5, started: nil))
      let maker = CrawlMaker(limiters: { limiters }) { request, _, _ in
        CrawlReport(crawl: 1, command: request.command, outcome: .complete, seconds: 1, organizations: [])
      }
      let settings = SettingsState(readAt: now, warnings: [], error: "app-config.yaml:3: <no>")
      return CrawlService(database: database, maker: maker, settings: settings, surroundings)
    }
  }

  private static func settings(token organization: String) -> CrawlerSettings {
    var settings = CrawlerSettings()
    settings.integrations = [
      AzureIntegration(
        host: "dev.azure.com",
        credentials: [
          CredentialSettings(
            position: 1,
            organizations: [organization],
            kind: .personalAccessToken(Secret("a-token-of-nobody")),
            place: SettingsPlace(file: "app-config.yaml")
          )
        ]
      )
    ]
    return settings
  }

  private static func fill(_ database: CatalogDatabase) async throws {
    for name in ["contoso", "fabrikam"] {
      try await PagesWorld(database: database).fill([PagesWorld.component("web")], organization: name)
    }
  }

  @Test("each organization has the kind of its credential and the state of its limiter; no secret is shown")
  func organizations() async throws {
    var snapshot = LimiterSnapshot()
    (snapshot.inFlight, snapshot.limit, snapshot.waiting) = (3, 8, 12)
    (snapshot.requests, snapshot.waits, snapshot.waited) = (4_321, 7, .seconds(9))
    snapshot.remaining = 150
    snapshot.pause = LimiterPause(duration: .seconds(125), reason: .asked)
    let status = LimiterStatus(
      key: LimiterKey(host: "dev.azure.com", organization: "Contoso"),
      snapshot: snapshot,
      credential: nil
    )
    try await TestServer.run(
      settings: Self.settings(token: "contoso"),
      making: Self.service([status]),
      fill: Self.fill
    ) { server in
      let page = String(buffer: try await server.get("/").body)
      for part in [
        "<td>personal access token</td>", "<td>default chain</td>", "3 of 8 under way, 12 wait",
        "budget left: 150; 4\u{202F}321 sent, 7 waited 9.0 s", "<span class=\"dim\">none yet</span>",
        "<span class=\"badge warning\">paused</span> by Azure DevOps, goes on "
          + "<time datetime=\"2026-09-21T14:15:25.000Z\" title=\"2026-09-21 14:15 UTC\">in 2 min</time>",
        "cannot be used; the ones before them hold: <bdi>app-config.yaml:3: &lt;no&gt;</bdi>",
        "Nothing is scheduled",
      ] {
        #expect(page.contains(part), "the page lacks \(part)")
      }
      #expect(!page.contains("a-token-of-nobody"))
      PagesTests.expectHarmless(page, "/")
    }
  }

  @Test("what the schedule wants next is there while the service runs")
  func runs() async throws {
    try await TestServer.run(making: Self.service([]), fill: Self.fill) { server in
      let page = String(buffer: try await server.get("/").body)
      #expect(page.contains("<h2>Next runs</h2>"))
    }
    // Without crawls beside it, as `catalog-benchmark` serves, there is nothing to say of them.
    try await TestServer.run(fill: Self.fill) { server in
      let page = String(buffer: try await server.get("/").body)
      #expect(!page.contains("Next runs"))
      #expect(page.contains("none yet"))
    }
  }

  @Test("two hundred organizations with long names and failures are as many as one page can bear")
  func many() async throws {
    try await TestServer.run(fill: { database in
      try await database.pool.write { db in
        for number in 0..<200 {
          try db.execute(
            sql: "INSERT INTO organization (id, host, name) VALUES (?1, 'dev.azure.com', ?2)",
            arguments: [number + 1, String(repeating: "organization", count: 4) + "\(number)"]
          )
          try db.execute(
            sql: """
              INSERT INTO problem (organization_id, class, severity, rule, message, since)
              VALUES (?, 'read', 'error', 'sign-in', ?, '2026-09-20T00:00:00.000Z')
              """,
            arguments: [number + 1, String(repeating: "<refused> ", count: 50)]
          )
        }
      }
    }) { server in
      for address in ["/", "/problems", "/problems?rule=sign-in"] {
        let page = String(buffer: try await server.get(address).body)
        PagesTests.expectHarmless(page, address)
      }
      #expect(String(buffer: try await server.get("/").body).contains("more organizations</p>"))
    }
  }
}
