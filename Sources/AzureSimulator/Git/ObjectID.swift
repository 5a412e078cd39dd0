import Crypto
import NIOCore

/// The id of a git object: SHA-1 over the object's kind, its length and its bytes.
///
/// Twenty bytes in three words, because a generated world computes hundreds of thousands of them.
struct ObjectID: Hashable, Sendable {
  private let high: UInt64
  private let middle: UInt64
  private let low: UInt32

  /// The id git gives an object of this kind (`blob`, `tree`, `commit`) with these bytes.
  ///
  /// Source of the form: git's own documentation, "Git Objects" (the header is kind, blank, decimal
  /// length, zero byte).
  init(of kind: Kind, _ content: some Collection<UInt8>) {
    var hash = Insecure.SHA1()
    hash.update(data: Array("\(kind.rawValue) \(content.count)\0".utf8))
    hash.update(data: Array(content))
    self.init(bytes: Array(hash.finalize()))
  }

  /// Reads forty hexadecimal digits of either case; nil for anything else.
  init?(_ text: some StringProtocol) {
    let bytes = Hexadecimal.bytes(text.utf8)
    guard let bytes, bytes.count == 20 else { return nil }
    self.init(bytes: bytes)
  }

  private init(bytes: [UInt8]) {
    precondition(bytes.count == 20, "an object id has 20 bytes")
    high = bytes[0..<8].reduce(0) { $0 << 8 | UInt64($1) }
    middle = bytes[8..<16].reduce(0) { $0 << 8 | UInt64($1) }
    low = bytes[16..<20].reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// What git calls the kinds of objects the simulator makes.
  enum Kind: String {
    case blob
    case tree
    case commit
  }

  /// The twenty bytes, first byte first: the form inside a tree object.
  var bytes: [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: high >> (56 - 8 * $0)) }
      + (0..<8).map { UInt8(truncatingIfNeeded: middle >> (56 - 8 * $0)) }
      + (0..<4).map { UInt8(truncatingIfNeeded: low >> (24 - 8 * $0)) }
  }
}

extension ObjectID: CustomStringConvertible {
  /// Forty lower-case hexadecimal digits.
  var description: String {
    Hexadecimal.text(40) { digits in
      Hexadecimal.write(high, digits: 16, into: digits, at: 0)
      Hexadecimal.write(middle, digits: 16, into: digits, at: 16)
      Hexadecimal.write(UInt64(low), digits: 8, into: digits, at: 32)
    }
  }
}
