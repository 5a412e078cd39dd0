import CatalogStore
import Crawl
import Foundation
import GRDB
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import TestSupport
import Testing

@testable import CatalogServer

/// Pages end early when their entities are large, and lead on to the others.
@Suite("The catalog API: large entities", .timeLimit(.minutes(1)))
struct CatalogPageSizeTests {
  private static let names = ["b", "d", "a", "e", "c"]

  /// Answers whose pages have hardly room for two of the entities.
  private static func run(
    _ change: @Sendable (CatalogDatabase) async throws -> Void = { _ in },
    _ test: @escaping @Sendable (any TestClientProtocol) async throws -> Void
  ) async throws {
    let folder = try TemporaryFolder()
    let database = try CatalogDatabase.open(at: folder.path("catalog.db"))
    let long = "description: " + String(repeating: "x", count: 2_000)
    try await CatalogWorld.fill(
      database,
      names.map { CatalogWorld.entity("Component", $0, metadata: long) }
    )
    try await change(database)
    let parts = ServerParts(
      database: database,
      commands: EditingCommands(database: database, judged: .init(entities: [], errors: [])),
      settings: { CatalogWorld.settings },
      now: { CatalogWorld.noon },
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    )
    let router = Router(context: CatalogRequestContext.self)
    CatalogRoutes(parts, CatalogReader(database, pageSize: 2_500)).add(to: router)
    try await Application(router: router).test(.router) { try await test($0) }
  }

  private static func get(_ client: any TestClientProtocol, _ path: String) async throws -> TestResponse {
    try await client.execute(uri: "/api/catalog" + path, method: .get)
  }

  @Test(
    "a page of by-query has fewer than were asked for, and cursors lead to all of them, there and back",
    arguments: [
      ("limit=100", [["b", "d"], ["a", "e"], ["c"]]),
      ("limit=100&orderField=metadata.name,asc", [["a", "b"], ["c", "d"], ["e"]]),
      ("limit=100&orderField=metadata.name,desc&filter=kind=component", [["e", "d"], ["c", "b"], ["a"]]),
      ("limit=3&orderField=metadata.name,asc", [["a", "b"], ["c", "d"], ["e"]]),
    ]
  )
  func pages(query: String, expected: [[String]]) async throws {
    try await Self.run { client async throws in
      func page(_ query: String) async throws -> CatalogWorld.Page {
        try CatalogWorld.Page(try await Self.get(client, "/entities/by-query?" + query).json)
      }
      var pages = [try await page(query)]
      while let next = pages.last?.next, pages.count < 9 {
        pages.append(try await page("limit=100&cursor=\(next)"))
      }
      #expect(pages.map(\.names) == expected)
      #expect(pages.allSatisfy { $0.total == 5 })

      var back: [[String]] = []
      var previous = pages.last?.previous
      while let cursor = previous, back.count < 9 {
        let page = try await page("limit=100&cursor=\(cursor)")
        back.insert(page.names, at: 0)
        previous = page.previous
      }
      #expect(back.flatMap { $0 } == expected.dropLast().flatMap { $0 })
      #expect(back.count > 1 && back.allSatisfy { $0.count <= 2 })
    }
  }

  @Test("an entity that another program has deleted leaves a page that can be read, there and back")
  func deletedByHand() async throws {
    try await Self.run { database in
      try await database.pool.write { try $0.execute(sql: "DELETE FROM entity WHERE name IN ('a', 'd')") }
    } _: { client async throws in
      let query = "/entities/by-query?orderField=metadata.name,asc&filter=kind=component&limit="
      let all = try CatalogWorld.Page(try await Self.get(client, query + "2").json)
      #expect(Set(all.names).isSubset(of: ["b", "c", "e"]))
      let next = try #require(all.next)
      let second = try CatalogWorld.Page(
        try await Self.get(client, "/entities/by-query?limit=100&cursor=\(next)").json
      )
      if let previous = second.previous {
        let back = try CatalogWorld.Page(
          try await Self.get(client, "/entities/by-query?limit=100&cursor=\(previous)").json
        )
        #expect(Set(back.names).isSubset(of: ["b", "c", "e"]))
      }
      #expect(Set(all.names + second.names).isSuperset(of: ["b", "c"]))
    }
  }

  @Test("an array with a limit leads on behind what it has, and one without a limit has everything")
  func arrays() async throws {
    try await Self.run { client async throws in
      let answer = try await Self.get(client, "/entities?limit=4")
      #expect(try CatalogWorld.names(of: answer.json) == ["a", "b"])
      let name = try #require(HTTPField.Name("Link"))
      let link = try #require(answer.headers[name])
      let path = try #require(link.split(separator: ">").first?.dropFirst())
      #expect(try CatalogWorld.names(of: try await Self.get(client, String(path)).json) == ["c", "d"])

      for query in ["", "?order=asc:metadata.name", "?order=asc:kind&order=desc:metadata.name"] {
        let all = try CatalogWorld.names(of: try await Self.get(client, "/entities" + query).json)
        #expect(
          all == (query.hasPrefix("?order=asc:kind") ? ["e", "d", "c", "b", "a"] : Self.names.sorted())
        )
      }
    }
  }
}
