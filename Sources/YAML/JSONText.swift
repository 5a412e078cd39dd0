/// Writes single values as JSON text.
package enum JSONText {
  /// A string in quotes, with only those escapes that JSON requires.
  package static func string(_ text: String) -> String {
    var json: [UInt8] = []
    var text = text
    text.withUTF8 { appendString($0, to: &json) }
    return String(decoding: json, as: UTF8.self)
  }

  /// Appends a string in quotes, with only those escapes that JSON requires (RFC 8259, 7).
  package static func appendString(_ utf8: UnsafeBufferPointer<UInt8>, to json: inout [UInt8]) {
    json.append(UInt8(ascii: "\""))
    var start = 0
    for index in 0..<utf8.count where mustBeEscaped(utf8[index]) {
      json.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start..<index]))
      appendEscaped(utf8[index], to: &json)
      start = index + 1
    }
    json.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start...]))
    json.append(UInt8(ascii: "\""))
  }

  private static func mustBeEscaped(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
  }

  private static func appendEscaped(_ byte: UInt8, to json: inout [UInt8]) {
    json.append(UInt8(ascii: "\\"))
    switch byte {
    case 0x0A: json.append(UInt8(ascii: "n"))
    case 0x0D: json.append(UInt8(ascii: "r"))
    case 0x09: json.append(UInt8(ascii: "t"))
    case 0..<0x20:
      json.append(contentsOf: "u00\(byte < 16 ? "0" : "")\(String(byte, radix: 16))".utf8)
    default: json.append(byte)
    }
  }

  /// A YAML integer in decimal; digits beyond the range of `Int` are kept as they are.
  static func integer(_ text: some Collection<UInt8>) -> String {
    if let value = YAMLScalar.integer(text) { return String(value) }
    let string = String(decoding: text, as: UTF8.self)
    // Octal and hexadecimal numbers that do not fit are the rare case: as JavaScript has them, a double.
    if string.hasPrefix("0x") || string.hasPrefix("0o") {
      let radix = string.hasPrefix("0x") ? 16.0 : 8.0
      let value = string.dropFirst(2).reduce(0.0) { $0 * radix + Double($1.hexDigitValue ?? 0) }
      return JSONText.float(value)
    }
    let isNegative = string.hasPrefix("-")
    let digits = string.drop { $0 == "+" || $0 == "-" }.drop { $0 == "0" }
    return (isNegative ? "-" : "") + (digits.isEmpty ? "0" : String(digits))
  }

  static func float(_ text: String) -> String { float(Double(text) ?? .nan) }

  /// A YAML float as the name of a property: as in JSON, but infinity and not-a-number have names.
  static func floatKey(_ text: String) -> String {
    let value = Double(text) ?? .nan
    if value.isFinite { return float(value) }
    if text.lowercased().hasSuffix("nan") { return "NaN" }
    return text.hasPrefix("-") ? "-Infinity" : "Infinity"
  }

  private static func float(_ value: Double) -> String {
    guard value.isFinite else { return "null" }
    // Below this bound every whole number is an `Int64`, and JavaScript writes it without an exponent.
    if value.magnitude < 1e15, Double(Int64(value)) == value { return String(Int64(value)) }
    return value.description
  }
}
