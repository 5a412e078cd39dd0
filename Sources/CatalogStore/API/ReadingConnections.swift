import Dispatch
import Foundation
import GRDB
import GRDBSQLite
import Locks
import Synchronization

/// A few connections that only read, for questions that are asked thousands of times a second.
///
/// GRDB's own pool hands each read to two queues in turn, and prepares what begins and ends its transaction: more work
/// than to look an entity up. Here a question is handed to one thread, which goes on with those that wait behind it.
final class ReadingConnections: Sendable {
  /// Reads, and returns what tells the answer.
  private typealias Work = @Sendable (Result<Database, any Error>) -> Answer
  private typealias Answer = () -> Void

  private struct Waiting {
    var number: Int
    /// Nil when it may be asked beside any other.
    var alone: Int?
    var work: Work
  }

  /// A connection, and what its work runs on: a queue of its own, since the global ones have no more threads than there
  /// are processors, and those are for tasks.
  private struct Connection {
    let database: DatabaseQueue
    let queue: DispatchQueue
    /// Bytes of the statements that are prepared, as last looked at.
    let statements = StatementBound()
  }

  private struct State {
    var idle: [Connection] = []
    /// How many are open, or being opened.
    var count = 0
    var waiting: [Waiting] = []
    /// Those of `Waiting.alone` that are being asked.
    var alone: Set<Int> = []
    var lastNumber = 0
    /// Whether it will be looked whether somebody has waited for too long.
    var isWatched = false

    func mayAsk(_ waiting: Waiting) -> Bool { waiting.alone.map { !alone.contains($0) } ?? true }

    /// What waits longest and may be asked, of those up to a number; nil when there is nothing.
    mutating func take(upTo newest: Int) -> Waiting? {
      guard let index = waiting.firstIndex(where: { $0.number <= newest && mayAsk($0) }) else { return nil }
      let next = waiting.remove(at: index)
      if let alone = next.alone { self.alone.insert(alone) }
      return next
    }
  }

  /// As long as questions are answered faster than this, they wait for the connections that work already: to wake
  /// another thread takes longer than most of them, and each connection counts for itself what it remembers.
  private static let patience = DispatchTimeInterval.milliseconds(20)

  private let path: String
  /// So many connections at most.
  private let limit: Int
  /// So many work without anybody having waited.
  private let usual: Int
  /// So many questions at most are answered together.
  private let together: Int
  private let togetherTime: Duration
  private let state = Guarded(State())
  private let timers = DispatchQueue(label: "catalog.questions.timers")

  /// - Parameter together: So many that wait at the same time are answered from one moment, and told together: it takes
  ///   less work, and the first of them waits for the last. For what takes some microseconds.
  /// - Parameter togetherTime: When they have taken so long no more are, because those that are answered wait.
  init(
    path: String,
    usual: Int,
    limit: Int,
    together: Int = 1,
    togetherTime: Duration = .milliseconds(2)
  ) {
    self.path = path
    self.usual = usual
    self.limit = limit
    self.together = together
    self.togetherTime = togetherTime
  }

  /// Reads from one moment of the database, which is not before it was asked.
  ///
  /// - Parameter alone: Of those with the same number only one is asked at a time, because the others find in a memory
  ///   what it counts; nil for what is asked beside any other.
  /// - Throws: What the body throws, `StoreError.cannotOpen`, and what the database throws.
  func read<Value: Sendable>(
    alone: Int? = nil,
    _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      add(alone) { connection in
        let value = Result { try body(connection.get()) }
        return { continuation.resume(with: value) }
      }
    }
  }

  /// Does what was asked, in the transaction that is there or in a new one.
  private static func answer(to work: Work, _ db: Database) -> Answer {
    // An error ends the question that has it; of some SQLite ends the transaction too.
    work(
      Result {
        if !db.isInsideTransaction { try db.run("BEGIN") }
        return db
      }
    )
  }

  /// Ends the transaction, in which nothing was written: there is nothing that could be lost.
  private static func end(_ db: Database) {
    if db.isInsideTransaction { try? db.run("COMMIT") }
    if db.isInsideTransaction { try? db.run("ROLLBACK") }
  }

  /// How many wait to be asked.
  var waitingCount: Int { state.withLock { $0.waiting.count } }

  // MARK: - Who works

  private enum Worker {
    case idle(Connection)
    case new
  }

  private func add(_ alone: Int?, _ work: @escaping Work) {
    let (worker, watched) = state.withLock { state -> (Worker?, Int?) in
      state.lastNumber += 1
      state.waiting.append(Waiting(number: state.lastNumber, alone: alone, work: work))
      if state.count - state.idle.count < usual { return (take(from: &state), nil) }
      if state.isWatched { return (nil, nil) }
      state.isWatched = true
      return (nil, state.lastNumber)
    }
    if let worker { start(worker) }
    if let watched { watch(watched) }
  }

  /// Nil when all work that may.
  private func take(from state: inout State) -> Worker? {
    if let connection = state.idle.popLast() { return .idle(connection) }
    guard state.count < limit else { return nil }
    state.count += 1
    return .new
  }

  private func start(_ worker: Worker) {
    switch worker {
    case .idle(let connection): connection.queue.async { self.work(on: connection) }
    case .new:
      let queue = DispatchQueue(label: "catalog.questions")
      queue.async {
        do {
          self.work(on: Connection(database: try self.open(), queue: queue))
        } catch {
          self.refuse(error)
        }
      }
    }
  }

  /// Wakes another connection when the question with this number has waited for too long.
  private func watch(_ number: Int) {
    timers.asyncAfter(deadline: .now() + Self.patience) { [self] in
      let (worker, next) = state.withLock { state -> (Worker?, Int?) in
        if state.waiting.isEmpty {
          state.isWatched = false
          return (nil, nil)
        }
        // Who may not be asked yet is left to whom it waits for.
        let first = state.waiting.first(where: state.mayAsk)?.number
        return (first ?? .max <= number ? take(from: &state) : nil, state.lastNumber)
      }
      if let worker { start(worker) }
      if let next { watch(next) }
    }
  }

  private func work(on connection: Connection) {
    connection.database.unsafeRead { db in
      var last: [Waiting] = []
      while let (first, newest) = next(after: last, orRest: connection) {
        let begin = ContinuousClock.now
        last = [first]
        var answers = [Self.answer(to: first.work, db)]
        // Who asks later than the transaction begins is not answered from it.
        while last.count < together, begin.duration(to: .now) < togetherTime,
          let another = state.withLock({ $0.take(upTo: newest) })
        {
          last.append(another)
          answers.append(Self.answer(to: another.work, db))
        }
        Self.end(db)
        for answer in answers { answer() }
        connection.statements.keep(db)
      }
    }
  }

  /// What waits longest, and the number of who has asked last; without anything the connection rests.
  ///
  /// - Parameter last: What the connection has done.
  private func next(after last: [Waiting], orRest connection: Connection) -> (Waiting, newest: Int)? {
    state.withLock { state in
      for alone in last.compactMap(\.alone) { state.alone.remove(alone) }
      if let next = state.take(upTo: .max) { return (next, state.lastNumber) }
      state.idle.append(connection)
      return nil
    }
  }

  /// Tells all who wait that there is no connection, unless another one will come to them.
  private func refuse(_ error: any Error) {
    let refused = state.withLock { state -> [Waiting] in
      state.count -= 1
      guard state.count == 0 else { return [] }
      defer { state.waiting = [] }
      return state.waiting
    }
    for waiting in refused { waiting.work(.failure(error))() }
  }

  private func open() throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(TimeInterval(CatalogDatabase.busyTimeout))
    configuration.prepareDatabase { db in try db.execute(sql: "PRAGMA cache_size = -4000") }
    do {
      return try DatabaseQueue(path: path, configuration: configuration)
    } catch let error as DatabaseError {
      throw StoreError.cannotOpen(path: path, reason: error.message ?? "\(error.resultCode)")
    }
  }
}

/// Lets a connection forget its statements when they have become many: their texts follow what clients ask, and GRDB keeps
/// every one.
private final class StatementBound: Sendable {
  /// In bytes, as SQLite counts them: some hundred statements.
  private static let most: Int32 = 4 << 20
  /// It is looked after so many questions, since it takes some microseconds.
  private static let interval = 16

  private let asked = Atomic(0)

  func keep(_ db: Database) {
    guard asked.add(1, ordering: .relaxed).newValue.isMultiple(of: Self.interval) else { return }
    var (used, highest): (Int32, Int32) = (0, 0)
    sqlite3_db_status(db.sqliteConnection, SQLITE_DBSTATUS_STMT_USED, &used, &highest, 0)
    if used > Self.most { db.clearSchemaCache() }
  }
}
