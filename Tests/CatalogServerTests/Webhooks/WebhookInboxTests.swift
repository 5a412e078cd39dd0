import CatalogServer
import Foundation
import TestSupport
import Testing

@Suite("The webhooks' inbox", .timeLimit(.minutes(1)))
struct WebhookInboxTests {
  @Test("the settle time is what the settings say by then")
  func settle() async throws {
    let (clock, settle) = (ManualClock(), Locked(Duration.seconds(3_600)))
    let given = Locked<[Duration]>([])
    let inbox = WebhookInbox(
      settle: { settle.withLock { $0 } },
      clock: clock,
      logger: LogRecorder().logger
    ) { hints in
      let at = clock.now.offset
      given.withLock { $0 += hints.map { _ in at } }
    }
    let hint = RefreshHint(host: "dev.azure.com", organization: "contoso", project: "p", repository: "r")

    #expect(await inbox.add(hint, id: "1", order: 1) == .queued)
    await clock.waitForSleepers()
    clock.advance(by: .milliseconds(50))
    try await until { given.withLock { $0.count } == 1 }
    #expect(await inbox.add(hint, id: "2", order: 2) == .queued)
    await clock.waitForSleepers()
    settle.withLock { $0 = .seconds(10) }
    #expect(await inbox.add(hint, id: "3", order: 3) == .coalesced)
    await clock.waitForSleepers()
    clock.advance(by: .seconds(10))
    try await until { given.withLock { $0.count } == 2 }

    let times = given.withLock { $0 }
    #expect(times == [.milliseconds(50), .milliseconds(10_050)])
    #expect(await inbox.waiting == 0)
  }

  @Test("a refresh that could not be asked for waits the settle time and is asked for again")
  func putsBack() async throws {
    struct Refused: Error {}
    let clock = ManualClock()
    let given = Locked<[[RefreshHint]]>([])
    let log = LogRecorder()
    let inbox = WebhookInbox(settle: { .seconds(10) }, clock: clock, logger: log.logger) { hints in
      let isFirst = given.withLock {
        $0.append(hints)
        return $0.count == 1
      }
      if isFirst { throw Refused() }
    }
    let hints = ["a", "b"].map {
      RefreshHint(host: "dev.azure.com", organization: "contoso", project: "p", repository: $0)
    }

    for hint in hints { #expect(await inbox.add(hint, id: nil, order: 1) == .queued) }
    await clock.waitForSleepers()
    clock.advance(by: .milliseconds(50))
    try await until { given.withLock { $0.count } == 1 }
    try await until { await inbox.waiting == 2 }
    await clock.waitForSleepers()
    clock.advance(by: .seconds(9))
    #expect(given.withLock { $0 } == [hints])
    clock.advance(by: .seconds(1))
    try await until { await inbox.waiting == 0 }

    #expect(given.withLock { $0 } == [hints, hints])
    #expect(log.all.contains { $0.contains("refreshes could not be asked for") })
  }
}
