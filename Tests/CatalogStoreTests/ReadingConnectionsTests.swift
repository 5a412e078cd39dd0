import Dispatch
import Foundation
import GRDB
import GRDBSQLite
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
        _ = try access.count(SQLText("other", [.integer(Int64(number))]), following: nil) { number }
      }
      var times = 0
      for _ in 0..<3 {
        let count = try access.count(SQLText("the question"), following: nil) {
          times += 1
          return 7
        }
        #expect(count == 7)
      }
      return times
    }
    #expect(times == 1)
  }

  @Test("those that wait together are answered from one moment, an error among them ends one of them")
  func together() async throws {
    struct Refused: Error {}
    let world = try await StoredWorld()
    let connections = ReadingConnections(
      path: world.database.path,
      usual: 1,
      limit: 1,
      together: 8,
      togetherTime: .seconds(60)
    )
    let pool = world.database.pool
    let mayGoOn = DispatchSemaphore(value: 0)
    let working = Working()
    let first = Task {
      try await connections.read { _ in
        working.count.add(1, ordering: .relaxed)
        mayGoOn.wait()
      }
    }
    try await until { working.count.load(ordering: .relaxed) == 1 }
    let question = "SELECT count(*) FROM repository"
    let waiting = (0..<4).map { number in
      Task {
        try await connections.read { db in
          if number == 1 { throw Refused() }
          if number == 2 {
            try pool.write { try $0.execute(sql: "DELETE FROM repository WHERE name = 'r1'") }
          }
          return try db.number(question)
        }
      }
    }
    try await until { connections.waitingCount == 4 }
    mayGoOn.signal()
    try await first.value
    var answers: [Int64?] = []
    for task in waiting {
      do { answers.append(try await task.value) } catch { #expect(error is Refused) }
    }
    #expect(answers == [2, 2, 2], "what one of them writes elsewhere the others do not see")
    #expect(try await connections.read { try $0.number(question) } == 1)
  }

  @Test("those that wait together with one that takes long are answered by another connection")
  func togetherWithSlow() async throws {
    let world = try await StoredWorld()
    let connections = ReadingConnections(path: world.database.path, usual: 1, limit: 2, together: 8)
    let (mayGoOn, mayEnd) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    let working = Working()
    func block(_ end: DispatchSemaphore) -> Task<Void, any Error> {
      Task {
        try await connections.read { _ in
          working.count.add(1, ordering: .relaxed)
          end.wait()
        }
      }
    }
    // Both connections work.
    let first = [block(mayGoOn), block(mayGoOn)]
    try await until { working.count.load(ordering: .relaxed) == 2 }
    let slow = block(mayEnd)
    try await until { connections.waitingCount == 1 }
    let quick = Task { try await connections.read { try $0.number("SELECT 7") } }
    try await until { connections.waitingCount == 2 }

    mayGoOn.signal()
    try await until { working.count.load(ordering: .relaxed) == 3 }
    mayGoOn.signal()

    #expect(try await quick.value == 7, "the slow one is not over")
    mayEnd.signal()
    for task in first + [slow] { try await task.value }
  }

  @Test("what is asked with very much text is not kept")
  func longQuestion() async throws {
    let world = try await StoredWorld()
    let connections = ReadingConnections(path: world.database.path, usual: 1, limit: 1)
    let memory = QuestionMemory()
    let times = try await connections.read { db in
      let access = try memory.access(db)
      return try [1_000, 20_000].map { length in
        let question = SQLText("long", [.text(String(repeating: "x", count: length))])
        var times = 0
        for _ in 0..<3 {
          _ = try access.count(question, following: nil) {
            times += 1
            return 1
          }
          _ = try access.estimate(question) {
            times += 1
            return 1
          }
          _ = try access.few(question) {
            times += 1
            return []
          }
        }
        return times
      }
    }
    #expect(times == [3, 9])
  }

  @Test("of those that ask the same one is asked at a time, and holds up no other")
  func alone() async throws {
    let world = try await StoredWorld()
    let connections = ReadingConnections(path: world.database.path, usual: 2, limit: 2)
    let mayGoOn = DispatchSemaphore(value: 0)
    let order = Working()
    let first = Task {
      try await connections.read(alone: 1) { _ in
        order.count.add(1, ordering: .relaxed)
        mayGoOn.wait()
      }
    }
    try await until { order.count.load(ordering: .relaxed) == 1 }
    let second = Task {
      try await connections.read(alone: 1) { _ in order.count.add(1, ordering: .relaxed).newValue }
    }
    try await until { connections.waitingCount == 1 }
    for number in Int64(0)..<5 {
      let answer = try await connections.read(alone: 2) { try $0.number("SELECT ?", [.integer(number)]) }
      #expect(answer == number)
    }
    #expect(order.count.load(ordering: .relaxed) == 1)
    mayGoOn.signal()
    try await first.value
    #expect(try await second.value == 2)
  }

  @Test("statements of shapes that clients choose are not kept for ever")
  func statements() async throws {
    let world = try await StoredWorld()
    let connections = ReadingConnections(path: world.database.path, usual: 1, limit: 1)
    var most: Int32 = 0
    let list = (0..<1_500).map { "\($0)" }.joined(separator: ",")
    for number in 1...200 {
      let used = try await connections.read { db in
        _ = try db.number("SELECT count(*) FROM repository WHERE id IN (\(list)) AND id <> \(number)")
        var (used, highest): (Int32, Int32) = (0, 0)
        sqlite3_db_status(db.sqliteConnection, SQLITE_DBSTATUS_STMT_USED, &used, &highest, 0)
        return used
      }
      most = max(most, used)
    }
    #expect(most > 4 << 20 && most < 12 << 20, "\(most) bytes")
  }

  private final class Working: Sendable {
    let count = Atomic(0)
  }
}
