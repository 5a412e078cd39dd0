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
  static func mark(behind text: some BidirectionalCollection<UInt8>) -> YAMLMark {
    let newline = UInt8(ascii: "\n")
    let line = text.count { $0 == newline } + 1
    let lastLine = text.lastIndex(of: newline).map { text[text.index(after: $0)...] } ?? text[...]
    let skipped = lastLine.starts(with: byteOrderMark) && line == 1 ? byteOrderMark.count : 0
    // Every byte but those that go on with a character begins one.
    let column = lastLine.dropFirst(skipped).count { $0 & 0b1100_0000 != 0b1000_0000 } + 1
    return YAMLMark(line: line, column: column)
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
  static func documents(of text: ArraySlice<UInt8>) -> [(text: ArraySlice<UInt8>, firstLine: Int)] {
    var pieces: [(text: ArraySlice<UInt8>, firstLine: Int)] = []
    var pieceStart = text.startIndex
    var pieceLine = 1
    var hasContent = false  // directives and comments before a `---` belong to the document after it
    var line = 1
    var lineStart = text.startIndex
    while lineStart < text.endIndex {
      let newline = text[lineStart...].firstIndex(of: UInt8(ascii: "\n"))
      let next = newline.map { $0 + 1 } ?? text.endIndex
      let content = text[lineStart..<(newline ?? text.endIndex)]
      if isMarker(content, UInt8(ascii: "-")) {
        if hasContent {
          pieces.append((text[pieceStart..<lineStart], pieceLine))
          (pieceStart, pieceLine) = (lineStart, line)
        }
        hasContent = true
      } else if isMarker(content, UInt8(ascii: ".")) {
        pieces.append((text[pieceStart..<next], pieceLine))
        (pieceStart, pieceLine, hasContent) = (next, line + 1, false)
      } else if !hasContent {
        hasContent = !isBlankOrDirective(content)
      }
      lineStart = next
      line += 1
    }
    if pieceStart < text.endIndex { pieces.append((text[pieceStart...], pieceLine)) }
    return pieces
  }

  private static func isMarker(_ line: ArraySlice<UInt8>, _ byte: UInt8) -> Bool {
    guard line.count >= 3, line.prefix(3).allSatisfy({ $0 == byte }) else { return false }
    guard line.count > 3 else { return true }
    return [UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r")].contains(line[line.startIndex + 3])
  }

  private static func isBlankOrDirective(_ line: ArraySlice<UInt8>) -> Bool {
    let blanks = [UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r")]
    guard let first = line.first(where: { !blanks.contains($0) }) else { return true }
    return first == UInt8(ascii: "#") || line.first == UInt8(ascii: "%")
  }
}
