import CatalogStore
import GRDB
import Testing

/// The table of names that nothing holds is what one would find by looking at everything.
struct MissingRefTests {
  private let catalog: SmallCatalog

  init() throws { catalog = try SmallCatalog() }

  private func expectTrue(_ step: String, _ expected: [String]) throws {
    let (kept, found) = try catalog.database.pool.read { db in
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
    try change(
      """
      INSERT INTO entity (file_id, ref, is_holder, claimed_in_crawl, line, api_version, kind, namespace, name, json, etag,
        changed_at) VALUES (5, 'group:default/team-x', 1, 1, 1, 'v', 'Group', 'default', 'team-x', '{}', 'e', 't')
      """
    )
    try expectTrue("an entity that comes", ["resource:default/db"])
    try change("DELETE FROM repository")
    try expectTrue("everything goes", [])
  }
}
