import Foundation
import GRDB
import Synchronization
import TestSupport
import Testing

@testable import CatalogStore

/// The connections that the API's questions are asked on.
@Suite(.timeLimit(.minutes(1)))
struct ReadingConnectionsTests {
  /// Goes on until it is interrupted.
  private static let endless = """
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n
    """

  @Test(
    "all who ask at once are answered, each with its own",
    arguments: [(1, 1), (1, 2), (4, 4)]
  )
  func many(usual: Int, limit: Int) async throws {
    let world = try await StoredWorld()
    let path = world.database.path
    let connections = ReadingConnections(path: path, usual: usual, limit: limit)
    let answers = try await withThrowingTaskGroup(of: Int64?.self) { group in
      for number in 0..<300 {
        group.addTask { try await connections.read { try $0.number("SELECT ?", [.integer(Int64(number))]) } }
      }
      return try await group.reduce(into: Set<Int64?>()) { $0.insert($1) }
    }
    #expect(answers == Set((0..<300).map { Int64($0) }))
  }

  @Test("a read sees one moment, and the next one what was written meanwhile")
  func moment() async throws {
    let world = try await StoredWorld()
    let connections = ReadingConnections(path: world.database.path, usual: 1, limit: 1)
    let question = "SELECT count(*) FROM repository"
    let pool = world.database.pool
    let counts = try await connections.read { db in
      let before = try db.number(question)
      try pool.write { try $0.execute(sql: "DELETE FROM repository WHERE name = 'r1'") }
      return [before, try db.number(question)]
    }
    #expect(counts == [2, 2])
    #expect(try await connections.read { try $0.number(question) } == 1)
  }

  @Test("an error ends one read and no other; nothing can be written")
  func failure() async throws {
    struct Refused: Error {}
    let world = try await StoredWorld()
    let connections = ReadingConnections(path: world.database.path, usual: 1, limit: 1)
    await #expect(throws: Refused.self) { try await connections.read { _ in throw Refused() } }
    await #expect(throws: DatabaseError.self) {
      try await connections.read { try $0.run("DELETE FROM repository") }
    }
    #expect(try await connections.read { try $0.number("SELECT count(*) FROM repository") } == 2)
  }

  @Test("everybody is told when the database cannot be opened")
  func missing() async throws {
    let folder = try TemporaryFolder()
    let connections = ReadingConnections(path: folder.path("none.sqlite"), usual: 1, limit: 1)
    let refused = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<20 {
        group.addTask {
          do {
            _ = try await connections.read { try $0.number("SELECT 1") }
            return false
          } catch {
            return error is StoreError
          }
        }
      }
      return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
    }
    #expect(refused == 20)
  }

  @Test("who has waited long behind one that takes long is answered by another connection")
  func impatience() async throws {
    let world = try await StoredWorld()
    let connections = ReadingConnections(path: world.database.path, usual: 1, limit: 2)
    let deadline = QuestionDeadline(.seconds(60))
    let slow = Task {
      try await connections.read { db in try deadline.watching(db) { try db.number(Self.endless) } }
    }
    for number in 0..<5 {
      let answer = try await connections.read { try $0.number("SELECT ?", [.integer(Int64(number))]) }
      #expect(answer == Int64(number))
    }
    deadline.cancel()
    await #expect(throws: CancellationError.self) { try await slow.value }
  }

  @Test("a look-up is answered while questions work, and a question that nobody waits for ends")
  func lookUp() async throws {
    let world = try await StoredWorld()
    let reader = CatalogReader(world.database, timeLimit: .seconds(60))
    let working = Working()
    try await withThrowingTaskGroup(of: Void.self) { group in
      // More than there are connections for questions.
      for _ in 0..<6 {
        group.addTask {
          await #expect(throws: CancellationError.self) {
            try await reader.read { db in
              working.count.add(1, ordering: .relaxed)
              return try db.number(Self.endless)
            }
          }
        }
      }
      try await until { working.count.load(ordering: .relaxed) >= 4 }
      #expect(try await reader.lookUp { try $0.number("SELECT count(*) FROM repository") } == 2)
      group.cancelAll()
    }
    #expect(try await reader.read { try $0.number("SELECT count(*) FROM repository") } == 2)
  }

  @Test("a question that takes too long is given up")
  func tooLong() async throws {
    let world = try await StoredWorld()
    let reader = CatalogReader(world.database, timeLimit: .milliseconds(20))
    await #expect(throws: CatalogQuestionError.tookTooLong) {
      try await reader.read { try $0.number(Self.endless) }
    }
  }

  @Test("what is counted is remembered, however much else was counted before")
  func memory() async throws {
    let world = try await StoredWorld()
    let connections = ReadingConnections(path: world.database.path, usual: 1, limit: 1)
    let memory = QuestionMemory()
    let times = try await connections.read { db in
      let access = try memory.access(db)
      for number in 0..<1_500 {
        _ = try access.count(SQLText("other", [.integer(Int64(number))]), isExact: true) { number }
      }
      var times = 0
      for _ in 0..<3 {
        let count = try access.count(SQLText("the question"), isExact: true) {
          times += 1
          return 7
        }
        #expect(count == 7)
      }
      return times
    }
    #expect(times == 1)
  }

  private final class Working: Sendable {
    let count = Atomic(0)
  }
}
