import CatalogStore
import Foundation
import GRDB
import TestSupport
import Testing

/// Repositories that are listed again after they were missing, in lists that are not read to their end.
struct ReturningRepositoryTests {
  private let world: StoredWorld
  private let holder = """
    SELECT r.name, e.json ->> '$.spec.owner' FROM entity e JOIN file f ON f.id = e.file_id
      JOIN repository r ON r.id = f.repository_id WHERE e.is_holder = 1
    """

  /// `r1` has the older claim and left the list; `r2` holds the ref.
  init() async throws {
    world = try await StoredWorld()
    try await world.store(StoredWorld.component("api", owner: "a"), in: 0)
    try await world.store(StoredWorld.component("api", owner: "b"), in: 1)
    try await world.list(["r2"])
    #expect(try await world.rows(holder) == ["r2|b"])
  }

  private func expectReturned() async throws {
    #expect(try await world.rows(holder) == ["r1|a"])
    #expect(try await world.rows("SELECT value FROM search WHERE key = 'spec.owner'") == ["a"])
    #expect(try await world.rows("SELECT count(*) FROM pending_change") == ["0"])
    #expect(try await world.rows("SELECT count(*) FROM missing_repository") == ["0"])
    #expect(try await world.database.check().flatMap(\.faults) == [])
  }

  @Test func `one that is back in a list that is cut off holds its refs again`() async throws {
    try await world.database.beginListing(of: world.organization)
    try await world.database.record([StoredWorld.listed("r1")], of: world.organization, at: StoredWorld.noon)

    try await expectReturned()
  }

  @Test func `one that answers a question of its own stays unlisted until a list has it`() async throws {
    try await world.database.beginListing(of: world.organization)
    _ = try await world.database.record(
      StoredWorld.listed("r1"),
      alone: world.organization,
      at: StoredWorld.noon
    )

    #expect(try await world.rows(holder) == ["r2|b"])
    #expect(try await world.rows("SELECT state FROM repository WHERE name = 'r1'") == ["unlisted"])
    #expect(try await world.database.check().flatMap(\.faults) == [])
  }

  @Test func `what a list that is cut off has is not missing from two lists in a row`() async throws {
    try await world.database.beginListing(of: world.organization)
    try await world.database.record([StoredWorld.listed("r1")], of: world.organization, at: StoredWorld.noon)
    try await world.list(["r2"])

    #expect(try await world.rows("SELECT listings FROM missing_repository") == ["1"])
  }

  @Test func `what is disabled by a list that is cut off is not unread any more`() async throws {
    var visit = world.visit(nil, in: 1)
    visit.finding = .failed(ReadFailure(rule: "forbidden", message: "no right"))
    _ = try await world.database.store([visit], crawl: world.crawl, at: StoredWorld.noon)
    #expect(try await world.rows("SELECT rule FROM problem") == ["forbidden"])

    try await world.database.beginListing(of: world.organization)
    try await world.database.record(
      [StoredWorld.listed("r2", state: .disabled)],
      of: world.organization,
      at: StoredWorld.noon
    )

    #expect(try await world.rows("SELECT rule FROM problem") == [])
  }

  @Test func `a project that a list which is cut off leaves empty goes with the next one`() async throws {
    let moved = ["r1", "r2"].map { StoredWorld.listed($0, project: "Q") }
    try await world.database.beginListing(of: world.organization)
    try await world.database.record(moved, of: world.organization, at: StoredWorld.noon + 1)

    try await world.database.beginListing(of: world.organization)
    try await world.database.record(moved, of: world.organization, at: StoredWorld.noon + 2)
    try await world.database.finishListing(of: world.organization, by: "identity i", at: StoredWorld.noon + 2)

    #expect(try await world.rows("SELECT name FROM project") == ["Q"])
  }
}
