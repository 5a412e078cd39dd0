import Catalog
import CatalogServer
import CatalogStore
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Settings
import TestSupport

@testable import Crawl

/// A catalog that is filled as a crawl fills it, one repository for each file, and a server over it.
struct CatalogWorld {
  let client: any TestClientProtocol
  let database: CatalogDatabase
  let commands: EditingCommands

  static let noon = Date(timeIntervalSince1970: 1_790_000_000)

  /// The settings of a world: one organization, that of its files.
  static var settings: CrawlerSettings {
    var settings = CrawlerSettings()
    settings.providers = []
    settings.crawler.organizations = [OrganizationSettings(host: "dev.azure.com", name: "contoso")]
    return settings
  }

  /// Runs a test against a world.
  ///
  /// - Parameter files: The texts of catalog files; the first is of the repository `r0`.
  static func run(
    _ files: [String],
    settings: CrawlerSettings = settings,
    judged: JudgedLocation = JudgedLocation(entities: [], errors: []),
    _ test: @escaping @Sendable (CatalogWorld) async throws -> Void
  ) async throws {
    let folder = try TemporaryFolder()
    let database = try CatalogDatabase.open(at: folder.path("catalog.db"))
    try await fill(database, files)
    let commands = EditingCommands(database: database, judged: judged)
    let parts = ServerParts(
      database: database,
      commands: commands,
      settings: { settings },
      now: { noon },
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    )
    let application = Application(router: CatalogServer.router(parts))
    try await application.test(.router) { client in
      try await test(CatalogWorld(client: client, database: database, commands: commands))
    }
  }

  static func fill(_ database: CatalogDatabase, _ files: [String]) async throws {
    let crawl = try await database.beginCrawl(.sync, scope: nil, program: "test", at: noon)
    let organization = try await database.beginOrganization(
      host: "dev.azure.com",
      name: "contoso",
      crawl: crawl,
      at: noon
    )
    try await database.beginListing(of: organization)
    let rows = files.indices.map { index in
      ListedRepository(
        guid: "guid-\(index)",
        name: "r\(index)",
        projectGUID: "guid-p",
        projectName: "P",
        defaultBranch: "main",
        size: 1,
        isFork: false,
        state: .active
      )
    }
    try await database.record(rows, of: organization, at: noon)
    try await database.finishListing(of: organization, by: "identity i", at: noon)
    let known = try await database.repositories(of: organization, after: 0, limit: 10_000)
    let visits = zip(known, files).map { repository, text in
      visit(text, repository: repository.id, url: url(of: repository.name), organization: organization)
    }
    _ = try await database.store(visits, crawl: crawl, at: noon)
    try await database.endCrawl(crawl, outcome: .complete, at: noon)
  }

  static func url(of repository: String) -> String {
    "https://dev.azure.com/contoso/P/_git/\(repository)?path=/c.yaml"
  }

  static func visit(
    _ text: String,
    repository: Int64,
    url: String,
    organization: Int64,
    origin: FileOrigin? = nil
  ) -> FileVisit {
    let tag = VersionTag(
      blobID: "blob of \(text.utf8.reduce(0) { ($0 &* 31 &+ Int($1)) % 1_000_003 })",
      commitID: "c",
      etag: nil,
      size: text.utf8.count,
      rulesVersion: 1
    )
    return FileVisit(
      organization: organization,
      repository: repository,
      branch: "",
      path: "/c.yaml",
      url: url,
      origin: origin ?? FileOrigin(source: .organization, location: "url:\(url)"),
      finding: .content(CatalogFile.read(Array(text.utf8)), tag, [])
    )
  }

  /// A document of any kind.
  static func entity(
    _ kind: String = "Component",
    _ name: String,
    namespace: String? = nil,
    metadata: String = "",
    spec: String = "type: t, lifecycle: l, owner: o"
  ) -> String {
    let namespace = namespace.map { ", namespace: \($0)" } ?? ""
    let more = metadata.isEmpty ? "" : ", \(metadata)"
    return """
      apiVersion: backstage.io/v1alpha1
      kind: \(kind)
      metadata: {name: \(name)\(namespace)\(more)}
      spec: {\(spec)}

      """
  }

  // MARK: - Asking

  func get(_ path: String, headers: HTTPFields = [:]) async throws -> TestResponse {
    try await client.execute(uri: "/api/catalog" + path, method: .get, headers: headers)
  }

  func post(_ path: String, _ json: String, type: String? = "application/json") async throws -> TestResponse {
    var headers: HTTPFields = [:]
    if let type { headers[.contentType] = type }
    return try await client.execute(
      uri: "/api/catalog" + path,
      method: .post,
      headers: headers,
      body: ByteBuffer(string: json)
    )
  }

  func delete(_ path: String) async throws -> TestResponse {
    try await client.execute(uri: "/api/catalog" + path, method: .delete)
  }

  /// The names of the entities of an array, in its order.
  func names(_ path: String) async throws -> [String] {
    let answer = try await get("/entities" + path)
    guard answer.status == .ok else { return ["status \(answer.status.code)"] }
    return try Self.names(of: answer.json)
  }

  static func names(of json: Any) throws -> [String] {
    guard let list = json as? [[String: Any]] else { return ["no list"] }
    return list.map { ($0["metadata"] as? [String: Any])?["name"] as? String ?? "-" }
  }

  /// A page of `by-query`.
  func page(_ query: String) async throws -> Page {
    let answer = try await get("/entities/by-query" + query)
    guard answer.status == .ok else { return Page(names: ["status \(answer.status.code)"]) }
    return try Page(answer.json)
  }

  struct Page {
    var names: [String] = []
    var total = -1
    var next: String?
    var previous: String?

    init(names: [String]) { self.names = names }

    init(_ json: Any) throws {
      let object = json as? [String: Any] ?? [:]
      names = try CatalogWorld.names(of: object["items"] ?? [])
      total = object["totalItems"] as? Int ?? -1
      let info = object["pageInfo"] as? [String: Any]
      next = info?["nextCursor"] as? String
      previous = info?["prevCursor"] as? String
    }
  }
}

extension TestResponse {
  var text: String { String(buffer: body) }

  var json: Any {
    get throws { try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed) }
  }

  /// A member of the answer's object, by its path.
  func member(_ path: String...) throws -> String {
    var value: Any = try json
    for key in path {
      if let index = Int(key), let list = value as? [Any], index < list.count {
        value = list[index]
      } else if let object = value as? [String: Any], let next = object[key] {
        value = next
      } else {
        return "nothing at \(key)"
      }
    }
    return "\(value)"
  }
}

/// Does what the API changes as the crawler's edits do it, and takes down what else it is asked.
actor EditingCommands: CrawlCommands {
  private let database: CatalogDatabase
  private let judged: JudgedLocation
  private(set) var submitted: [CrawlRequest] = []

  init(database: CatalogDatabase, judged: JudgedLocation) {
    self.database = database
    self.judged = judged
  }

  func submit(_ request: CrawlRequest, reason: String) -> Int64 {
    submitted.append(request)
    return Int64(submitted.count)
  }

  func report(of request: Int64) -> CrawlReport? {
    CrawlReport(crawl: 9, command: .refresh, outcome: .complete, seconds: 1, organizations: [])
  }

  func register(_ address: FileAddress) async throws -> RegisteredAddress {
    let (id, isNew) = try await database.register(.url, address, at: CatalogWorld.noon)
    return RegisteredAddress(id: id, isNew: isNew)
  }

  func unregister(_ location: Int64) async throws -> Bool {
    guard let stored = try await database.locations().first(where: { $0.id == location }) else {
      return false
    }
    return try await database.unregister(stored.type, stored.address.text, at: CatalogWorld.noon) != nil
  }

  func remove(uid: String) async throws -> EntityRef? {
    try await database.remove(uid: uid, at: CatalogWorld.noon)
  }

  func judge(_ address: FileAddress) -> JudgedLocation { judged }

  /// As the crawler's own, but that no placeholder is read.
  func judge(_ entity: [UInt8], at address: FileAddress) -> [Problem] { CatalogFile.read(entity).problems }
}
