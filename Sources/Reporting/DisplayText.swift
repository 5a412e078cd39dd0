/// Makes texts of a file fit to be shown on a terminal or in a log.
///
/// What a file holds may be made to deceive: escape sequences that rewrite what is on the screen, characters
/// that turn the direction of what follows (Unicode Technical Standard 55), commands that a pipeline obeys
/// wherever they stand in a line of its log.
package enum DisplayText {
  /// How many columns a tab leads on to a multiple of.
  private static let tabWidth = 4

  /// The text on one line, and how many columns of a terminal it takes.
  ///
  /// Tabs become spaces, control characters their pictures (U+2400 and on), what cannot be shown U+FFFD.
  ///
  /// - Parameter column: At which column of a terminal the text begins, counted from 0.
  package static func line(_ text: String, from column: Int = 0) -> (text: String, width: Int) {
    if isPlain(text) { return (text, text.utf8.count) }
    var shown = String.UnicodeScalarView()
    var end = column
    for scalar in withoutCommands(text).unicodeScalars {
      if scalar == "\t" {
        let spaces = tabWidth - end % tabWidth
        shown.append(contentsOf: repeatElement(" ", count: spaces))
        end += spaces
      } else {
        let visible = visible(scalar)
        shown.append(visible)
        end += width(of: visible)
      }
    }
    return (String(shown), end - column)
  }

  /// The text on one line, its end left out when it is longer than the given number of characters.
  package static func short(_ text: String, _ length: Int) -> String {
    let scalars = text.unicodeScalars
    let end =
      scalars.index(scalars.startIndex, offsetBy: length, limitedBy: scalars.endIndex) ?? scalars.endIndex
    return line(String(scalars[..<end])).text + (end == scalars.endIndex ? "" : "...")
  }

  /// Whether the text can be shown as it is, which most can.
  private static func isPlain(_ text: String) -> Bool {
    var previous: UInt8 = 0
    for byte in text.utf8 {
      guard (0x20..<0x7F).contains(byte) else { return false }
      if byte == UInt8(ascii: "#"), previous == byte { return false }
      previous = byte
    }
    return true
  }

  /// Breaks `##vso[` of Azure Pipelines and `##[` of both services, without a change of width.
  private static func withoutCommands(_ text: String) -> String {
    text.replacing(/##(?=(?i:vso)?\[)/, with: "#\u{FFFD}")
  }

  private static func visible(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    switch scalar.value {
    case 0x00..<0x20: Unicode.Scalar(0x2400 + scalar.value) ?? "\u{FFFD}"
    case 0x20..<0x7F: scalar
    case 0x7F: "\u{2421}"
    // Marks, embeddings, overrides and isolates of direction; separators of lines; the byte order mark.
    case 0x80..<0xA0, 0x61C, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: "\u{FFFD}"
    default: scalar
    }
  }

  /// How many columns a character takes on most terminals: the wide ones of East Asia (Unicode Standard Annex
  /// 11) and emoji two, marks on the character before them none.
  private static func width(of scalar: Unicode.Scalar) -> Int {
    guard scalar.value >= 0x300 else { return 1 }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: return wide.contains { $0.contains(scalar.value) } ? 2 : 1
    }
  }

  private static let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0xA4CF, 0xA960...0xA97F,
    0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F,
    0x1F680...0x1F6FF, 0x1F900...0x1F9FF, 0x1FA70...0x1FAFF, 0x20000...0x3FFFD,
  ]
}
