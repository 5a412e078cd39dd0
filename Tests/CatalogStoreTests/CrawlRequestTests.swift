import CatalogStore
import Foundation
import TestSupport
import Testing

/// Requests that processes hand one another, and the service that answers them.
struct CrawlRequestTests {
  private let folder: TemporaryFolder
  private let database: CatalogDatabase
  private let now = Date(timeIntervalSince1970: 1_772_355_600)  // 2026-03-01T09:00:00Z

  init() throws {
    folder = try TemporaryFolder()
    database = try CatalogDatabase.open(at: folder.path("catalog.sqlite"))
  }

  private func new(_ request: String = "{}", reason: String = "test") -> NewRequest {
    NewRequest(command: .refresh, request: request, scope: "organization o", reason: reason, requestedBy: "p")
  }

  @Test func `a request waits, is answered by a crawl, and keeps what came of it`() async throws {
    let id = try await database.submit(new(), at: now)
    let crawl = try await database.beginCrawl(.refresh, scope: nil, program: "t", at: now)

    #expect(try await database.waitingRequests().map(\.id) == [id])
    try await database.begin([id], in: crawl, at: now)
    try await database.note(CrawlProgress(repositories: 4, visited: 2), of: [id])
    let running = try #require(try await database.request(id))
    #expect(running.state == .running)
    #expect(running.crawl == crawl)
    #expect(running.progress == CrawlProgress(repositories: 4, visited: 2))
    #expect(try await database.waitingRequestCount() == 0)

    let answer = RequestAnswer(state: .done, outcome: .complete, exitCode: 0, report: "{\"crawl\":1}")
    try await database.end([id], with: answer, at: now)

    let done = try #require(try await database.request(id))
    #expect(done.state == .done && done.outcome == "complete" && done.exitCode == 0)
    #expect(done.report == "{\"crawl\":1}")
    #expect(done.endedAt == "2026-03-01T09:00:00.000Z")
  }

  @Test func `the very same is joined while it waits, and not once a crawl is answering it`() async throws {
    let first = try await database.submit(new(), at: now)
    let other = try await database.submit(new("{\"a\":1}"), at: now)
    let crawl = try await database.beginCrawl(.refresh, scope: nil, program: "t", at: now)

    #expect(try await database.submit(new(), at: now) == first)
    #expect(other != first)
    try await database.begin([first], in: crawl, at: now)
    #expect(try await database.submit(new(), at: now) > other)
  }

  @Test func `what a process was answering that is gone waits again`() async throws {
    let id = try await database.submit(new(), at: now)
    let crawl = try await database.beginCrawl(.refresh, scope: nil, program: "t", at: now)
    try await database.begin([id], in: crawl, at: now)

    try await database.putBackAbandoned()

    #expect(try await database.waitingRequests().map(\.id) == [id])
  }

  @Test func `only what waits is taken back`() async throws {
    let id = try await database.submit(new(), at: now)

    #expect(try await database.cancelWaiting(id, at: now))
    #expect(try await !database.cancelWaiting(id, at: now))
    #expect(try await database.request(id)?.exitCode == 130)
  }

  @Test func `answered requests are forgotten after thirty days, but for the last one of each schedule`()
    async throws
  {
    let old = try await database.submit(new(), at: now)
    let scheduled = try await database.submit(new("{\"a\":1}", reason: "schedule: sync"), at: now)
    let answer = RequestAnswer(state: .done, exitCode: 0)
    try await database.end([old, scheduled], with: answer, at: now)
    let later = now.addingTimeInterval(31 * 86_400)
    let last = try await database.submit(new("{\"a\":2}"), at: later)

    try await database.end([last], with: answer, at: later)

    #expect(try await database.requests(limit: 10).map(\.id) == [last, scheduled])
    #expect(try await database.lastRequests(for: ["schedule: sync", "none"]) == ["schedule: sync": now])
  }

  @Test func `pages of requests, by state`() async throws {
    var ids: [Int64] = []
    for number in 0..<5 { ids.append(try await database.submit(new("{\"a\":\(number)}"), at: now)) }
    _ = try await database.cancelWaiting(ids[3], at: now)

    #expect(try await database.requests(limit: 2).map(\.id) == [ids[4], ids[3]])
    #expect(try await database.requests(before: ids[3], limit: 2).map(\.id) == [ids[2], ids[1]])
    #expect(try await database.requests(state: .cancelled, limit: 2).map(\.id) == [ids[3]])
  }

  @Test func `one service at a time, until it is gone or not heard of`() async throws {
    let one = LeaseHolder(process: ProcessIdentity(machine: "m", pid: 1, started: nil))
    let two = LeaseHolder(process: ProcessIdentity(machine: "m", pid: 2, started: nil))
    try await database.enter(one, at: now, isAlive: { _ in true })

    await #expect(throws: ServiceRunningError.self) {
      try await database.enter(two, at: now, isAlive: { _ in true })
    }
    #expect(try await database.service()?.isRunning(at: now, isAlive: { _ in true }) == true)
    #expect(
      try await database.service()?.isRunning(at: now.addingTimeInterval(60), isAlive: { _ in true }) == false
    )
    #expect(try await database.stay(one, at: now.addingTimeInterval(50)))
    #expect(
      try await database.service()?.isRunning(at: now.addingTimeInterval(60), isAlive: { _ in true }) == true
    )
    try await database.enter(two, at: now.addingTimeInterval(120), isAlive: { _ in true })
    #expect(try await !database.stay(one, at: now.addingTimeInterval(121)))
    try await database.leave(one)
    #expect(try await database.service()?.holder == two)
    try await database.leave(two)
    #expect(try await database.service() == nil)
  }
}
