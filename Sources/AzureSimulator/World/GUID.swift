import Crypto

/// The id of an organization, a project, a repository or a user.
struct GUID: Hashable, Sendable {
  private let high: UInt64
  private let low: UInt64

  /// The id that follows from a name, the same in every run.
  ///
  /// The SHA-1 of the lower-case name, marked as a name-based id (RFC 9562, version 5), so that the same
  /// world has the same ids.
  init(name: String) {
    var hash = Insecure.SHA1()
    hash.update(data: Array("azure-simulator/\(name.lowercased())".utf8))
    let bytes = Array(hash.finalize())
    let high = bytes[0..<8].reduce(0) { $0 << 8 | UInt64($1) }
    let low = bytes[8..<16].reduce(0) { $0 << 8 | UInt64($1) }
    self.init(high: high & ~0xF000 | 0x5000, low: low & ~(3 << 62) | 2 << 62)
  }

  init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// Reads the form with four hyphens, in either case; nil for anything else.
  init?(_ text: some StringProtocol) {
    let characters = text.utf8
    guard characters.count == 36 else { return nil }
    var digits: [UInt8] = []
    digits.reserveCapacity(32)
    for (place, character) in characters.enumerated() {
      if [8, 13, 18, 23].contains(place) {
        guard character == UInt8(ascii: "-") else { return nil }
      } else {
        digits.append(character)
      }
    }
    guard let bytes = Hexadecimal.bytes(digits) else { return nil }
    high = bytes[0..<8].reduce(0) { $0 << 8 | UInt64($1) }
    low = bytes[8..<16].reduce(0) { $0 << 8 | UInt64($1) }
  }
}

extension GUID: CustomStringConvertible {
  /// Thirty-six lower-case characters.
  var description: String {
    Hexadecimal.text(36) { digits in
      for place in [8, 13, 18, 23] { digits[place] = UInt8(ascii: "-") }
      Hexadecimal.write(high >> 32, digits: 8, into: digits, at: 0)
      Hexadecimal.write(high >> 16, digits: 4, into: digits, at: 9)
      Hexadecimal.write(high, digits: 4, into: digits, at: 14)
      Hexadecimal.write(low >> 48, digits: 4, into: digits, at: 19)
      Hexadecimal.write(low, digits: 12, into: digits, at: 24)
    }
  }
}

extension GUID {
  /// Thirty-two upper-case digits without hyphens.
  var upperCaseDigits: String {
    Hexadecimal.text(32) { digits in
      Hexadecimal.write(high, digits: 16, into: digits, at: 0)
      Hexadecimal.write(low, digits: 16, into: digits, at: 16)
    }
    .uppercased()
  }
}
