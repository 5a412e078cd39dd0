import Catalog
import Dispatch
import GRDB
import TestSupport
import Testing

@testable import CatalogStore

/// What was counted is told as long as it is right, on every connection.
@Suite("What is remembered of questions", .timeLimit(.minutes(1)))
struct QuestionMemoryTests {
  private static let kind = EntityPredicate.values(key: "kind", ["component"])
  private static let predicates: [EntityPredicate] = [
    .everything,
    kind,
    .all([kind, .values(key: "spec.type", ["service"])]),
    .all([kind, .values(key: "spec.owner", ["x", "y"])]),
    .any([.values(key: "spec.owner", ["x"]), .values(key: "metadata.tags", ["java"])]),
    .not(.values(key: "spec.owner", ["x"])),
    .prefix(key: "metadata.name", "n1"),
    .exists(key: "metadata.tags"),
    .exists(key: EntityOrphan.key),
    .not(.exists(key: EntityOrphan.key)),
    .values(key: "relations.ownedby", ["group:default/x"]),
    .values(key: "relations.ownerof", ["component:default/n1"]),
  ]

  @Test("whatever changes, what is counted is what there is", arguments: 1...4)
  func changes(seed: Int) async throws {
    let world = try await StoredWorld(repositories: 12)
    let path = world.database.path
    let connections = (0..<2).map { _ in ReadingConnections(path: path, usual: 1, limit: 1) }
    let memory = QuestionMemory(largeCount: 1)
    var random = seed
    func next(_ count: Int) -> Int {
      random = (random &* 1_103_515_245 &+ 12_345) & 0x7fff_ffff
      return (random >> 8) % count
    }
    for round in 0..<40 {
      for _ in 0...next(2) {
        let names = ["n\(next(9))", "n1\(next(9))"]
        let text = names.map { name in
          let kind = next(4) == 0 ? "Group" : "Component"
          return StoredWorld.component(
            name,
            owner: ["x", "y", "z"][next(3)],
            more: next(2) == 0 ? ", tags: [java]" : ""
          ).replacing("Component", with: kind)
        }.joined(separator: "---\n")
        try await world.store(next(5) == 0 ? nil : text, in: next(12))
      }
      if round % 10 == 5 {
        let organizations = round == 5 ? [] : [world.organization]
        _ = try await world.database.sweepOrphans(
          crawl: world.crawl,
          keepCrawls: 9,
          organizations: organizations,
          at: StoredWorld.noon
        )
      }
      let counts = try await connections[round % 2].read { db in
        try [memory, QuestionMemory()].map { memory in
          try Self.predicates.map { predicate in
            try PredicateSQL(db: db, memory: memory.access(db)).count(predicate.normalized)
          }
        }
      }
      #expect(counts[0] == counts[1], "round \(round)")
    }
  }

  /// Counts entities of the kind, and how often they are all counted.
  private func counts(
    _ memory: QuestionMemory,
    _ connections: ReadingConnections
  ) async throws -> (count: Int, times: Int) {
    try await connections.read { db in
      var times = 0
      let test = SQLText(
        "EXISTS (SELECT 1 FROM search_value v WHERE v.value = 'component' AND v.entity_id = e.id)"
      )
      let source = SQLText("SELECT DISTINCT entity_id AS id FROM search_value WHERE value = 'component'")
      let count = try memory.access(db).count(test, following: source) {
        times += 1
        return Int(try db.number("SELECT count(*) FROM (\(source.sql))") ?? 0)
      }
      return (count, times)
    }
  }

  @Test("a large count that is asked for again is counted once more, and then follows what changes")
  func followed() async throws {
    let world = try await StoredWorld(repositories: 6)
    let path = world.database.path
    let connections = (0..<2).map { _ in ReadingConnections(path: path, usual: 1, limit: 1) }
    let memory = QuestionMemory(largeCount: 5)
    for number in 0..<5 { try await world.store(StoredWorld.component("n\(number)"), in: number) }
    var told = [try await counts(memory, connections[0]), try await counts(memory, connections[1])]
    try await world.store(StoredWorld.component("n5"), in: 5)
    told.append(try await counts(memory, connections[1]))
    try await world.store(nil, in: 0)
    told.append(try await counts(memory, connections[0]))
    // Nothing of this follows from the database: only from what was remembered of the others.
    try await world.database.pool.write {
      try $0.execute(sql: "DELETE FROM search_value WHERE entity_id = (SELECT min(id) FROM entity)")
    }
    try await world.store(nil, in: 5)
    told.append(try await counts(memory, connections[1]))

    #expect(told.map(\.count) == [5, 5, 6, 5, 4])
    #expect(told.map(\.times) == [1, 0, 0, 0, 0])
  }

  @Test("a read of an earlier moment counts for itself, and replaces nothing")
  func earlier() async throws {
    let world = try await StoredWorld(repositories: 2)
    let path = world.database.path
    let connections = (0..<2).map { _ in ReadingConnections(path: path, usual: 1, limit: 1) }
    let memory = QuestionMemory()
    try await world.store(StoredWorld.component("n1"), in: 0)
    let (hasBegun, mayGoOn) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    let slow = Task {
      try await connections[0].read { db in
        let access = try memory.access(db)
        hasBegun.signal()
        mayGoOn.wait()
        return try access.count(SQLText("the question"), following: nil) { 1 }
      }
    }
    await withCheckedContinuation { continuation in
      DispatchQueue.global().async {
        hasBegun.wait()
        continuation.resume()
      }
    }
    try await world.store(StoredWorld.component("n2"), in: 1)
    func later(_ number: Int) async throws -> Int {
      try await connections[1].read { db in
        try memory.access(db).count(SQLText("the question"), following: nil) { number }
      }
    }
    #expect(try await later(2) == 2)
    mayGoOn.signal()
    #expect(try await slow.value == 1)
    #expect(try await later(3) == 2)
  }

  @Test("sets hold every number once")
  func sets() {
    var set = EntitySet()
    let held = ([0, 63, 64, 1_000, 63] as [Int64]).map { set.insert($0) }
    #expect(held == [true, true, true, true, true])
    #expect(set.count == 4 && set.size == 128)
    for id in [63, 63, 5_000, -1] as [Int64] { set.remove(id) }
    #expect(set.count == 3)
    let refused = ([-1, 1 << 24] as [Int64]).map { set.insert($0) }
    #expect(refused == [false, false])
    #expect(set.count == 3)
  }
}
