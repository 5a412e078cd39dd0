import GRDB
import Testing

@testable import CatalogStore

/// What the web pages ask.
struct PagesTests {
  private let catalog: SmallCatalog

  init() throws {
    catalog = try SmallCatalog()
    // What a crawl would have written besides.
    try catalog.database.pool.write { db in
      try db.execute(
        sql: """
          INSERT INTO search_key (id, key) VALUES (101, 'metadata.tags'), (102, 'spec.type'), (103, 'spec.lifecycle');
          INSERT INTO search_value (key_id, value, entity_id)
          SELECT 102, type, id FROM entity WHERE is_holder = 1 AND type IS NOT NULL;
          INSERT INTO search_value (key_id, value, entity_id)
          SELECT 103, lifecycle, id FROM entity WHERE is_holder = 1 AND lifecycle IS NOT NULL;
          INSERT INTO search_value (key_id, value, entity_id) VALUES (101, 'java', 1), (101, 'web', 1);
          INSERT INTO entity_fts (rowid, name, title, description, tags, owner)
          SELECT id, e.name, e.title, e.description, '', e.owner FROM entity e WHERE is_holder = 1;
          """
      )
    }
  }

  private func search(_ change: (inout EntitySearch) -> Void) throws -> [String] {
    var search = EntitySearch()
    change(&search)
    return try catalog.database.entities(matching: search, limit: 50).hits.map(\.ref)
  }

  @Test func `everything is found without limits, by ref`() throws {
    #expect(
      try search { _ in } == [
        "api:default/shop", "component:default/cart", "component:default/old",
        "component:default/web",
        "component:port/dock", "group:default/team-a", "resource:default/db",
        "template:default/new",
        "user:default/ada",
      ]
    )
  }

  @Test func `each limit finds what is within it`() throws {
    #expect(
      try search {
        $0.kind = "COMPONENT"
        $0.type = "Website"
      } == ["component:default/web"]
    )
    #expect(try search { $0.tag = "java" } == ["component:default/web"])
    #expect(
      try search {
        $0.lifecycle = "production"
        $0.kind = "api"
      } == ["api:default/shop"]
    )
    #expect(try search { $0.owner = "group:default/team-x" } == ["component:default/cart"])
    #expect(try search { $0.organization = "Fabrikam" } == ["component:port/dock"])
    #expect(
      try search {
        $0.owner = "group:default/team-a"
        $0.organization = "fabrikam"
      } == ["component:port/dock"]
    )
    #expect(try search { $0.tag = "none" } == [])
  }

  @Test func `words find what begins with them, names first`() throws {
    #expect(try search { $0.text = "team-a" }.first == "group:default/team-a")
    #expect(try search { $0.text = "car" } == ["component:default/cart"])
    #expect(try search { $0.text = "car team-x" } == ["component:default/cart"])
    #expect(try search { $0.text = "car nothing" } == [])
    #expect(try search { $0.text = "\"' * OR (-)" } == [])
    #expect(try search { $0.text = "--" } == [])
  }

  @Test func `pages follow one another without a gap or a repetition`() throws {
    for kind in [nil, "component"] {
      var search = EntitySearch()
      search.kind = kind
      let all = try catalog.database.entities(matching: search, limit: 50).hits.map(\.ref)
      var cursor: EntityHits.Cursor?
      var met: [String] = []
      repeat {
        let page = try catalog.database.entities(matching: search, from: cursor, limit: 2)
        met += page.hits.map(\.ref)
        cursor = page.next
      } while cursor != nil
      #expect(met == all)
    }
  }

  @Test(arguments: [
    "tag", "type", "lifecycle", "owner", "kind and type", "organization", "nothing",
  ])
  func `what is walked through by an index is what is collected`(limit: String) throws {
    var search = EntitySearch()
    switch limit {
    case "tag": search.tag = "java"
    case "type": search.type = "Service"
    case "lifecycle": search.lifecycle = "production"
    case "owner": search.owner = "group:default/team-a"
    case "kind and type": (search.kind, search.type) = ("component", "website")
    case "organization": search.organization = "contoso"
    default: (search.tag, search.type) = ("java", "database")
    }
    let collected = try catalog.database.entities(matching: search, limit: 50).hits.map(\.ref)
    #expect(collected.isEmpty == (limit == "nothing"))
    var cursor: EntityHits.Cursor?
    var walked: [String] = []
    repeat {
      let page = try catalog.database.entities(
        matching: search,
        from: cursor,
        limit: 1,
        mostSorted: 0
      )
      walked += page.hits.map(\.ref)
      if case .id? = page.next { #expect(limit != "organization") }
      cursor = page.next
    } while cursor != nil
    #expect(walked.sorted() == collected)
  }

  @Test func `words and limits together find what is within both, the best first`() throws {
    let found = try search {
      $0.text = "web"
      $0.owner = "group:default/team-a"
    }
    #expect(found.first == "component:default/web")
    #expect(
      try search {
        $0.text = "cart"
        $0.owner = "group:default/team-a"
      } == []
    )
    #expect(
      try search {
        $0.text = "car"
        $0.owner = "group:default/team-x"
      } == ["component:default/cart"]
    )
  }

  @Test func `of too many that have the words those with them in the name are looked at`() throws {
    let all = try search { $0.text = "team" }
    try #require(all.count > 1)
    var search = EntitySearch()
    search.text = "team"
    let few = try catalog.database.entities(matching: search, limit: 50, mostSorted: 1)
    #expect(few.isBroad)
    #expect(few.hits.map(\.ref) == ["group:default/team-a"])
  }

  @Test func `there are the choices that the catalog has`() throws {
    let choices = try catalog.database.searchChoices()
    #expect(choices.kinds == ["API", "Component", "Group", "Resource", "Template", "User"])
    #expect(choices.types == ["database", "openapi", "service", "team", "website"])
    #expect(choices.lifecycles == ["production"])
    #expect(choices.organizations == ["contoso", "fabrikam"])
  }

  @Test func `repositories have the coverage of the report, page by page`() throws {
    let expected = try catalog.rows(
      "SELECT organization, repository, coverage FROM report_repository_coverage ORDER BY organization, repository"
    )
    var after: Int64?
    var rows: [String] = []
    repeat {
      let page = try catalog.database.repositories(
        matching: RepositoryFilter(),
        after: after,
        limit: 3
      )
      rows += page.rows.map { "\($0.organization)|\($0.repository)|\($0.coverage)" }
      after = page.next
    } while after != nil
    #expect(rows.count == 11)
    #expect(rows == expected)
    var filter = RepositoryFilter()
    for (coverage, names) in [
      ("invalid", ["tools"]), ("unreadable", ["secret"]), ("skipped", ["empty"]),
      ("none", ["docs"]),
      ("not asked", ["attic"]),
    ] {
      filter.coverage = coverage
      #expect(
        try catalog.database.repositories(matching: filter, after: nil, limit: 9).rows.map(
          \.repository
        )
          == names
      )
    }
    filter = RepositoryFilter()
    filter.name = "DO"
    #expect(
      try catalog.database.repositories(matching: filter, after: nil, limit: 9).rows.map(
        \.repository
      ) == [
        "dock", "docs",
      ]
    )
    filter.name = "%"
    #expect(try catalog.database.repositories(matching: filter, after: nil, limit: 9).rows == [])
  }

  @Test func `the census counts what the report lists`() throws {
    let census = try catalog.database.census(at: "2026-03-02T10:00:00.000Z")
    #expect(census.entities == 9)
    #expect(census.kinds.first == CatalogCensus.Count(name: "Component", count: 4))
    let coverage = try catalog.rows(
      "SELECT coverage, count(*) FROM report_repository_coverage GROUP BY 1 ORDER BY 2 DESC, 1"
    )
    #expect(census.coverage.map { "\($0.name)|\($0.count)" } == coverage)
    #expect(census.problemAges.map(\.count) == [2, 2, 0, 0])
  }

  @Test func `an entity's page has relations from both ends, with how many there are`() throws {
    let page = try #require(
      try catalog.database.entityPage("group:default/team-a", relatives: 2, definition: 10)
    )
    let owned = try #require(page.relations.first { $0.type == "ownerOf" })
    #expect(
      owned.relatives.map(\.ref) == ["api:default/shop", "component:default/old"]
        || owned.relatives.count == 2
    )
    #expect(owned.count == 5)
    #expect(
      page.relations.first { $0.type == "hasMember" }?.relatives.map(\.ref) == ["user:default/ada"]
    )
    let cart = try #require(
      try catalog.database.entityPage("component:default/cart", relatives: 9, definition: 9)
    )
    #expect(cart.problems.map(\.rule) == ["tag"])
    #expect(
      cart.relations.first { $0.type == "dependsOn" }?.relatives.map(\.isThere) == [false, true]
    )
    #expect(
      try catalog.database.entityPage("component:default/none", relatives: 9, definition: 9) == nil
    )
  }

  @Test func `a change has the documents before and after it`() throws {
    let page = try #require(
      try catalog.database.entityPage("component:default/web", relatives: 9, definition: 9)
    )
    #expect(page.changes.map(\.kind) == ["changed", "added"])
    #expect(page.changes.first?.before == #"{"spec":{"owner":"team-b"}}"#)
    #expect(page.changes.first?.keyPaths == ["spec.owner"])
    #expect(page.contenders.count == 1)
  }

  @Test func `crawls come newest first, with what each changed`() throws {
    let crawls = try catalog.database.crawlPage(before: nil, limit: 2)
    #expect(crawls.map(\.id) == [3, 2])
    #expect(try catalog.database.crawlPage(before: 2, limit: 9).map(\.id) == [1])
    let (crawl, parts) = try #require(try catalog.database.crawl(2))
    #expect(crawl.totals.requests == 11)
    #expect(parts.map(\.organization) == ["contoso", "fabrikam"])
    #expect(parts.last?.failure == "the token expired")
    #expect(try catalog.database.changes(ofCrawl: 2, limit: 9).map(\.kind) == ["changed"])
    #expect(
      try catalog.database.changes(ofCrawl: 1, limit: 9).map(\.name) == ["component:default/web"]
    )
    #expect(try catalog.database.changes(ofCrawl: 3, limit: 9) == [])
    #expect(try catalog.database.crawl(9) == nil)
  }

  @Test func `problems are grouped by rule and listed page by page`() throws {
    #expect(
      try catalog.database.census(at: "2026-03-02T10:00:00.000Z").problemGroups.map {
        "\($0.severity) \($0.rule) \($0.count)"
      } == [
        "error forbidden 1", "error sign-in 1", "error yaml 1", "warning tag 1",
      ]
    )
    let list = try catalog.database.problems(
      rule: nil,
      severity: nil,
      organization: "contoso",
      after: 1,
      limit: 9
    )
    #expect(list.map(\.id) == [2, 3])
    #expect(list.first?.link?.contains("line=31") == true)
    #expect(
      try catalog.database.problems(
        rule: "tag",
        severity: "error",
        organization: nil,
        after: nil,
        limit: 9
      )
        == []
    )
  }

  // MARK: - Plans

  @Test func `repositories and problems are found by indexes in the order of their pages`() throws {
    try catalog.database.pool.read { db in
      let names = try steps(NameWalk.sql, ["a", "b", 1, "[1]", 9], db)
      #expect(
        names.contains { $0.contains("repository_by_plain_name (name>? AND name<?)") },
        "\(names)"
      )
      let broken = try steps(ProblemWalk.sql, [1, "content", "[1]", nil, 9], db)
      #expect(
        broken.contains { $0.contains("problem_by_repository (repository_id>?)") },
        "\(broken)"
      )
      let (sql, arguments) = CatalogDatabase.problemIDs("yaml", "error", nil, after: 3, limit: 9)
      let problems = try steps(sql, arguments, db)
      #expect(
        problems.contains { $0.contains("problem_by_rule (rule=? AND severity=? AND rowid>?)") },
        "\(problems)"
      )
      for plan in [names, broken, problems] {
        #expect(!plan.contains { $0.contains("TEMP B-TREE") }, "\(plan)")
      }
    }
  }

  private func steps(_ sql: String, _ arguments: StatementArguments, _ db: Database) throws
    -> [String]
  {
    try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN \(sql)", arguments: arguments).map {
      $0["detail"]
    }
  }

  @Test(arguments: ["none", "kind", "tag", "owner", "organization", "text"])
  func `a page of the catalog is found by indexes and never goes through all entities`(
    limit: String
  ) throws {
    var search = EntitySearch()
    switch limit {
    case "kind": search.kind = "component"
    case "tag": (search.tag, search.type) = ("java", "website")
    case "owner": (search.owner, search.lifecycle) = ("group:default/team-a", "production")
    case "organization": (search.organization, search.kind) = ("contoso", "api")
    case "text": (search.text, search.tag) = ("web", "java")
    default: break
    }
    try catalog.database.pool.read { db in
      var isBroad = false
      let question = try #require(try SearchQuestion(search, db, &isBroad))
      var plans: [[String]] = []
      if question.matches != nil {
        let (sql, arguments) = question.collecting(from: .ref("a"), limit: 51)
        plans.append(try steps(sql, arguments, db))
      }
      // As if there were too many to be collected.
      search.text = nil
      let broad = try #require(try SearchQuestion(search, db, &isBroad, mostSorted: 0))
      #expect(broad.matches == nil)
      let (found, ofFound, last, ofLast) = broad.walking(from: .ref("a"), limit: 51)
      let walk = try steps(found, ofFound, db)
      plans += [walk, try steps(last, ofLast, db)]
      for plan in plans {
        // The entities that are walked through are a part of the question, called `e` as well.
        let isInner = plan.contains { $0 == "CO-ROUTINE e" }
        let scans = plan.filter { step in
          step.contains("AUTOMATIC")
            || ["SCAN r", "SCAN v", "SCAN f", "SCAN x"].contains { step.hasPrefix($0) }
            || step.hasPrefix("SCAN e ") || step == "SCAN e" && !isInner
        }
        #expect(scans == [], "\(plan)")
      }
      #expect(
        walk.contains {
          $0.hasPrefix("SEARCH e USING INDEX entity_holder")
            || $0.hasPrefix("SEARCH e USING COVERING INDEX entity_holder")
            || $0 == "SEARCH v USING PRIMARY KEY (key_id=? AND value=? AND entity_id>?)"
            || $0
              == "SEARCH r USING COVERING INDEX relation_by_target (target_ref=? AND type=? AND entity_id>?)"
        },
        "\(walk)"
      )
      #expect(!walk.contains { $0.contains("TEMP B-TREE") }, "\(walk)")
    }
  }
}
