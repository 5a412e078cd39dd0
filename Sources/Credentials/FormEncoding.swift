/// Text of forms and queries (`application/x-www-form-urlencoded`, RFC 3986 2.3).
enum FormEncoding {
  /// Fields in the order given, everything but letters, digits and `-._~` escaped.
  static func encode(_ fields: [(name: String, value: String)]) -> String {
    fields.map { "\(escape($0.name))=\(escape($0.value))" }.joined(separator: "&")
  }

  static func escape(_ text: String) -> String {
    var result: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        result.append(byte)
      default:
        let hex = String(byte, radix: 16, uppercase: true)
        result += Array((byte < 16 ? "%0" : "%").utf8) + Array(hex.utf8)
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
