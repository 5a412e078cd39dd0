import CatalogStore
import Foundation
import GRDB
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@testable import CatalogServer

/// Catalog files are written by anybody; their texts are shown and do nothing else.
@Suite("Hostile entities")
struct HostilePagesTests {
  static let texts = [
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onfocus='alert(1)' autofocus='",
    "</title></main><svg onload=alert(1)>", "<\u{301}script>", "\u{600}<script>alert(1)</script>",
    "\"\u{301} onmouseover=alert(1) x=\"", "{{{graph}}} {{>layout}} {{% CONTENT_TYPE:TEXT}}", "]]><!--",
    "&lt;b&gt;",
    "\u{202E}gnp.exe", "שלום עולם", "a\u{0}b\u{8}c", "javascript:alert(1)",
    String(repeating: "x", count: 10_000),
    String(repeating: "<", count: 10_000),
  ]

  /// Puts a text into every column of one entity: what a file would be refused for is met all the same.
  private static func fill(_ database: CatalogDatabase, with text: String) async throws {
    let component = PagesWorld.component(
      "web",
      metadata: "tags: [java]",
      spec: "owner: team-a\n  dependsOn: [component:cart]"
    )
    try await PagesWorld(database: database).fill([component, "apiVersion: 1", PagesWorld.component("cart")])
    let json = """
      json_object('metadata', json_object('tags', json_array(?1), 'labels', json_object(?1, ?1),
        'links', json_array(json_object('url', ?1, 'title', ?1), json_object('url', 'javascript:' || ?1))),
        'spec', json_object('definition', ?1, 'owner', ?1))
      """
    try await database.pool.write { db in
      try db.execute(
        sql: """
          UPDATE entity SET title = ?1, description = ?1, kind = ?1, type = ?1, lifecycle = ?1, owner = ?1,
            system = ?1, domain = ?1, json = \(json) WHERE ref = 'component:default/web'
          """,
        arguments: [text]
      )
      try db.execute(
        sql: "UPDATE relation SET target_ref = 'component:default/' || ?1 WHERE type = 'dependsOn'",
        arguments: [text]
      )
      try db.execute(
        sql:
          "UPDATE problem SET message = ?1, line_text = ?1, rule = ?1, key_path = ?1, ref = 'component:default/' || ?1",
        arguments: [text]
      )
      try db.execute(sql: "UPDATE repository SET name = ?1 WHERE name = 'repository-0'", arguments: [text])
      try db.execute(sql: "UPDATE project SET name = ?1", arguments: [text])
      try db.execute(sql: "UPDATE crawl SET scope = ?1", arguments: [text])
    }
  }

  @Test("a text of a file does nothing on any page, wherever it stands", arguments: texts)
  func harmless(text: String) async throws {
    try await TestServer.run(fill: { try await Self.fill($0, with: text) }) { server in
      let query = PageAddress.encoded(PageText.cut(text, 500))
      for address in PagesTests.addresses + [
        "/entities/component/default/web", "/crawls/1",
        "/catalog?q=\(query)&kind=\(query)&owner=\(query)&tag=\(query)",
        "/catalog?after=\(query)", "/repositories?name=\(query)&organization=\(query)",
        "/problems?rule=\(query)",
        "/entities/component/default/\(query)",
      ] {
        let answer = try await server.get(address, headers: PagesTests.html)
        #expect(answer.status == .ok || answer.status == .notFound, "\(address)")
        let page = String(buffer: answer.body)
        PagesTests.expectHarmless(page, address)
        // Nothing gets out of an attribute: tags are those of the templates, with quotes in pairs.
        for tag in page.matches(of: /<[a-z][^>]*>/) {
          #expect(tag.0.utf8.count { $0 == UInt8(ascii: "\"") } % 2 == 0, "\(address): \(tag.0.prefix(200))")
        }
        #expect(!page.utf8.contains(0) && !page.utf8.contains(8))
      }
    }
  }

  @Test("every template begins with how its texts are escaped, and leaves only drawings unescaped")
  func templates() throws {
    for (name, bytes) in PageTemplates.sources {
      let text = String(decoding: bytes, as: UTF8.self)
      #expect(!text.contains("{{&"), "\(name)")
      let raw = text.matches(of: /\{\{\{([^}]*)\}\}\}/).map { String($0.1) }
      #expect(raw.allSatisfy { ["graph", "chart"].contains($0) }, "\(name): \(raw)")
    }
  }
}
