import Catalog
import CatalogServer
import CatalogStore
import Crawl
import Foundation
import GRDB
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Settings
import Testing

/// Single entities (facts/backstage-catalog.md C202 to C211, C219, C220).
@Suite("The catalog API: entities")
struct CatalogEntityTests {
  private static let web = CatalogWorld.entity("Component", "Web", metadata: "title: The web")

  @Test("an entity is its document with what the catalog adds")
  func entity() async throws {
    let group = CatalogWorld.entity("Group", "o", spec: "type: team, children: []")
    try await CatalogWorld.run([Self.web, group]) { world async throws in
      let answer = try await world.get("/entities/by-name/component/default/web")
      let uid = try answer.member("metadata", "uid")
      let etag = try answer.member("metadata", "etag")
      #expect(uid.count == 36)
      #expect(etag.count == 40)
      #expect(
        answer.text == """
          {"apiVersion":"backstage.io/v1alpha1","kind":"Component","metadata":{"name":"Web","title":"The web",\
          "namespace":"default","uid":"\(uid)","etag":"\(etag)"},\
          "spec":{"type":"t","lifecycle":"l","owner":"o"},\
          "relations":[{"type":"ownedBy","targetRef":"group:default/o"}]}
          """
      )
      #expect(try await world.get("/entities/by-uid/\(uid.uppercased())").text == answer.text)
      let owner = try await world.get("/entities/by-name/group/default/o")
      #expect(try owner.member("relations", "0", "type") == "ownerOf")
      #expect(try owner.member("relations", "0", "targetRef") == "component:default/web")
    }
  }

  @Test("problems of a document are its status")
  func status() async throws {
    let broken = Self.web + "---\n" + CatalogWorld.entity("Component", "-bad-")
    try await CatalogWorld.run([broken, Self.web.replacing("Web", with: "other")]) { world async throws in
      try await world.database.pool.write { db in
        try db.execute(
          sql: """
            UPDATE problem SET ref = 'component:default/web', line = 7, column = 3, message = 'no "good"', rule = 'r'
            """
        )
      }
      let answer = try await world.get("/entities/by-name/component/default/web?")
      #expect(
        answer.text.hasSuffix(
          #""status":{"items":[{"type":"backstage.io/catalog-processing","level":"error","#
            + #""message":"InputError: no \"good\"","error":{"name":"InputError","message":"no \"good\"","#
            + #""rule":"r","line":7,"column":3}}]}}"#
        ),
        "\(answer.text)"
      )
      let other = try await world.get("/entities/by-name/component/default/other")
      #expect(!other.text.contains("status"))
    }
  }

  @Test("an orphan has the annotation, and is found by it")
  func orphan() async throws {
    try await CatalogWorld.run([Self.web, Self.web.replacing("Web", with: "other")]) { world async throws in
      try await world.database.pool.write { db in
        try db.execute(sql: "UPDATE entity SET orphan_since = 't' WHERE name = 'Web'")
      }
      let answer = try await world.get("/entities?filter=metadata.annotations.backstage.io/orphan=true")
      #expect(try CatalogWorld.names(of: answer.json) == ["Web"])
      #expect(answer.text.contains(#""annotations":{"backstage.io/orphan":"true"}"#))
      #expect(
        try await world.get("/entity-facets?facet=metadata.annotations.backstage.io/orphan").text
          .contains(#"[{"value":"true","count":1}]"#)
      )
    }
  }

  @Test("names compare without letter case, and are decoded (C202)")
  func letterCase() async throws {
    try await CatalogWorld.run([Self.web]) { world async throws in
      #expect(try await world.get("/entities/by-name/COMPONENT/DEFAULT/WEB").status == .ok)
      #expect(try await world.get("/entities/by-name/component/default/w%65b").status == .ok)
    }
  }

  @Test("what is not there is NotFoundError, in Backstage's words (C203, C204, C210, C219)")
  func notFound() async throws {
    try await CatalogWorld.run([Self.web]) { world async throws in
      for path in [
        "/entities/by-name/component/default/none", "/entities/by-name/component/default/none/ancestry",
        "/entities/by-uid/none", "/locations/7", "/locations/none",
        "/locations/by-entity/component/default/none",
      ] {
        let answer = try await world.get(path)
        #expect(answer.status == .notFound)
        #expect(try answer.member("error", "name") == "NotFoundError")
        #expect(try answer.member("request", "method") == "GET")
        #expect(try answer.member("request", "url") == "/api/catalog\(path)")
        #expect(try answer.member("response", "statusCode") == "404")
        #expect(answer.headers[.contentType] == "application/json; charset=utf-8")
      }
      #expect(try await world.delete("/entities/by-uid/none").status == .noContent)
    }
  }

  @Test("removing an entity removes it, and has its file read (C204)")
  func remove() async throws {
    try await CatalogWorld.run([Self.web]) { world async throws in
      let uid = try await world.get("/entities/by-name/component/default/web").member("metadata", "uid")
      #expect(try await world.delete("/entities/by-uid/\(uid)").status == .noContent)
      #expect(try await world.names("") == [])
      let asked = await world.commands.submitted
      #expect(
        asked == [
          .refresh(
            CrawlLimits(
              host: "dev.azure.com",
              organization: "contoso",
              project: "P",
              repository: "r0",
              path: "/c.yaml"
            )
          )
        ]
      )
      #expect(try await world.delete("/entities/by-uid/\(uid)").status == .noContent)
    }
  }

  @Test("refs are answered in their order, null for what is not there (C205, C206, C208)")
  func byRefs() async throws {
    let files =
      ["one", "two"].map { CatalogWorld.entity("Component", $0) } + [
        CatalogWorld.entity("API", "three", spec: "type: t, lifecycle: l, owner: o, definition: d")
      ]
    try await CatalogWorld.run(files) { world async throws in
      let body = #"""
        {"entityRefs":["component:default/two","Component:one","component:default/two","not-even-a-ref",
        "k:default/none","api:default/three"],"fields":["metadata.name"]}
        """#
      let (one, two, three) = (
        #"{"metadata":{"name":"one"}}"#, #"{"metadata":{"name":"two"}}"#, #"{"metadata":{"name":"three"}}"#
      )
      // With the slash behind it as the Python client sends it.
      for path in ["/entities/by-refs", "/entities/by-refs/"] {
        #expect(
          try await world.post(path, body).text == "{\"items\":[\(two),\(one),\(two),null,null,\(three)]}"
        )
      }
      #expect(
        try await world.post("/entities/by-refs?filter=kind=component", body).text
          == "{\"items\":[\(two),\(one),\(two),null,null,null]}"
      )
      #expect(try await world.post("/entities/by-refs", #"{"entityRefs":[]}"#).text == #"{"items":[]}"#)
      let query =
        #"{"entityRefs":["component:one","api:three"],"fields":["metadata.name"],"query":{"kind":"API"}}"#
      #expect(try await world.post("/entities/by-refs", query).text == "{\"items\":[null,\(three)]}")
    }
  }

  @Test(
    "bodies of by-refs that make no sense are answered with 400 (C207)",
    arguments: [
      "", "[", "[]", "{}", #"{"entityRefs":7}"#, #"{"entityRefs":[7]}"#, #"{"entityRefs":["a"],"fields":7}"#,
      #"{"entityRefs":["a"],"other":1}"#, "null", #"{"entityRefs":["a"],"query":7}"#,
    ]
  )
  func malformedRefs(_ body: String) async throws {
    try await CatalogWorld.run([Self.web]) { world async throws in
      let answer = try await world.post("/entities/by-refs", body)
      #expect(answer.status == .badRequest)
      #expect(try answer.member("error", "name") == "InputError")
    }
  }

  @Test("a body that is too long is answered with 413, one of another type with 400")
  func bodies() async throws {
    try await CatalogWorld.run([Self.web]) { world async throws in
      let refs = "\"" + String(repeating: "a", count: 5 << 20) + "\""
      #expect(
        try await world.post("/entities/by-refs", "{\"entityRefs\":[\(refs)]}").status == .contentTooLarge
      )
      #expect(
        try await world.post("/entities/by-refs", #"{"entityRefs":[]}"#, type: "text/plain").status
          == .badRequest
      )
      #expect(
        try await world.post("/entities/by-refs", #"{"entityRefs":[]}"#, type: nil).status == .badRequest
      )
      let many = (0..<5_000).map { "\"component:default/a-rather-long-name-\($0)\"" }.joined(separator: ",")
      #expect(try await world.post("/entities/by-refs", "{\"entityRefs\":[\(many)]}").status == .ok)
    }
  }

  @Test("the ancestry has all that leads to an entity, each once (C209)")
  func ancestry() async throws {
    let files =
      [CatalogWorld.entity("Component", "root")]
      + ["parent1", "parent2", "grandparent"].map {
        CatalogWorld.entity("Location", $0, spec: "type: url, targets: []")
      }
    try await CatalogWorld.run(files) { world async throws in
      try await world.database.pool.write { db in
        // root is led to by both parents, which are led to by the grandparent.
        for (target, parent, file) in [
          (101, "parent1", "root"), (102, "parent2", "root"), (103, "grandparent", "parent1"),
          (104, "grandparent", "parent2"),
        ] {
          try db.execute(
            sql: """
              INSERT INTO location_target (id, entity_id, position, target, type, address, host, organization,
                is_required) SELECT ?, id, 0, 't', 'url', 'a', 'h', 'o', 1 FROM entity WHERE name = ?
              """,
            arguments: [target, parent]
          )
          try db.execute(
            sql:
              "INSERT INTO location_file (target_id, file_id) SELECT ?, file_id FROM entity WHERE name = ?",
            arguments: [target, file]
          )
        }
      }
      let answer = try await world.get("/entities/by-name/component/default/root/ancestry")
      #expect(try answer.member("rootEntityRef") == "component:default/root")
      let object = try #require(try answer.json as? [String: Any])
      let items = try #require(object["items"] as? [[String: Any]])
      #expect(
        try CatalogWorld.names(of: items.compactMap { $0["entity"] }) == [
          "root", "parent1", "grandparent", "parent2",
        ]
      )
      #expect(
        items.map { $0["parentEntityRefs"] as? [String] } == [
          ["location:default/parent1", "location:default/parent2"], ["location:default/grandparent"], [],
          ["location:default/grandparent"],
        ]
      )
    }
  }

  @Test("a refresh is asked of the crawler; it can be waited for (C211)")
  func refresh() async throws {
    try await CatalogWorld.run([Self.web]) { world async throws in
      let answer = try await world.post("/refresh", #"{"entityRef":"Component:default/WEB"}"#)
      #expect(answer.status == .ok)
      #expect(answer.text == "")
      #expect(await world.commands.submitted.map(\.limits.repository) == ["r0"])
      #expect(
        try await world.post("/refresh", #"{"entityRef":"component:default/none"}"#).status == .notFound
      )
      #expect(try await world.post("/refresh", #"{"entityRef":"web"}"#).status == .notFound)
      for body in ["{}", #"{"entityRef":7}"#, #"{"entityRef":"component:web","more":1}"#] {
        #expect(try await world.post("/refresh", body).status == .badRequest)
      }
      let waited = try await world.post("/refresh?wait=true", #"{"entityRef":"component:web"}"#)
      #expect(try waited.member("outcome") == "complete")
      #expect(try waited.member("crawl") == "9")
    }
  }

  @Test("nothing outside of the configured organizations is read")
  func scope() async throws {
    var settings = CatalogWorld.settings
    settings.crawler.organizations[0].name = "another"
    try await CatalogWorld.run([Self.web], settings: settings) { world async throws in
      let answer = try await world.post("/refresh", #"{"entityRef":"component:web"}"#)
      #expect(answer.status == .forbidden)
      #expect(await world.commands.submitted == [])
    }
  }

  @Test("an answer that the client has already is not sent again (C220)")
  func tags() async throws {
    try await CatalogWorld.run([Self.web]) { world async throws in
      for path in [
        "/entities/by-name/component/default/web", "/entities", "/entities/by-query",
        "/entity-facets?facet=kind",
        "/locations", "/openapi.json",
      ] {
        let first = try await world.get(path)
        let tag = try #require(first.headers[.eTag])
        #expect(tag.hasPrefix("W/\""))
        for known in [tag, "\"other\", \(tag)", String(tag.dropFirst(2)), "*"] {
          let second = try await world.get(path, headers: [.ifNoneMatch: known])
          #expect(second.status == .notModified, "\(path) \(known)")
          #expect(second.text == "")
          #expect(second.headers[.eTag] == tag)
        }
        #expect(try await world.get(path, headers: [.ifNoneMatch: "W/\"other\""]).status == .ok)
      }
    }
  }

  @Test("an answer is packed where that is taken and worth it")
  func packing() async throws {
    let long = CatalogWorld.entity(
      "Component",
      "long",
      metadata: "description: \(String(repeating: "word ", count: 400))"
    )
    try await CatalogWorld.run([Self.web, long]) { world async throws in
      let path = "/entities/by-name/component/default/long"
      let plain = try await world.get(path)
      #expect(plain.headers[.contentEncoding] == nil)
      for accepted in ["gzip", "br, gzip;q=0.5", "*"] {
        let packed = try await world.get(path, headers: [.acceptEncoding: accepted])
        #expect(packed.headers[.contentEncoding] == "gzip")
        #expect(packed.headers[.vary] == "Accept-Encoding")
        #expect(try Unpacked.text(of: packed.body) == plain.text)
      }
      for refused in ["identity", "gzip;q=0", "br", "gzip;q=0, *", "*;q=1, gzip;q=0.0", "*;q=0"] {
        let answer = try await world.get(path, headers: [.acceptEncoding: refused])
        #expect(answer.headers[.contentEncoding] == nil)
      }
      let short = try await world.get(
        "/entities/by-name/component/default/web",
        headers: [.acceptEncoding: "gzip"]
      )
      #expect(short.headers[.contentEncoding] == nil)
    }
  }

  @Test("HEAD is answered as GET, without the body")
  func head() async throws {
    try await CatalogWorld.run([Self.web]) { world async throws in
      let path = "/api/catalog/entities/by-name/component/default/web"
      let answer = try await world.client.execute(uri: path, method: .head)
      #expect(answer.status == .ok)
      #expect(answer.text == "")
      #expect(answer.headers[.eTag] != nil)
    }
  }
}
