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
    var characters: [UInt8] = []
    characters.reserveCapacity(40)
    for byte in digest {
      characters.append(digit(byte >> 4))
      characters.append(digit(byte & 15))
    }
    return String(decoding: characters, as: UTF8.self)
  }

  private static func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
  }
}
