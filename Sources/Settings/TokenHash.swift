import Crypto
import Foundation

/// What is kept of a token: its SHA-256, which it cannot be found from.
///
/// Tokens are long and random, so that a slow hash would gain nothing.
package struct TokenHash: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
  /// What a hash in the settings begins with.
  package static let prefix = "sha256:"

  private let bytes: [UInt8]

  /// The hash of a token.
  package init(of token: String) { bytes = Array(SHA256.hash(data: Data(token.utf8))) }

  /// Reads `sha256:` and 64 hexadecimal digits; nil for anything else.
  package init?(text: String) {
    guard text.hasPrefix(Self.prefix) else { return nil }
    let digits = Array(text.utf8.dropFirst(Self.prefix.utf8.count))
    guard digits.count == 2 * SHA256.byteCount else { return nil }
    var bytes: [UInt8] = []
    for place in stride(from: 0, to: digits.count, by: 2) {
      let pair = digits[place..<place + 2]
      guard pair.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
        let byte = UInt8(String(decoding: pair, as: UTF8.self), radix: 16)
      else { return nil }
      bytes.append(byte)
    }
    self.bytes = bytes
  }

  /// Whether a token is the one; takes as long for every other.
  package func matches(_ token: String) -> Bool { SHA256.hash(data: Data(token.utf8)) == bytes }

  package var description: String { "\(Self.prefix)***" }
  /// Without children, so that `dump` shows nothing.
  package var customMirror: Mirror { Mirror(self, children: []) }
}
