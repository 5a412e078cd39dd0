import Foundation
import Testing

@testable import Validation

struct RuleDescriptionTests {
  @Test func `every rule of the sources has a description`() throws {
    let sources = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Sources")
    var rules: Set<String> = []
    for file in try ["Catalog", "YAML", "Validation"].flatMap({ module in
      try FileManager.default.contentsOfDirectory(
        at: sources.appending(path: module),
        includingPropertiesForKeys: nil
      )
    }) {
      let text = try String(contentsOf: file, encoding: .utf8)
      // `rule: "x"`, `report("x"`, `case .tag: "tag-format"`, `case limit = "yaml-limit"`.
      for pattern in [
        #/rule: "([a-z-]+)"/#, #/report\(\s*"([a-z-]+)"/#, #/case \.\w+: "([a-z-]+-format)"/#,
        #/case \w+ = "(yaml-[a-z-]+)"/#,
      ] {
        rules.formUnion(text.matches(of: pattern).map { String($0.output.1) })
      }
    }

    #expect(rules.count >= 25)
    #expect(rules.subtracting(RuleDescription.texts.keys).isEmpty)
  }

  @Test func `a rule that is not known has its name`() {
    #expect(RuleDescription.text(of: "new-rule") == "new rule is as the format of catalog files wants it")
  }
}
