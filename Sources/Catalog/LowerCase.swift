/// What is searched, in lower case.
enum LowerCase {
  /// Appends a text in lower case.
  ///
  /// - Returns: Whether it was in lower case already.
  static func append(_ text: UnsafeBufferPointer<UInt8>, to texts: inout [UInt8]) -> Bool {
    var (bits, isLower) = (UInt8(0), true)
    for byte in text {
      bits |= byte
      if isUpper(byte) { isLower = false }
    }
    guard bits < 0x80 else {
      let begin = texts.count
      texts.append(contentsOf: String(decoding: text, as: UTF8.self).lowercased().utf8)
      return texts[begin...].elementsEqual(text)
    }
    if isLower {
      texts.append(contentsOf: text)
    } else {
      for byte in text { texts.append(isUpper(byte) ? byte | 0x20 : byte) }
    }
    return isLower
  }

  private static func isUpper(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "A") < 26 }

  static func isShort(_ text: some Collection<UInt8>) -> Bool {
    text.count <= SearchRows.maxLength
      || String(decoding: text, as: UTF8.self).utf16.count <= SearchRows.maxLength
  }
}
