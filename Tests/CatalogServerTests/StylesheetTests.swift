import Foundation
import Testing

@testable import CatalogServer

@Suite("The stylesheet")
struct StylesheetTests {
  private let css = PageAssets().assets["pages.css"].map { String(decoding: $0.bytes, as: UTF8.self) } ?? ""

  /// The colours of a theme by their names: the first block with them is the light one, the second the dark one.
  private func colours(isDark: Bool) throws -> [String: Double] {
    let blocks = css.matches(of: /:root\s*\{([^}]*)\}/).map { $0.1 }
    try #require(blocks.count == 2)
    var colours: [String: Double] = [:]
    for match in blocks[isDark ? 1 : 0].matches(of: /--([a-z-]+):\s*#([0-9a-f]{6})/) {
      colours[String(match.1)] = Self.luminance(Int(match.2, radix: 16) ?? 0)
    }
    return colours
  }

  /// WCAG 2.2, relative luminance.
  private static func luminance(_ colour: Int) -> Double {
    let channels = [colour >> 16, colour >> 8 & 255, colour & 255].map { channel in
      let value = Double(channel) / 255
      return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
    }
    return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]
  }

  /// A text, the ground it stands on, and the least contrast of WCAG 2.2, 1.4.3 and 1.4.11.
  static let pairs: [(String, String, Double)] = [
    ("text", "ground", 4.5), ("text", "raised", 4.5), ("text", "neutral-ground", 4.5),
    ("text", "warning-ground", 4.5), ("dim", "ground", 4.5), ("dim", "raised", 4.5), ("link", "ground", 4.5),
    ("link", "raised", 4.5), ("link", "neutral-ground", 4.5), ("link", "warning-ground", 4.5),
    ("on-accent", "accent", 4.5), ("good", "good-ground", 4.5), ("warning", "warning-ground", 4.5),
    ("error", "error-ground", 4.5), ("error", "raised", 4.5), ("accent", "ground", 3),
    ("accent", "raised", 3),
    ("dim", "ground", 3), ("good", "ground", 3), ("warning", "ground", 3), ("error", "ground", 3),
  ]

  @Test("texts can be read on their grounds", arguments: [false, true])
  func contrast(isDark: Bool) throws {
    let colours = try colours(isDark: isDark)
    for (text, ground, least) in Self.pairs {
      let (a, b) = (try #require(colours[text]), try #require(colours[ground]))
      let ratio = (max(a, b) + 0.05) / (min(a, b) + 0.05)
      #expect(ratio >= least, "\(text) on \(ground): \(ratio)")
    }
  }

  @Test("it names no colour but those, is small, and loads nothing")
  func rest() {
    let rules = css.replacing(/:root\s*\{[^}]*\}/, with: "")
    #expect(!rules.contains(/#[0-9a-fA-F]{3,8}\b/))
    #expect(!rules.contains("url("))
    #expect(!rules.contains("@import"))
    #expect(css.utf8.count < 15_000)
  }
}
