import Catalog
import Foundation

/// Addresses of pages.
enum PageAddress {
  /// How long a text may be that an address is made of, in bytes: names have 63 characters at most.
  private static let longestPart = 600

  /// The page of an entity; nil for what is no ref, or one that no file can have.
  static func entity(_ ref: String) -> String? {
    guard ref.utf8.count <= longestPart, let ref = try? EntityRef(ref) else { return nil }  // Nil says it.
    return "/entities/" + [ref.kind, ref.namespace, ref.name].map(encoded).joined(separator: "/")
  }

  /// The search for one value of a field; nil for a value that is too long to be searched for.
  static func search(_ field: String, _ value: String) -> String? {
    value.utf8.count <= longestPart ? path("/catalog", [(field, value)]) : nil
  }

  /// A path with fields behind it; those that are nil or empty are left out.
  static func path(_ path: String, _ fields: [(name: String, value: String?)]) -> String {
    let parts = fields.compactMap { name, value in
      (value ?? "").isEmpty ? nil : "\(name)=\(encoded(value ?? ""))"
    }
    return parts.isEmpty ? path : path + "?" + parts.joined(separator: "&")
  }

  /// A text as a part of a path or a query.
  static func encoded(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        bytes.append(byte)
      default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Whether a text is the address of a page of ours, which a form may lead back to.
  static func isOwn(_ text: String) -> Bool {
    text.hasPrefix("/") && !text.hasPrefix("//") && text.utf8.count <= 2_000
      && text.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value < 0x7F && $0 != "\\" }
  }
}

/// The fields of a form, as a query or a body has them.
struct FormFields {
  /// How long a value may be, in bytes; longer ones are left out.
  private static let longestValue = 2_000

  private var values: [String: String] = [:]

  init(_ text: String) {
    for field in text.split(separator: "&").prefix(100) {
      let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, parts[1].utf8.count <= Self.longestValue * 3,
        let name = Self.decoded(parts[0]), let value = Self.decoded(parts[1]),
        value.utf8.count <= Self.longestValue, values[name] == nil
      else { continue }
      values[name] = value
    }
  }

  /// A value without blanks around it; nil where there is none or it is empty.
  subscript(name: String) -> String? {
    guard let value = values[name]?.trimmingCharacters(in: .whitespacesAndNewlines) else { return nil }
    return value.isEmpty ? nil : value
  }

  /// The address of a page with some of these fields as they are, and one more.
  ///
  /// - Parameter more: Left out where its value is nil.
  func address(_ path: String, _ names: [String], _ more: (name: String, value: String?)) -> String {
    var fields: [(name: String, value: String?)] = []
    for name in names { fields.append((name: name, value: self[name])) }
    fields.append(more)
    return PageAddress.path(path, fields)
  }

  private static func decoded(_ text: Substring) -> String? {
    text.replacing("+", with: " ").removingPercentEncoding
  }
}
