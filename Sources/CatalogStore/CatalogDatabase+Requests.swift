package import Foundation
import GRDB
import Migrations

/// What is to be crawled, and what came of it.
extension CatalogDatabase {
  /// How many answered requests are kept, and for how many days.
  private static let (keptRequests, keptDays) = (10_000, 30)

  /// Writes a request down.
  ///
  /// - Returns: Its id; that of one that waits and wants the very same, when there is one.
  package func submit(_ request: NewRequest, at now: Date) async throws -> Int64 {
    try await pool.connections.write { db in
      let waiting = try Int64.fetchOne(
        db,
        sql: "SELECT id FROM crawl_request WHERE state = 'waiting' AND request = ? ORDER BY id LIMIT 1",
        arguments: [request.request]
      )
      if let waiting { return waiting }
      try db.execute(
        sql: """
          INSERT INTO crawl_request (command, request, scope, reason, requested_by, requested_at)
          VALUES (?, ?, ?, ?, ?, ?)
          """,
        arguments: [
          request.command.rawValue, request.request, request.scope, request.reason, request.requestedBy,
          Timestamp.text(now),
        ]
      )
      return db.lastInsertedRowID
    }
  }

  /// The requests that wait, the oldest first.
  package func waitingRequests(limit: Int = 10_000) async throws -> [StoredRequest] {
    try await pool.read { db in
      try Self.requests(db, where: "state = 'waiting' ORDER BY id LIMIT ?", [limit])
    }
  }

  /// How many requests wait.
  package func waitingRequestCount() async throws -> Int {
    try await pool.read { db in
      try Int.fetchOne(db, sql: "SELECT count(*) FROM crawl_request WHERE state = 'waiting'") ?? 0
    }
  }

  /// One request; nil when there is none with this id.
  package func request(_ id: Int64) async throws -> StoredRequest? {
    try await pool.read { db in try Self.requests(db, where: "id = ?", [id]).first }
  }

  /// Requests, the newest first.
  ///
  /// - Parameters:
  ///   - before: Only those with a smaller id; nil for all.
  ///   - state: Only such; nil for all.
  package func requests(
    before: Int64? = nil,
    state: RequestState? = nil,
    limit: Int
  ) async throws -> [StoredRequest] {
    try await pool.read { db in
      try Self.requests(
        db,
        where: "id < ?1 AND (?2 IS NULL OR state = ?2) ORDER BY id DESC LIMIT ?3",
        [before ?? .max, state?.rawValue, limit]
      )
    }
  }

  /// When something was last asked for with each of these reasons.
  package func lastRequests(for reasons: [String]) async throws -> [String: Date] {
    try await pool.read { db in
      var dates: [String: Date] = [:]
      for reason in reasons {
        let text = try String.fetchOne(
          db,
          sql: "SELECT max(requested_at) FROM crawl_request WHERE reason = ?",
          arguments: [reason]
        )
        dates[reason] = text.flatMap(Timestamp.date)
      }
      return dates
    }
  }

  /// When the last crawl of everything began, whoever asked for it; nil when there was none.
  package func lastSync() async throws -> Date? {
    try await pool.read { db in
      try String.fetchOne(db, sql: "SELECT max(started_at) FROM crawl WHERE command = 'sync'")
        .flatMap(Timestamp.date)
    }
  }

  /// Says which crawl answers requests from now on; nil while it has no number yet.
  package func begin(_ requests: [Int64], in crawl: Int64?, at now: Date) async throws {
    try await update(
      requests,
      "state = 'running', crawl_id = ?1, started_at = ?2",
      [crawl, Timestamp.text(now)]
    )
  }

  /// Says how far the crawl is that answers requests.
  package func note(_ progress: CrawlProgress, of requests: [Int64]) async throws {
    let text = "{\"repositories\":\(progress.repositories),\"visited\":\(progress.visited)}"
    try await update(requests, "progress = ?1", [text])
  }

  /// Lets requests wait again whose crawl was cut off.
  package func putBack(_ requests: [Int64]) async throws {
    try await update(requests, "state = 'waiting'", [])
  }

  /// Answers requests, and forgets those that were answered long ago.
  package func end(_ requests: [Int64], with answer: RequestAnswer, at now: Date) async throws {
    try await update(
      requests,
      "state = ?1, ended_at = ?2, outcome = ?3, exit_code = ?4, error = ?5, report = ?6",
      [
        answer.state.rawValue, Timestamp.text(now), answer.outcome?.rawValue, answer.exitCode, answer.error,
        answer.report,
      ]
    )
    try await regardless { db in
      try db.execute(
        sql: """
          DELETE FROM crawl_request WHERE state NOT IN ('waiting', 'running')
            AND (requested_at < ? OR id <= (SELECT max(id) FROM crawl_request) - ?)
            AND reason NOT LIKE 'schedule: %'
          """,
        arguments: [
          Timestamp.text(now.addingTimeInterval(-Double(Self.keptDays) * 86_400)), Self.keptRequests,
        ]
      )
      // Of what a schedule asks for the last one tells when the next one is to come.
      try db.execute(
        sql: """
          DELETE FROM crawl_request WHERE state NOT IN ('waiting', 'running') AND reason LIKE 'schedule: %'
            AND id <= (SELECT max(id) FROM crawl_request) - ?
            AND id < (SELECT max(r.id) FROM crawl_request r WHERE r.reason = crawl_request.reason)
          """,
        arguments: [Self.keptRequests]
      )
    }
  }

  /// Takes a request back that waits.
  ///
  /// - Returns: Whether it did wait.
  package func cancelWaiting(_ id: Int64, at now: Date) async throws -> Bool {
    try await pool.connections.write { db in
      try db.execute(
        sql: """
          UPDATE crawl_request SET state = 'cancelled', ended_at = ?, exit_code = 130 WHERE id = ? AND state = 'waiting'
          """,
        arguments: [Timestamp.text(now), id]
      )
      return db.changesCount > 0
    }
  }

  /// Lets all requests wait again that a process was answering that is gone, or that could not be answered because the
  /// database failed at that moment.
  ///
  /// For whoever is the only one to crawl, and does not. Writes only where there are such.
  package func putBackAbandoned() async throws {
    let isAny = try await pool.read { db in
      try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM crawl_request WHERE state = 'running')")
    }
    guard isAny == true else { return }
    try await pool.connections.write { db in
      try db.execute(sql: "UPDATE crawl_request SET state = 'waiting' WHERE state = 'running'")
    }
  }

  private func update(
    _ requests: [Int64],
    _ assignments: String,
    _ values: [(any DatabaseValueConvertible & Sendable)?]
  ) async throws {
    guard !requests.isEmpty else { return }
    let ids = requests.map { "\($0)" }.joined(separator: ", ")
    try await regardless { db in
      try db.execute(
        sql:
          "UPDATE crawl_request SET \(assignments) WHERE state IN ('waiting', 'running') AND id IN (\(ids))",
        arguments: StatementArguments(values)
      )
    }
  }

  private static func requests(
    _ db: Database,
    where condition: String,
    _ values: [(any DatabaseValueConvertible)?]
  ) throws -> [StoredRequest] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT id, command, request, scope, reason, requested_by, requested_at, state, crawl_id, started_at, ended_at,
          progress, outcome, exit_code, error, report
        FROM crawl_request WHERE \(condition)
        """,
      arguments: StatementArguments(values)
    ).map { row in
      let progress: String? = row[11]
      return StoredRequest(
        id: row[0],
        command: CrawlCommand(rawValue: row[1]) ?? .refresh,
        request: row[2],
        scope: row[3],
        reason: row[4],
        requestedBy: row[5],
        requestedAt: row[6],
        state: RequestState(rawValue: row[7]) ?? .failed,
        crawl: row[8],
        startedAt: row[9],
        endedAt: row[10],
        progress: progress.flatMap { try? JSONDecoder().decode(CrawlProgress.self, from: Data($0.utf8)) },
        outcome: row[12],
        exitCode: row[13],
        error: row[14],
        report: row[15]
      )
    }
  }
}

/// Which service runs.
extension CatalogDatabase {
  /// The service as it is stored, running or not; nil when there is none.
  package func service() async throws -> StoredService? { try await pool.read(Self.service) }

  /// Says that this process is the service.
  ///
  /// - Returns: Whether the one before was cut off: it never said that it went.
  /// - Throws: `ServiceRunningError` when another one is.
  @discardableResult
  package func enter(
    _ holder: LeaseHolder,
    at now: Date,
    isAlive: @escaping @Sendable (ProcessIdentity) -> Bool = ProcessIdentity.isAlive
  ) async throws -> Bool {
    try await pool.connections.write { db in
      let other = try Self.service(db).flatMap { $0.holder.id == holder.id ? nil : $0 }
      if let other, other.isRunning(at: now, isAlive: isAlive) { throw ServiceRunningError(service: other) }
      let process = holder.process
      try db.execute(
        sql: """
          INSERT OR REPLACE INTO crawl_service (id, holder, machine, pid, process_started, since, expires_at)
          VALUES (1, ?, ?, ?, ?, ?, ?)
          """,
        arguments: [
          holder.id, process.machine, process.pid, process.started, Timestamp.text(now),
          Timestamp.text(now.addingTimeInterval(CrawlLease.term)),
        ]
      )
      return other != nil
    }
  }

  /// Says that the service is still there.
  ///
  /// - Returns: Whether it is the service still.
  package func stay(_ holder: LeaseHolder, at now: Date) async throws -> Bool {
    try await pool.connections.write { db in
      try db.execute(
        sql: "UPDATE crawl_service SET expires_at = ? WHERE holder = ?",
        arguments: [Timestamp.text(now.addingTimeInterval(CrawlLease.term)), holder.id]
      )
      return db.changesCount > 0
    }
  }

  /// Says that the service is not there any more.
  package func leave(_ holder: LeaseHolder) async throws {
    try await regardless { db in
      try db.execute(sql: "DELETE FROM crawl_service WHERE holder = ?", arguments: [holder.id])
    }
  }

  static func service(_ db: Database) throws -> StoredService? {
    let row = try Row.fetchOne(
      db,
      sql: "SELECT holder, machine, pid, process_started, since, expires_at FROM crawl_service"
    )
    guard let row else { return nil }
    let process = ProcessIdentity(machine: row[1], pid: row[2], started: row[3])
    return StoredService(
      holder: LeaseHolder(id: row[0], process: process),
      since: Timestamp.date(row[4]) ?? .distantPast,
      expiresAt: Timestamp.date(row[5]) ?? .distantPast
    )
  }
}
