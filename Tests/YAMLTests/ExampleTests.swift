import Foundation
import Testing
import YAML

/// The examples for schedulers that are written in YAML.
struct ExampleTests {
  @Test func `the CronJob is one document with a schedule and one container that syncs`() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Examples/kubernetes/cronjob.yaml")
    let json = read(try String(contentsOf: file, encoding: .utf8))

    #expect(json.count == 1)
    let text = try #require(json.first)
    #expect(text.hasPrefix(#"{"apiVersion":"batch/v1","kind":"CronJob","metadata":"#), "\(text)")
    #expect(text.contains(#""concurrencyPolicy":"Forbid""#))
    #expect(text.contains(#""args":["sync","--wait-for","30m","--config","#))
  }
}
