import Foundation
import GRDB
import Synchronization
import TestSupport
import Testing

@testable import CatalogStore

/// Readers of the file while a crawl writes it.
struct ReadingBesideWritingTests {
  @Test func `the log is tried again each time that it has grown by a step, and told of once`() {
    var rule = LogRule(step: 10, alarm: 25)
    #expect(!rule.isDue(9))
    #expect(rule.isDue(10))
    let sizes: [(Int64, Bool)] = [(12, false), (30, true), (45, false), (0, false), (25, true)]
    for (size, isTold) in sizes {
      let told = rule.note(size)
      #expect(told == isTold, "at \(size)")
      #expect(!rule.isDue(size + 9) && rule.isDue(size + 10))
    }
  }

  @Test func `the log stays while a reader needs it, and is emptied after it`() async throws {
    let world = try await StoredWorld(repositories: 1)
    let reader = try CatalogDatabase.openForReading(at: world.folder.path("catalog.sqlite"))
    let snapshot = try reader.pool.connections.makeSnapshot()
    let before = try await snapshot.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM entity") }

    for number in 0..<20 {
      try await world.store(StoredWorld.component("api", owner: "o\(number)"), in: 0)
    }
    let held = try await world.database.emptyLog()
    let seen = try await snapshot.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM entity") }
    #expect(held > 0)
    #expect(before == 0 && seen == 0, "the reader sees what was there when it began")
    try snapshot.close()

    #expect(try await world.database.emptyLog() == 0)
    #expect(try await reader.pool.read { try String.fetchOne($0, sql: "SELECT owner FROM entity") } == "o19")
  }

  @Test func `readers see whole files and are never turned away`() async throws {
    let world = try await StoredWorld(repositories: 1)
    let both = { (owner: String) in
      StoredWorld.component("one", owner: owner) + "---\n" + StoredWorld.component("two", owner: owner)
    }
    try await world.store(both("start"), in: 0)
    let path = world.folder.path("catalog.sqlite")
    let isDone = Flag()

    let reads = try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<3 {
        group.addTask {
          let reader = try CatalogDatabase.openForReading(at: path)
          var reads = 0
          while reads < 20 || !isDone.isSet {
            let owners = try await reader.pool.read { db in
              try String.fetchAll(
                db,
                sql: """
                  SELECT owner FROM entity UNION ALL SELECT value FROM search WHERE key = 'spec.owner'
                  """
              )
            }
            #expect(owners.count == 4 && Set(owners).count == 1, "\(owners)")
            reads += 1
          }
          return reads
        }
      }
      for number in 0..<60 { try await world.store(both("o\(number)"), in: 0) }
      isDone.set()
      return try await group.reduce(0, +)
    }
    #expect(reads >= 60)
    #expect(try await world.database.check().flatMap(\.faults) == [])
  }
}

/// Something that happens once.
private final class Flag: Sendable {
  private let value = Mutex(false)

  var isSet: Bool { value.withLock { $0 } }

  func set() { value.withLock { $0 = true } }
}
