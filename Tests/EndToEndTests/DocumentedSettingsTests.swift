import Foundation
import Settings
import TestSupport
import Testing

/// What the pages show of settings can be used.
struct DocumentedSettingsTests {
  /// Backstage's, which a page says are not read.
  private static let others: Set = ["catalog.processingInterval", "catalog.orphanStrategy"]

  @Test func `every key that a page names is one of the settings`() throws {
    let paths = Set(SettingsTable.keys.map { $0.path.replacing("[]", with: "") })
    func isKnown(_ key: String) -> Bool {
      let key = key.replacing("[]", with: "")
      return paths.contains(key) || paths.contains { $0.hasPrefix(key + ".") }
    }
    #expect(isKnown("crawler.api.tokens[].name") && isKnown("crawler.limits") && !isKnown("crawler.limit"))

    var count = 0
    for page in try DocumentedCommandTests.pages() {
      for piece in CodeOfPage.pieces(of: page.text) {
        guard piece.wholeMatch(of: /(crawler|catalog|integrations)(\.[A-Za-z]+(\[\])?)+/) != nil,
          !piece.hasPrefix("catalog.sqlite"), !Self.others.contains(piece)
        else { continue }
        #expect(isKnown(piece), "\(page.name): \(piece) is not read")
        count += 1
      }
    }
    #expect(count > 100)
  }

  /// The blocks of YAML of a page that begin with a key of the settings.
  private static func settings(of text: String) -> [String] {
    CodeOfPage.blocks(of: text, "yaml").filter { block in
      let first = block.split(separator: "\n").first { !$0.hasPrefix("#") } ?? ""
      return ["integrations:", "catalog:", "crawler:", "backend:"].contains(String(first))
    }
  }

  private static func read(_ block: String) throws -> ResolvedSettings {
    let folder = try TemporaryFolder()
    try folder.write(block, to: "app-config.yaml")
    let names = block.matches(of: /\$\{([A-Za-z_0-9]+)\}/).map { String($0.output.1) }
    let tenants = Dictionary(
      names.map { ($0, $0.contains("TENANT") ? "contoso.example" : "example-0123456789abcdef") }
    ) {
      first,
      _ in first
    }
    return try SettingsFiles.resolve(explicit: [], folder: folder.url.path(), environment: tenants)
  }

  @Test func `settings that a page shows can be read`() throws {
    var count = 0
    for page in try DocumentedCommandTests.pages() where page.name.hasSuffix(".md") {
      for block in Self.settings(of: page.text) {
        let resolved = try Self.read(block)
        // What is cut short, and what stands in another part of the same file.
        let problems = resolved.problems.filter { problem in
          !["no organization is named", "there is no Azure integration"].contains {
            problem.message.hasPrefix($0)
          }
            && !block.contains("...") && !block.contains(":PORT")
        }
        #expect(problems.map { "\($0)" } == [], "\(page.name):\n\(block)")
        #expect(
          resolved.ignored.filter { !$0.keyPath.hasPrefix("backend") }.map { "\($0)" } == [],
          "\(page.name)"
        )
        count += 1
      }
    }
    #expect(count > 15)
    #expect(try !Self.read("crawler: {concurency: 1}").problems.isEmpty)
  }

  @Test func `docs/credentials.md has settings for every kind of credential`() throws {
    let page = try #require(try DocumentedCommandTests.pages().first { $0.name == "docs/credentials.md" })
    let kinds = try Self.settings(of: page.text).flatMap { block in
      try #require(try Self.read(block).values).integrations.flatMap(\.credentials).map { credential in
        switch credential.kind {
        case .managedIdentity(.systemAssigned): "system-assigned"
        case .managedIdentity(.userAssigned): "user-assigned"
        default: credential.kind.name
        }
      }
    }

    // The first block has an example of four kinds; then each has a section of its own.
    for kind in [
      "personal access token", "client secret", "system-assigned", "user-assigned", "client assertion",
    ] {
      #expect(kinds.count { $0 == kind } >= (kind == "user-assigned" ? 1 : 2), "\(kind)")
    }
    for word in ["az ad app create", "az vm identity assign", "az identity create", "New Token", "az login"] {
      #expect(page.text.contains(word))
    }
  }
}
