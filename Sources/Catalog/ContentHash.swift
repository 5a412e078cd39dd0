import Crypto

/// The hash that tells one state of an entity from another.
enum ContentHash {
  private static let digits = Array("0123456789abcdef".utf8)

  /// The SHA-1 in lower-case hexadecimal digits.
  static func sha1(of bytes: [UInt8]) -> String {
    String(decoding: hexadecimal(Insecure.SHA1.hash(data: bytes)), as: UTF8.self)
  }

  /// Two lower-case digits for each byte.
  static func hexadecimal(_ bytes: some Sequence<UInt8>) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(Insecure.SHA1.byteCount * 2)
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return text
  }
}

extension EntityRef {
  /// What the UUIDs of entities are made in (RFC 9562, 5.5); drawn once.
  private static let uidNamespace: [UInt8] = [
    0x5B, 0x0E, 0x6C, 0x1F, 0x3A, 0x92, 0x4D, 0x57, 0x8E, 0x21, 0x9C, 0x44, 0xB7, 0x6D, 0x10, 0xF3,
  ]

  /// The identity of the entity for other programs: a UUID in lower case, made of the ref and of how often
  /// everything of that name has gone.
  package func uid(incarnation: Int) -> String {
    let name = Self.uidNamespace + Array("\(description)#\(incarnation)".utf8)
    var bytes = Array(Insecure.SHA1.hash(data: name).prefix(16))
    bytes[6] = bytes[6] & 0x0F | 0x50
    bytes[8] = bytes[8] & 0x3F | 0x80
    let hex = ContentHash.hexadecimal(bytes)
    let parts = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { range in
      String(decoding: hex[range], as: UTF8.self)
    }
    return parts.joined(separator: "-")
  }
}
