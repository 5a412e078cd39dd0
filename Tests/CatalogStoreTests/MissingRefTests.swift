import CatalogStore
import GRDB
import Testing

/// The table of names that nothing holds is what one would find by looking at everything.
struct MissingRefTests {
  private let catalog: SmallCatalog

  init() throws { catalog = try SmallCatalog() }

  private func expectTrue(_ step: String, _ expected: [String], in database: CatalogDatabase? = nil) throws {
    let (kept, found) = try (database ?? catalog.database).pool.read { db in
      (
        try String.fetchAll(db, sql: "SELECT ref FROM missing_ref ORDER BY ref"),
        try String.fetchAll(
          db,
          sql: """
            SELECT DISTINCT target_ref FROM relation WHERE target_ref NOT IN (
              SELECT ref FROM entity WHERE is_holder = 1) ORDER BY 1
            """
        )
      )
    }
    #expect(kept == expected, "\(step)")
    #expect(found == expected, "\(step)")
  }

  private func change(_ sql: String) throws { try catalog.database.pool.write { try $0.execute(sql: sql) } }

  @Test func `it follows every change of entities, holders and relations`() throws {
    let first = ["component:default/lost", "group:default/team-b", "group:default/team-x"]
    try expectTrue("as inserted", first)

    try change("UPDATE entity SET is_holder = 0 WHERE id = 7")
    try expectTrue("a holder that is none any more", (first + ["group:default/team-a"]).sorted())
    try change("UPDATE entity SET is_holder = 1 WHERE id = 7")
    try expectTrue("and is one again", first)
    try change("DELETE FROM relation WHERE target_ref = 'component:default/lost'")
    try expectTrue("a relation that goes", ["group:default/team-b", "group:default/team-x"])
    try change("DELETE FROM entity WHERE id = 5")
    try expectTrue(
      "an entity that goes",
      ["group:default/team-b", "group:default/team-x", "resource:default/db"]
    )
    try change("DELETE FROM entity WHERE id = 6")
    try expectTrue("the relations of one that goes", ["group:default/team-x", "resource:default/db"])
    try change("DELETE FROM repository")
    try expectTrue("everything goes", [])
  }

  @Test func `what a visit adds is seen to, in the same transaction or later, in any order`() async throws {
    let world = try await StoredWorld()
    let owned = StoredWorld.component("a", owner: "b")
    func group(_ name: String) -> String {
      "apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {name: \(name)}\nspec: {type: team, children: []}\n"
    }
    func expect(_ step: String, _ expected: [String]) throws {
      try expectTrue(step, expected, in: world.database)
    }

    try await world.store(owned, in: 0)
    try expect("a relation to nothing", ["group:default/b"])
    try await world.store(group("b"), in: 1)
    try expect("what it leads to", [])
    try await world.store(nil, in: 1)
    try expect("that goes", ["group:default/b"])
    try await world.store(StoredWorld.component("a", owner: "c"), in: 0)
    try expect("another relation in its place", ["group:default/c"])
    try await world.store(nil, in: 0)
    try expect("the relation goes", [])

    let visits = [world.visit(owned, in: 0), world.visit(group("b"), in: 1)]
    for visits in [visits, visits.reversed()] {
      _ = try await world.database.store(visits, crawl: world.crawl, at: StoredWorld.noon)
      try expect("both at once", [])
      try await world.store(nil, in: 0)
      try await world.store(nil, in: 1)
      try expect("neither", [])
    }
    _ = try await world.database.store(
      [world.visit(owned, in: 0), world.visit(nil, in: 0)],
      crawl: world.crawl,
      at: StoredWorld.noon
    )
    try expect("a relation that comes and goes at once", [])
  }
}
