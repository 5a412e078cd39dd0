import CatalogStore
import Foundation
import GRDB
import Migrations
import TestSupport
import Testing

struct CatalogDatabaseTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private var path: String { folder.path("catalog.sqlite") }

  @Test func `a new database has the schema and says what it is`() throws {
    let database = try CatalogDatabase.open(at: path)

    try database.pool.read { db in
      #expect(try Int.fetchOne(db, sql: "PRAGMA application_id") == 0x4374_6C43)
      #expect(try Int.fetchOne(db, sql: "PRAGMA user_version") == Schema.steps.count)
      #expect(try String.fetchOne(db, sql: "PRAGMA journal_mode") == "wal")
      let tables = try String.fetchAll(
        db,
        sql:
          "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'grdb%' AND name NOT LIKE 'sqlite%' ORDER BY 1"
      )
      #expect(
        tables == [
          "catalog_version", "crawl", "crawl_lease", "crawl_organization", "crawl_request", "crawl_service",
          "entity",
          "entity_fts", "entity_fts_config",
          "entity_fts_data",
          "entity_fts_docsize", "entity_fts_idx", "failed_visit", "file", "folder", "history", "inclusion",
          "location",
          "location_file", "location_target", "missing_ref", "missing_repository", "organization",
          "pending_change",
          "problem",
          "project", "relation", "relation_type", "removed_ref", "repository", "repository_pace",
          "search_key", "search_null",
          "search_value",
        ]
      )
    }
  }

  @Test func `a database of the first version keeps its rows and gets the new schema`() throws {
    let first = Schema.steps[0]
    let old = try DatabaseQueue(path: path)
    try old.write { db in
      try db.execute(sql: first.sql)
      try db.execute(
        sql: """
          PRAGMA application_id = \(CatalogDatabase.applicationID);
          PRAGMA user_version = 1;
          CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
          INSERT INTO grdb_migrations VALUES ('\(first.name)');
          INSERT INTO organization (id, host, name) VALUES (1, 'h', 'o');
          INSERT INTO project (id, organization_id, guid, name) VALUES (1, 1, 'p', 'P');
          INSERT INTO repository (id, project_id, organization_id, guid, name, size, is_fork, state, changed_at)
            VALUES (1, 1, 1, 'r', 'R', 0, 0, 'active', 't');
          INSERT INTO file (id, repository_id, branch, path, state, blob_id, checked_at, url)
            VALUES (1, 1, '', '/c', 'present', 'b', 't', 'https://x');
          INSERT INTO entity (id, file_id, ref, is_holder, claimed_in_crawl, line, api_version, kind, namespace, name,
            json, etag, changed_at)
            VALUES (1, 1, 'component:default/a', 1, 1, 1, 'v', 'Component', 'default', 'a', '{}', 'e', 't');
          INSERT INTO problem (organization_id, file_id, class, severity, rule, message, since)
            VALUES (1, 1, 'content', 'warning', 'w', 'm', 't');
          """
      )
    }
    try old.close()

    let database = try CatalogDatabase.open(at: path)

    let answers = try database.pool.read { (db: Database) throws -> [String] in
      try [
        "SELECT is_asked || coalesce(origin, ' none ') || blob_id FROM file",
        "SELECT ref || coalesce(uid, ' none') FROM entity",
        "SELECT rule FROM problem WHERE target_id IS NULL",
        "SELECT count(*) FROM pragma_foreign_key_check", "PRAGMA integrity_check", "PRAGMA user_version",
      ].map { try String.fetchOne(db, sql: $0) ?? "" }
    }
    #expect(
      answers == ["1 none b", "component:default/a none", "w", "0", "ok", "\(Schema.steps.count)"]
    )
  }

  @Test func `opening twice changes nothing`() throws {
    _ = try CatalogDatabase.open(at: path)
    let database = try CatalogDatabase.open(at: path)

    let crawls = try database.pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM crawl") }
    #expect(crawls == 0)
  }

  @Test func `a database of a newer program is refused`() throws {
    try CatalogDatabase.open(at: path).pool.write { try $0.execute(sql: "PRAGMA user_version = 999") }

    let error = StoreError.newerSchema(path: path, version: 999, expected: Schema.steps.count)
    #expect(throws: error) { try CatalogDatabase.open(at: path) }
    #expect(throws: error) { try CatalogDatabase.openForReading(at: path) }
  }

  @Test func `a reader refuses an older schema and says what to do`() throws {
    try CatalogDatabase.open(at: path).pool.write { try $0.execute(sql: "PRAGMA user_version = 0") }

    let error = #expect(throws: StoreError.self) { try CatalogDatabase.openForReading(at: path) }

    #expect(error?.description.contains("run 'catalog-crawler database migrate'") == true)
  }

  @Test func `a file of another program is refused and left as it is`() throws {
    let other = try DatabaseQueue(path: path)
    try other.write { try $0.execute(sql: "CREATE TABLE mine (id INTEGER)") }
    try other.close()

    #expect(throws: StoreError.notACatalog(path: path)) { try CatalogDatabase.open(at: path) }

    let again = try DatabaseQueue(path: path)
    let (tables, mode) = try again.read { db in
      (
        try String.fetchAll(db, sql: "SELECT name FROM sqlite_schema"),
        try String.fetchOne(db, sql: "PRAGMA journal_mode")
      )
    }
    #expect(tables == ["mine"])
    #expect(mode == "delete", "not even its mode may change")
  }

  @Test func `what is no database at all is refused`() throws {
    try folder.write(String(repeating: "not a database ", count: 100), to: "catalog.sqlite")

    #expect(throws: StoreError.self) { try CatalogDatabase.open(at: path) }
  }

  @Test func `a missing file or folder says so`() {
    let missing = folder.path("nowhere/catalog.sqlite")

    #expect(throws: StoreError.cannotOpen(path: missing, reason: "the folder does not exist")) {
      try CatalogDatabase.open(at: missing)
    }
    #expect(throws: StoreError.self) { try CatalogDatabase.openForReading(at: path) }
  }

  @Test func `every migration file is listed, and each but the third in the order of its number`() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Migrations")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path()).filter {
      $0.hasSuffix(".sql")
    }

    let names = Schema.steps.map { $0.name + ".sql" }
    #expect(names.sorted() == files.sorted())
    // It came to its number before the fourth and to its place after it.
    let ordered = names.filter { !$0.hasPrefix("0003") }
    #expect(ordered == ordered.sorted())
  }

  /// The schema is documentation: people read it beside their queries.
  @Test func `every table and every column that needs it is explained in the migration`() {
    for step in Schema.steps {
      var previous = ""
      for line in step.sql.split(separator: "\n", omittingEmptySubsequences: false) {
        if line.hasPrefix("CREATE TABLE") {
          #expect(previous.hasPrefix("--"), "\(step.name): \(line) has no comment")
        }
        previous = String(line)
      }
    }
  }

  @Test func `a path with blanks and accents is a path`() throws {
    let folder = try TemporaryFolder()
    try folder.write("", to: "My Données/x")

    _ = try CatalogDatabase.open(at: folder.path("My Données/catalog.sqlite"))

    #expect(FileManager.default.fileExists(atPath: folder.path("My Données/catalog.sqlite")))
  }

  /// Someone who may read the file but not write the folder needs them.
  @Test func `the WAL's files stay when the database is closed`() throws {
    try CatalogDatabase.open(at: path).pool.close()

    #expect(FileManager.default.fileExists(atPath: path + "-wal"))
    #expect(FileManager.default.fileExists(atPath: path + "-shm"))
  }

  @Test func `people who ask by ref get an answer by an index`() throws {
    let database = try CatalogDatabase.open(at: path)

    let plan = try database.pool.read {
      try Row.fetchAll($0, sql: "EXPLAIN QUERY PLAN SELECT json FROM entity WHERE ref = 'x'").map {
        $0["detail"] as String
      }
    }

    #expect(plan == ["SEARCH entity USING INDEX entity_by_ref (ref=?)"])
  }
}
