import Crypto

/// The hash that tells one state of an entity from another.
enum ContentHash {
  /// The SHA-1 in lower-case hexadecimal digits.
  static func sha1(of bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(Insecure.SHA1.byteCount * 2)
    for byte in Insecure.SHA1.hash(data: bytes) {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }
}
