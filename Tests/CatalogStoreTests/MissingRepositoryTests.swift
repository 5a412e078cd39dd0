import CatalogStore
import Foundation
import GRDB
import TestSupport
import Testing

/// What the database remembers of repositories that lists do not have.
struct MissingRepositoryTests {
  private let folder: TemporaryFolder
  private let database: CatalogDatabase
  private let noon = Date(timeIntervalSince1970: 1_772_366_400)

  init() throws {
    folder = try TemporaryFolder()
    database = try CatalogDatabase.open(at: folder.path("catalog.sqlite"))
  }

  private func organization() async throws -> Int64 {
    let crawl = try await database.beginCrawl(.sync, scope: nil, program: "test", at: noon)
    return try await database.beginOrganization(host: "dev.azure.com", name: "o", crawl: crawl, at: noon)
  }

  private func repository(_ name: String, project: String = "p") -> ListedRepository {
    ListedRepository(
      guid: "guid-\(name)",
      name: name,
      projectGUID: "guid-\(project)",
      projectName: project,
      defaultBranch: "main",
      size: 1,
      isFork: false,
      state: .active
    )
  }

  private func list(_ names: [String], by identity: String, _ organization: Int64) async throws {
    try await database.beginListing(of: organization)
    try await database.record(names.map { repository($0) }, of: organization, at: noon)
    try await database.finishListing(of: organization, by: identity, at: noon)
  }

  private func missing() async throws -> [String] {
    try await database.pool.read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT r.name, m.listings, m.identity, m.held_since IS NOT NULL FROM missing_repository m
          JOIN repository r ON r.id = m.repository_id ORDER BY r.name
          """
      ).map { "\($0[0] as String) \($0[1] as Int) \($0[2] as String)\($0[3] ? " held" : "")" }
    }
  }

  @Test func `lists of one identity are counted up to two, and another one begins anew`() async throws {
    let id = try await organization()
    try await list(["a", "b", "c"], by: "i", id)
    #expect(try await missing().isEmpty)
    try await list(["a"], by: "i", id)
    #expect(try await missing() == ["b 1 i", "c 1 i"])
    try await list(["a", "c"], by: "i", id)
    #expect(try await missing() == ["b 2 i"])
    try await list(["a"], by: "i", id)
    #expect(try await missing() == ["b 2 i", "c 1 i"])
    try await list(["a"], by: "j", id)
    #expect(try await missing() == ["b 1 j", "c 1 j"])
    try await list(["a", "b", "c"], by: "j", id)
    #expect(try await missing().isEmpty)
  }

  @Test func `what is held stays held while the same identity reads`() async throws {
    let id = try await organization()
    try await list(["a", "b"], by: "i", id)
    try await list(["a"], by: "i", id)
    try await list(["a"], by: "i", id)
    let project = try #require(try await database.missingProjects(of: id).first)
    #expect(project.guid == "guid-p")
    let known = try await database.missingRepositories(ofProject: project.id)
    #expect(known.map(\.guid) == ["guid-b"])
    #expect(known.map(\.listings) == [2])

    try await database.hold(known.map(\.id), release: [], at: noon)
    try await list(["a"], by: "i", id)
    #expect(try await missing() == ["b 2 i held"])
    #expect(try await database.missingRepositories(ofProject: project.id).map(\.isHeld) == [true])
    try await database.hold([], release: known.map(\.id), at: noon)
    #expect(try await missing() == ["b 2 i"])
    try await database.hold(known.map(\.id), release: [], at: noon)
    try await list(["a"], by: "j", id)
    #expect(try await missing() == ["b 1 j"])
  }

  @Test func `a repository that answers a question of its own is not missing`() async throws {
    let id = try await organization()
    try await list(["a", "hidden"], by: "i", id)
    try await list(["a"], by: "i", id)
    #expect(try await missing() == ["hidden 1 i"])

    _ = try await database.record(repository("hidden"), alone: id, at: noon)

    // The lists that it is missing from stay counted: only this crawl has seen it.
    #expect(try await missing() == ["hidden 1 i"])
    #expect(try await database.missingProjects(of: id).isEmpty)
    #expect(try await database.acceptRemovals(of: id, at: noon) == 0)
    try await list(["a"], by: "i", id)
    #expect(try await database.missingProjects(of: id).count == 1)
  }

  @Test func `one that was listed meanwhile is not removed`() async throws {
    let id = try await organization()
    try await list(["a", "b", "c"], by: "i", id)
    try await list(["a"], by: "i", id)
    let project = try #require(try await database.missingProjects(of: id).first)
    let ids = try await database.missingRepositories(ofProject: project.id).map(\.id)
    try await list(["a", "c"], by: "i", id)

    #expect(try await database.removeMissing(ids, of: id, at: noon) == 0)

    let left = try await database.repositories(of: id, after: 0, limit: 9).map(\.name)
    #expect(left == ["a", "c"])
    #expect(try await missing().isEmpty)
  }

  @Test func `a project without repositories goes, with the last one that leaves it or is removed`()
    async throws
  {
    let id = try await organization()
    try await database.beginListing(of: id)
    try await database.record(
      [repository("a", project: "p"), repository("b", project: "q"), repository("c", project: "r")],
      of: id,
      at: noon
    )
    try await database.finishListing(of: id, by: "i", at: noon)
    try await database.beginListing(of: id)
    try await database.record(
      [repository("a", project: "q"), repository("b", project: "q")],
      of: id,
      at: noon
    )
    try await database.finishListing(of: id, by: "i", at: noon)
    let projects = "SELECT name FROM project ORDER BY name"
    #expect(try await database.pool.read { try String.fetchAll($0, sql: projects) } == ["q", "r"])

    _ = try await database.acceptRemovals(of: id, at: noon)

    #expect(try await database.pool.read { try String.fetchAll($0, sql: projects) } == ["q"])
  }
}
