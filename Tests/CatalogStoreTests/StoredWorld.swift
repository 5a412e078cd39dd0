import Catalog
import CatalogStore
import Foundation
import GRDB
import TestSupport

/// A database with one organization, and visits to files of it.
struct StoredWorld {
  let folder: TemporaryFolder
  let database: CatalogDatabase
  let organization: Int64
  /// The repositories of the project P by id: `r1` and so on.
  let repositories: [Int64]
  let crawl: Int64
  static let noon = Date(timeIntervalSince1970: 1_772_366_400)

  init(repositories count: Int = 2, in folder: TemporaryFolder? = nil) async throws {
    self.folder = try folder ?? TemporaryFolder()
    database = try CatalogDatabase.open(at: self.folder.path("catalog.sqlite"))
    crawl = try await database.beginCrawl(.sync, scope: nil, program: "test", at: Self.noon)
    organization = try await database.beginOrganization(
      host: "dev.azure.com",
      name: "contoso",
      crawl: crawl,
      at: Self.noon
    )
    let names = (1...count).map { "r\($0)" }
    try await Self.list(names, database, organization)
    repositories = try await database.repositories(of: organization, after: 0, limit: 1000).map(\.id)
  }

  func list(_ names: [String], at now: Date = noon) async throws {
    try await Self.list(names, database, organization, at: now)
  }

  /// Lists repositories of these names, and no others.
  static func list(
    _ names: [String],
    _ database: CatalogDatabase,
    _ organization: Int64,
    at now: Date = noon
  ) async throws {
    try await database.beginListing(of: organization)
    try await database.record(names.map { listed($0) }, of: organization, at: now)
    try await database.finishListing(of: organization, by: "identity i", at: now)
  }

  /// A repository as a list has it.
  static func listed(
    _ name: String,
    guid: String? = nil,
    project: String = "P",
    state: ListedRepository.State = .active
  ) -> ListedRepository {
    ListedRepository(
      guid: guid ?? "guid-\(name)",
      name: name,
      projectGUID: "guid-\(project.lowercased())",
      projectName: project,
      defaultBranch: "main",
      size: 1,
      isFork: false,
      state: state
    )
  }

  /// Ends the crawl and begins another.
  func next(after crawl: Int64, _ outcome: CrawlOutcome = .complete, at now: Date = noon) async throws
    -> Int64
  {
    try await database.endCrawl(crawl, outcome: outcome, at: now)
    return try await database.beginCrawl(.sync, scope: nil, program: "test", at: now)
  }

  /// Stores the file `/c` of a repository; nil for one that is not there any more.
  @discardableResult
  func store(
    _ text: String?,
    in repository: Int,
    crawl: Int64? = nil,
    at now: Date = noon
  ) async throws -> FileChanges {
    try await database.store([visit(text, in: repository)], crawl: crawl ?? self.crawl, at: now)[0]
  }

  /// A visit to the file `/c` of a repository; nil for one that is not there any more.
  func visit(_ text: String?, in repository: Int) -> FileVisit {
    let url = "https://dev.azure.com/contoso/P/_git/r\(repository + 1)?path=/c"
    var finding = FileVisit.Finding.absent
    if let text {
      let file = CatalogFile.read(Array(text.utf8))
      let tag = VersionTag(
        blobID: "blob of \(text.utf8.reduce(0) { ($0 &* 31 &+ Int($1)) % 1_000_003 })",
        commitID: "c",
        etag: nil,
        size: text.utf8.count,
        rulesVersion: 1
      )
      finding = .content(file, tag, [])
    }
    return FileVisit(
      organization: organization,
      repository: repositories[repository],
      branch: "",
      path: "/c",
      url: url,
      origin: FileOrigin(source: .organization, location: "url:\(url)"),
      finding: finding
    )
  }

  /// One text for each row of a question, columns joined by bars.
  func rows(_ sql: String) async throws -> [String] {
    try await database.pool.read { db in
      try Row.fetchAll(db, sql: sql).map { row in
        row.map { $0.1.isNull ? "" : String.fromDatabaseValue($0.1) ?? "\($0.1)" }.joined(separator: "|")
      }
    }
  }

  /// A component.
  static func component(_ name: String, owner: String = "o", more: String = "") -> String {
    """
    apiVersion: backstage.io/v1alpha1
    kind: Component
    metadata: {name: \(name)\(more)}
    spec: {type: service, lifecycle: production, owner: \(owner)}

    """
  }
}
