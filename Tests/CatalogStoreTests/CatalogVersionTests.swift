import Catalog
import GRDB
import TestSupport
import Testing

@testable import CatalogStore

/// The number that grows with each change of what entities are found by.
@Suite("Versions of the catalog")
struct CatalogVersionTests {
  private let versions = "SELECT entities FROM catalog_version ORDER BY version"

  private func ids(_ world: StoredWorld) async throws -> [String] {
    try await world.rows("SELECT e.id FROM entity e ORDER BY e.file_id, e.id")
  }

  @Test("additions, changes and removals have a number each, and name the entities")
  func changes() async throws {
    let world = try await StoredWorld()
    try await world.store(StoredWorld.component("a") + "---\n" + StoredWorld.component("b"), in: 0)
    let (a, b) = (try await ids(world)[0], try await ids(world)[1])
    #expect(try await world.rows(versions) == ["[\(a),\(b)]"])

    try await world.store(
      StoredWorld.component("a", owner: "x") + "---\n" + StoredWorld.component("b"),
      in: 0
    )
    #expect(try await world.rows(versions) == ["[\(a),\(b)]", "[\(a)]"])

    try await world.store(StoredWorld.component("a", owner: "x"), in: 0)
    #expect(try await world.rows(versions) == ["[\(a),\(b)]", "[\(a)]", "[\(b)]"])
  }

  @Test("a visit that finds nothing new has no number, and neither has a document that does not hold its ref")
  func nothing() async throws {
    let world = try await StoredWorld()
    try await world.store(StoredWorld.component("a"), in: 0)
    let before = try await world.rows(versions)
    try await world.store(StoredWorld.component("a"), in: 0)
    try await world.store(StoredWorld.component("a", owner: "x"), in: 1)
    #expect(try await world.rows(versions) == before)
  }

  @Test("when another document takes the place of a holder both are named")
  func holders() async throws {
    let world = try await StoredWorld()
    try await world.store(StoredWorld.component("a"), in: 0)
    try await world.store(StoredWorld.component("a", owner: "x"), in: 1)
    let (first, second) = (try await ids(world)[0], try await ids(world)[1])
    try await world.store(nil, in: 0)
    #expect(try await world.rows(versions) == ["[\(first)]", "[\(first),\(second)]"])
  }

  @Test("marks of orphans have a number when they come and when they go")
  func orphans() async throws {
    let world = try await StoredWorld()
    let database = world.database
    try await world.store(StoredWorld.component("a"), in: 0)
    let a = try await ids(world)[0]
    _ = try await database.sweepOrphans(
      crawl: world.crawl,
      keepCrawls: 3,
      organizations: [],
      at: StoredWorld.noon
    )
    #expect(try await world.rows(versions) == ["[\(a)]", "[\(a)]"])
    _ = try await database.sweepOrphans(
      crawl: world.crawl,
      keepCrawls: 3,
      organizations: [],
      at: StoredWorld.noon
    )
    #expect(try await world.rows(versions).count == 2, "they are marked already")

    try await database.pool.write { try $0.execute(sql: "UPDATE file SET is_asked = 1") }
    try await database.unmarkOrphans(crawl: world.crawl, at: StoredWorld.noon)
    #expect(try await world.rows(versions) == ["[\(a)]", "[\(a)]", "[\(a)]"])
  }

  @Test("the last hundred are kept, and numbers count on")
  func kept() async throws {
    let world = try await StoredWorld()
    for number in 1...105 { try await world.store(StoredWorld.component("a", owner: "o\(number)"), in: 0) }
    #expect(
      try await world.rows("SELECT count(*), min(version), max(version) FROM catalog_version")
        == ["100|6|105"]
    )
    let reader = CatalogReader(world.database)
    let id = try #require(Int64(try await ids(world)[0]))
    let changed = try await reader.read { db in
      try [103, 5, 4].map { try CatalogVersion.changed(after: $0, to: CatalogVersion.current(db), db) }
    }
    #expect(changed == [[id], [id], nil])
  }
}
