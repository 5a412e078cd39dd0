import CatalogStore
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Settings
import TestSupport
import Testing

@testable import CatalogServer

/// Checks are waited for no longer than their limit.
@Suite("Checks with a limit", .timeLimit(.minutes(1)))
struct TimedCheckTests {
  private struct Refused: Error {}

  @Test("what the check finds is told, each time anew")
  func found() async throws {
    let times = Locked(0)
    let check = TimedCheck(limit: .seconds(5), clock: ManualClock()) {
      let time = times.withLock { times in
        times += 1
        return times
      }
      if time == 2 { throw Refused() }
    }
    try await check.run()
    await #expect(throws: Refused.self) { try await check.run() }
    try await check.run()
    #expect(times.withLock { $0 } == 3)
  }

  @Test("who has waited for the limit is told so; the check goes on, and is not begun a second time")
  func late() async throws {
    let (clock, gate, times) = (ManualClock(), Gate(), Locked(0))
    let check = TimedCheck(limit: .seconds(5), clock: clock) {
      times.withLock { $0 += 1 }
      await gate.wait()
    }
    for _ in 0..<3 {
      let asking = Task { try await check.run() }
      await clock.waitForSleepers()
      clock.advance(by: .seconds(5))
      await #expect(throws: TimedCheck.TookTooLong(limit: .seconds(5))) { try await asking.value }
    }
    #expect(times.withLock { $0 } == 1)

    let asking = Task { try await check.run() }
    await clock.waitForSleepers()
    await gate.open()
    try await asking.value
    #expect(times.withLock { $0 } == 1)
  }

  @Test("/readyz says so when the database does not answer in time, and is ready when it does again")
  func readiness() async throws {
    let folder = try TemporaryFolder()
    let database = try CatalogDatabase.open(at: folder.path("catalog.db"))
    let parts = ServerParts(
      database: database,
      commands: RecordedCommands(),
      settings: { CrawlerSettings() },
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    )
    let (clock, gate) = (ManualClock(), Gate())
    let router = Router(context: CatalogRequestContext.self)
    HealthRoutes(parts, readable: TimedCheck(limit: .seconds(5), clock: clock) { await gate.wait() })
      .add(to: router)
    try await Application(router: router).test(.router) { client in
      async let late = client.execute(uri: "/readyz", method: .get)
      await clock.waitForSleepers()
      clock.advance(by: .seconds(5))
      let answer = try await late
      #expect(answer.status == .serviceUnavailable)
      #expect(
        answer.text
          == #"{"reasons":["the database did not answer within 5 seconds"],"status":"unavailable"}"#
      )
      await gate.open()
      #expect(try await client.execute(uri: "/readyz", method: .get).status == .ok)
    }
  }
}
