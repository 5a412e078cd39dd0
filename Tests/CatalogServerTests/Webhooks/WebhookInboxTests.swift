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
}
