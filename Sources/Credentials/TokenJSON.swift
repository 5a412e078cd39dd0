/// Reads the answer of an identity service: one JSON object (RFC 8259).
///
/// Stricter than a general reader: a key that stands twice or nesting deeper than eight levels is refused,
/// since no identity service sends either (facts/azure-identity.md 6.3).
struct TokenJSON {
  /// A value of the object; arrays of numbers are kept for error codes, everything else deeper down is
  /// checked but not kept.
  enum Value: Equatable {
    case string(String)
    /// The number as it is written.
    case number(String)
    case numbers([String])
    case object([String: Value])
    case other

    var string: String? { if case .string(let text) = self { text } else { nil } }
    var object: [String: Value]? { if case .object(let object) = self { object } else { nil } }
    /// The text of a number, written as number or as text.
    var numberText: String? {
      switch self {
      case .string(let text), .number(let text): text
      default: nil
      }
    }
  }

  private struct Fault: Error {}
  private static let maxDepth = 8

  private let bytes: [UInt8]
  private var position = 0

  /// The members of the object, or nil when the text is no such object.
  static func object(in bytes: [UInt8]) -> [String: Value]? {
    let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    var reader = TokenJSON(bytes: Array(bytes[start...]))
    do {
      guard case .object(let members) = try reader.value(depth: 1) else { return nil }
      reader.skipBlanks()
      return reader.position == reader.bytes.count ? members : nil
    } catch {
      return nil
    }
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private mutating func value(depth: Int) throws -> Value {
    guard depth <= Self.maxDepth else { throw Fault() }
    skipBlanks()
    switch try peek() {
    case UInt8(ascii: "{"): return .object(try object(depth: depth))
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
    default:
      for word in ["true", "false", "null"] where bytes[position...].starts(with: word.utf8) {
        position += word.utf8.count
        return .other
      }
      throw Fault()
    }
  }

  private mutating func object(depth: Int) throws -> [String: Value] {
    var members: [String: Value] = [:]
    position += 1
    skipBlanks()
    if try peek() == UInt8(ascii: "}") {
      position += 1
      return members
    }
    while true {
      skipBlanks()
      guard try peek() == UInt8(ascii: "\"") else { throw Fault() }
      let key = try string()
      skipBlanks()
      try expect(UInt8(ascii: ":"))
      guard members.updateValue(try value(depth: depth + 1), forKey: key) == nil else { throw Fault() }
      skipBlanks()
      let separator = try next()
      if separator == UInt8(ascii: "}") { return members }
      guard separator == UInt8(ascii: ",") else { throw Fault() }
    }
  }

  private mutating func array(depth: Int) throws -> Value {
    var numbers: [String] = []
    var isOfNumbers = true
    position += 1
    skipBlanks()
    if try peek() == UInt8(ascii: "]") {
      position += 1
      return .numbers([])
    }
    while true {
      if case .number(let text) = try value(depth: depth + 1) {
        numbers.append(text)
      } else {
        isOfNumbers = false
      }
      skipBlanks()
      let separator = try next()
      if separator == UInt8(ascii: "]") { return isOfNumbers ? .numbers(numbers) : .other }
      guard separator == UInt8(ascii: ",") else { throw Fault() }
    }
  }

  private mutating func number() throws -> String {
    let start = position
    while position < bytes.count, "+-.eE0123456789".utf8.contains(bytes[position]) { position += 1 }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    guard Double(text) != nil else { throw Fault() }
    return text
  }

  private mutating func string() throws -> String {
    position += 1
    var text: [UInt8] = []
    while true {
      let byte = try next()
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(validating: text, as: UTF8.self) else { throw Fault() }
        return string
      case UInt8(ascii: "\\"): try appendEscape(to: &text)
      case 0..<0x20: throw Fault()
      default: text.append(byte)
      }
    }
  }

  private mutating func appendEscape(to text: inout [UInt8]) throws {
    let plain: [UInt8: UInt8] = [
      UInt8(ascii: "\""): 0x22, UInt8(ascii: "\\"): 0x5C, UInt8(ascii: "/"): 0x2F, UInt8(ascii: "b"): 0x08,
      UInt8(ascii: "f"): 0x0C, UInt8(ascii: "n"): 0x0A, UInt8(ascii: "r"): 0x0D, UInt8(ascii: "t"): 0x09,
    ]
    let byte = try next()
    if let meant = plain[byte] {
      text.append(meant)
      return
    }
    guard byte == UInt8(ascii: "u") else { throw Fault() }
    var code = try hexadecimal()
    if (0xD800..<0xDC00).contains(code) {
      try expect(UInt8(ascii: "\\"))
      try expect(UInt8(ascii: "u"))
      let low = try hexadecimal()
      guard (0xDC00..<0xE000).contains(low) else { throw Fault() }
      code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(code) else { throw Fault() }
    text.append(contentsOf: String(Character(scalar)).utf8)
  }

  private mutating func hexadecimal() throws -> UInt32 {
    guard position + 4 <= bytes.count else { throw Fault() }
    let text = String(decoding: bytes[position..<position + 4], as: UTF8.self)
    guard text.allSatisfy(\.isHexDigit), let code = UInt32(text, radix: 16) else { throw Fault() }
    position += 4
    return code
  }

  private func peek() throws -> UInt8 {
    guard position < bytes.count else { throw Fault() }
    return bytes[position]
  }

  private mutating func next() throws -> UInt8 {
    let byte = try peek()
    position += 1
    return byte
  }

  private mutating func expect(_ byte: UInt8) throws {
    guard try next() == byte else { throw Fault() }
  }

  private mutating func skipBlanks() {
    while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
  }
}
