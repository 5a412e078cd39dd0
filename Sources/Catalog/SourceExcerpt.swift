/// The part of a line that a problem is in, cut at the place of the problem.
///
/// Only a part, because a line may be as long as a file.
package struct SourceExcerpt: Sendable, Equatable {
  /// How many characters are kept before the place, and from it on.
  package static let maxCharacters = 80

  /// What stands before the place, as it is in the file.
  package var before: String
  /// What stands at the place and behind it, to the end of the line; empty when the place is that end.
  package var after: String
  /// Whether the line has more characters before `before`.
  package var isCutBefore: Bool
  /// Whether the line has more characters behind `after`.
  package var isCutAfter: Bool

  package init(before: String, after: String, isCutBefore: Bool = false, isCutAfter: Bool = false) {
    self.before = before
    self.after = after
    self.isCutBefore = isCutBefore
    self.isCutAfter = isCutAfter
  }
}

/// Cuts excerpts out of a text, in the order of their places, so that a text is walked over once however
/// many problems it has and however long its lines are.
package struct ExcerptReader {
  private let text: [UInt8]
  private var line = 1
  private var lineStart: Int
  private var column = 1
  private var offset: Int

  /// - Parameter text: A file's content; a byte order mark at its start is no character of the first line.
  package init(_ text: [UInt8]) {
    self.text = text
    lineStart = text.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    offset = lineStart
  }

  /// The excerpt for a place that is not before the one asked for last; a place that is not in the text gets
  /// the end of its line, or of the text.
  ///
  /// - Parameters:
  ///   - line: Counted from 1.
  ///   - column: Counted from 1, in characters.
  package mutating func excerpt(line wanted: Int, column wantedColumn: Int) -> SourceExcerpt {
    while line < wanted, skipLine() {}
    while column < wantedColumn, offset < text.count, !isLineEnd(text[offset]) {
      offset = next(after: offset)
      column += 1
    }
    let start = start(of: offset)
    let end = end(from: offset)
    return SourceExcerpt(
      before: String(decoding: text[start..<offset], as: UTF8.self),
      after: String(decoding: text[offset..<end], as: UTF8.self),
      isCutBefore: start > lineStart,
      isCutAfter: end < text.count && !isLineEnd(text[end])
    )
  }

  /// Goes to the start of the next line; false when this one is the last.
  private mutating func skipLine() -> Bool {
    guard var end = text[offset...].firstIndex(where: isLineEnd) else { return false }
    if text[end] == UInt8(ascii: "\r"), end + 1 < text.count, text[end + 1] == UInt8(ascii: "\n") { end += 1 }
    offset = end + 1
    lineStart = offset
    line += 1
    column = 1
    return true
  }

  private func start(of offset: Int) -> Int {
    var start = offset
    for _ in 0..<SourceExcerpt.maxCharacters where start > lineStart {
      start -= 1
      while start > lineStart, isContinuation(text[start]) { start -= 1 }
    }
    return start
  }

  private func end(from offset: Int) -> Int {
    var end = offset
    for _ in 0..<SourceExcerpt.maxCharacters {
      guard end < text.count, !isLineEnd(text[end]) else { break }
      end = next(after: end)
    }
    return end
  }

  private func next(after offset: Int) -> Int {
    var next = offset + 1
    while next < text.count, isContinuation(text[next]) { next += 1 }
    return next
  }

  /// Lines end as in YAML 1.2 (5.4): with CR, LF, or both.
  private func isLineEnd(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") }

  /// Whether a byte goes on with a character of UTF-8.
  private func isContinuation(_ byte: UInt8) -> Bool { byte & 0b1100_0000 == 0b1000_0000 }
}
