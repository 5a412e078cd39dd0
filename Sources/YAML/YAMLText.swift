/// What can be said of a YAML text by its bytes alone.
enum YAMLText {
  static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
  /// How many directives a text may have: a few for each document that has any.
  private static let maxDirectives = 1_000

  /// Why the bytes are not a text that can be read at all, or nil.
  static func problem(in bytes: [UInt8], limits: YAMLLimits) -> YAMLProblem? {
    let start = YAMLMark(line: 1, column: 1)
    guard bytes.count <= limits.maxBytes else {
      let message = "the file has \(bytes.count) bytes, more than the limit of \(limits.maxBytes)"
      return .ofWholeText(.limit, message, mark: start)
    }
    guard let offset = firstInvalidByte(of: bytes) else { return tooManyDirectives(in: bytes) }
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      return .ofWholeText(.encoding, "the file is UTF-16; save it as UTF-8", mark: start)
    }
    let hex = String(bytes[offset], radix: 16, uppercase: true)
    let message = "the file is not UTF-8: byte 0x\(hex) cannot stand here; save it as UTF-8"
    return .ofWholeText(.encoding, message, mark: mark(behind: bytes[..<offset]))
  }

  /// libyaml compares each directive with all before it, which takes minutes for a text of nothing else.
  private static func tooManyDirectives(in bytes: [UInt8]) -> YAMLProblem? {
    let percent = UInt8(ascii: "%")
    guard bytes.contains(percent) else { return nil }
    var count = 0
    for (index, byte) in bytes.enumerated() where byte == percent {
      guard index == 0 || isLineEnd(bytes[index - 1]) else { continue }
      count += 1
      guard count > maxDirectives else { continue }
      let message = "the file has more than \(maxDirectives) lines that begin with '%'"
      return .ofWholeText(.limit, message, mark: mark(behind: bytes[..<index]))
    }
    return nil
  }

  private static func isLineEnd(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
  }

  /// The place behind a text that begins at the first character of a file.
  ///
  /// A line ends with LF, CR, or both (YAML 1.2.2, 5.4).
  static func mark(behind text: some Collection<UInt8>) -> YAMLMark {
    var mark = YAMLMark(line: 1, column: 1)
    var isAfterReturn = false
    for byte in text.starts(with: byteOrderMark) ? text.dropFirst(byteOrderMark.count) : text[...] {
      if isLineEnd(byte) {
        if !isAfterReturn || byte != UInt8(ascii: "\n") { mark.line += 1 }
        mark.column = 1
      } else if byte & 0b1100_0000 != 0b1000_0000 {
        // Every byte but those that go on with a character begins one.
        mark.column += 1
      }
      isAfterReturn = byte == UInt8(ascii: "\r")
    }
    return mark
  }

  /// The first bytes of a text, up to the given number of characters.
  static func prefix(_ text: UnsafeBufferPointer<UInt8>, characters: Int) -> Slice<UnsafeBufferPointer<UInt8>>
  {
    var left = characters
    for index in text.indices where text[index] & 0b1100_0000 != 0b1000_0000 {
      if left == 0 { return text[..<index] }
      left -= 1
    }
    return text[...]
  }

  /// Where the lines of a text begin, as numbers of characters before them; nil for the many texts in which
  /// they begin where libyaml has them.
  ///
  /// It follows YAML 1.1, in which U+0085, U+2028 and U+2029 end a line too.
  static func ownLineStarts(of text: UnsafeBufferPointer<UInt8>) -> [Int]? {
    guard hasOldLineEnd(text) else { return nil }
    var starts = [0]
    var characters = 0
    for index in text.indices where text[index] & 0b1100_0000 != 0b1000_0000 {
      characters += 1
      guard isLineEnd(text[index]) else { continue }
      let isFirstOfTwo =
        text[index] == UInt8(ascii: "\r") && index + 1 < text.count && text[index + 1] == UInt8(ascii: "\n")
      if !isFirstOfTwo { starts.append(characters) }
    }
    return starts
  }

  private static func hasOldLineEnd(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    for index in text.indices where text[index] >= 0xC2 {
      if text[index] == 0xC2, index + 1 < text.count, text[index + 1] == 0x85 { return true }
      if text[index] == 0xE2, index + 2 < text.count, text[index + 1] == 0x80,
        text[index + 2] | 1 == 0xA9
      {
        return true
      }
    }
    return false
  }

  /// Where the text stops being UTF-8, or nil.
  private static func firstInvalidByte(of bytes: [UInt8]) -> Int? {
    if bytes.allSatisfy({ $0 < 0x80 }) || String(validating: bytes, as: UTF8.self) != nil { return nil }
    var decoder = UTF8()
    var iterator = bytes.makeIterator()
    var offset = 0
    while case .scalarValue(let scalar) = decoder.decode(&iterator) {
      offset += UTF8.width(scalar)
    }
    return min(offset, bytes.count - 1)
  }

  /// The text cut before each `---` line and after each `...` line, which are document markers wherever
  /// they stand (YAML 1.2.2, 9.1.2: no scalar may hold such a line).
  ///
  /// A lone `---` line before another one is an empty document and left out: a text may be made of nothing
  /// else, and each one costs a parser.
  static func documents(of text: ArraySlice<UInt8>) -> [(text: ArraySlice<UInt8>, firstLine: Int)] {
    var pieces: [(text: ArraySlice<UInt8>, firstLine: Int)] = []
    var pieceStart = text.startIndex
    var pieceLine = 1
    var hasContent = false  // directives and comments before a `---` belong to the document after it
    var isLoneMarker = false
    var line = 1
    var lineStart = text.startIndex
    while lineStart < text.endIndex {
      let end = text[lineStart...].firstIndex(where: isLineEnd) ?? text.endIndex
      let next = behindLineEnd(at: end, of: text)
      let content = text[lineStart..<end]
      if isMarker(content, UInt8(ascii: "-")) {
        if hasContent {
          if !isLoneMarker { pieces.append((text[pieceStart..<lineStart], pieceLine)) }
          (pieceStart, pieceLine) = (lineStart, line)
          isLoneMarker = content.count == 3
        }
        hasContent = true
      } else if isMarker(content, UInt8(ascii: ".")) {
        pieces.append((text[pieceStart..<next], pieceLine))
        (pieceStart, pieceLine, hasContent, isLoneMarker) = (next, line + 1, false, false)
      } else {
        if !hasContent { hasContent = !isBlankOrDirective(content) }
        isLoneMarker = false
      }
      lineStart = next
      line += 1
    }
    if pieceStart < text.endIndex { pieces.append((text[pieceStart...], pieceLine)) }
    return pieces
  }

  private static func behindLineEnd(at end: Int, of text: ArraySlice<UInt8>) -> Int {
    guard end < text.endIndex else { return end }
    let isFirstOfTwo =
      text[end] == UInt8(ascii: "\r") && end + 1 < text.endIndex && text[end + 1] == UInt8(ascii: "\n")
    return isFirstOfTwo ? end + 2 : end + 1
  }

  private static func isMarker(_ line: ArraySlice<UInt8>, _ byte: UInt8) -> Bool {
    guard line.count >= 3, line.prefix(3).allSatisfy({ $0 == byte }) else { return false }
    guard line.count > 3 else { return true }
    return [UInt8(ascii: " "), UInt8(ascii: "\t")].contains(line[line.startIndex + 3])
  }

  private static func isBlankOrDirective(_ line: ArraySlice<UInt8>) -> Bool {
    let blanks = [UInt8(ascii: " "), UInt8(ascii: "\t")]
    guard let first = line.first(where: { !blanks.contains($0) }) else { return true }
    return first == UInt8(ascii: "#") || line.first == UInt8(ascii: "%")
  }
}
