import CatalogStore
import Testing

/// What is added in one transaction with what becomes of it there: the rows that follow from it are those of the end.
struct AdditionsTests {
  /// Stores visits in one transaction and looks whether everything agrees.
  private func store(_ visits: [(text: String?, repository: Int)], in world: StoredWorld) async throws {
    let visits = visits.map { world.visit($0.text, in: $0.repository) }
    _ = try await world.database.store(visits, crawl: world.crawl, at: StoredWorld.noon)
    #expect(try await world.database.check().flatMap(\.faults) == [])
    #expect(try await world.rows("SELECT * FROM pending_change") == [])
  }

  private let history = "SELECT name, change, changed_paths FROM history WHERE subject = 'entity' ORDER BY id"
  private let owners =
    "SELECT e.ref, s.value FROM search s JOIN entity e ON e.id = s.entity_id WHERE key = 'spec.owner'"

  @Test func `what is added and changed is added as it is at last`() async throws {
    let world = try await StoredWorld()
    let (first, second) = (StoredWorld.component("a", owner: "x"), StoredWorld.component("a", owner: "y"))
    try await store([(first, 0), (second, 0)], in: world)

    #expect(try await world.rows(history) == ["component:default/a|added|"])
    #expect(try await world.rows(owners) == ["component:default/a|y"])
    #expect(try await world.rows("SELECT target_ref FROM relation") == ["group:default/y"])
    #expect(
      try await world.rows("SELECT count(*) FROM entity_fts WHERE entity_fts MATCH 'owner: y NOT owner: x'")
        == ["1"]
    )
  }

  @Test func `what is added and goes again leaves nothing`() async throws {
    let world = try await StoredWorld()
    try await store([(StoredWorld.component("a"), 0), (nil, 0)], in: world)

    #expect(try await world.rows(history) == [])
    #expect(try await world.rows(owners) == [])
  }

  @Test func `an entity gets the id of another one that is gone, and nothing of what that one was`()
    async throws
  {
    let world = try await StoredWorld()
    try await store([(StoredWorld.component("a", owner: "x"), 0)], in: world)
    try await store([(nil, 0), (StoredWorld.component("b", owner: "y"), 1)], in: world)

    #expect(try await world.rows(owners) == ["component:default/b|y"])
    #expect(try await world.rows("SELECT count(*) FROM entity_fts WHERE entity_fts MATCH 'a'") == ["0"])
  }

  @Test func `of two that claim a ref at once the holder alone is searched`() async throws {
    let (first, second) = (StoredWorld.component("a", owner: "x"), StoredWorld.component("a", owner: "y"))
    for visits in [[(first, 0), (second, 1)], [(second, 1), (first, 0)]] as [[(String?, Int)]] {
      let world = try await StoredWorld()
      try await store(visits, in: world)

      #expect(try await world.rows(history) == ["component:default/a|added|"])
      #expect(try await world.rows(owners) == ["component:default/a|x"])
    }
  }

  @Test func `what goes in one file and comes in another is a change`() async throws {
    let world = try await StoredWorld()
    let crawl = world.crawl
    try await store([(StoredWorld.component("a", owner: "x"), 0)], in: world)
    let next = try await world.next(after: crawl)
    let visits = [world.visit(nil, in: 0), world.visit(StoredWorld.component("a", owner: "y"), in: 1)]
    _ = try await world.database.store(visits, crawl: next, at: StoredWorld.noon)

    #expect(
      try await world.rows(history) == [
        "component:default/a|added|", #"component:default/a|changed|["spec.owner"]"#,
      ]
    )
    #expect(try await world.rows(owners) == ["component:default/a|y"])
    #expect(try await world.database.check().flatMap(\.faults) == [])
  }

  @Test func `a relation that stays is not written again`() async throws {
    let world = try await StoredWorld()
    func component(_ relations: String) -> String {
      StoredWorld.component("a", owner: "o, dependsOn: [\(relations)]")
    }
    func expect(_ targets: [String]) async throws {
      let rows = try await world.rows("SELECT target_ref FROM relation WHERE type = 'dependsOn' ORDER BY 1")
      #expect(rows == targets.map { "component:default/\($0)" })
    }
    try await store([(component("component:b, component:c"), 0)], in: world)
    try await expect(["b", "c"])
    try await store([(component("component:c, component:d"), 0)], in: world)
    try await expect(["c", "d"])
    try await store([(component(""), 0)], in: world)
    try await expect([])
  }
}
