/// Goes through a JSON text without making values of it.
///
/// For texts that are JSON already, such as those that `Entity.json` has; in one that is not it stops early and
/// reads nothing beyond the end.
struct JSONCursor {
  let bytes: UnsafeBufferPointer<UInt8>
  private(set) var position = 0

  init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  /// The next byte that is no blank; 0 at the end.
  var next: UInt8 {
    mutating get {
      while position < bytes.count {
        let byte = bytes[position]
        guard byte <= 0x20, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D else { return byte }
        position += 1
      }
      return 0
    }
  }

  /// Goes past a byte when it is the next one.
  mutating func take(_ byte: UInt8) -> Bool {
    guard next == byte, position < bytes.count else { return false }
    position += 1
    return true
  }

  /// Reads a string and what its escapes stand for.
  mutating func string() -> String {
    let raw = rawString()
    guard raw.contains(UInt8(ascii: "\\")) else { return String(decoding: raw, as: UTF8.self) }
    return Self.unescaped(raw)
  }

  /// Goes past a string; what stands between its quotes, escapes and all.
  mutating func rawString() -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(rebasing: bytes[stringRange()])
  }

  /// What stands between the quotes of a string, with what its escapes stand for.
  static func withText<Result>(
    of raw: UnsafeBufferPointer<UInt8>,
    _ body: (UnsafeBufferPointer<UInt8>) -> Result
  ) -> Result {
    guard raw.contains(UInt8(ascii: "\\")) else { return body(raw) }
    var text = unescaped(raw)
    return text.withUTF8(body)
  }

  /// Goes past a string; the range is what stands between its quotes.
  mutating func stringRange() -> Range<Int> {
    _ = take(UInt8(ascii: "\""))
    let begin = position
    var place = begin
    while place < bytes.count {
      let byte = bytes[place]
      if byte == UInt8(ascii: "\"") { break }
      place += byte == UInt8(ascii: "\\") ? 2 : 1
    }
    position = place
    let end = min(position, bytes.count)
    position = min(end + 1, bytes.count)
    return begin..<end
  }

  /// Goes past a number or a word.
  mutating func scalarRange() -> Range<Int> {
    _ = next
    let begin = position
    while position < bytes.count, !Self.isEnd(bytes[position]) { position += 1 }
    if position == begin { position = min(position + 1, bytes.count) }
    return begin..<position
  }

  /// Goes past a value of any kind; the range is its text.
  mutating func skipValue() -> Range<Int> {
    _ = next
    let begin = position
    var depth = 0
    repeat {
      switch next {
      case UInt8(ascii: "\""): _ = stringRange()
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        position += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        position += 1
      case UInt8(ascii: ","), UInt8(ascii: ":"): position += 1
      case 0: return begin..<position
      default: _ = scalarRange()
      }
    } while depth > 0
    return begin..<position
  }

  private static func isEnd(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: ":"), 0x20, 0x09, 0x0A, 0x0D:
      true
    default: false
    }
  }

  private static func unescaped(_ raw: UnsafeBufferPointer<UInt8>) -> String {
    var units: [UInt16] = []
    units.reserveCapacity(raw.count)
    var text = ""
    var start = 0
    var index = 0
    // What stands between escapes is UTF-8; what `\u` escapes stand for are UTF-16 units, two of which may be
    // one character.
    func flush(upTo end: Int) {
      guard start < end else { return }
      text += String(decoding: units, as: UTF16.self)
      units.removeAll(keepingCapacity: true)
      text += String(decoding: UnsafeBufferPointer(rebasing: raw[start..<end]), as: UTF8.self)
    }
    while index < raw.count {
      guard raw[index] == UInt8(ascii: "\\"), index + 1 < raw.count else {
        index += 1
        continue
      }
      flush(upTo: index)
      var length = 2
      switch raw[index + 1] {
      case UInt8(ascii: "b"): units.append(0x08)
      case UInt8(ascii: "f"): units.append(0x0C)
      case UInt8(ascii: "n"): units.append(0x0A)
      case UInt8(ascii: "r"): units.append(0x0D)
      case UInt8(ascii: "t"): units.append(0x09)
      case UInt8(ascii: "u"):
        let digits = raw[min(index + 2, raw.count)..<min(index + 6, raw.count)]
        units.append(UInt16(String(decoding: digits, as: UTF8.self), radix: 16) ?? 0xFFFD)
        length = 2 + digits.count
      case let other: units.append(UInt16(other))
      }
      index += length
      start = index
    }
    flush(upTo: raw.count)
    return text + String(decoding: units, as: UTF16.self)
  }
}
