/// One JSON object of an answer: where each member's value stands in the bytes.
///
/// Reading an object is one pass that finds its members; only the values that are asked for are decoded.
/// An answer has some forty values, of which a crawl needs five.
struct JSONObject {
  private let bytes: ArraySlice<UInt8>
  private var members: [(key: Range<Int>, value: Range<Int>)] = []

  /// Nil when the bytes are not one whole JSON object.
  init?(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    var scanner = JSONScanner(bytes)
    guard scanner.take(UInt8(ascii: "{")) else { return nil }
    members.reserveCapacity(16)
    if !scanner.take(UInt8(ascii: "}")) {
      repeat {
        guard let key = scanner.string(), scanner.take(UInt8(ascii: ":")), let value = scanner.value() else {
          return nil
        }
        members.append((key, value))
      } while scanner.take(UInt8(ascii: ","))
      guard scanner.take(UInt8(ascii: "}")) else { return nil }
    }
    guard scanner.isAtEnd else { return nil }
  }

  /// The text of a member that is a string, without quotes and escapes, as UTF-8; nil when it is absent or
  /// is anything else.
  func utf8(_ key: StaticString) -> [UInt8]? {
    guard let value = value(key), bytes[value.lowerBound] == UInt8(ascii: "\"") else { return nil }
    return JSONScanner.unescape(bytes[value.lowerBound + 1..<value.upperBound - 1])
  }

  /// The text of a member that is a string, or nil.
  func string(_ key: StaticString) -> String? {
    utf8(key).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Whether a member is `true`; false when it is absent or anything else.
  func isTrue(_ key: StaticString) -> Bool {
    value(key).map { bytes[$0].elementsEqual("true".utf8) } ?? false
  }

  /// The value of a member that is a whole number, or nil.
  func integer(_ key: StaticString) -> Int? {
    value(key).flatMap { Int(String(decoding: bytes[$0], as: UTF8.self)) }
  }

  /// The elements of a member that is an array of objects; nil when it is absent or anything else.
  func objects(_ key: StaticString) -> [JSONObject]? {
    guard let place = value(key) else { return nil }
    var scanner = JSONScanner(bytes[place])
    guard scanner.take(UInt8(ascii: "[")) else { return nil }
    var objects: [JSONObject] = []
    if scanner.take(UInt8(ascii: "]")) { return objects }
    repeat {
      guard let element = scanner.value(), let object = JSONObject(bytes[element]) else { return nil }
      objects.append(object)
    } while scanner.take(UInt8(ascii: ","))
    return scanner.take(UInt8(ascii: "]")) ? objects : nil
  }

  /// A member that is an object, or nil.
  func object(_ key: StaticString) -> JSONObject? { value(key).flatMap { JSONObject(bytes[$0]) } }

  private func value(_ key: StaticString) -> Range<Int>? {
    key.withUTF8Buffer { wanted in
      members.first { bytes[$0.key.lowerBound + 1..<$0.key.upperBound - 1].elementsEqual(wanted) }?.value
    }
  }
}

extension JSONObject {
  /// A text as a string of JSON, with its quotes.
  static func quoted(_ text: String) -> [UInt8] {
    var result = [UInt8(ascii: "\"")]
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        result += [UInt8(ascii: "\\"), byte]
      case 0..<0x20:
        let hex = String(byte, radix: 16)
        result += Array((byte < 16 ? "\\u000\(hex)" : "\\u00\(hex)").utf8)
      default:
        result.append(byte)
      }
    }
    return result + [UInt8(ascii: "\"")]
  }

  /// An array of texts.
  static func array(_ texts: some Sequence<String>) -> [UInt8] {
    let elements = texts.map(quoted).joined(separator: [UInt8(ascii: ",")])
    return [UInt8(ascii: "[")] + elements + [UInt8(ascii: "]")]
  }
}

/// Steps over JSON text.
struct JSONScanner {
  private let bytes: ArraySlice<UInt8>
  private var position: Int
  /// Deeper than any answer of the service; keeps hostile nesting from using up the stack.
  private static let maxDepth = 64

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
    // Answers from before the application begin with a byte order mark (facts/azure-devops-api.md 6).
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position += 3 }
  }

  var isAtEnd: Bool {
    mutating get {
      skipBlanks()
      return position == bytes.endIndex
    }
  }

  /// Steps over one character if it comes next.
  mutating func take(_ byte: UInt8) -> Bool {
    skipBlanks()
    guard position < bytes.endIndex, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  /// The place of the string that comes next, with its quotes; nil when there is none.
  mutating func string() -> Range<Int>? {
    let quote = UInt8(ascii: "\"")
    guard take(quote) else { return nil }
    let start = position - 1
    while position < bytes.endIndex {
      switch bytes[position] {
      case quote:
        position += 1
        return start..<position
      case UInt8(ascii: "\\"): position += 2
      case 0..<0x20: return nil
      default: position += 1
      }
    }
    return nil
  }

  /// The place of the value that comes next; nil when there is none or it is not whole.
  mutating func value(depth: Int = 0) -> Range<Int>? {
    skipBlanks()
    guard position < bytes.endIndex, depth < Self.maxDepth else { return nil }
    let start = position
    switch bytes[position] {
    case UInt8(ascii: "\""): return string()
    case UInt8(ascii: "{"): return collection(closing: UInt8(ascii: "}"), depth: depth, hasKeys: true, start)
    case UInt8(ascii: "["): return collection(closing: UInt8(ascii: "]"), depth: depth, hasKeys: false, start)
    default:
      while position < bytes.endIndex, Self.isLiteral(bytes[position]) { position += 1 }
      return position > start ? start..<position : nil
    }
  }

  private mutating func collection(
    closing: UInt8,
    depth: Int,
    hasKeys: Bool,
    _ start: Int
  ) -> Range<Int>? {
    position += 1
    if take(closing) { return start..<position }
    repeat {
      if hasKeys { guard string() != nil, take(UInt8(ascii: ":")) else { return nil } }
      guard value(depth: depth + 1) != nil else { return nil }
    } while take(UInt8(ascii: ","))
    return take(closing) ? start..<position : nil
  }

  private mutating func skipBlanks() {
    while position < bytes.endIndex {
      switch bytes[position] {
      case 0x20, 0x0A, 0x0D, 0x09: position += 1
      default: return
      }
    }
  }

  /// Letters, digits and signs of numbers and of `true`, `false`, `null`.
  private static func isLiteral(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
    case UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "E"): true
    default: false
    }
  }

  /// The text of a string without its escapes; nil when an escape is not one of JSON's.
  static func unescape(_ text: ArraySlice<UInt8>) -> [UInt8]? {
    let backslash = UInt8(ascii: "\\")
    guard var next = text.firstIndex(of: backslash) else { return Array(text) }
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    var copied = text.startIndex
    while true {
      result.append(contentsOf: text[copied..<next])
      guard next + 1 < text.endIndex else { return nil }
      if text[next + 1] == UInt8(ascii: "u") {
        guard let (scalar, end) = escapedScalar(text, at: next) else { return nil }
        result.append(contentsOf: String(scalar).utf8)
        copied = end
      } else {
        guard let byte = simpleEscape(text[next + 1]) else { return nil }
        result.append(byte)
        copied = next + 2
      }
      guard let following = text[copied...].firstIndex(of: backslash) else { break }
      next = following
    }
    result.append(contentsOf: text[copied...])
    return result
  }

  private static func simpleEscape(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "n"): 0x0A
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): byte
    case UInt8(ascii: "r"): 0x0D
    case UInt8(ascii: "t"): 0x09
    case UInt8(ascii: "b"): 0x08
    case UInt8(ascii: "f"): 0x0C
    default: nil
    }
  }

  /// The scalar that `\uXXXX`, or a pair of them, stands for; half a pair becomes the replacement character.
  private static func escapedScalar(_ text: ArraySlice<UInt8>, at start: Int) -> (Unicode.Scalar, Int)? {
    guard let high = unit(text, at: start) else { return nil }
    let replacement: Unicode.Scalar = "\u{FFFD}"
    guard (0xD800..<0xDC00).contains(high) else {
      return (Unicode.Scalar(high) ?? replacement, start + 6)
    }
    guard let low = unit(text, at: start + 6), (0xDC00..<0xE000).contains(low) else {
      return (replacement, start + 6)
    }
    let value = 0x10000 + (UInt32(high) - 0xD800) << 10 + (UInt32(low) - 0xDC00)
    return (Unicode.Scalar(value) ?? replacement, start + 12)
  }

  private static func unit(_ text: ArraySlice<UInt8>, at start: Int) -> UInt16? {
    guard start + 6 <= text.endIndex, text[start] == UInt8(ascii: "\\"), text[start + 1] == UInt8(ascii: "u")
    else { return nil }
    return UInt16(String(decoding: text[start + 2..<start + 6], as: UTF8.self), radix: 16)
  }
}
