import Foundation
import Testing

/// The messages of docs/troubleshooting.md are those of the program.
struct DocumentedMessageTests {
  /// The texts of the sources: literals that are joined by `+` or by the end of a line are one.
  private static func sources() throws -> String {
    let folder = Crawling.checkout.appending(path: "Sources")
    let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
    var text = ""
    for case let file as URL in files where file.pathExtension == "swift" {
      text += try String(contentsOf: file, encoding: .utf8)
        .replacing(/\\\n\s*/, with: "").replacing(/"\s*\+\s*"/, with: "").replacing("\\\"", with: "\"")
    }
    return text
  }

  /// What is always the same in a message.
  private static func fixedParts(of message: Substring) -> [String] {
    message.split(separator: "…").map(String.init).filter { !$0.trimmingCharacters(in: .whitespaces).isEmpty }
  }

  @Test func `every message that docs/troubleshooting.md explains is in the sources`() throws {
    let page = try String(
      contentsOf: Crawling.checkout.appending(path: "docs/troubleshooting.md"),
      encoding: .utf8
    )
    let sources = try Self.sources()
    let messages = page.matches(of: /\n\| `([^`\n]+)` \|/).map(\.output.1)

    #expect(messages.count > 70)
    #expect(Set(messages).count == messages.count, "each message once")
    for message in messages {
      let parts = Self.fixedParts(of: message)
      #expect(parts.contains { $0.count > 8 }, "'\(message)' could be anything")
      for part in parts { #expect(sources.contains(part), "no message has '\(part)'") }
    }
    for row in page.split(separator: "\n") where row.hasPrefix("| `") {
      #expect(row.split(separator: "|", omittingEmptySubsequences: false).count == 5, "\(row)")
    }
    #expect(!sources.contains("the catalog has " + "exploded"))
  }

  @Test func `every metric that docs/operations.md rings an alert for is measured`() throws {
    let page = try String(
      contentsOf: Crawling.checkout.appending(path: "docs/operations.md"),
      encoding: .utf8
    )
    let sources = try Self.sources()
    let names = Set(page.matches(of: /catalog_crawler_[a-z_]+/).map { String($0.output) })

    #expect(names.count > 5)
    for name in names { #expect(sources.contains("\"\(name)"), "\(name)") }
  }
}
