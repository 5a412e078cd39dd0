import CatalogStore
import Foundation
import GRDB
import TestSupport
import Testing

/// What is found by key and value, by words, and by relations.
struct SearchTests {
  private func plan(_ database: CatalogDatabase, _ sql: String) throws -> [String] {
    try database.pool.read {
      try Row.fetchAll($0, sql: "EXPLAIN QUERY PLAN " + sql).map { $0["detail"] as String }
    }
  }

  /// The entities that a search for words finds, best first.
  private func found(_ words: String, in world: StoredWorld) async throws -> [String] {
    try await world.rows(
      """
      SELECT e.name FROM entity_fts f JOIN entity e ON e.id = f.rowid
      WHERE entity_fts MATCH '\(words)' ORDER BY rank, e.ref
      """
    )
  }

  @Test func `rows follow the document, and only those of the entity that holds the ref are there`()
    async throws
  {
    let world = try await StoredWorld()
    try await world.store(StoredWorld.component("api", owner: "Team-A", more: ", tags: [java]"), in: 0)
    try await world.store(StoredWorld.component("api", owner: "team-b"), in: 1)

    let rows =
      "SELECT key, value, original_value FROM search WHERE key IN ('spec.owner', 'metadata.tags') ORDER BY 1"
    #expect(try await world.rows(rows) == ["metadata.tags|java|java", "spec.owner|team-a|Team-A"])
    try await world.store(StoredWorld.component("api", owner: "team-c"), in: 0)
    #expect(try await world.rows(rows) == ["spec.owner|team-c|team-c"])
    try await world.store(nil, in: 0)
    #expect(try await world.rows(rows) == ["spec.owner|team-b|team-b"])
    try await world.store(nil, in: 1)
    #expect(
      try await world.rows("SELECT (SELECT count(*) FROM search_value) + (SELECT count(*) FROM search_null)")
        == ["0"]
    )
  }

  @Test func `of two values that differ in letter case one is stored, and the other one when that goes`()
    async throws
  {
    let world = try await StoredWorld()
    let links = { (titles: [String]) in
      ", links: [\(titles.map { "{url: 'https://x', title: \($0)}" }.joined(separator: ", "))]"
    }
    let titles = "SELECT value, original_value FROM search WHERE key = 'metadata.links.title'"
    for (written, stored) in [
      (["Docs", "docs"], "docs|Docs"), (["docs"], "docs|docs"), (["DOCS", "docs"], "docs|DOCS"),
    ] {
      try await world.store(StoredWorld.component("api", more: links(written)), in: 0)
      #expect(try await world.rows(titles) == [stored])
      #expect(try await world.database.check().flatMap(\.faults) == [])
    }
  }

  @Test func `an entity that gets the id of one that moved away in the same transaction keeps its rows`()
    async throws
  {
    let world = try await StoredWorld(repositories: 4)
    // Enough rows for several statements.
    let tags = ", tags: [\((1...40).map { "t\($0)" }.joined(separator: ", "))]"
    try await world.store(StoredWorld.component("first"), in: 3)
    try await world.store(StoredWorld.component("moves", more: tags), in: 0)

    // The newest entity goes, its id is given to another one, and it comes back in another file.
    let visits = [
      world.visit(nil, in: 0), world.visit(StoredWorld.component("other", more: tags), in: 1),
      world.visit(StoredWorld.component("moves", more: tags), in: 2),
    ]
    _ = try await world.database.store(visits, crawl: world.crawl, at: StoredWorld.noon)

    #expect(
      try await world.rows(
        "SELECT e.name, s.value FROM search s JOIN entity e ON e.id = s.entity_id WHERE s.key = 'kind' ORDER BY 1"
      ) == ["first|component", "moves|component", "other|component"]
    )
    #expect(try await world.database.check().flatMap(\.faults) == [])
  }

  @Test func `relations are rows of both ends, each once`() async throws {
    let world = try await StoredWorld(repositories: 3)
    let web = """
      apiVersion: backstage.io/v1alpha1
      kind: Component
      metadata: {name: web}
      spec: {type: service, lifecycle: production, owner: group:a, dependsOn: [component:api]}

      """
    let group = """
      apiVersion: backstage.io/v1alpha1
      kind: Group
      metadata: {name: a}
      spec: {type: team, children: []}

      """
    try await world.store(web, in: 0)
    try await world.store(
      web.replacingOccurrences(of: "web", with: "api").replacingOccurrences(
        of: "dependsOn: [component:api]",
        with: "dependencyOf: [component:web]"
      ),
      in: 1
    )
    try await world.store(group, in: 2)
    #expect(
      try await world.rows(
        """
        SELECT e.ref, s.key, s.value FROM search s JOIN entity e ON e.id = s.entity_id
        WHERE s.key LIKE 'relations.%' ORDER BY 1, 2, 3
        """
      ) == [
        "component:default/api|relations.dependencyof|component:default/web",
        "component:default/api|relations.ownedby|group:default/a",
        "component:default/web|relations.dependson|component:default/api",
        "component:default/web|relations.ownedby|group:default/a",
        "group:default/a|relations.ownerof|component:default/api",
        "group:default/a|relations.ownerof|component:default/web",
      ]
    )
    #expect(
      try await world.rows("SELECT * FROM entity_relation WHERE type LIKE 'dep%' ORDER BY 1, 2, 3") == [
        "component:default/api|dependencyOf|component:default/web|1|1",
        "component:default/web|dependsOn|component:default/api|1|1",
      ]
    )
  }

  @Test func `words are found in names, titles, descriptions, tags and owners`() async throws {
    let world = try await StoredWorld(repositories: 3)
    try await world.store(
      StoredWorld.component(
        "Zahlungs-API",
        owner: "team-kasse",
        more: ", title: Zahlungen, tags: [java, sepa]"
      ),
      in: 0
    )
    try await world.store(
      StoredWorld.component("web", more: ", description: Über Zahlungen und Straßen. Платежи"),
      in: 1
    )
    for (words, names) in [
      ("zahl*", ["Zahlungs-API", "web"]), ("\"Zahlungs-API\"", ["Zahlungs-API"]), ("uber", ["web"]),
      ("ПЛАТЕЖИ", ["web"]), ("sepa", ["Zahlungs-API"]), ("owner: kasse", ["Zahlungs-API"]),
      ("kasse AND web", []),
      ("nothing", []),
    ] {
      #expect(Set(try await found(words, in: world)) == Set(names), "\(words)")
    }
    try await world.store(StoredWorld.component("web", more: ", description: Other"), in: 1)
    #expect(try await found("uber", in: world) == [])
    #expect(try await found("other", in: world) == ["web"])
    #expect(try await world.database.check().flatMap(\.faults) == [])
  }

  @Test func `of documents that claim one ref only the holder is found`() async throws {
    let world = try await StoredWorld()
    try await world.store(StoredWorld.component("api", more: ", title: Second"), in: 1)
    #expect(try await found("second", in: world) == ["api"])
    try await world.store(StoredWorld.component("api", more: ", title: First"), in: 0)
    #expect(try await found("second", in: world) == [])
    #expect(try await found("first", in: world) == ["api"])
    try await world.list(["r2"])
    #expect(try await found("second", in: world) == ["api"])
    #expect(try await found("first", in: world) == [])
    #expect(try await world.database.check().flatMap(\.faults) == [])
  }

  @Test(
    "what people and the API ask is answered by indexes",
    arguments: [
      "SELECT json FROM entity WHERE ref = 'x' AND is_holder = 1",
      "SELECT * FROM entity_relation WHERE source_ref = 'x'",
      "SELECT * FROM entity_relation WHERE target_ref = 'x'",
      "SELECT entity_id FROM search WHERE key = 'k' AND value = 'v'",
      "SELECT e.json FROM entity e WHERE e.id IN (SELECT entity_id FROM search WHERE key = 'k' AND value = 'v')",
      "SELECT json FROM entity WHERE is_holder = 1 AND kind = 'k' AND type = 't' ORDER BY ref LIMIT 50",
      "SELECT json FROM entity WHERE is_holder = 1 AND kind = 'k' AND ref > 'r' ORDER BY ref LIMIT 50",
      "SELECT * FROM report_entity_history WHERE ref = 'x'",
      "SELECT e.ref FROM entity_fts f JOIN entity e ON e.id = f.rowid WHERE entity_fts MATCH 'x' LIMIT 10",
      "SELECT id FROM repository WHERE name = 'x' COLLATE NOCASE",
      "SELECT value, count(*) FROM search_value WHERE key_id = (SELECT id FROM search_key WHERE key = 'k') GROUP BY 1",
    ]
  )
  func indexes(_ question: String) async throws {
    let world = try await StoredWorld()
    let steps = try plan(world.database, question)
    // A co-routine is a part of the question itself; a word index is asked for words.
    let scans = steps.filter {
      $0.hasPrefix("SCAN") && $0 != "SCAN search" && !$0.hasPrefix("SCAN f VIRTUAL TABLE INDEX")
    }
    #expect(scans == [], "\(steps)")
    #expect(!steps.contains { $0.contains("TEMP B-TREE") }, "\(steps)")
  }

  @Test func `check says what does not agree`() async throws {
    let world = try await StoredWorld()
    try await world.store(StoredWorld.component("api", more: ", title: Pay"), in: 0)
    #expect(try await world.database.check().allSatisfy(\.faults.isEmpty))
    try await world.database.pool.write { db in
      try db.execute(sql: "UPDATE entity SET is_holder = 0")
      try db.execute(sql: "INSERT INTO entity_fts (rowid, name) VALUES (99, 'stray')")
    }
    let faults = try await world.database.check().filter { !$0.faults.isEmpty }
    #expect(
      faults == [
        .init(name: "one holder for each ref", faults: ["component:default/api is held by 0 documents"]),
        .init(name: "search rows", faults: ["there are 9 rows, and 0 follow from the documents"]),
        .init(name: "word index", faults: ["the index does not agree with the texts of the entities"]),
        .init(
          name: "history",
          faults: ["1 changes by another program are not written down yet; 'sync' does it"]
        ),
      ]
    )
  }

  @Test func `check says when search rows are not those of the document`() async throws {
    let world = try await StoredWorld()
    try await world.store(StoredWorld.component("api"), in: 0)
    try await world.database.pool.write { try $0.execute(sql: "DELETE FROM search_value WHERE key_id = 1") }
    #expect(
      try await world.database.check().flatMap(\.faults) == [
        "the rows of component:default/api are not those of its document"
      ]
    )
  }
}
