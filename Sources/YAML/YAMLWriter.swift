/// Writes nodes as YAML text: one key or element a line, two blanks for each level.
///
/// Strings that any version of YAML could read as something else stand in double quotes.
package struct YAMLWriter {
  /// What was written so far, as UTF-8.
  package private(set) var text: [UInt8] = []

  package init() {}

  /// Begins a line with a key of a mapping; the value follows.
  ///
  /// - Parameter isInLine: Whether the line was begun already, by the dash of an element.
  package mutating func key(_ key: some Collection<UInt8>, level: Int, isInLine: Bool) {
    if !isInLine { indent(level) }
    scalar(key)
    text.append(UInt8(ascii: ":"))
  }

  /// Begins a line with the dash of an element; the value follows.
  package mutating func dash(level: Int, isInLine: Bool) {
    if !isInLine { indent(level) }
    text.append(UInt8(ascii: "-"))
  }

  /// One blank between a key or dash and what stands behind it in the line.
  package mutating func blank() { text.append(UInt8(ascii: " ")) }

  /// Ends a line.
  package mutating func endLine() { text.append(UInt8(ascii: "\n")) }

  /// Writes a scalar as it was, or an empty collection, and ends the line.
  package mutating func value(_ node: YAMLNode) {
    switch node.kind {
    case .string: scalar(node.bytes)
    case .null: text.append(contentsOf: "null".utf8)
    case .boolean, .integer, .float: text.append(contentsOf: node.bytes)
    case .sequence: text.append(contentsOf: "[]".utf8)
    case .mapping: text.append(contentsOf: "{}".utf8)
    }
    endLine()
  }

  /// Writes a string and ends the line.
  package mutating func value(_ string: String) {
    scalar(string.utf8)
    endLine()
  }

  private mutating func indent(_ level: Int) {
    text.append(contentsOf: repeatElement(UInt8(ascii: " "), count: level * 2))
  }

  private mutating func scalar(_ bytes: some Collection<UInt8>) { Self.append(scalar: bytes, to: &text) }

  /// Appends a string, in double quotes where it would not read back as itself.
  package static func append(scalar bytes: some Collection<UInt8>, to text: inout [UInt8]) {
    if isPlain(bytes) {
      text.append(contentsOf: bytes)
    } else {
      var json: [UInt8] = []
      Array(bytes).withUnsafeBufferPointer { JSONText.appendString($0, to: &json) }
      text.append(contentsOf: escapingWhatIsNotPrintable(json))
    }
  }

  /// JSON allows characters in strings that YAML does not print (YAML 1.2.2, 5.1) or takes for ends of lines
  /// (YAML 1.1, 5.4).
  private static func escapingWhatIsNotPrintable(_ json: [UInt8]) -> [UInt8] {
    guard json.contains(where: { $0 >= 0x7F }) else { return json }
    var escaped: [UInt8] = []
    for scalar in String(decoding: json, as: UTF8.self).unicodeScalars {
      switch scalar.value {
      case 0x7F...0x9F, 0x2028...0x2029, 0xFEFF, 0xFFFE...0xFFFF:
        let digits = String(scalar.value, radix: 16)
        escaped.append(contentsOf: "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8)
      default: escaped.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
      }
    }
    return escaped
  }

  /// Whether a string reads back as itself without quotes, in any place and by any version of YAML.
  private static func isPlain(_ bytes: some Collection<UInt8>) -> Bool {
    guard let first = bytes.first, isLetter(first), bytes.count <= 200 else { return false }
    let isSafe = bytes.allSatisfy { byte in
      isLetter(byte) || (0x30...0x39).contains(byte) || [0x2D, 0x2E, 0x2F, 0x5F].contains(byte)
    }
    // Words that YAML 1.1 takes for booleans or nothing.
    let words: Set<String> = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"]
    return isSafe && !words.contains(String(decoding: bytes, as: UTF8.self).lowercased())
  }

  private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
}
