/// Lower-case hexadecimal text of numbers, without a formatter: ids are written in every answer.
enum Hexadecimal {
  /// A string of `count` digits that `fill` writes.
  static func text(_ count: Int, _ fill: (UnsafeMutableBufferPointer<UInt8>) -> Void) -> String {
    String(unsafeUninitializedCapacity: count) { digits in
      fill(digits)
      return count
    }
  }

  /// Writes the lowest `digits` digits of `value` at `start`, highest digit first.
  static func write(
    _ value: UInt64,
    digits count: Int,
    into digits: UnsafeMutableBufferPointer<UInt8>,
    at start: Int
  ) {
    var rest = value
    for place in stride(from: start + count - 1, through: start, by: -1) {
      let digit = UInt8(rest & 0xF)
      digits[place] = digit < 10 ? digit + UInt8(ascii: "0") : digit - 10 + UInt8(ascii: "a")
      rest >>= 4
    }
  }

  /// The bytes that pairs of digits stand for; nil when there is another character or an odd digit.
  static func bytes(_ text: some Collection<UInt8>) -> [UInt8]? {
    guard text.count.isMultiple(of: 2) else { return nil }
    var result: [UInt8] = []
    result.reserveCapacity(text.count / 2)
    var high: UInt8?
    for character in text {
      guard let digit = value(of: character) else { return nil }
      if let first = high {
        result.append(first << 4 | digit)
        high = nil
      } else {
        high = digit
      }
    }
    return result
  }

  /// The value of one hexadecimal digit of either case; nil for another character.
  static func value(of character: UInt8) -> UInt8? {
    switch character {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
