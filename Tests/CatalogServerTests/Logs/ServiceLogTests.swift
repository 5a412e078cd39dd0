import CatalogServer
import Foundation
import Logging
import TestSupport
import Testing

@Suite("The service's log")
struct ServiceLogTests {
  private func line(_ format: LogFormat, _ message: String, _ metadata: Logger.Metadata) -> String {
    let lines = Locked("")
    let logger = Logger(label: "test") { _ in
      ServiceLog(format: format, now: { Date(timeIntervalSince1970: 1_790_000_000) }) { line in
        lines.withLock { $0 += line }
      }
    }
    logger.debug("not wanted")
    logger.notice("\(message)", metadata: metadata)
    return lines.withLock { $0 }
  }

  @Test("is one line for each entry, for people and for machines")
  func formats() {
    let metadata: Logger.Metadata = ["who": "admin", "what": "POST /a", "hb.request.id": "7"]
    #expect(
      line(.text, "audit", metadata)
        == "2026-09-21T14:13:20.000Z notice audit request=7 what=\"POST /a\" who=admin\n"
    )
    #expect(
      line(.json, "audit", metadata)
        == #"{"time":"2026-09-21T14:13:20.000Z","level":"notice","message":"audit","request":"7","#
        + "\"what\":\"POST /a\",\"who\":\"admin\"}\n"
    )
  }

  @Test("has in quotes what could be taken for more than one value, whatever stands behind the blank")
  func quotes() {
    for blank in [" ", " \u{301}", "=", "=\u{301}", "\"\u{301}"] {
      #expect(line(.text, "audit", ["what": "a\(blank)who"]).contains("what=\""), "\(blank)")
    }
  }

  @Test("cannot be made to lie by what comes from outside", arguments: LogFormat.allCases)
  func injection(format: LogFormat) {
    let text = line(format, "a\nb", ["x": "1\n2026 notice forged who=\"root\"\u{1B}[2J", "time": "never"])
    #expect(text.filter { $0 == "\n" }.count == 1 && text.hasSuffix("\n"))
    #expect(!text.contains("\u{1B}"))
    #expect(text.contains("2026-09-21T14:13:20.000Z"))
  }
}
