import Catalog
import CatalogStore
import Foundation
import GRDB
import TestSupport
import Testing

/// What visits leave behind, without a crawl around them.
struct StoringVisitsTests {
  private let folder: TemporaryFolder
  private let database: CatalogDatabase
  private let noon = Date(timeIntervalSince1970: 1_772_366_400)

  init() throws {
    folder = try TemporaryFolder()
    database = try CatalogDatabase.open(at: folder.path("catalog.sqlite"))
  }

  /// An organization with repositories `r1`, `r2`, ...
  ///
  /// of one project; returns the ids.
  private func prepare(_ count: Int) async throws -> (
    organization: Int64, repositories: [Int64], crawl: Int64
  ) {
    let crawl = try await database.beginCrawl(.sync, scope: nil, program: "test", at: noon)
    let organization = try await database.beginOrganization(
      host: "dev.azure.com",
      name: "contoso",
      crawl: crawl,
      at: noon
    )
    try await list((1...count).map { "r\($0)" }, organization)
    let repositories = try await database.repositories(of: organization, after: 0, limit: 100)
    return (organization, repositories.map(\.id), crawl)
  }

  private func list(_ names: [String], _ organization: Int64) async throws {
    try await StoredWorld.list(names, database, organization, at: noon)
  }

  private func entity(_ name: String, owner: String = "o") -> String {
    """
    apiVersion: backstage.io/v1alpha1
    kind: Component
    metadata: {name: \(name)}
    spec: {type: service, lifecycle: production, owner: \(owner)}

    """
  }

  private func visit(
    _ text: String,
    _ organization: Int64,
    _ repository: Int64,
    url: String,
    blob: String = "b"
  ) -> FileVisit {
    FileVisit(
      organization: organization,
      repository: repository,
      branch: "",
      path: "/c",
      url: url,
      origin: FileOrigin(source: .organization, location: "url:\(url)"),
      finding: .content(
        CatalogFile.read(Array(text.utf8)),
        VersionTag(blobID: blob, commitID: "c", etag: nil, size: text.utf8.count, rulesVersion: 1),
        []
      )
    )
  }

  private func rows(_ sql: String) async throws -> [String] {
    try await database.pool.read { db in
      try Row.fetchAll(db, sql: sql).map { row in
        row.map { $0.1.isNull ? "" : String.fromDatabaseValue($0.1) ?? "\($0.1)" }.joined(separator: "|")
      }
    }
  }

  @Test func `of claims of one crawl the smallest address holds the ref, in any order`() async throws {
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
      let folder = try TemporaryFolder()
      let database = try CatalogDatabase.open(at: folder.path("catalog.sqlite"))
      let crawl = try await database.beginCrawl(.sync, scope: nil, program: "test", at: noon)
      let organization = try await database.beginOrganization(host: "h", name: "o", crawl: crawl, at: noon)
      try await database.beginListing(of: organization)
      let listed = (0..<3).map {
        ListedRepository(
          guid: "g\($0)",
          name: "r\($0)",
          projectGUID: "p",
          projectName: "P",
          defaultBranch: "main",
          size: 0,
          isFork: false,
          state: .active
        )
      }
      try await database.record(listed, of: organization, at: noon)
      let repositories = try await database.repositories(of: organization, after: 0, limit: 10)

      for index in order {
        let visit = visit(entity("api"), organization, repositories[index].id, url: "https://x/\(index)")
        _ = try await database.store([visit], crawl: crawl, at: noon)
      }

      let holders = try await database.pool.read {
        try String.fetchAll(
          $0,
          sql: "SELECT f.url FROM entity e JOIN file f ON f.id = e.file_id WHERE is_holder = 1"
        )
      }
      #expect(holders == ["https://x/0"])
    }
  }

  @Test func `the claim of an older crawl holds the ref though its address is larger`() async throws {
    let (organization, repositories, crawl) = try await prepare(2)
    _ = try await database.store(
      [visit(entity("api"), organization, repositories[0], url: "https://x/z")],
      crawl: crawl,
      at: noon
    )
    try await database.endCrawl(crawl, outcome: .complete, at: noon)
    let next = try await database.beginCrawl(.sync, scope: nil, program: "test", at: noon)

    _ = try await database.store(
      [visit(entity("api"), organization, repositories[1], url: "https://x/a")],
      crawl: next,
      at: noon
    )

    #expect(
      try await rows("SELECT f.url, is_holder FROM entity e JOIN file f ON f.id = e.file_id ORDER BY 1") == [
        "https://x/a|0", "https://x/z|1",
      ]
    )
  }

  @Test func `a document that cannot be identified keeps every entity of its file`() async throws {
    let (organization, repositories, crawl) = try await prepare(1)
    let both = entity("one") + "---\n" + entity("two")
    _ = try await database.store(
      [visit(both, organization, repositories[0], url: "u")],
      crawl: crawl,
      at: noon
    )

    let broken = entity("one", owner: "p") + "---\nkind: [\n"
    let changes = try await database.store(
      [visit(broken, organization, repositories[0], url: "u", blob: "b2")],
      crawl: crawl,
      at: noon
    )

    #expect(changes[0].changed == 1 && changes[0].removed == 0 && changes[0].unchanged == 1)
    #expect(
      try await rows("SELECT ref, owner, stale_since IS NOT NULL FROM entity ORDER BY ref") == [
        "component:default/one|p|0", "component:default/two|o|1",
      ]
    )
  }

  @Test func `a document that is invalid but known keeps its own entity only`() async throws {
    let (organization, repositories, crawl) = try await prepare(1)
    let three = [entity("one"), entity("two"), entity("three")].joined(separator: "---\n")
    _ = try await database.store(
      [visit(three, organization, repositories[0], url: "u")],
      crawl: crawl,
      at: noon
    )

    let now = entity("one") + "---\n" + entity("two", owner: "[a]")
    let changes = try await database.store(
      [visit(now, organization, repositories[0], url: "u", blob: "b2")],
      crawl: crawl,
      at: noon
    )

    #expect(changes[0].removed == 1)
    #expect(
      try await rows("SELECT ref, stale_since IS NOT NULL FROM entity ORDER BY ref") == [
        "component:default/one|0", "component:default/two|1",
      ]
    )
  }

  @Test func `a batch is stored whole or not at all`() async throws {
    let (organization, repositories, crawl) = try await prepare(1)
    let good = visit(entity("api"), organization, repositories[0], url: "u")
    let impossible = visit(entity("web"), organization, 999, url: "u2")

    await #expect(throws: DatabaseError.self) {
      try await database.store([good, impossible], crawl: crawl, at: noon)
    }

    #expect(try await rows("SELECT count(*) FROM file") == ["0"])
    #expect(try await rows("SELECT count(*) FROM entity") == ["0"])
  }

  @Test func `a listing writes what is new and marks what is missing`() async throws {
    let (organization, _, _) = try await prepare(3)

    try await list(["r1", "r3", "r4"], organization)

    #expect(
      try await rows("SELECT name, state FROM repository ORDER BY name") == [
        "r1|active", "r2|unlisted", "r3|active", "r4|active",
      ]
    )
  }

  @Test func `a repository that is renamed or moved stays the same row`() async throws {
    let (organization, repositories, _) = try await prepare(1)
    try await database.beginListing(of: organization)
    let moved = ListedRepository(
      guid: "guid-r1",
      name: "new name",
      projectGUID: "guid-q",
      projectName: "Q",
      defaultBranch: "trunk",
      size: 5,
      isFork: false,
      state: .active
    )

    try await database.record([moved], of: organization, at: noon)
    try await database.finishListing(of: organization, by: "identity i", at: noon)

    let known = try await database.repositories(of: organization, after: 0, limit: 10)
    #expect(known.map(\.id) == repositories)
    #expect(known.map(\.name) == ["new name"])
    #expect(known.map(\.projectName) == ["Q"])
    #expect(known.map(\.defaultBranch) == ["trunk"])
  }

  @Test func `pages hold every repository once, with the files of each`() async throws {
    let (organization, repositories, crawl) = try await prepare(5)
    let visits = repositories.map { visit(entity("e\($0)"), organization, $0, url: "u\($0)") }
    _ = try await database.store(visits, crawl: crawl, at: noon)

    var seen: [Int64] = []
    var last: Int64 = 0
    while true {
      let page = try await database.repositories(of: organization, after: last, limit: 2)
      for repository in page { #expect(repository.files.map(\.url) == ["u\(repository.id)"]) }
      seen += page.map(\.id)
      guard let end = page.last else { break }
      last = end.id
    }

    #expect(seen == repositories)
  }

  @Test func `readers are not held up by a writer`() async throws {
    let (organization, repositories, crawl) = try await prepare(1)
    let reader = try CatalogDatabase.openForReading(at: folder.path("catalog.sqlite"))

    try await database.pool.write { db in
      try db.execute(sql: "UPDATE repository SET size = 77")
      // Inside the writer's transaction: another connection still reads, and sees what was there before.
      let size = try reader.pool.read { try Int.fetchOne($0, sql: "SELECT size FROM repository") }
      #expect(size == 1)
    }

    let size = try await reader.pool.read { try Int.fetchOne($0, sql: "SELECT size FROM repository") }
    #expect(size == 77)
    _ = (organization, repositories, crawl)
  }

  @Test func `letters that look the same but are other bytes are a change`() async throws {
    let (organization, repositories, crawl) = try await prepare(1)
    let text = { (letter: String) in
      self.entity("api").replacingOccurrences(of: "owner: o", with: "owner: o\(letter)")
    }
    _ = try await database.store(
      [visit(text("\u{E9}"), organization, repositories[0], url: "u")],
      crawl: crawl,
      at: noon
    )

    let changes = try await database.store(
      [visit(text("e\u{301}"), organization, repositories[0], url: "u", blob: "b2")],
      crawl: crawl,
      at: noon
    )

    #expect(changes[0].changed == 1)
    let stored = try await database.pool.read { try String.fetchAll($0, sql: "SELECT owner FROM entity") }
    #expect(stored.map { Array($0.utf8) } == [Array("oe\u{301}".utf8)])
  }

  @Test func `a claim of a repository that left the list stands behind a live one, until it comes back`()
    async throws
  {
    let (organization, repositories, crawl) = try await prepare(2)
    _ = try await database.store(
      [visit(entity("api"), organization, repositories[0], url: "https://x/a")],
      crawl: crawl,
      at: noon
    )
    _ = try await database.store(
      [visit(entity("api"), organization, repositories[1], url: "https://x/b")],
      crawl: crawl,
      at: noon
    )
    let holder = "SELECT f.url FROM entity e JOIN file f ON f.id = e.file_id WHERE e.is_holder = 1"
    #expect(try await rows(holder) == ["https://x/a"])

    try await list(["r2"], organization)
    #expect(try await rows(holder) == ["https://x/b"])
    try await list(["r1", "r2"], organization)

    #expect(try await rows(holder) == ["https://x/a"])
  }

  @Test func `the line of a problem is stored with it, and an unchanged file writes nothing`() async throws {
    let (organization, repositories, crawl) = try await prepare(1)
    let before = entity("api", owner: "[o]")
    for _ in 1...2 {
      _ = try await database.store(
        [visit(before, organization, repositories[0], url: "https://x/a")],
        crawl: crawl,
        at: noon
      )
      #expect(
        try await rows("SELECT id || ': ' || line_text FROM problem") == [
          "1: spec: {type: service, lifecycle: production, owner: [o]}"
        ]
      )
    }
    // The same problem in another line keeps its date.
    let after = before.replacing("service", with: "website")
    _ = try await database.store(
      [visit(after, organization, repositories[0], url: "https://x/a", blob: "b2")],
      crawl: crawl,
      at: noon.addingTimeInterval(60)
    )
    #expect(
      try await rows("SELECT line_text FROM problem") == [
        "spec: {type: website, lifecycle: production, owner: [o]}"
      ]
    )
    #expect(try await rows("SELECT since FROM problem") == [Timestamp.text(noon)])
  }

  @Test func `a claim that no rule asks for any more stands behind a live one`() async throws {
    let (organization, repositories, crawl) = try await prepare(2)
    for (index, url) in ["https://x/a", "https://x/b"].enumerated() {
      _ = try await database.store(
        [visit(entity("api"), organization, repositories[index], url: url)],
        crawl: crawl,
        at: noon
      )
    }
    let file = try await database.repositories(of: organization, after: 0, limit: 1)[0].files[0]

    try await database.markScope(left: [file.id], returned: [])
    _ = try await database.sweepOrphans(crawl: crawl, keepCrawls: 3, at: noon)

    let holder = "SELECT f.url FROM entity e JOIN file f ON f.id = e.file_id WHERE e.is_holder = 1"
    #expect(try await rows(holder) == ["https://x/b"])
    #expect(try await database.repositories(of: organization, after: 0, limit: 1)[0].files[0].isOutOfScope)
    try await database.markScope(left: [], returned: [file.id])
    _ = try await database.sweepOrphans(crawl: crawl, keepCrawls: 3, at: noon)
    #expect(try await rows(holder) == ["https://x/a"])
  }

  @Test func `the holder does not depend on whether a rename or a deletion is stored first`() async throws {
    for isRenameFirst in [true, false] {
      let folder = try TemporaryFolder()
      let database = try CatalogDatabase.open(at: folder.path("catalog.sqlite"))
      let crawl = try await database.beginCrawl(.sync, scope: nil, program: "test", at: noon)
      let organization = try await database.beginOrganization(host: "h", name: "o", crawl: crawl, at: noon)
      try await database.beginListing(of: organization)
      let listed = (0..<3).map {
        ListedRepository(
          guid: "g\($0)",
          name: "r\($0)",
          projectGUID: "p",
          projectName: "P",
          defaultBranch: "main",
          size: 0,
          isFork: false,
          state: .active
        )
      }
      try await database.record(listed, of: organization, at: noon)
      let ids = try await database.repositories(of: organization, after: 0, limit: 10).map(\.id)
      for (id, name) in zip(ids, ["aaa", "mmm", "zzz"]) {
        _ = try await database.store(
          [visit(entity("api"), organization, id, url: name)],
          crawl: crawl,
          at: noon
        )
      }

      let rename = visit(entity("api"), organization, ids[2], url: "bbb")
      let deletion = FileVisit(
        organization: organization,
        repository: ids[0],
        branch: "",
        path: "/c",
        url: "aaa",
        origin: FileOrigin(source: .organization, location: "url:aaa"),
        finding: .absent
      )
      for visit in isRenameFirst ? [rename, deletion] : [deletion, rename] {
        _ = try await database.store([visit], crawl: crawl, at: noon)
      }

      let holders = try await database.pool.read {
        try String.fetchAll(
          $0,
          sql: "SELECT f.url FROM entity e JOIN file f ON f.id = e.file_id WHERE is_holder = 1"
        )
      }
      #expect(holders == ["bbb"])
    }
  }

  @Test func `a crawl that was cut off goes on with its claims`() async throws {
    let (organization, repositories, _) = try await prepare(2)
    let start = CrawlStart(command: .sync, scope: nil, request: "sync", program: "test", resumeFor: 3_600)
    let first = try await database.begin(start, as: LeaseHolder(), at: noon)
    _ = try await first.database.store(
      [visit(entity("api"), organization, repositories[1], url: "https://x/z")],
      crawl: first.id,
      at: noon
    )
    try await first.database.endCrawl(first.id, outcome: .interrupted, at: noon)
    let second = try await database.begin(start, as: LeaseHolder(), at: noon)

    _ = try await second.database.store(
      [visit(entity("api"), organization, repositories[0], url: "https://x/a")],
      crawl: second.id,
      at: noon
    )

    // As if nothing had been cut off: of the claims of one crawl the smallest address.
    let holder = "SELECT f.url FROM entity e JOIN file f ON f.id = e.file_id WHERE e.is_holder = 1"
    #expect(try await rows(holder) == ["https://x/a"])
  }

  @Test func `what an operator accepts as gone is removed, and the next claim takes over`() async throws {
    let (organization, repositories, crawl) = try await prepare(2)
    for (index, url) in ["https://x/a", "https://x/b"].enumerated() {
      _ = try await database.store(
        [visit(entity("api"), organization, repositories[index], url: url)],
        crawl: crawl,
        at: noon
      )
    }
    try await list(["r2"], organization)

    let removed = try await database.acceptRemovals(of: organization, at: noon)

    #expect(removed == 1)
    #expect(
      try await rows("SELECT f.url, e.is_holder FROM entity e JOIN file f ON f.id = e.file_id") == [
        "https://x/b|1"
      ]
    )
    #expect(try await database.acceptRemovals(of: organization, at: noon) == 0)
  }
}
