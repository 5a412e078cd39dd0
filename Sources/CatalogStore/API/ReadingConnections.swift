import Dispatch
import Foundation
import GRDB
import Locks

/// A few connections that only read, for questions that are asked thousands of times a second.
///
/// GRDB's own pool hands each read to two queues in turn, and prepares what begins and ends its transaction: more work
/// than to look an entity up. Here a question is handed to one thread, which goes on with those that wait behind it.
final class ReadingConnections: Sendable {
  private typealias Work = @Sendable (Result<Database, any Error>) -> Void

  private struct Waiting {
    var number: Int
    var work: Work
  }

  /// A connection, and what its work runs on: a queue of its own, since the global ones have no more threads than there
  /// are processors, and those are for tasks.
  private struct Connection {
    let database: DatabaseQueue
    let queue: DispatchQueue
  }

  private struct State {
    var idle: [Connection] = []
    /// How many are open, or being opened.
    var count = 0
    var waiting: [Waiting] = []
    var lastNumber = 0
    /// Whether it will be looked whether somebody has waited for too long.
    var isWatched = false
  }

  /// As long as questions are answered faster than this, they wait for the connections that work already: to wake
  /// another thread takes longer than most of them, and each connection counts for itself what it remembers.
  private static let patience = DispatchTimeInterval.milliseconds(20)

  private let path: String
  /// So many connections at most.
  private let limit: Int
  /// So many work without anybody having waited.
  private let usual: Int
  private let state = Guarded(State())
  private let timers = DispatchQueue(label: "catalog.questions.timers")

  init(path: String, usual: Int, limit: Int) {
    self.path = path
    self.usual = usual
    self.limit = limit
  }

  /// Reads from one moment of the database.
  ///
  /// - Throws: What the body throws, `StoreError.cannotOpen`, and what the database throws.
  func read<Value: Sendable>(
    _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      add { connection in
        continuation.resume(with: Result { try Self.inTransaction(connection.get(), body) })
      }
    }
  }

  private static func inTransaction<Value>(
    _ db: Database,
    _ body: (Database) throws -> Value
  ) throws -> Value {
    try db.run("BEGIN")
    do {
      let value = try body(db)
      try db.run("COMMIT")
      return value
    } catch {
      // The first error counts; SQLite may have ended the transaction by itself.
      if db.isInsideTransaction { try? db.run("ROLLBACK") }
      throw error
    }
  }

  // MARK: - Who works

  private enum Worker {
    case idle(Connection)
    case new
  }

  private func add(_ work: @escaping Work) {
    let (worker, watched) = state.withLock { state -> (Worker?, Int?) in
      state.lastNumber += 1
      state.waiting.append(Waiting(number: state.lastNumber, work: work))
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
        guard let first = state.waiting.first else {
          state.isWatched = false
          return (nil, nil)
        }
        return (first.number <= number ? take(from: &state) : nil, state.lastNumber)
      }
      if let worker { start(worker) }
      if let next { watch(next) }
    }
  }

  private func work(on connection: Connection) {
    connection.database.unsafeRead { db in
      while let work = next(orRest: connection) { work(.success(db)) }
    }
  }

  /// What waits longest; without anything the connection rests.
  private func next(orRest connection: Connection) -> Work? {
    state.withLock { state in
      guard state.waiting.isEmpty else { return state.waiting.removeFirst().work }
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
    for waiting in refused { waiting.work(.failure(error)) }
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
