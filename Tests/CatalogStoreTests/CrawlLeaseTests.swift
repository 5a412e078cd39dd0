import Catalog
import CatalogStore
import Foundation
import GRDB
import Migrations
import TestSupport
import Testing

/// Who may write, and which crawl goes on.
struct CrawlLeaseTests {
  private let folder: TemporaryFolder
  private let database: CatalogDatabase
  private let noon = Date(timeIntervalSince1970: 1_770_000_000)

  init() throws {
    folder = try TemporaryFolder()
    database = try CatalogDatabase.open(at: folder.path("catalog.sqlite"))
  }

  private func holder(_ id: String, machine: String = "m", pid: Int32 = 1) -> LeaseHolder {
    LeaseHolder(id: id, process: ProcessIdentity(machine: machine, pid: pid, started: nil))
  }

  private func start(_ command: CrawlCommand = .sync, _ request: String = "sync") -> CrawlStart {
    CrawlStart(command: command, scope: nil, request: request, program: "test", resumeFor: 86_400)
  }

  private func begin(
    _ holder: LeaseHolder,
    _ start: CrawlStart? = nil,
    after seconds: TimeInterval = 0,
    isAlive: Bool = true
  ) async throws -> BegunCrawl {
    let now = noon.addingTimeInterval(seconds)
    return try await database.begin(start ?? self.start(), as: holder, at: now) { _ in isAlive }
  }

  // MARK: - Who has it

  @Test(arguments: [
    // Seconds since it was renewed, machine, whether its process runs, and whether it can be taken.
    (0, "m", true, false), (59, "m", true, false), (60, "m", true, true), (0, "m", false, true),
    (0, "other", false, false), (59, "other", false, false), (60, "other", false, true),
  ])
  func `a lease is dead when it is over or its process of this machine is gone`(
    seconds: Int,
    machine: String,
    isAlive: Bool,
    isDead: Bool
  ) {
    let stored = StoredLease(
      crawl: 1,
      holder: holder("a", machine: machine),
      since: noon,
      expiresAt: noon.addingTimeInterval(60)
    )

    let decision = LeaseDecision.decide(
      stored,
      for: holder("b"),
      at: noon.addingTimeInterval(Double(seconds)),
      isAlive: { _ in isAlive }
    )

    #expect(decision == (isDead ? .dead(stored) : .busy(stored)))
  }

  @Test func `what nobody has or the asking one has itself is free`() {
    let stored = StoredLease(
      crawl: 1,
      holder: holder("a"),
      since: noon,
      expiresAt: noon.addingTimeInterval(60)
    )

    #expect(LeaseDecision.decide(nil, for: holder("a"), at: noon) { _ in true } == .free)
    #expect(LeaseDecision.decide(stored, for: holder("a"), at: noon) { _ in true } == .free)
  }

  @Test func `a process that is older than the schema by now writes nothing`() async throws {
    let known = CatalogDatabase.schemaVersion
    try await database.pool.write { try $0.execute(sql: "PRAGMA user_version = \(known + 1)") }
    let error = StoreError.newerSchema(path: database.path, version: known + 1, expected: known)

    await #expect(throws: error) { try await begin(holder("a")) }
    await #expect(throws: error) { try await database.takeLease(holder("a"), at: noon) }
    #expect(try await database.lease() == nil)
  }

  @Test func `a second crawl is refused and told who crawls`() async throws {
    let first = try await begin(holder("a", machine: "mill boot-1", pid: 4711))

    let error = await #expect(throws: CrawlLeaseError.self) { try await begin(holder("b")) }

    #expect(
      error?.description == "crawl \(first.id) is under way in process 4711 on mill since "
        + "2026-02-02T02:40:00.000Z; try again when it is done, or wait for it with --wait"
    )
    try await first.database.endCrawl(first.id, outcome: .complete, at: noon)
    #expect(try await begin(holder("b")).id == first.id + 1)
  }

  @Test func `a lease that is renewed holds`() async throws {
    let first = try await begin(holder("a"))
    #expect(try await first.database.renewLease(at: noon.addingTimeInterval(45)))

    await #expect(throws: CrawlLeaseError.self) { try await begin(holder("b"), after: 104) }
    #expect(try await begin(holder("b"), after: 105).isResumed)
  }

  @Test func `a renewal that comes when the work is done is no loss`() async throws {
    let first = try await begin(holder("a"))
    try await first.database.endCrawl(first.id, outcome: .complete, at: noon)

    #expect(try await first.database.renewLease(at: noon) == false)
  }

  @Test func `who lost the lease can write nothing, whatever it is`() async throws {
    let first = try await begin(holder("a"))
    let organization = try await first.database.beginOrganization(
      host: "h",
      name: "o",
      crawl: first.id,
      at: noon
    )
    let second = try await begin(holder("b"), after: 60)
    let lost = first.database

    #expect(second.id == first.id)
    let expiry = try await database.lease()?.expiresAt
    await #expect(throws: CrawlLeaseError.lost) {
      try await lost.renewLease(at: noon.addingTimeInterval(600))
    }
    #expect(try await database.lease()?.expiresAt == expiry, "it cannot renew another one's")
    await #expect(throws: CrawlLeaseError.lost) { _ = try await lost.store([], crawl: first.id, at: noon) }
    await #expect(throws: CrawlLeaseError.lost) {
      try await lost.finishListing(of: organization, by: "i", at: noon)
    }
    await #expect(throws: CrawlLeaseError.lost) {
      try await lost.endCrawl(first.id, outcome: .complete, at: noon)
    }
    try await lost.releaseLease()
    #expect(try await database.lease()?.holder.id == "b", "it cannot give back what it has no more")
    try await second.database.endCrawl(second.id, outcome: .complete, at: noon)
    #expect(try await database.lease() == nil)
  }

  @Test func `a change without a crawl has the lease too, and its holder may crawl`() async throws {
    let changing = try await database.takeLease(holder("a"), at: noon)

    await #expect(throws: CrawlLeaseError.self) { try await begin(holder("b")) }
    let crawl = try await begin(holder("a"))
    #expect(try await database.lease()?.crawl == crawl.id)
    try await changing.releaseLease()
    #expect(try await database.lease() == nil)
  }

  @Test func `this process is alive, and one with its id that began at another time is not`() {
    var process = ProcessIdentity.current
    #expect(ProcessIdentity.isAlive(process))
    #expect(!process.machineName.isEmpty)
    guard process.started != nil else { return }  // not told by this system
    process.started = "1"
    #expect(!ProcessIdentity.isAlive(process))
  }

  // MARK: - Which crawl goes on

  /// A crawl that was cut off.
  private func cutOff(_ start: CrawlStart? = nil) async throws -> Int64 {
    let crawl = try await begin(holder("dead"), start)
    return crawl.id
  }

  @Test func `a crawl that was cut off goes on with its id`() async throws {
    let first = try await cutOff()

    let second = try await begin(holder("b"), isAlive: false)

    #expect(second.id == first && second.isResumed)
    #expect(try await database.crawls(limit: 9).map(\.outcome) == ["running"])
  }

  @Test func `one that was interrupted goes on and is running again`() async throws {
    let first = try await begin(holder("a"))
    try await first.database.endCrawl(first.id, outcome: .interrupted, at: noon)

    #expect(try await begin(holder("b")).id == first.id)
    let record = try await database.crawls(limit: 1)[0]
    #expect(record.outcome == "running" && record.endedAt == nil)
  }

  @Test func `one that ended, is too old, or was asked for something else does not`() async throws {
    let first = try await cutOff()
    #expect(try await begin(holder("b"), after: 86_399).id == first)
    #expect(try await begin(holder("c"), after: 86_400, isAlive: false).id == first + 1)
    let other = try await begin(holder("d"), start(.refresh, "refresh x"), after: 86_400, isAlive: false)
    #expect(other.id == first + 2 && !other.isResumed)
    try await other.database.endCrawl(other.id, outcome: .partial, at: noon)
    let again = try await begin(holder("e"), start(.refresh, "refresh x"), after: 86_400)
    #expect(again.id == first + 3 && !again.isResumed)
  }

  @Test func `a refresh that was cut off does not go on after a sync`() async throws {
    let refresh = start(.refresh, "refresh x")
    let first = try await cutOff(refresh)
    let sync = try await begin(holder("b"), isAlive: false)
    try await sync.database.endCrawl(sync.id, outcome: .complete, at: noon)

    #expect(try await begin(holder("c"), refresh).id == first + 2)
  }

  private static let repository = ListedRepository(
    guid: "g",
    name: "r",
    projectGUID: "p",
    projectName: "P",
    defaultBranch: "main",
    size: 0,
    isFork: false,
    state: .active
  )

  /// - Returns: The organization.
  private func list(_ repositories: [ListedRepository], in crawl: BegunCrawl) async throws -> Int64 {
    let database = crawl.database
    let organization = try await database.beginOrganization(host: "h", name: "o", crawl: crawl.id, at: noon)
    try await database.beginListing(of: organization)
    try await database.record(repositories, of: organization, at: noon)
    try await database.finishListing(of: organization, by: "i", at: noon)
    return organization
  }

  @Test func `a list counts once for a crawl, however often it is read`() async throws {
    var counts: [[String]] = []
    for (list, ends) in [([Self.repository], true), ([], false), ([], true), ([], true)] {
      let crawl = try await begin(holder(UUID().uuidString), isAlive: false)
      _ = try await self.list(list, in: crawl)
      if ends { try await crawl.database.endCrawl(crawl.id, outcome: .complete, at: noon) }
      counts.append(
        try await database.pool.read {
          try String.fetchAll($0, sql: "SELECT listings FROM missing_repository")
        }
      )
    }

    #expect(counts == [[], ["1"], ["1"], ["2"]])
  }

  @Test func `what a crawl has held before it was cut off no earlier one held`() async throws {
    let first = try await begin(holder("a"))
    let organization = try await list([Self.repository], in: first)
    try await first.database.endCrawl(first.id, outcome: .complete, at: noon)
    let second = try await begin(holder("b"), after: 60)
    _ = try await list([], in: second)
    let project = try #require(try await second.database.missingProjects(of: organization).first).id
    func missing(_ crawl: BegunCrawl) async throws -> [MissingRepository] {
      try await crawl.database.missingRepositories(ofProject: project)
    }
    let held = try await missing(second).map(\.id)
    try await second.database.hold(held, release: [], at: noon.addingTimeInterval(60))

    let resumed = try await begin(holder("c"), after: 61, isAlive: false)
    #expect(resumed.id == second.id && resumed.isResumed)
    #expect(try await missing(resumed).map(\.isHeld) == [false])
    try await resumed.database.endCrawl(resumed.id, outcome: .complete, at: noon)

    #expect(try await missing(try await begin(holder("d"), after: 62)).map(\.isHeld) == [true])
  }

  @Test func `how far the visits are is stored with them and only rises`() async throws {
    let first = try await begin(holder("a"))
    let organization = try await first.database.beginOrganization(
      host: "h",
      name: "o",
      crawl: first.id,
      at: noon
    )
    #expect(try await first.database.visited(organization) == nil, "it has just begun")
    for mark in [7, 5] as [Int64] {
      _ = try await first.database.store([], crawl: first.id, visitedThrough: [organization: mark], at: noon)
    }

    let second = try await begin(holder("b"), isAlive: false)

    #expect(try await second.database.visited(organization) == VisitedFiles(crawl: first.id, through: 7))
  }

  @Test func `a visited file is done unless something is left to be read of it`() {
    let done = VisitedFiles(crawl: 4, through: 10)
    var file = KnownFile(
      id: 1,
      branch: "",
      path: "/c",
      url: "u",
      blobID: "b",
      isAbsent: false,
      rulesVersion: 1,
      hasReadProblem: false,
      entityCount: 1
    )
    #expect(done.contains(file, of: 10, rulesVersion: 1))
    #expect(!done.contains(file, of: 11, rulesVersion: 1))
    #expect(!done.contains(file, of: 10, rulesVersion: 2))
    file.storedInCrawl = 4
    #expect(done.contains(file, of: 11, rulesVersion: 1))
    file.inclusions = [Inclusion(address: "a", blobID: nil)]
    #expect(!done.contains(file, of: 10, rulesVersion: 1))
    file.inclusions = []
    file.hasReadProblem = true
    #expect(!done.contains(file, of: 10, rulesVersion: 1))
  }

  // MARK: - The schema

  @Test func `a database of the schema before keeps its rows and crawls on`() async throws {
    let path = folder.path("old.sqlite")
    let old = try DatabaseQueue(path: path)
    try await old.write { db in
      try db.execute(sql: "CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)")
      for step in Schema.steps.prefix(3) {
        try db.execute(sql: step.sql)
        try db.execute(sql: "INSERT INTO grdb_migrations VALUES (?)", arguments: [step.name])
      }
      try db.execute(
        sql: """
          PRAGMA application_id = \(CatalogDatabase.applicationID);
          PRAGMA user_version = 3;
          INSERT INTO crawl (id, command, program, started_at, outcome)
            VALUES (1, 'sync', 'old', '2026-02-02T02:39:00.000Z', 'running');
          INSERT INTO organization (id, host, name) VALUES (1, 'h', 'o');
          INSERT INTO crawl_organization (crawl_id, organization_id, started_at, files_asked) VALUES (1, 1, 't', 5);
          INSERT INTO project (id, organization_id, guid, name) VALUES (1, 1, 'p', 'P');
          INSERT INTO repository (id, project_id, organization_id, guid, name, size, is_fork, state, changed_at)
            VALUES (1, 1, 1, 'r', 'R', 0, 0, 'active', 't');
          INSERT INTO file (id, repository_id, branch, path, state, blob_id, checked_at, url)
            VALUES (1, 1, '', '/c', 'present', 'b', 't', 'https://x');
          """
      )
    }
    try old.close()

    let database = try CatalogDatabase.open(at: path)

    let answers = try await database.pool.read { (db: Database) throws -> [String] in
      try [
        "SELECT blob_id || coalesce(stored_in_crawl, ' none') FROM file",
        "SELECT files_asked || visited_through || is_list_counted FROM crawl_organization",
        "SELECT coalesce(request, 'none') FROM crawl", "SELECT count(*) FROM crawl_lease",
        "SELECT count(*) FROM pragma_foreign_key_check", "PRAGMA integrity_check", "PRAGMA user_version",
      ].map { try String.fetchOne(db, sql: $0) ?? "" }
    }
    #expect(answers == ["b none", "500", "none", "0", "0", "ok", "\(Schema.steps.count)"])
    // What an older program did not write down cannot be continued.
    #expect(try await database.begin(start(), as: holder("a"), at: noon).id == 2)
  }
}
