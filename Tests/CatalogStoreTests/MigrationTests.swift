import Foundation
import GRDB
import Migrations
import TestSupport
import Testing

@testable import CatalogStore

/// Databases of earlier versions, with rows in them.
struct MigrationTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private var path: String { folder.path("catalog.sqlite") }

  private static let stepsBeforeHistory = Schema.steps.firstIndex { $0.name == "0005_keep_history" } ?? 0

  /// A database as the version that knew so many steps of the schema left it.
  private func makeDatabase(steps: Int) throws {
    let old = try DatabaseQueue(path: path)
    try old.write { db in
      try db.execute(sql: "CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)")
      for step in Schema.steps.prefix(steps) {
        try db.execute(sql: step.sql)
        try db.execute(sql: "INSERT INTO grdb_migrations VALUES (?)", arguments: [step.name])
      }
      try db.execute(
        sql: """
          PRAGMA application_id = \(CatalogDatabase.applicationID);
          PRAGMA user_version = \(steps);
          INSERT INTO crawl (id, command, program, started_at, outcome) VALUES (1, 'sync', 'p', 't', 'complete');
          INSERT INTO organization (id, host, name) VALUES (1, 'h', 'o');
          INSERT INTO project (id, organization_id, guid, name) VALUES (1, 1, 'p', 'P');
          INSERT INTO repository (id, project_id, organization_id, guid, name, size, is_fork, state, changed_at)
            VALUES (1, 1, 1, 'r', 'R', 0, 0, 'active', 't'), (2, 1, 1, 's', 'S', 0, 0, 'active', 't');
          INSERT INTO file (id, repository_id, branch, path, state, blob_id, checked_at, url)
            VALUES (1, 1, '', '/c', 'present', 'b', 't', 'https://x'), (2, 2, '', '/c', 'present', 'b', 't', 'https://y');
          INSERT INTO entity (id, file_id, ref, is_holder, claimed_in_crawl, line, api_version, kind, namespace, name,
            title, description, owner, json, etag, changed_at)
            VALUES (1, 1, 'component:default/zahlungs-api', 1, 1, 1, 'v', 'Component', 'default', 'Zahlungs-API',
              'Zahlungen', 'Für Überweisungen', 'team-a',
              '{"kind":"Component","metadata":{"name":"Zahlungs-API","description":"Für Überweisungen","tags":["java"]}}', 'e', 't'),
              (2, 2, 'component:default/zahlungs-api', 0, 1, 1, 'v', 'Component', 'default', 'Zahlungs-API',
              null, null, 'team-b', '{"kind":"Component","metadata":{"name":"Zahlungs-API"}}', 'e', 't');
          INSERT INTO problem (organization_id, file_id, class, severity, rule, message, since)
            VALUES (1, 1, 'content', 'warning', 'w', 'm', 't');
          """
      )
      guard steps > 1 else { return }
      try db.execute(
        sql: """
          INSERT INTO relation VALUES (1, 'ownedBy', 'group:default/team-a');
          UPDATE entity SET uid = 'U1' WHERE id = 1;
          INSERT INTO removed_ref (ref, times) VALUES ('x', 2);
          """
      )
      guard steps > Self.stepsBeforeHistory else { return }
      try db.execute(sql: "DELETE FROM pending_change")
      try db.execute(
        sql: "INSERT INTO pending_change (subject, name) VALUES ('entity', 'component:default/zahlungs-api')"
      )
      // The program writes it with all the rest; versions that do not know it do not miss it.
      let isKnown = try db.tableExists("catalog_version")
      if !isKnown {
        try db.execute(sql: "CREATE TABLE catalog_version (version INTEGER PRIMARY KEY, entities)")
      }
      try ChangeJournal(db: db, crawl: 1, now: "t").write()
      if !isKnown { try db.execute(sql: "DROP TABLE catalog_version") }
      try db.execute(sql: "DELETE FROM history")
    }
    try old.close()
  }

  private func answers(_ database: CatalogDatabase, _ questions: [String]) throws -> [String] {
    try database.pool.read { db in
      try questions.map { question in
        try Row.fetchAll(db, sql: question).map { row in
          row.map { $0.1.isNull ? "" : String.fromDatabaseValue($0.1) ?? "\($0.1)" }.joined(separator: "|")
        }.joined(separator: ", ")
      }
    }
  }

  @Test("a database of every earlier version keeps its rows", arguments: 1..<Schema.steps.count)
  func migrates(from steps: Int) throws {
    try makeDatabase(steps: steps)

    let database = try CatalogDatabase.open(at: path)

    #expect(
      try answers(
        database,
        [
          "SELECT url, is_asked, coalesce(origin, 'none') FROM file ORDER BY id",
          "SELECT ref, is_holder, owner FROM entity ORDER BY id", "SELECT rule FROM problem",
          "SELECT count(*) FROM pragma_foreign_key_check", "PRAGMA integrity_check", "PRAGMA user_version",
          "SELECT count(*) FROM history", "SELECT count(*) FROM pending_change",
          "SELECT ref FROM missing_ref",
        ]
      ) == [
        "https://x|1|none, https://y|1|none",
        "component:default/zahlungs-api|1|team-a, component:default/zahlungs-api|0|team-b", "w", "0", "ok",
        "\(Schema.steps.count)", "0", "0", (2..<9).contains(steps) ? "group:default/team-a" : "",
      ]
    )
  }

  @Test func `files with problems are read again once, for the lines that these are in`() throws {
    try makeDatabase(steps: 12)
    let old = try DatabaseQueue(path: path)
    try old.write { db in
      try db.execute(sql: "UPDATE file SET rules_version = 7; UPDATE problem SET file_id = 2, line = 3")
    }
    try old.close()

    let database = try CatalogDatabase.open(at: path)

    #expect(
      try answers(
        database,
        ["SELECT id, rules_version FROM file ORDER BY id", "SELECT coalesce(line_text, 'none') FROM problem"]
      ) == ["1|7, 2|0", "none"]
    )
  }

  @Test("search rows and words are made of what is there", arguments: 1..<Schema.steps.count)
  func fills(from steps: Int) throws {
    try makeDatabase(steps: steps)

    let database = try CatalogDatabase.open(at: path)

    let uid = steps > 1 ? "u1|U1" : "|"
    #expect(
      try answers(
        database,
        [
          "SELECT entity_id, key, value, original_value FROM search WHERE key NOT LIKE 'rel%' ORDER BY 2, 3 DESC",
          "SELECT rowid FROM entity_fts WHERE entity_fts MATCH 'zahl* AND uberweis*'",
          "SELECT rowid FROM entity_fts WHERE entity_fts MATCH '\"Zahlungs-API\"'",
          "SELECT rowid FROM entity_fts WHERE entity_fts MATCH 'tags: java'",
          "SELECT count(*) FROM entity_fts WHERE entity_fts MATCH '\"team-b\"'",
        ]
      ) == [
        "1|kind|component|Component, 1|metadata.description|für überweisungen|Für Überweisungen, "
          + "1|metadata.name|zahlungs-api|Zahlungs-API, 1|metadata.namespace|default|default, 1|metadata.namespace||, "
          + "1|metadata.tags|java|java, 1|metadata.tags.java|true|true, "
          + "1|metadata.uid|\(uid)",
        "1", "1", "1", "0",
      ]
    )
  }

  @Test func `before the schema changes the database is copied, and one copy is kept`() throws {
    try makeDatabase(steps: 2)
    try folder.write("older", to: "catalog.sqlite.before-2.backup")
    try folder.write("not ours", to: "catalog.sqlite.before-x.backup")

    let database = try CatalogDatabase.open(at: path)

    let backup = "\(path).before-\(Schema.steps.count).backup"
    #expect(database.migrationBackup == backup)
    let copy = try DatabaseQueue(path: backup)
    let (version, refs) = try copy.read { db in
      (
        try Int.fetchOne(db, sql: "PRAGMA user_version"),
        try Int.fetchOne(db, sql: "SELECT count(*) FROM entity")
      )
    }
    #expect(version == 2 && refs == 2)
    #expect(!FileManager.default.fileExists(atPath: folder.path("catalog.sqlite.before-2.backup")))
    #expect(FileManager.default.fileExists(atPath: folder.path("catalog.sqlite.before-x.backup")))
    #expect(try CatalogDatabase.open(at: path).migrationBackup == nil, "nothing changes the second time")
  }

  @Test(arguments: [(2, 4, 2), (2, 2, 2), (4, 2, 2)])
  func `the copy from before a migration that was cut off is kept, any other is made anew`(
    copied: Int,
    now: Int,
    kept: Int
  ) throws {
    let backup = "\(path).before-\(Schema.steps.count).backup"
    try makeDatabase(steps: copied)
    try FileManager.default.moveItem(atPath: path, toPath: backup)
    try DatabaseQueue(path: backup).write { try $0.execute(sql: "DELETE FROM problem") }
    try makeDatabase(steps: now)

    _ = try CatalogDatabase.open(at: path)

    let (version, problems) = try DatabaseQueue(path: backup).read { db in
      (
        try Int.fetchOne(db, sql: "PRAGMA user_version"),
        try Int.fetchOne(db, sql: "SELECT count(*) FROM problem")
      )
    }
    #expect(version == kept)
    #expect(problems == (copied < now ? 0 : 1))
  }

  @Test func `a new database needs no copy`() throws {
    #expect(try CatalogDatabase.open(at: path).migrationBackup == nil)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path("."))
    #expect(names.filter { $0.hasSuffix(".backup") } == [])
  }

  @Test func `a step that fails leaves the database as it was before it`() throws {
    try makeDatabase(steps: Self.stepsBeforeHistory)
    let old = try DatabaseQueue(path: path)
    // In the way of the next step.
    try old.write { try $0.execute(sql: "CREATE TABLE search_value (x)") }
    try old.close()

    #expect(throws: DatabaseError.self) { try CatalogDatabase.open(at: path) }

    let (version, tables, refs) = try DatabaseQueue(path: path).read { db in
      (
        try Int.fetchOne(db, sql: "PRAGMA user_version"),
        try String.fetchAll(
          db,
          sql: "SELECT name FROM sqlite_schema WHERE name IN ('history', 'search_key')"
        ),
        try Int.fetchOne(db, sql: "SELECT count(*) FROM entity")
      )
    }
    #expect(version == Self.stepsBeforeHistory && tables == [] && refs == 2)
  }

  @Test func `too little room for a copy is said in numbers`() {
    #expect(
      DatabaseCopy.shortage(needed: 10 << 20, free: 3 << 20) == "it needs 10 MB and the disk has 3 MB free"
    )
    #expect(DatabaseCopy.shortage(needed: 10, free: 10) == nil)
    #expect(DatabaseCopy.shortage(needed: 10, free: nil) == nil)
  }

  // MARK: - Beside another process

  /// A database of the version before, with a lease.
  private func makeLeasedDatabase(pid: Int32, until end: Date) throws {
    try makeDatabase(steps: Schema.steps.count - 1)
    let old = try DatabaseQueue(path: path)
    try old.write { db in
      try db.execute(
        sql: """
          INSERT INTO crawl_lease (id, crawl_id, holder, machine, pid, process_started, since, expires_at)
          VALUES (1, 1, 'other', ?, ?, NULL, '2026-03-01T09:00:00.000Z', ?)
          """,
        arguments: [ProcessIdentity.current.machine, pid, Timestamp.text(end)]
      )
    }
    try old.close()
  }

  private func version() throws -> Int? {
    try DatabaseQueue(path: path).read { try Int.fetchOne($0, sql: "PRAGMA user_version") }
  }

  @Test func `a schema is not changed under a process that writes, and is when that is done`() throws {
    let pid = ProcessIdentity.current.pid
    try makeLeasedDatabase(pid: pid, until: Date(timeIntervalSinceNow: 60))

    let error = #expect(throws: CrawlLeaseError.self) { try CatalogDatabase.open(at: path) }

    #expect(error?.description.hasPrefix("crawl 1 is under way in process \(pid) on ") == true)
    #expect(try version() == Schema.steps.count - 1)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path("."))
    #expect(names.filter { $0.contains("backup") } == [])

    try DatabaseQueue(path: path).write { try $0.execute(sql: "DELETE FROM crawl_lease") }
    let database = try CatalogDatabase.open(at: path)
    #expect(try version() == Schema.steps.count)
    #expect(try answers(database, ["SELECT count(*) FROM crawl_lease"]) == ["0"])
  }

  @Test(arguments: [(Int32(0), 60.0), (ProcessIdentity.current.pid, -1.0)])
  func `a lease that nobody holds any more is not in the way`(pid: Int32, seconds: Double) throws {
    try makeLeasedDatabase(pid: pid, until: Date(timeIntervalSinceNow: seconds))

    let database = try CatalogDatabase.open(at: path)

    #expect(try version() == Schema.steps.count)
    #expect(try answers(database, ["SELECT count(*) FROM crawl_lease"]) == ["0"])
  }

  @Test func `a database that needs no change is opened beside a process that writes`() throws {
    try makeLeasedDatabase(pid: 0, until: Date(timeIntervalSinceNow: 60))
    _ = try CatalogDatabase.open(at: path)
    try DatabaseQueue(path: path).write { db in
      try db.execute(
        sql: "INSERT INTO crawl_lease VALUES (1, NULL, 'other', ?, ?, NULL, '2026-03-01T09:00:00.000Z', ?)",
        arguments: [
          ProcessIdentity.current.machine, ProcessIdentity.current.pid,
          Timestamp.text(Date(timeIntervalSinceNow: 60)),
        ]
      )
    }

    #expect(try CatalogDatabase.open(at: path).migrationBackup == nil)
  }

  @Test func `a schema is not changed while a service runs, whether or not it crawls`() async throws {
    let database = try CatalogDatabase.open(at: path)
    let (now, service) = (Date(), LeaseHolder())
    try await database.enter(service, at: now)

    await #expect(throws: ServiceRunningError.self) {
      try await database.pool.write { try MigrationLease().take($0) }
    }

    try await database.leave(service)
    try await database.pool.write { try MigrationLease().take($0) }
    #expect(try await database.lease() != nil)
  }
}
