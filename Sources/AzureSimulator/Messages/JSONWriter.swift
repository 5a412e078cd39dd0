import NIOCore

/// Writes JSON without white space, keys in the order they are given, absent keys left out.
///
/// Both are how the service writes (facts/azure-devops-api.md 9.4, point 6), which is why no encoder is
/// used: it would sort keys and write nulls.
struct JSONWriter {
  private(set) var buffer = ByteBuffer()
  private var needsComma = false

  init(capacity: Int = 1024) {
    buffer.reserveCapacity(capacity)
  }

  // MARK: Values

  mutating func object(_ content: (inout JSONWriter) -> Void) {
    open("{")
    content(&self)
    close("}")
  }

  mutating func array(_ content: (inout JSONWriter) -> Void) {
    open("[")
    content(&self)
    close("]")
  }

  mutating func string(_ text: String) {
    separate()
    quote(text)
  }

  /// Text that is JSON already.
  mutating func verbatim(_ json: String) {
    separate()
    buffer.writeString(json)
  }

  // MARK: Fields of an object

  mutating func field(_ name: StaticString, _ value: String) {
    key(name)
    quote(value)
  }

  mutating func field(_ name: StaticString, _ value: Int) {
    key(name)
    buffer.writeString("\(value)")
  }

  /// A field whose name is data.
  mutating func field(named name: String, _ value: Int) {
    separate()
    quote(name)
    buffer.writeString(":\(value)")
  }

  mutating func field(named name: String, _ value: String) {
    separate()
    quote(name)
    buffer.writeStaticString(":")
    quote(value)
  }

  /// A field whose name is data and whose value is JSON already.
  mutating func field(named name: String, verbatim json: String) {
    separate()
    quote(name)
    buffer.writeString(":\(json)")
  }

  mutating func field(_ name: StaticString, _ value: Bool) {
    key(name)
    buffer.writeStaticString(value ? "true" : "false")
  }

  mutating func null(_ name: StaticString) {
    key(name)
    buffer.writeStaticString("null")
  }

  mutating func object(_ name: StaticString, _ content: (inout JSONWriter) -> Void) {
    key(name)
    needsComma = false
    object(content)
  }

  mutating func array(_ name: StaticString, _ content: (inout JSONWriter) -> Void) {
    key(name)
    needsComma = false
    array(content)
  }

  /// An object with the single key `href`: how the service writes a link.
  mutating func link(_ name: StaticString, _ address: String) {
    object(name) { $0.field("href", address) }
  }

  // MARK: Streams

  /// Text as it stands, for the frame around rows that are written one by one.
  mutating func raw(_ text: StaticString) {
    buffer.writeStaticString(text)
    needsComma = false
  }

  /// Begins in the middle of an array: the next value gets a comma first.
  mutating func continueArray() {
    needsComma = true
  }

  // MARK: Characters

  private mutating func key(_ name: StaticString) {
    let comma = needsComma ? 1 : 0
    needsComma = true
    let count = name.utf8CodeUnitCount
    // In one piece: most of an answer is keys.
    buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count + 4) { target in
      if comma == 1 { target[0] = UInt8(ascii: ",") }
      target[comma] = UInt8(ascii: "\"")
      UnsafeMutableRawBufferPointer(rebasing: target[(comma + 1)...])
        .copyMemory(from: UnsafeRawBufferPointer(start: name.utf8Start, count: count))
      target[comma + 1 + count] = UInt8(ascii: "\"")
      target[comma + 2 + count] = UInt8(ascii: ":")
      return comma + count + 3
    }
  }

  private mutating func open(_ bracket: StaticString) {
    separate()
    buffer.writeStaticString(bracket)
    needsComma = false
  }

  private mutating func close(_ bracket: StaticString) {
    buffer.writeStaticString(bracket)
    needsComma = true
  }

  private mutating func separate() {
    if needsComma { buffer.writeStaticString(",") }
    needsComma = true
  }

  private mutating func quote(_ text: String) {
    buffer.writeStaticString("\"")
    var text = text
    text.withUTF8 { bytes in
      // Runs of plain characters are copied as a whole; most texts are one run.
      var start = 0
      for place in bytes.indices where Self.isSpecial(bytes[place]) && place >= start {
        guard let (escape, length) = Self.escape(bytes, place) else { continue }
        buffer.writeBytes(bytes[start..<place])
        buffer.writeString(escape)
        start = place + length
      }
      buffer.writeBytes(UnsafeRawBufferPointer(bytes)[start...])
    }
    buffer.writeStaticString("\"")
  }

  /// Whether a byte may begin a character that is escaped.
  ///
  /// U+0085, U+2028 and U+2029 begin with the last two.
  private static func isSpecial(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == 0xC2 || byte == 0xE2
  }

  /// The escape for the character at `place` and how many bytes it covers; nil when it stands for itself.
  private static func escape(_ bytes: UnsafeBufferPointer<UInt8>, _ place: Int) -> (String, Int)? {
    switch bytes[place] {
    case UInt8(ascii: "\""): ("\\\"", 1)
    case UInt8(ascii: "\\"): ("\\\\", 1)
    case UInt8(ascii: "\n"): ("\\n", 1)
    case UInt8(ascii: "\r"): ("\\r", 1)
    case UInt8(ascii: "\t"): ("\\t", 1)
    case 0x08: ("\\b", 1)
    case 0x0C: ("\\f", 1)
    case 0..<0x10: ("\\u000" + String(bytes[place], radix: 16), 1)
    case 0x10..<0x20: ("\\u00" + String(bytes[place], radix: 16), 1)
    // These end lines in JavaScript, so the service escapes them.
    case 0xC2 where bytes[place + 1] == 0x85: ("\\u0085", 2)
    case 0xE2 where bytes[place + 1] == 0x80 && bytes[place + 2] == 0xA8: ("\\u2028", 3)
    case 0xE2 where bytes[place + 1] == 0x80 && bytes[place + 2] == 0xA9: ("\\u2029", 3)
    default: nil
    }
  }
}
