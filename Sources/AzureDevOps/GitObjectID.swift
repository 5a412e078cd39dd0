import Crypto

/// Computes the ids that git gives to contents.
package enum GitObjectID {
  /// The id of a blob: SHA-1 over `blob`, the length and the bytes, as 40 lower-case hexadecimal digits
  /// (git's object format, gitformat-pack(5)).
  package static func blob(_ content: [UInt8]) -> String {
    var hash = Insecure.SHA1()
    hash.update(data: Array("blob \(content.count)\0".utf8))
    hash.update(data: content)
    return hexadecimal(hash.finalize())
  }

  /// Whether a text has the form of an id: 40 hexadecimal digits, letters in lower case.
  static func isValid(_ text: String) -> Bool {
    text.utf8.count == 40
      && text.utf8.allSatisfy {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
          || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
      }
  }

  private static func hexadecimal(_ digest: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    let characters = digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    return String(decoding: characters, as: UTF8.self)
  }
}
