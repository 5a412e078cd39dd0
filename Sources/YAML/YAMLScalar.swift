/// What a plain scalar means: the core schema of YAML 1.2 (YAML 1.2.2, 10.3.2).
enum YAMLScalar {
  static func kind(of text: UnsafeBufferPointer<UInt8>) -> YAMLDocument.Kind {
    guard let first = text.first else { return .null }
    switch first {
    case UInt8(ascii: "~"), UInt8(ascii: "n"), UInt8(ascii: "N"):
      return isOne(of: ["~", "null", "Null", "NULL"], text) ? .null : .string
    case UInt8(ascii: "t"), UInt8(ascii: "T"):
      return isOne(of: ["true", "True", "TRUE"], text) ? .boolean : .string
    case UInt8(ascii: "f"), UInt8(ascii: "F"):
      return isOne(of: ["false", "False", "FALSE"], text) ? .boolean : .string
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
      return number(text)
    default:
      return .string
    }
  }

  /// The text of a key that is no string, as JavaScript makes a property name of it: `1.0` is `1`, `True` is
  /// `true`, null is the empty text (facts/backstage-catalog.md 2).
  static func key(_ kind: YAMLDocument.Kind, _ text: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    switch kind {
    case .boolean: text.map { $0 | 0x20 }
    case .integer: Array(JSONText.integer(text).utf8)
    case .float: Array(JSONText.floatKey(String(decoding: text, as: UTF8.self)).utf8)
    case .null: []
    case .string, .sequence, .mapping, .alias: Array(text)
    }
  }

  /// The value of an integer's text: decimal, `0o` octal or `0x` hexadecimal; nil when it does not fit.
  static func integer(_ text: some Collection<UInt8>) -> Int? {
    let string = String(decoding: text, as: UTF8.self)
    if string.hasPrefix("0o") { return Int(string.dropFirst(2), radix: 8) }
    if string.hasPrefix("0x") { return Int(string.dropFirst(2), radix: 16) }
    return Int(string)
  }

  private static func isOne(of words: [StaticString], _ text: UnsafeBufferPointer<UInt8>) -> Bool {
    words.contains { $0.isEqual(to: text) }
  }

  private static func number(_ text: UnsafeBufferPointer<UInt8>) -> YAMLDocument.Kind {
    if text.count > 2, text[0] == UInt8(ascii: "0") {
      if text[1] == UInt8(ascii: "o") {
        return text[2...].allSatisfy { (0x30...0x37).contains($0) } ? .integer : .string
      }
      if text[1] == UInt8(ascii: "x") { return text[2...].allSatisfy(isHexadecimal) ? .integer : .string }
    }
    var rest = text[...]
    if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
    if rest.first == UInt8(ascii: "."), isSpecial(rest) { return .float }
    let whole = skipDigits(&rest)
    var isFloat = false
    var fraction = 0
    if rest.first == UInt8(ascii: ".") {
      isFloat = true
      rest = rest.dropFirst()
      fraction = skipDigits(&rest)
    }
    guard whole + fraction > 0 else { return .string }
    if let mark = rest.first, mark | 0x20 == UInt8(ascii: "e") {
      isFloat = true
      rest = rest.dropFirst()
      if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
      guard skipDigits(&rest) > 0 else { return .string }
    }
    guard rest.isEmpty else { return .string }
    return isFloat ? .float : .integer
  }

  /// Infinity, with or without a sign before it, and not-a-number, which never has one.
  private static func isSpecial(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
    let words: [StaticString] = [".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"]
    let isUnsigned = text.startIndex == 0
    return words.prefix(isUnsigned ? 6 : 3).contains { word in word.withUTF8Buffer { $0.elementsEqual(text) }
    }
  }

  private static func skipDigits(_ text: inout Slice<UnsafeBufferPointer<UInt8>>) -> Int {
    let digits = text.prefix { (0x30...0x39).contains($0) }
    text = text.dropFirst(digits.count)
    return digits.count
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte | 0x20)
  }
}
