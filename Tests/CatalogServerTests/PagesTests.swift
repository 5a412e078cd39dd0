import CatalogStore
import Crawl
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@testable import CatalogServer

@Suite("Pages")
struct PagesTests {
  static let html: HTTPFields = [.accept: "text/html,application/xhtml+xml"]
  /// What does not depend on what the catalog holds.
  static let addresses = ["/", "/catalog", "/repositories", "/problems", "/crawls"]

  /// What no page has, whatever the catalog holds: scripts and styles of its own, links that do something.
  static func expectHarmless(_ page: String, _ address: String) {
    #expect(
      page.matches(of: /<script(?! src="\/assets\/pages\.js\?v=[0-9a-f]{16}" defer><\/script>)/).isEmpty
    )
    #expect(page.matches(of: /<(img|svg|body|iframe|object|i|b)\b[^>]*\bon[a-z]+\s*=/).isEmpty, "\(address)")
    #expect(page.matches(of: /<[a-z0-9]+ [^>]*\bstyle=/).isEmpty, "\(address)")
    #expect(page.matches(of: /(href|action|src)="\s*(javascript|data|vbscript):/.ignoresCase()).isEmpty)
    #expect(page.utf8.count < 100_000, "\(address) has \(page.utf8.count) bytes")
  }

  @Test("every page is there, also of an empty catalog, and lets nothing run", arguments: addresses)
  func pages(address: String) async throws {
    try await TestServer.run { server in
      let answer = try await server.get(address)
      #expect(answer.status == .ok)
      #expect(answer.headers[.contentType] == "text/html; charset=utf-8")
      #expect(answer.headers[.xContentTypeOptions] == "nosniff")
      #expect(
        answer.headers[.contentSecurityPolicy] == """
          default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; \
          form-action 'self'; frame-ancestors 'none'; base-uri 'none'
          """
      )
      let page = String(buffer: answer.body)
      #expect(page.hasPrefix("<!doctype html>"))
      #expect(page.trimmingCharacters(in: .whitespacesAndNewlines).hasSuffix("</html>"))
      #expect(page.matches(of: /<h1>/).count == 1)
      Self.expectHarmless(page, address)
    }
  }

  @Test("what is not there is a page for a browser and an error for a program")
  func missing() async throws {
    try await TestServer.run { server in
      for address in ["/nowhere", "/entities/component/default/none", "/crawls/7", "/crawls/x"] {
        let page = try await server.get(address, headers: Self.html)
        #expect(page.status == .notFound)
        #expect(String(buffer: page.body).contains("<h1>There is nothing here</h1>"))
        let error = try await server.get(address)
        #expect(error.status == .notFound)
        #expect(error.headers[.contentType] == "application/json; charset=utf-8")
      }
      let api = try await server.get("/api/nowhere", headers: Self.html)
      #expect(api.headers[.contentType] == "application/json; charset=utf-8")
    }
  }

  @Test(
    "assets are kept for a year under the address of their version",
    arguments: ["pages.css", "pages.js", "icon.svg"]
  )
  func assets(name: String) async throws {
    try await TestServer.run { server in
      let page = String(buffer: try await server.get("/").body)
      let address = try #require(page.firstMatch(of: try Regex("/assets/\(name)\\?v=[0-9a-f]{16}"))?.range)
      let answer = try await server.get(String(page[address]))
      #expect(answer.status == .ok)
      #expect(answer.headers[.cacheControl] == "public, max-age=31536000, immutable")
      let tag = try #require(answer.headers[.eTag])
      let again = try await server.get("/assets/\(name)", headers: [.ifNoneMatch: tag])
      #expect(again.status == .notModified)
      #expect(again.body.readableBytes == 0)
      #expect(again.headers[.cacheControl] == "no-cache")
    }
  }

  @Test("an entity's page says what is known of it, and where from")
  func entity() async throws {
    let text = PagesWorld.component(
      "web",
      metadata:
        "title: The web\n  description: Sells things.\n  tags: [java]\n  links: [{url: \"https://x.example/\", title: X}]",
      spec: "owner: team-a\n  dependsOn: [component:cart]"
    )
    try await TestServer.run(fill: { try await PagesWorld(database: $0).fill([text]) }) { server in
      let page = String(buffer: try await server.get("/entities/Component/default/Web").body)
      for part in [
        "<h1><bdi>The web</bdi></h1>", "Sells things.", "href=\"/catalog?tag=java\"",
        "href=\"https://x.example/\"",
        "not in the catalog", "<svg class=\"graph\"",
        "href=\"https://dev.azure.com/contoso/A%20project/_git/repository-0?path=/catalog-info.yaml&amp;line=1&amp;lineEnd=2",
        "<input type=\"hidden\" name=\"repository\" value=\"repository-0\">",
        "<a href=\"/entities/group/default/team-a\">",
      ] where !page.contains(part) {
        // The owner is not in the catalog: it is named without a page.
        if part.contains("team-a") { continue }
        Issue.record("the page lacks \(part)")
      }
      Self.expectHarmless(page, "entity")
    }
  }

  @Test("a group with four hundred components has a page of its first ones, and says how many there are")
  func hub() async throws {
    try await TestServer.run(fill: { try await PagesWorld(database: $0).fill([PagesWorld.hub(400)]) }) {
      server in
      for address in ["/entities/group/default/hub", "/catalog", "/catalog?q=part", "/catalog?owner=hub"] {
        let page = String(buffer: try await server.get(address).body)
        Self.expectHarmless(page, address)
        #expect(page.contains("part-with-a-name-of-some-length-1"))
      }
      let page = String(buffer: try await server.get("/entities/group/default/hub").body)
      #expect(page.contains("<span class=\"dim\">400</span>"))
      #expect(page.contains("and 200 more"))
    }
  }

  @Test("a group with 220 parts that have the longest names there are still has pages below 100 kB")
  func longNames() async throws {
    let title = String(repeating: "Ein sehr langer Titel & \u{05E9}\u{05DC}\u{05D5}\u{05DD} ", count: 40)
      .prefix(1_000)
    let parts = (0..<220).map { number in
      PagesWorld.component(
        "part-\(number)-" + String(repeating: "n", count: 54 - "\(number)".count),
        metadata: """
          namespace: \(String(repeating: "s", count: 63))
            title: "\(title)"
            description: "\(title)"
            tags: [\((0..<20).map { "\($0)\(String(repeating: "t", count: 60))" }.joined(separator: ", "))]
          """,
        spec:
          "owner: group:default/hub\n  dependsOn: [component:default/\(String(repeating: "d", count: 63))]"
      )
    }
    let text = ([PagesWorld.hub(0)] + parts).joined(separator: "---\n")
    try await TestServer.run(fill: { try await PagesWorld(database: $0).fill([text]) }) { server in
      for address in [
        "/", "/entities/group/default/hub", "/catalog", "/catalog?q=part", "/catalog?owner=hub",
        "/catalog?kind=component", "/repositories", "/problems", "/crawls", "/crawls/1",
      ] {
        let answer = try await server.get(address)
        #expect(answer.status == .ok)
        Self.expectHarmless(String(buffer: answer.body), address)
      }
      let page = String(buffer: try await server.get("/entities/group/default/hub").body)
      #expect(page.contains("<span class=\"dim\">220</span>"))
      // What does not fit is counted; what is there is worth looking at.
      #expect(page.matches(of: /<li><a href="\/entities\/component\/s{63}\/part-/).count >= 50)
    }
  }

  @Test("a problem stands with the line that it is in, cut and escaped, on its list and on its entity")
  func lines() async throws {
    let long = String(repeating: "<x>", count: 300)
    let texts = [
      PagesWorld.component("web", metadata: "tags: [java, '<Script>alert(1)</Script>']"),
      PagesWorld.component("api", metadata: "labels: {'\(long)': a}"),
    ]
    try await TestServer.run(fill: { try await PagesWorld(database: $0).fill(texts) }) { server in
      let list = String(buffer: try await server.get("/problems").body)
      Self.expectHarmless(list, "/problems")
      let line = "tags: [java, &#39;&lt;Script&gt;alert(1)&lt;/Script&gt;&#39;]"
      #expect(list.contains("<pre class=\"excerpt\"><bdi>  \(line)</bdi></pre>"))
      #expect(list.contains("labels: {&#39;&lt;x&gt;&lt;x&gt;"))
      #expect(list.contains("…</bdi></pre>"))
      for address in ["/problems?rule=tag-format", "/problems?organization=contoso"] {
        #expect(String(buffer: try await server.get(address).body).contains(line), "\(address)")
      }
    }
  }
}

@Suite("Buttons")
struct RefreshFormTests {
  private static let form: HTTPFields = [
    .contentType: "application/x-www-form-urlencoded", .accept: "text/html",
  ]

  private static func post(_ server: TestServer, _ body: String, _ more: HTTPFields = [:]) async throws
    -> TestResponse
  {
    var headers = form
    headers.append(contentsOf: more)
    return try await server.post("/refresh", json: body, headers: headers)
  }

  @Test("a button asks for what one looks at and leads back to it")
  func refresh() async throws {
    try await TestServer.run { server in
      let body =
        "host=dev.azure.com&organization=contoso&project=A+project&repository=web&back=%2Fcatalog%3Fq%3Da"
      let answer = try await Self.post(server, body)
      #expect(answer.status == .seeOther)
      #expect(answer.headers[.location] == "/catalog?q=a&asked=1")
      let asked = await server.commands.submitted
      #expect(asked.map(\.reason) == ["page"])
      let limits = CrawlLimits(
        host: "dev.azure.com",
        organization: "contoso",
        project: "A project",
        repository: "web"
      )
      #expect(asked.map(\.request) == [.refresh(limits)])
      let page = String(buffer: try await server.get("/catalog?q=a&asked=1").body)
      #expect(page.contains("Asked for as request 1."))
    }
  }

  @Test("nothing named is everything, and no other site is led to")
  func everything() async throws {
    try await TestServer.run { server in
      let answer = try await Self.post(server, "back=https%3A%2F%2Fevil.example")
      #expect(answer.headers[.location] == "/crawls?asked=1")
      #expect(await server.commands.submitted.map(\.request) == [.sync])
    }
  }

  @Test(
    "a form of another site is refused",
    arguments: [
      ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "none"), ("Origin", "https://evil.example"),
      ("Origin", "null"),
    ]
  )
  func others(name: String, value: String) async throws {
    try await TestServer.run { server in
      let field = try #require(HTTPField.Name(name))
      let answer = try await Self.post(server, "organization=contoso", [field: value])
      #expect(answer.status == .forbidden)
      #expect(await server.commands.submitted.isEmpty)
    }
  }
}
