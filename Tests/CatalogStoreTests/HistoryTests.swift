import CatalogStore
import Foundation
import GRDB
import TestSupport
import Testing

/// What the database remembers of changes.
struct HistoryTests {
  private let entities = """
    SELECT crawl, change, owner_before, owner_after, changed_paths FROM report_entity_history ORDER BY id
    """

  private func day(_ number: Int, month: Int = 3) throws -> Date {
    try Date(
      "2026-\(month < 10 ? "0" : "")\(month)-\(number < 10 ? "0" : "")\(number)T09:00:00Z",
      strategy: .iso8601
    )
  }

  @Test func `an entity that comes, changes and goes has a row for each`() async throws {
    let world = try await StoredWorld()
    try await world.store(StoredWorld.component("api", owner: "team-a"), in: 0, at: day(1))
    let second = try await world.next(after: world.crawl)
    try await world.store(
      StoredWorld.component("api", owner: "team-b", more: ", tags: [x]"),
      in: 0,
      crawl: second,
      at: day(2)
    )
    let third = try await world.next(after: second)
    try await world.store(nil, in: 0, crawl: third, at: day(3))

    #expect(
      try await world.rows(entities) == [
        "1|added||team-a|", #"2|changed|team-a|team-b|["metadata.tags","spec.owner"]"#, "3|removed|team-b||",
      ]
    )
    #expect(
      try await world.rows(
        "SELECT time, ref, before IS NULL, after IS NULL FROM report_entity_history ORDER BY id"
      ) == [
        "2026-03-01T09:00:00.000Z|component:default/api|1|0",
        "2026-03-02T09:00:00.000Z|component:default/api|0|0",
        "2026-03-03T09:00:00.000Z|component:default/api|0|1",
      ]
    )
  }

  @Test func `what is as it was writes nothing, neither history nor search rows`() async throws {
    let world = try await StoredWorld()
    try await world.store(StoredWorld.component("api"), in: 0)
    let before = try await world.rows("SELECT * FROM history") + world.rows("SELECT * FROM search_value")
    let next = try await world.next(after: world.crawl)

    try await world.list(["r1", "r2"])
    try await world.store(StoredWorld.component("api"), in: 0, crawl: next, at: day(5))

    #expect(
      try await world.rows("SELECT * FROM history") + world.rows("SELECT * FROM search_value") == before
    )
    #expect(try await world.rows("SELECT count(*) FROM pending_change") == ["0"])
  }

  @Test func `a provisional holder that is replaced within the crawl leaves no history`() async throws {
    for order in [[0, 1], [1, 0]] {
      let world = try await StoredWorld()
      for repository in order {
        try await world.store(StoredWorld.component("api", owner: "team-\(repository)"), in: repository)
      }
      #expect(try await world.rows(entities) == ["1|added||team-0|"])
      #expect(try await world.rows("SELECT value FROM search WHERE key = 'spec.owner'") == ["team-0"])
    }
  }

  @Test func `a crawl that goes on after another one does not rewrite what that one found`() async throws {
    let world = try await StoredWorld()
    try await world.store(StoredWorld.component("api", owner: "a"), in: 0)
    let other = try await world.database.beginCrawl(
      .refresh,
      scope: "x",
      program: "test",
      at: StoredWorld.noon
    )
    try await world.store(StoredWorld.component("api", owner: "b"), in: 0, crawl: other)

    try await world.store(StoredWorld.component("api", owner: "c"), in: 0)

    #expect(
      try await world.rows(
        "SELECT crawl, change, owner_before, owner_after FROM report_entity_history ORDER BY id"
      )
        == ["1|added||a", "2|changed|a|b", "1|changed|b|c"]
    )
  }

  @Test func `two refreshes that go through are two changes`() async throws {
    let world = try await StoredWorld()
    try await world.store(StoredWorld.component("api", owner: "a"), in: 0)
    var crawl = world.crawl
    for owner in ["b", "c"] {
      try await world.database.endCrawl(crawl, outcome: .complete, at: StoredWorld.noon)
      crawl = try await world.database.beginCrawl(
        .refresh,
        scope: "r1",
        program: "test",
        at: StoredWorld.noon
      )
      try await world.store(StoredWorld.component("api", owner: owner), in: 0, crawl: crawl)
    }
    #expect(
      try await world.rows(entities) == [
        "1|added||a|", #"2|changed|a|b|["spec.owner"]"#, #"3|changed|b|c|["spec.owner"]"#,
      ]
    )
  }

  @Test func `what one crawl changes and changes back has not changed`() async throws {
    let world = try await StoredWorld()
    try await world.store(StoredWorld.component("api", owner: "a"), in: 0)
    let second = try await world.next(after: world.crawl)
    try await world.store(StoredWorld.component("api", owner: "b"), in: 0, crawl: second)
    try await world.store(StoredWorld.component("api", owner: "a"), in: 0, crawl: second)
    #expect(try await world.rows(entities) == ["1|added||a|"])

    try await world.store(nil, in: 0, crawl: second)
    try await world.store(StoredWorld.component("api", owner: "c"), in: 1, crawl: second)
    #expect(try await world.rows(entities) == ["1|added||a|", #"2|changed|a|c|["spec.owner"]"#])
  }

  @Test func `when the holder goes another document takes its place, which is a change`() async throws {
    let world = try await StoredWorld()
    try await world.store(StoredWorld.component("api", owner: "a"), in: 0)
    try await world.store(StoredWorld.component("api", owner: "b"), in: 1)
    let second = try await world.next(after: world.crawl)
    try await world.list(["r2"], at: day(2))

    #expect(try await world.rows(entities) == ["1|added||a|", #"2|changed|a|b|["spec.owner"]"#])
    #expect(try await world.rows("SELECT value FROM search WHERE key = 'spec.owner'") == ["b"])
    #expect(
      try await world.rows(
        "SELECT crawl, change, changed_paths, before FROM report_source_history WHERE subject = 'repository' AND crawl = 2"
      )
        == [
          #"2|changed|["state"]|{"project":"P","name":"r1","default_branch":"main","is_fork":0,"state":"active"}"#
        ]
    )
    _ = second
  }

  @Test func `a repository that is removed takes files and entities into the history`() async throws {
    let world = try await StoredWorld()
    try await world.store(StoredWorld.component("api", owner: "a"), in: 0)
    let second = try await world.next(after: world.crawl)
    try await world.list(["r2"], at: day(2))
    let removed = try await world.database.acceptRemovals(of: world.organization, at: day(3))

    #expect(removed == 1)
    #expect(try await world.rows(entities) == ["1|added||a|", "2|removed|a||"])
    #expect(
      try await world.rows(
        "SELECT subject, name, crawl, change, time FROM report_source_history WHERE id > 3 ORDER BY id"
      )
        == [
          "file|https://dev.azure.com/contoso/P/_git/r1?path=/c|1|added|2026-03-01T12:00:00.000Z",
          "repository|dev.azure.com/contoso/guid-r1|2|changed|2026-03-02T09:00:00.000Z",
          "file|https://dev.azure.com/contoso/P/_git/r1?path=/c|2|removed|2026-03-03T09:00:00.000Z",
          "repository|dev.azure.com/contoso/guid-r1|2|removed|2026-03-03T09:00:00.000Z",
        ].filter { !$0.hasPrefix("file") || !$0.contains("added") }
    )
    for table in ["search_value", "entity_fts_docsize", "pending_change"] {
      #expect(try await world.rows("SELECT count(*) FROM \(table)") == ["0"])
    }
    _ = second
  }

  @Test func `a file is added, changed and removed`() async throws {
    let world = try await StoredWorld(repositories: 1)
    try await world.store(StoredWorld.component("api"), in: 0)
    try await world.store(StoredWorld.component("api") + "# more\n", in: 0)
    try await world.store(nil, in: 0)
    #expect(
      try await world.rows(
        "SELECT change, changed_paths, json_extract(before, '$.size') FROM report_source_history WHERE subject = 'file' ORDER BY id"
      ) == ["added||", #"changed|["blob_id"]|127"#, "removed||134"]
    )
  }

  @Test(
    "who owned it at a moment",
    arguments: [
      ("2026-02-01", ""), ("2026-03-02", "a"), ("2026-04-01", "b"), ("2026-06-01", ""), ("2026-07-01", "c"),
    ]
  )
  func ownerAt(_ moment: String, _ owner: String) async throws {
    let world = try await StoredWorld()
    var crawl = world.crawl
    for (text, date) in [
      (StoredWorld.component("api", owner: "a"), try day(1, month: 3)),
      (StoredWorld.component("api", owner: "b"), try day(15, month: 3)), (nil, try day(2, month: 5)),
      (StoredWorld.component("api", owner: "c"), try day(15, month: 6)),
    ] {
      try await world.store(text, in: 0, crawl: crawl, at: date)
      crawl = try await world.next(after: crawl)
    }
    let answer = try await world.database.pool.read { db in
      try String.fetchOne(
        db,
        sql: """
          SELECT iif(count(*), owner_before, (SELECT owner FROM entity WHERE ref = :ref AND is_holder = 1)) FROM (
            SELECT owner_before FROM report_entity_history
            WHERE ref = :ref AND time >= :moment ORDER BY id LIMIT 1)
          """,
        arguments: ["ref": "component:default/api", "moment": moment]
      )
    }
    #expect(answer ?? "" == owner)
  }

  @Test func `changes go when they are old enough, and the younger ones still tell what was before`()
    async throws
  {
    let world = try await StoredWorld(repositories: 1)
    var crawl = world.crawl
    for number in 1...9 {
      try await world.store(
        StoredWorld.component("api", owner: "o\(number)"),
        in: 0,
        crawl: crawl,
        at: day(number)
      )
      crawl = try await world.next(after: crawl)
    }
    #expect(try await world.database.pruneHistory(keepDays: nil, at: day(20)) == 0)
    // The row of the repository is of the 1st too.
    #expect(try await world.database.pruneHistory(keepDays: 12, at: day(20)) == 15)
    #expect(
      try await world.rows("SELECT change, owner_before, owner_after FROM report_entity_history ORDER BY id")
        == [
          "changed|o7|o8", "changed|o8|o9",
        ]
    )
    #expect(try await world.database.pruneHistory(keepDays: 12, at: day(20)) == 0)
  }

  @Test func `a long history goes in pieces`() async throws {
    let world = try await StoredWorld(repositories: 1)
    try await world.database.pool.write { db in
      try db.execute(
        sql: """
          WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
          INSERT INTO history (at, subject, name, change) SELECT '2026-01-01', 'file', i, 'added' FROM n
          """
      )
    }
    #expect(try await world.database.pruneHistory(keepDays: 30, at: day(20)) == 2500)
    #expect(try await world.rows("SELECT count(*) FROM history") == ["1"])
  }

  @Test
  func `old crawls go with the changes, but for the last ones and those that tell how old the catalog is`()
    async throws
  {
    let world = try await StoredWorld(repositories: 1)
    try await world.database.pool.write { db in
      try db.execute(
        sql: """
          DELETE FROM crawl;
          WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3500)
          INSERT INTO crawl (id, command, program, started_at, ended_at, outcome)
          SELECT i, iif(i % 5, 'refresh', 'sync'), 'p', iif(i < 3400, '2025-01-01', '2026-03-19'), '2026-03-19',
            iif(i = 1500, 'failed', 'complete') FROM n;
          INSERT INTO organization (id, host, name) VALUES (70, 'h', 'unread'), (71, 'h', 'read');
          INSERT INTO crawl_organization (crawl_id, organization_id, started_at, failure_rule) VALUES
            (900, 70, '2025-01-01', NULL), (901, 70, '2025-01-01', NULL), (1000, 70, '2025-01-01', 'sign-in'),
            (1500, 70, '2025-01-01', NULL), (1000, 71, '2025-01-01', NULL), (2000, 71, '2025-01-01', NULL);
          """
      )
    }

    try await world.database.pruneHistory(keepDays: 30, at: day(20))

    #expect(
      try await world.rows("SELECT min(id), max(id), count(*) FROM crawl WHERE id > 2000") == [
        "2501|3500|1000"
      ]
    )
    #expect(try await world.rows("SELECT id FROM crawl WHERE id <= 2500 ORDER BY id") == ["900", "2000"])
    #expect(try await world.rows("SELECT crawl_id FROM crawl_organization ORDER BY 1") == ["900", "2000"])
    try await world.database.pruneHistory(keepDays: nil, at: day(20))
    #expect(try await world.rows("SELECT count(*) FROM crawl") == ["1002"])
  }

  /// Begins a crawl after the one before was killed.
  private func begin(_ request: String, in world: StoredWorld, holder: String) async throws -> BegunCrawl {
    try await world.database.begin(
      CrawlStart(
        command: request == "all" ? .sync : .refresh,
        scope: nil,
        request: request,
        program: "test",
        resumeFor: 86_400
      ),
      as: LeaseHolder(id: holder, process: ProcessIdentity(machine: "m", pid: 1, started: nil)),
      at: StoredWorld.noon,
      isAlive: { _ in false }
    )
  }

  @Test
  func `what is found of files and repositories belongs to the crawl that goes on, not to the newest one`()
    async throws
  {
    let world = try await StoredWorld(repositories: 1)
    let first = try await begin("all", in: world, holder: "a")
    let killed = try await begin("a part", in: world, holder: "b")
    let resumed = try await begin("all", in: world, holder: "c")
    #expect(resumed.id == first.id && killed.id > first.id)
    let database = resumed.database
    let last = try #require(Int64(try await world.rows("SELECT max(id) FROM history")[0]))

    for text in ["api", "web", nil] {
      let visit = world.visit(text.map { StoredWorld.component($0) }, in: 0)
      _ = try await database.store([visit], crawl: resumed.id, at: day(2))
    }
    try await database.beginListing(of: world.organization)
    let renamed = [StoredWorld.listed("renamed", guid: "guid-r1"), StoredWorld.listed("new")]
    try await database.record(renamed, of: world.organization, at: day(2))

    #expect(
      try await world.rows(
        "SELECT crawl_id, subject, change FROM history WHERE id > \(last) AND subject <> 'entity' ORDER BY id"
      )
        == [
          "file|added", "file|changed", "file|removed", "repository|changed", "repository|added",
        ].map { "\(first.id)|\($0)" }
    )
  }

  @Test func `what a command does outside of a crawl belongs to none, also after a crawl was killed`()
    async throws
  {
    let world = try await StoredWorld(repositories: 1)
    _ = try await begin("a part", in: world, holder: "a")
    let process = ProcessIdentity(machine: "m", pid: 2, started: nil)
    let holder = LeaseHolder(id: "b", process: process)
    let leased = try await world.database.takeLease(holder, at: StoredWorld.noon) { _ in false }
    let last = try #require(Int64(try await world.rows("SELECT max(id) FROM history")[0]))

    _ = try await leased.record(
      StoredWorld.listed("renamed", guid: "guid-r1"),
      alone: world.organization,
      at: day(2)
    )
    _ = try await leased.record(StoredWorld.listed("new"), alone: world.organization, at: day(2))

    #expect(
      try await world.rows(
        "SELECT coalesce(crawl_id, 'none'), subject, change FROM history WHERE id > \(last) ORDER BY id"
      ) == ["none|repository|changed", "none|repository|added"]
    )
  }

  @Test func `pruning that is cancelled ends after the piece that it is at, and is no failure`() async throws
  {
    let world = try await StoredWorld(repositories: 1)
    let pruning = Locked<Task<Int, any Error>?>(nil)
    try await world.database.pool.write { db in
      try db.execute(
        sql: """
          WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
          INSERT INTO history (at, subject, name, change) SELECT '2026-01-01', 'file', i, 'added' FROM n
          """
      )
      db.add(
        function: DatabaseFunction("cancel_pruning", argumentCount: 0) { _ in
          pruning.withLock { $0?.cancel() }
          return nil
        }
      )
      try db.execute(
        sql: "CREATE TEMP TRIGGER cancelling AFTER DELETE ON history BEGIN SELECT cancel_pruning(); END"
      )
    }
    let now = try day(20)

    let task = Task {
      // Begins when it can be found.
      while pruning.withLock({ $0 == nil }) { await Task.yield() }
      return try await world.database.pruneHistory(keepDays: 30, at: now)
    }
    pruning.withLock { $0 = task }

    // The last one of a thousand is of the next piece: rows of the listing come first.
    #expect(try await task.value == 999)
    #expect(try await world.rows("SELECT count(*) FROM history WHERE subject = 'file'") == ["1501"])
  }
}
