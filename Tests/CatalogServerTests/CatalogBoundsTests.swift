import CatalogServer
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

/// Questions that are made to be too much.
@Suite("The catalog API: bounds of questions", .timeLimit(.minutes(1)))
struct CatalogBoundsTests {
  private static func text(_ json: Any) throws -> String {
    String(decoding: try JSONSerialization.data(withJSONObject: json), as: UTF8.self)
  }

  private static func cursor(_ predicate: Any) throws -> String {
    let json = try text(["v": 1, "q": predicate, "i": 0, "p": false])
    return Data(json.utf8).base64EncodedString()
      .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }

  /// Conditions so deep in one another, each beside others.
  private static func query(depth: Int, _ leaf: [String: Any]) -> [String: Any] {
    (0..<depth).reduce(leaf) { inner, level in
      switch level % 3 {
      case 0:
        ["$any": [inner, ["spec.type": "t"]] as [[String: Any]], "metadata.tags": "java"] as [String: Any]
      case 1: ["$not": inner, "relations.ownedBy": ["$hasPrefix": "group:"]] as [String: Any]
      default:
        ["$all": [["kind": "component"], inner] as [[String: Any]], "spec.b": ["$exists": false]]
          as [String: Any]
      }
    }
  }

  @Test("conditions within one another are answered, or refused, and never fail", arguments: 1...40)
  func nested(depth: Int) async throws {
    try await CatalogWorld.run(CatalogFilterTests.three) { world async throws in
      let leaves: [[String: Any]] = [
        ["relations.ownedBy": "group:default/o"], ["metadata.name": ["$in": ["n1", "n2"]]],
      ]
      for leaf in leaves {
        for order in [["metadata.name,asc"], []] {
          let body: [String: Any] = [
            "query": Self.query(depth: depth, leaf), "limit": 1, "orderField": order,
          ]
          let answer = try await world.post("/entities/by-query", try Self.text(body))
          #expect(answer.status == .ok || answer.status == .badRequest && depth > 7, "\(answer.text)")
          guard answer.status == .ok else { continue }
          let next = try answer.member("pageInfo", "nextCursor")
          guard !next.hasPrefix("nothing") else { continue }
          #expect(try await world.get("/entities/by-query?cursor=\(next)").status == .ok)
        }
      }
    }
  }

  @Test(
    "a cursor that nobody was given has no more in it than a question",
    arguments: [5, 17, 18, 19, 30, 45, 95]
  )
  func cursors(depth: Int) async throws {
    try await CatalogWorld.run(CatalogFilterTests.three) { world async throws in
      let leaf: [Any] = ["values", "kind", "component"]
      let nots = (0..<depth).reduce(leaf) { inner, _ in ["not", inner] as [Any] }
      let mixed = (0..<depth).reduce(leaf) { inner, level in
        [level % 2 == 0 ? "any" : "all", ["values", "relations.ownedBy", "group:default/o"], inner] as [Any]
      }
      for predicate in [nots, mixed] {
        let answer = try await world.get("/entities/by-query?cursor=\(try Self.cursor(predicate))")
        #expect(answer.status == (depth <= 18 ? .ok : .badRequest), "\(answer.text)")
      }
    }
  }

  @Test("what a question may have leads on by its own cursor")
  func large() async throws {
    let many = (0..<99).map { ["key\($0)": ["$exists": false, "$hasPrefix": "x"] as [String: Any]] }
    let body = try Self.text(["query": ["$not": ["$any": many]], "limit": 1] as [String: Any])
    let any = (0..<190).map { "filter=kind=component,kind=v\($0)" }.joined(separator: "&")
    try await CatalogWorld.run(CatalogFilterTests.three) { world async throws in
      let first = try await world.post("/entities/by-query", body)
      #expect(first.status == .ok, "\(first.text)")
      let cursor = try Self.text(["cursor": try first.member("pageInfo", "nextCursor")])
      #expect(try await world.post("/entities/by-query", cursor).status == .ok)
      let page = try await world.page("?limit=1&\(any)")
      let next = try Self.text(["cursor": try #require(page.next)])
      #expect(try await world.post("/entities/by-query", next).status == .ok)
    }
  }

  @Test("a long list of refs is answered piece by piece: each may be the same large entity (C205)")
  func manyRefs() async throws {
    let known = ["component:default/n1", "component:default/none", "not-even-a-ref", "api:default/n3"]
    let refs = (0..<203).map { known[$0 % 4] }
    try await CatalogWorld.run(CatalogFilterTests.three) { world async throws in
      let body = try Self.text(["entityRefs": refs, "fields": ["metadata.name"]])
      let expected = (0..<203).map { index in
        switch index % 4 {
        case 0: #"{"metadata":{"name":"n1"}}"#
        case 3: #"{"metadata":{"name":"n3"}}"#
        default: "null"
        }
      }
      let answer = try await world.post("/entities/by-refs", body)
      #expect(answer.text == "{\"items\":[\(expected.joined(separator: ","))]}")
      #expect(answer.headers[.contentLength] == nil)
      let filtered = try await world.post("/entities/by-refs?filter=kind=api", body)
      let apis = expected.map { $0.contains("n1") ? "null" : $0 }
      #expect(filtered.text == "{\"items\":[\(apis.joined(separator: ","))]}")
    }
  }

  @Test("a question has so many conditions and values and no more, whatever they say")
  func counted() async throws {
    let values = (0..<1_000).map { "v\($0)" }
    let queries: [[String: Any]] = [
      ["$all": Array(repeating: [String: Any](), count: 201)],
      ["$any": (0..<11).map { ["key\($0)": ["$in": values]] }],
      ["$any": (0..<101).map { ["key\($0)": ["$exists": false, "$hasPrefix": "x"] as [String: Any]] }],
    ]
    let bodies = try queries.map { try Self.text(["query": $0]) }
    try await CatalogWorld.run(CatalogFilterTests.three) { world async throws in
      for body in bodies {
        #expect(try await world.post("/entities/by-query", body).status == .badRequest)
      }
    }
  }
}
