import CatalogServer
import CatalogStore
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

/// Filters, orders, paging and projection (facts/backstage-catalog.md 11.K).
@Suite("The catalog API: lists of entities")
struct CatalogFilterTests {
  /// n1, n2, n3 of the conformance cases, in files of their own.
  static let three = [
    CatalogWorld.entity(
      "Component",
      "n1",
      metadata: "tags: [java]",
      spec: "type: t, lifecycle: l, owner: o, a: foo"
    ),
    CatalogWorld.entity(
      "Component",
      "n2",
      metadata: "tags: [java, go]",
      spec: "type: t, lifecycle: l, owner: o, a: bar, b: lonely"
    ),
    CatalogWorld.entity("API", "n3", spec: "type: t, lifecycle: l, owner: o, definition: d, a: bar, b: only"),
  ]

  @Test(
    "filters of /entities mean the entities of cases C171 to C181",
    arguments: [
      ("C171", "?filter=kind=component", ["n1", "n2"]),
      ("C172", "?filter=kind=component,kind=api", ["n1", "n2", "n3"]),
      ("C173", "?filter=kind=component&filter=spec.b=only", ["n1", "n2", "n3"]),
      ("C174", "?filter=kind=component,spec.a=BAR", ["n2"]),
      ("C175", "?filter=spec.b", ["n2", "n3"]),
      ("C176", "?filter=spec.b=", []),
      ("C177", "?filter=metadata.tags.java=true,metadata.tags.go=true", ["n2"]),
      ("C177", "?filter=metadata.tags=java,metadata.tags=go", ["n1", "n2"]),
      ("C178", "?filter=%20kind%20=%20component%20,%20spec.b%20", ["n2"]),
      ("C179", "?filter=", ["n1", "n2", "n3"]),
      ("C180", "?filter==x", ["status 400"]),
      ("C181", "?filter=kind=component,kind", ["n1", "n2"]),
      ("relations", "?filter=relations.ownedBy=group:default/O,kind=api", ["n3"]),
      ("unknown key", "?filter=spec.nothing=x", []),
      ("commas may be encoded", "?filter=kind%3Dcomponent%2Cspec.a%3Dbar", ["n2"]),
    ]
  )
  func filters(_ name: String, _ query: String, _ expected: [String]) async throws {
    try await CatalogWorld.run(Self.three) { world async throws in
      #expect(try await world.names(query).sorted() == expected.sorted(), "\(name)")
      // The same by pages, which find entities in another way.
      guard expected != ["status 400"] else { return }
      let page = try await world.page(query)
      #expect(page.names.sorted() == expected.sorted(), "\(name) by-query")
      #expect(page.total == expected.count, "\(name) total")
      let byName = try await world.page(query + "&orderField=metadata.name,desc")
      #expect(byName.names == expected.sorted().reversed(), "\(name) by name")
    }
  }

  @Test(
    "orders of /entities are those of cases C182 to C184",
    arguments: [
      ("C182", "?order=asc:spec.a&order=desc:metadata.name", ["n3", "n2", "n1"]),
      ("C183", "?order=desc:spec.b", ["n3", "n2", "n1"]),
      ("C183", "?order=asc:spec.b", ["n2", "n3", "n1"]),
      ("C184", "", ["n3", "n1", "n2"]),
      ("letter case of keys", "?order=desc:SPEC.B", ["n3", "n2", "n1"]),
      ("with a filter", "?order=desc:spec.a&order=asc:metadata.name&filter=kind=component", ["n1", "n2"]),
    ]
  )
  func orders(_ name: String, _ query: String, _ expected: [String]) async throws {
    try await CatalogWorld.run(Self.three) { world async throws in
      #expect(try await world.names(query) == expected, "\(name)")
    }
  }

  @Test(
    "what makes no sense is answered with 400 (C185, C187, C188, C189)",
    arguments: [
      "?order=up:x", "?order=asc:", "?order=", "?limit=0", "?limit=-1", "?limit=x", "?offset=-1", "?after=",
      "?after=nonsense", "?foo=1", "?fields=metadata.tags%5B0%5D", "?limit=1&limit=2", "?filter=%ff",
    ]
  )
  func malformed(_ query: String) async throws {
    try await CatalogWorld.run(Self.three) { world async throws in
      #expect(try await world.names(query) == ["status 400"])
    }
  }

  @Test("a limit leads to the next page by a Link (C186)")
  func links() async throws {
    try await CatalogWorld.run(Self.three) { world async throws in
      let name = try #require(HTTPField.Name("Link"))
      let first = try await world.get("/entities?filter=metadata.name&limit=2&offset=0")
      #expect(try CatalogWorld.names(of: first.json) == ["n3", "n1"])
      let link = try #require(first.headers[name])
      #expect(
        link
          == #"</entities?filter=metadata.name&limit=2&after=eyJsaW1pdCI6Miwib2Zmc2V0IjoyfQ%3D%3D>; rel="next""#
      )
      let path = try #require(link.split(separator: ">").first?.dropFirst())
      let second = try await world.get(String(path))
      #expect(try CatalogWorld.names(of: second.json) == ["n2"])
      #expect(second.headers[name] == nil)
    }
  }

  @Test("fields leave only what is asked for (C189)")
  func fields() async throws {
    let file = CatalogWorld.entity(
      "Component",
      "a",
      metadata: "annotations: {example.com/k: v, other: w}",
      spec: "type: t, lifecycle: l, owner: o, a: text"
    )
    try await CatalogWorld.run([file]) { world async throws in
      func text(_ fields: String) async throws -> String {
        try await world.get("/entities?fields=\(fields)").text
      }
      #expect(try await text("kind,metadata.name") == #"[{"kind":"Component","metadata":{"name":"a"}}]"#)
      #expect(
        try await text("metadata.annotations.example.com/k")
          == #"[{"metadata":{"annotations":{"example.com/k":"v"}}}]"#
      )
      #expect(try await text("spec.a.zzz,kind") == #"[{"kind":"Component"}]"#)
      #expect(try await text("spec.a.zzz") == "[{}]")
      let whole = try await world.get("/entities").text
      #expect(try await text(",") == whole)
      #expect(
        try await text("relations") == #"[{"relations":[{"type":"ownedBy","targetRef":"group:default/o"}]}]"#
      )
    }
  }

  @Test("facets count the values of keys (C190)")
  func facets() async throws {
    try await CatalogWorld.run(Self.three) { world async throws in
      func text(_ query: String) async throws -> String { try await world.get("/entity-facets" + query).text }
      #expect(
        try await text("?facet=kind")
          == #"{"facets":{"kind":[{"value":"API","count":1},{"value":"Component","count":2}]}}"#
      )
      #expect(
        try await text("?facet=metadata.tags")
          == #"{"facets":{"metadata.tags":[{"value":"go","count":1},{"value":"java","count":2}]}}"#
      )
      #expect(try await text("?facet=KIND").hasPrefix(#"{"facets":{"KIND":[{"value":"API","count":1}"#))
      #expect(try await text("?facet=nope") == #"{"facets":{"nope":[]}}"#)
      #expect(
        try await text("?facet=kind&filter=spec.a=bar")
          == #"{"facets":{"kind":[{"value":"API","count":1},{"value":"Component","count":1}]}}"#
      )
      #expect(
        try await text("?facet=relations.ownedBy")
          == #"{"facets":{"relations.ownedBy":[{"value":"group:default/o","count":3}]}}"#
      )
      #expect(try await world.get("/entity-facets").status == .badRequest)
      #expect(try await world.get("/entity-facets?facet=").status == .badRequest)
      let posted = try await world.post("/entity-facets", #"{"facets":["kind"],"query":{"spec.a":"bar"}}"#)
      #expect(
        posted.text == #"{"facets":{"kind":[{"value":"API","count":1},{"value":"Component","count":1}]}}"#
      )
    }
  }

  @Test("a big array is written piece by piece, packed where that is taken")
  func streams() async throws {
    let files = (0..<1_203).map { CatalogWorld.entity("Component", "c\(10_000 + $0)") }
    try await CatalogWorld.run(files) { world async throws in
      let names = (0..<1_203).map { "c\(10_000 + $0)" }
      #expect(try await world.names("") == names)
      #expect(try await world.names("?order=desc:metadata.name") == names.reversed())
      #expect(try await world.names("?limit=1000&offset=203&filter=kind=component") == Array(names[203...]))
      let answer = try await world.get("/entities", headers: [.acceptEncoding: "gzip"])
      #expect(answer.headers[.contentEncoding] == "gzip")
      #expect(answer.body.getBytes(at: 0, length: 2) == [0x1F, 0x8B])
      let plain = try await world.get("/entities")
      #expect(try Unpacked.text(of: answer.body) == plain.text)
    }
  }
}
