import CatalogStore
import Foundation

/// Makes texts of catalog files fit for a page.
///
/// All of them are taken to be hostile.
enum PageText {
  /// How much of a name a page shows.
  static let shownName = 80
  /// How much of what is cut is there to be read when one points at it.
  static let wholeName = 10_000

  /// A text as the content of an element or a quoted attribute.
  ///
  /// Character by character of Unicode: to Swift a `<` with a mark behind it, or with some letters before it, is one
  /// character that is no `<`; to a browser it is one. Control characters are shown as U+FFFD.
  static func escaped(_ text: String) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "<"): bytes.append(contentsOf: "&lt;".utf8)
      case UInt8(ascii: ">"): bytes.append(contentsOf: "&gt;".utf8)
      case UInt8(ascii: "&"): bytes.append(contentsOf: "&amp;".utf8)
      case UInt8(ascii: "\""): bytes.append(contentsOf: "&quot;".utf8)
      case UInt8(ascii: "'"): bytes.append(contentsOf: "&#39;".utf8)
      case 0x09, 0x0A: bytes.append(byte)
      case 0x00..<0x20, 0x7F: bytes.append(contentsOf: "\u{FFFD}".utf8)
      default: bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// A text for people: `text`, cut where it is longer than `length`, and then `whole` with all of it.
  static func shown(_ text: String, _ length: Int = shownName, whole: Int = 300) -> PageValues {
    let short = cut(text, length)
    return short == text ? ["text": text] : ["text": short, "whole": cut(text, whole)]
  }

  /// The first characters of a text, with an ellipsis where more follow.
  static func cut(_ text: String, _ length: Int) -> String {
    let scalars = text.unicodeScalars
    guard
      let end = scalars.index(scalars.startIndex, offsetBy: length, limitedBy: scalars.endIndex),
      end != scalars.endIndex
    else { return text }
    return String(scalars[..<end]) + "…"
  }

  /// An address that a page may lead to: http, https and mailto only; nil for any other.
  static func link(_ address: String) -> String? {
    let trimmed = address.drop { $0.isWhitespace }
    guard trimmed.utf8.count <= 4_000,
      trimmed.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7F })
    else { return nil }
    let lower = trimmed.prefix(8).lowercased()
    guard ["http://", "https://", "mailto:"].contains(where: { lower.hasPrefix($0) }) else { return nil }
    return String(trimmed)
  }

  /// A moment of the database, and how long ago it was: `iso`, `text`, `age`; nil without one.
  static func moment(_ text: String?, now: Date) -> PageValues? {
    guard let text else { return nil }
    guard let date = Timestamp.date(text) else {
      return ["iso": cut(text, 30), "text": cut(text, 30), "age": cut(text, 30)]
    }
    return [
      "iso": text, "text": String(text.prefix(16)).replacing("T", with: " "),
      "age": age(now.timeIntervalSince(date)),
    ]
  }

  /// - Parameter seconds: Since then; less than zero for what is to come.
  private static func age(_ seconds: TimeInterval) -> String {
    let distance = abs(seconds)
    let amount =
      switch distance {
      case ..<60: "\(Int(distance)) s"
      case ..<3_600: "\(Int(distance / 60)) min"
      case ..<86_400: "\(Int(distance / 3_600)) h"
      default: "\(Int(min(distance, 1e12) / 86_400)) d"
      }
    // Clocks of two machines may differ a little.
    if (-1..<60).contains(seconds) { return "just now" }
    return seconds < 0 ? "in \(amount)" : "\(amount) ago"
  }

  /// A number with thin spaces between its thousands.
  static func number(_ value: Int) -> String {
    var digits = Array(String(value.magnitude))
    var place = digits.count - 3
    while place > 0 {
      digits.insert("\u{202F}", at: place)
      place -= 3
    }
    return (value < 0 ? "−" : "") + String(digits)
  }

  /// A duration between two moments of the database, such as `1.5 s`; nil while there is no end.
  static func duration(from start: String, to end: String?) -> String? {
    guard let from = Timestamp.date(start), let to = end.flatMap(Timestamp.date) else { return nil }
    return duration(max(0, to.timeIntervalSince(from)))
  }

  /// A number of seconds, not less than zero, such as `1.5 s`.
  static func duration(_ seconds: TimeInterval) -> String {
    if seconds < 100 { return "\((seconds * 10).rounded() / 10) s" }
    return "\(Int(seconds / 60)) min \(Int(seconds) % 60) s"
  }
}

/// What a template is filled with: texts, numbers as texts, `Bool`, and more of these, alone and as arrays.
typealias PageValues = [String: Any]
