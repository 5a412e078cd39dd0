/// JSON that keeps the order of keys, to compare it with the service's.
indirect enum JSONValue: Equatable {
  case object([(key: String, value: JSONValue)])
  case array([JSONValue])
  case string(String)
  case number(String)
  case bool(Bool)
  case null

  /// - Throws: ``JSONError`` with the place of the first wrong character.
  init(text: String) throws {
    var reader = JSONReader(text: Array(text.utf8))
    self = try reader.wholeText()
  }

  static func == (one: JSONValue, other: JSONValue) -> Bool {
    switch (one, other) {
    case (.object(let one), .object(let other)):
      one.map(\.key) == other.map(\.key) && one.map(\.value) == other.map(\.value)
    case (.array(let one), .array(let other)): one == other
    case (.string(let one), .string(let other)): one == other
    case (.number(let one), .number(let other)): one == other
    case (.bool(let one), .bool(let other)): one == other
    case (.null, .null): true
    default: false
    }
  }

  subscript(key: String) -> JSONValue? {
    if case .object(let members) = self { members.first { $0.key == key }?.value } else { nil }
  }

  subscript(place: Int) -> JSONValue? {
    if case .array(let elements) = self, elements.indices.contains(place) { elements[place] } else { nil }
  }

  var string: String? { if case .string(let text) = self { text } else { nil } }
  var number: Int? { if case .number(let text) = self { Int(text) } else { nil } }
  var elements: [JSONValue] { if case .array(let elements) = self { elements } else { [] } }
  var keys: [String] { if case .object(let members) = self { members.map(\.key) } else { [] } }

  /// The name of the kind of value.
  var kind: String {
    switch self {
    case .object: "object"
    case .array: "array"
    case .string: "string"
    case .number: "number"
    case .bool: "bool"
    case .null: "null"
    }
  }
}

struct JSONError: Error {
  let place: Int
}

/// Reads JSON text by the grammar of RFC 8259, strictly enough for tests.
private struct JSONReader {
  let text: [UInt8]
  private var place = 0

  init(text: [UInt8]) {
    self.text = text
  }

  mutating func wholeText() throws -> JSONValue {
    let value = try value()
    skipBlanks()
    guard place == text.count else { throw JSONError(place: place) }
    return value
  }

  private mutating func value() throws -> JSONValue {
    skipBlanks()
    switch next {
    case UInt8(ascii: "{"): return try object()
    case UInt8(ascii: "["): return try array()
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func object() throws -> JSONValue {
    var members: [(key: String, value: JSONValue)] = []
    try take("{")
    skipBlanks()
    while next != UInt8(ascii: "}") {
      if !members.isEmpty { try take(",") }
      skipBlanks()
      let key = try string()
      skipBlanks()
      try take(":")
      members.append((key, try value()))
      skipBlanks()
    }
    try take("}")
    return .object(members)
  }

  private mutating func array() throws -> JSONValue {
    var elements: [JSONValue] = []
    try take("[")
    skipBlanks()
    while next != UInt8(ascii: "]") {
      if !elements.isEmpty { try take(",") }
      elements.append(try value())
      skipBlanks()
    }
    try take("]")
    return .array(elements)
  }

  private mutating func string() throws -> String {
    try take("\"")
    var bytes: [UInt8] = []
    while let byte = next, byte != UInt8(ascii: "\"") {
      guard byte >= 0x20 else { throw JSONError(place: place) }
      place += 1
      if byte == UInt8(ascii: "\\") { bytes += try escape() } else { bytes.append(byte) }
    }
    try take("\"")
    return String(decoding: bytes, as: UTF8.self)
  }

  private mutating func escape() throws -> [UInt8] {
    guard let byte = next else { throw JSONError(place: place) }
    place += 1
    switch byte {
    case UInt8(ascii: "n"): return [10]
    case UInt8(ascii: "r"): return [13]
    case UInt8(ascii: "t"): return [9]
    case UInt8(ascii: "b"): return [8]
    case UInt8(ascii: "f"): return [12]
    case UInt8(ascii: "u"):
      let digits = text[place..<min(place + 4, text.count)]
      place += 4
      guard let code = UInt32(String(decoding: digits, as: UTF8.self), radix: 16),
        let scalar = Unicode.Scalar(code)
      else { throw JSONError(place: place) }
      return Array(String(scalar).utf8)
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    default: throw JSONError(place: place)
    }
  }

  private mutating func number() throws -> JSONValue {
    let start = place
    while let byte = next, "+-.0123456789eE".utf8.contains(byte) { place += 1 }
    guard place > start else { throw JSONError(place: place) }
    return .number(String(decoding: text[start..<place], as: UTF8.self))
  }

  private mutating func word(_ word: String, _ value: JSONValue) throws -> JSONValue {
    for character in word.utf8 {
      guard next == character else { throw JSONError(place: place) }
      place += 1
    }
    return value
  }

  private mutating func take(_ character: Character) throws {
    guard next == character.asciiValue else { throw JSONError(place: place) }
    place += 1
  }

  private mutating func skipBlanks() {
    while let byte = next, " \n\r\t".utf8.contains(byte) { place += 1 }
  }

  private var next: UInt8? { place < text.count ? text[place] : nil }
}
