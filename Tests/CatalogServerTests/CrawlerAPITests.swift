import CatalogServer
import CatalogStore
import Crawl
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import TestSupport
import Testing

/// Our own API at /api/crawler, by router.
@Suite("Own API", .timeLimit(.minutes(1)))
struct CrawlerAPITests {
  private static let now = Date(timeIntervalSince1970: 1_772_355_600)  // 2026-03-01T09:00:00Z

  /// A service that is not running: what it is asked for waits.
  @Sendable private static func service(_ database: CatalogDatabase) -> CrawlService {
    var surroundings = CrawlService.Surroundings()
    surroundings.now = { now }
    surroundings.holder = LeaseHolder(process: ProcessIdentity(machine: "here", pid: 5, started: nil))
    let maker = CrawlMaker(check: { request in
      if request.limits.organization == "nobody" {
        throw CrawlScopeError.unknownOrganization("nobody", known: ["dev.azure.com/contoso"])
      }
    }) { request, _, _ in
      CrawlReport(crawl: 1, command: request.command, outcome: .complete, seconds: 1, organizations: [])
    }
    let settings = SettingsState(readAt: now, warnings: ["w"], error: "app-config.yaml:3: no")
    return CrawlService(database: database, maker: maker, settings: settings, surroundings)
  }

  private static func fill(_ database: CatalogDatabase) async throws {
    let crawl = try await database.beginCrawl(.sync, scope: nil, program: "test", at: now)
    for name in ["contoso", "fabrikam"] {
      let id = try await database.beginOrganization(host: "dev.azure.com", name: name, crawl: crawl, at: now)
      try await database.beginListing(of: id)
      let listed = (0..<3).map { number in
        ListedRepository(
          guid: "\(name)-\(number)",
          name: "r\(number)",
          projectGUID: "\(name)-p",
          projectName: "P",
          defaultBranch: "main",
          size: 1,
          isFork: false,
          state: number == 2 ? .disabled : .active
        )
      }
      try await database.record(listed, of: id, at: now)
      try await database.finishListing(of: id, by: "test", at: now)
      var counts = OrganizationCounts()
      (counts.requests, counts.repositoriesListed) = (4, 3)
      if name == "contoso" { (counts.pauses, counts.pausedSeconds) = (2, 12.25) }
      try await database.endOrganization(
        id,
        crawl: crawl,
        counts: counts,
        failure: name == "fabrikam" ? ReadFailure(rule: "sign-in", message: "refused") : nil,
        heldBack: nil,
        isInterrupted: false,
        at: now
      )
    }
    try await database.endCrawl(crawl, outcome: .partial, at: now)
  }

  private func run(_ test: @escaping @Sendable (TestServer) async throws -> Void) async throws {
    try await TestServer.run(making: Self.service, fill: Self.fill, test)
  }

  @Test("the state of the service")
  func state() async throws {
    try await run { server in
      let answer = try await server.get("/api/crawler")
      #expect(answer.status == .ok)
      #expect(
        String(buffer: answer.body)
          == #"{"running":false,"schedule":[],"settings":{"error":"app-config.yaml:3: no","#
          + #""readAt":"2026-03-01T09:00:00.000Z","warnings":["w"]},"stopping":false,"waitingRequests":0}"#
      )
    }
  }

  @Test("crawls: pages, one with its organizations, none")
  func crawls() async throws {
    try await run { server in
      let list = String(buffer: try await server.get("/api/crawler/crawls?limit=1").body)
      #expect(
        list.contains(
          #""id":1,"outcome":"partial","pausedSeconds":12.25,"pauses":2,"program":"test","requests":8"#
        ),
        "\(list)"
      )
      #expect(list.hasSuffix(#"],"next":1}"#))
      #expect(String(buffer: try await server.get("/api/crawler/crawls?before=1").body) == #"{"items":[]}"#)
      let one = String(buffer: try await server.get("/api/crawler/crawls/1").body)
      #expect(
        one.contains(#""pausedSeconds":12.25,"pauses":2,"#)
          && one.contains(#""organization":"fabrikam""#) && one.contains(#""failureRule":"sign-in""#),
        "\(one)"
      )
      #expect(try await server.get("/api/crawler/crawls/2").status == .notFound)
      #expect(try await server.get("/api/crawler/crawls/x").status == .notFound)
      #expect(try await server.get("/api/crawler/crawls?limit=0").status == .badRequest)
    }
  }

  @Test("a crawl is asked for, and its request is shown and taken back")
  func requests() async throws {
    try await run { server in
      let body = #"{"command": "refresh", "targets": [{"organization": "contoso", "repository": "r1"}]}"#
      let asked = try await server.post("/api/crawler/crawls", json: body)
      #expect(asked.status == .accepted)
      #expect(asked.headers[.location] == "/api/crawler/requests/1")
      let shown = String(buffer: try await server.get("/api/crawler/requests/1").body)
      let expected =
        #"{"command":"refresh","id":1,"reason":"api","requestedAt":"2026-03-01T09:00:00.000Z","#
        + #""requestedBy":"process 5 on here","scope":"organization contoso, repository r1","state":"waiting"}"#
      #expect(shown == expected)
      #expect(
        String(buffer: try await server.get("/api/crawler/requests?state=waiting").body)
          == #"{"items":[\#(expected)]}"#
      )

      #expect(try await server.post("/api/crawler/requests/1/cancel", json: "").status == .accepted)
      #expect(try await server.post("/api/crawler/requests/1/cancel", json: "").status == .conflict)
      #expect(try await server.post("/api/crawler/requests/9/cancel", json: "").status == .notFound)
      #expect(try await server.post("/api/crawler/crawls/1/cancel", json: "").status == .conflict)
      #expect(try await server.database.request(1)?.state == .cancelled)
    }
  }

  @Test(
    "what makes no sense, or is out of scope, is refused",
    arguments: [
      ("", "expected a JSON object"), ("[]", "expected a JSON object"),
      (#"{"command": "go"}"#, "command: got 'go'"),
      (#"{"command": "refresh"}"#, "a refresh needs targets"),
      (#"{"command": "refresh", "targets": [{"repository": "r"}]}"#, "needs its organization"),
      (#"{"command": "refresh", "targets": [{"url": "https://example.com/x"}]}"#, "expected the address"),
      (#"{"command": "sync", "due": true}"#, "a sync is of everything"),
      (#"{"command": "refresh", "acceptRemovals": true, "due": true}"#, "only a sync"),
      (
        #"{"command": "refresh", "targets": [{"organization": "nobody"}]}"#,
        "they have: dev.azure.com/contoso"
      ),
    ]
  )
  func refused(json: String, message: String) async throws {
    try await run { server in
      let answer = try await server.post("/api/crawler/crawls", json: json)
      #expect(answer.status == .badRequest)
      #expect(String(buffer: answer.body).contains(message), "\(String(buffer: answer.body))")
      #expect(try await server.database.waitingRequestCount() == 0)
    }
  }

  @Test("repositories with their coverage, page by page")
  func repositories() async throws {
    try await run { server in
      func names(_ query: String) async throws -> (names: [String], next: Int?) {
        let answer = try await server.get("/api/crawler/repositories?\(query)")
        let body = Data(String(buffer: answer.body).utf8)
        let page = try #require(try JSONSerialization.jsonObject(with: body) as? [String: Any])
        let items = page["items"] as? [[String: Any]] ?? []
        let names = items.map {
          "\($0["organization"] ?? "")/\($0["repository"] ?? ""):\($0["coverage"] ?? "")"
        }
        return (names, page["next"] as? Int)
      }
      let first = try await names("limit=4")
      #expect(first.names.first == "contoso/r0:not asked")
      #expect(first.names.count == 4 && first.next == 4)
      #expect(try await names("limit=4&after=4").names == ["fabrikam/r1:not asked", "fabrikam/r2:skipped"])
      #expect(try await names("organization=Fabrikam&coverage=skipped").names == ["fabrikam/r2:skipped"])
      let skipped = try await names("coverage=skipped&limit=1")
      #expect(skipped.names == ["contoso/r2:skipped"])
      #expect(
        try await names("coverage=skipped&limit=1&after=\(skipped.next ?? 0)").names == [
          "fabrikam/r2:skipped"
        ]
      )
      #expect(try await server.get("/api/crawler/repositories?coverage=some").status == .badRequest)
      for blank in ["%20", "+"] {
        #expect(try await server.get("/api/crawler/repositories?coverage=not\(blank)asked").status == .ok)
      }
    }
  }

  @Test("problems and organizations")
  func problems() async throws {
    try await run { server in
      let problems = String(buffer: try await server.get("/api/crawler/problems?limit=1").body)
      #expect(problems.contains(#""message":"refused""#) && problems.hasSuffix(#""next":1}"#), "\(problems)")
      #expect(
        String(buffer: try await server.get("/api/crawler/problems?severity=warning").body)
          == #"{"items":[]}"#
      )
      let organizations = String(buffer: try await server.get("/api/crawler/organizations").body)
      #expect(organizations.contains(#""failure":"refused""#) && organizations.contains(#""repositories":3"#))
      #expect(
        String(buffer: try await server.get("/api/crawler/plan").body)
          == #"{"organizations":[],"requests":0}"#
      )
    }
  }

  @Test("events of a crawl that is over are the crawl alone")
  func events() async throws {
    try await run { server in
      let answer = try await server.get("/api/crawler/crawls/1/events")
      #expect(answer.headers[.contentType] == "text/event-stream")
      let text = String(buffer: answer.body)
      #expect(text.hasPrefix("event: crawl\ndata: {\"crawl\":{") && text.hasSuffix("}\n\n"), "\(text)")
    }
  }

  @Test("everything that happens, until the service ends")
  func allEvents() async throws {
    let folder = try TemporaryFolder()
    let database = try CatalogDatabase.open(at: folder.path("catalog.db"))
    let service = Self.service(database)
    try await TestServer.run(making: { _ in service }) { server in
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          let text = String(buffer: try await server.get("/api/crawler/events").body)
          #expect(
            text.contains("event: settings\ndata: {") && text.contains("event: ended\ndata: {"),
            "\(text)"
          )
        }
        try await until { service.followers > 0 }
        group.addTask { try await service.run() }
        await service.note(SettingsState(readAt: Self.now))
        _ = try await service.report(of: try await service.submit(.sync, reason: "test"))
        await service.shutDown()
        try await group.waitForAll()
      }
    }
  }

  @Test("the pages of crawls say for how long Azure DevOps made them pause")
  func pausesOnPages() async throws {
    try await run { server in
      let list = String(buffer: try await server.get("/crawls").body)
      #expect(list.contains(#"<td class="number">8</td><td class="number">12.3 s</td>"#), "\(list)")
      let one = String(buffer: try await server.get("/crawls/1").body)
      #expect(one.contains("<dt>Paused by Azure DevOps</dt><dd>2 times, 12.3 s</dd>"), "\(one)")
      #expect(one.contains(#"<td class="number">4</td><td class="number">12.3 s</td>"#), "\(one)")
      #expect(one.contains(#"<td class="number">4</td><td class="number">—</td>"#), "\(one)")
    }
  }

  @Test("without crawls beside it the server says so")
  func without() async throws {
    try await TestServer.run { server in
      let state = try await server.get("/api/crawler")
      #expect(state.status == .serviceUnavailable)
      let crawls = try await server.get("/api/crawler/crawls")
      #expect(crawls.status == .ok)
      let ready = try await server.get("/readyz")
      #expect(ready.status == .ok)
    }
  }

  @Test("/readyz says why the service cannot do its work")
  func ready() async throws {
    try await run { server in
      let answer = try await server.get("/readyz")
      #expect(answer.status == .serviceUnavailable)
      #expect(String(buffer: answer.body) == #"{"reasons":["crawls are not made"],"status":"unavailable"}"#)
    }
  }
}
