import AzureDevOps
import AzureSimulator
import CatalogStore
import Crawl
import Credentials
import Foundation
import GRDB
import Settings
import TestSupport
import Transport

/// A folder with settings and a database, and crawls between it and a simulator that is serving.
final class Crawling: Sendable {
  let folder: TemporaryFolder
  let database: CatalogDatabase
  let settings: CrawlerSettings
  /// What waits of crawls are measured by: they are over at once.
  let clock: RecordingClock
  private let curl = CurlClient()

  /// - Parameters:
  ///   - baseURL: Where the simulator serves.
  ///   - tokens: Personal access tokens by organization.
  ///   - more: Settings behind the ones that follow from the rest.
  init(
    _ baseURL: String,
    tokens: [String: String] = ["contoso": "simulator-token"],
    concurrency: Int = 8,
    more: String = "",
    folder: TemporaryFolder? = nil,
    clock: RecordingClock = RecordingClock()
  ) throws {
    self.clock = clock
    self.folder = try folder ?? TemporaryFolder()
    var text = "integrations:\n  azure:\n    - host: dev.azure.com\n      credentials:\n"
    for (organization, token) in tokens.sorted(by: { $0.key < $1.key }) {
      text += "        - organizations: [\(organization)]\n          personalAccessToken: \(token)\n"
    }
    text += "crawler:\n  concurrency: \(concurrency)\n  endpoints:\n    dev.azure.com: \(baseURL)\n" + more
    try self.folder.write(text, to: "app-config.yaml")
    settings = try SettingsFiles.read(
      explicit: [self.folder.path("app-config.yaml")],
      folder: self.folder.path("."),
      environment: [:]
    )
    database = try CatalogDatabase.open(at: self.folder.path("catalog.sqlite"))
  }

  deinit { curl.close() }

  @discardableResult
  func crawl(
    _ request: CrawlRequest = .sync,
    at day: Int = 1,
    pacing: PacingSource? = nil,
    leaseClock: any Clock<Duration> = ContinuousClock(),
    observe: @escaping @Sendable (CrawlEvent) -> Void = { _ in }
  ) async throws -> CrawlReport {
    let environment = try environment(at: day, pacing: pacing, leaseClock: leaseClock, observe: observe)
    return try await Crawler(environment).run(request)
  }

  /// Crawls at any moment, or while time goes on.
  @discardableResult
  func crawl(
    _ request: CrawlRequest = .sync,
    now: @autoclosure @escaping @Sendable () -> Date
  ) async throws -> CrawlReport {
    var environment = try environment(at: 1)
    environment.now = now
    return try await Crawler(environment).run(request)
  }

  func plan(_ request: CrawlRequest = .sync) async throws -> [OrganizationPlan] {
    try await CrawlPlanner(environment(at: 1)).plan(request)
  }

  private func environment(
    at day: Int,
    pacing: PacingSource? = nil,
    leaseClock: any Clock<Duration> = ContinuousClock(),
    observe: @escaping @Sendable (CrawlEvent) -> Void = { _ in }
  ) throws -> Crawler.Environment {
    let curl = curl
    let send: Send = { request throws(TransportError) in try await curl.send(request) }
    let now = try Date("2026-03-0\(day)T09:00:00Z", strategy: .iso8601)
    return Crawler.Environment(
      settings: settings,
      database: database,
      authorizer: Authorizer(settings: settings, environment: [:], send: send),
      send: send,
      program: "test",
      pacing: pacing ?? settings.crawler.pacing(clock: clock, jitter: { 0.5 }),
      now: { now },
      leaseClock: leaseClock,
      observe: observe
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

  /// What the database says, without what differs between two crawls of the same world: the questions of
  /// `Scripts/dump.sh`.
  func dump() async throws -> [String] {
    let script = try String(contentsOf: Self.checkout.appending(path: "Scripts/dump.sh"), encoding: .utf8)
    let sql = script.components(separatedBy: "<<'SQL'\n").last?.components(separatedBy: "\nSQL").first ?? ""
    var lines: [String] = []
    for question in sql.components(separatedBy: ";") where !question.allSatisfy(\.isWhitespace) {
      lines += try await rows(question)
    }
    return lines
  }

  /// What has changed so far, without times and crawls.
  func history() async throws -> [String] {
    try await rows("SELECT subject, name, change, changed_paths, before FROM history ORDER BY 1, 2, id")
  }

  /// Every column of every row that is not a crawl's own.
  func everything() async throws -> [String] {
    var lines: [String] = []
    let tables = [
      "organization", "project", "repository", "file", "entity", "problem", "relation", "location",
      "location_target", "location_file", "inclusion", "removed_ref", "missing_repository", "folder",
      "history", "search_key", "search_value", "search_null", "entity_fts_data",
    ]
    for table in tables { lines += try await rows("SELECT '\(table)', * FROM \(table) ORDER BY 2, 3") }
    lines += try await rows("SELECT 'missing_ref', ref FROM missing_ref ORDER BY ref")
    return lines
  }

  static let checkout = URL(filePath: #filePath)
    .deletingLastPathComponent().appending(path: "../..").standardizedFileURL
}

/// A small component, with what a test changes of it.
func component(_ name: String, owner: String = "team-a", more: String = "") -> String {
  """
  apiVersion: backstage.io/v1alpha1
  kind: Component
  metadata:
    name: \(name)\(more)
  spec:
    type: service
    lifecycle: production
    owner: \(owner)

  """
}

/// An organization `contoso` with one project of repositories that have a catalog file, by name.
func world(_ catalogs: [String: String?], tokens: [World.Token] = ["simulator-token"]) -> World {
  let repositories = catalogs.sorted { $0.key < $1.key }.map { name, catalog in
    var files: World.Files = ["/README.md": "text\n"]
    if let catalog { files["/catalog-info.yaml"] = World.File(bytes: Array(catalog.utf8)) }
    return World.Repository(name, files: files)
  }
  return World(
    organizations: [
      World.Organization(
        "contoso",
        tokens: tokens,
        projects: [World.Project("P", repositories: repositories)]
      )
    ]
  )
}

/// Changes the catalog file of a repository of `contoso/P`; nil deletes it.
func setCatalog(_ catalog: String?, of name: String, in simulator: Simulator) {
  simulator.change { world in
    for index in world.organizations[0].projects[0].repositories.indices
    where world.organizations[0].projects[0].repositories[index].name == name {
      var files = world.organizations[0].projects[0].repositories[index].files
      files["/catalog-info.yaml"] = catalog.map { World.File(bytes: Array($0.utf8)) }
      world.organizations[0].projects[0].repositories[index].files = files
    }
  }
}
