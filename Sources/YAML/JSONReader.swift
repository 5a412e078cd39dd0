/// Reads a JSON text into a document (RFC 8259), so that what is written in JSON is looked at like YAML.
///
/// YAML is meant to contain JSON, but libyaml refuses some of it: surrogate pairs, long keys, tabs.
package struct JSONReader {
  private let bytes: [UInt8]
  private let limits: YAMLLimits
  private var position = 0
  private var depth = 0
  private var line: Int32 = 1
  private var lineStart = 0
  private var entries: [YAMLDocument.Entry] = []
  private var text: [UInt8] = []

  /// - Parameter bytes: UTF-8, with or without a byte order mark.
  /// - Throws: The first fault, with its place; a key that stands twice in one object is one, as in YAML.
  package static func read(_ bytes: [UInt8], limits: YAMLLimits = .init()) throws(YAMLProblem) -> YAMLDocument
  {
    if let problem = YAMLText.problem(in: bytes, limits: limits) { throw problem }
    var reader = JSONReader(bytes: bytes, limits: limits)
    if bytes.starts(with: YAMLText.byteOrderMark) { reader.position = 3 }
    try reader.readValue()
    reader.skipBlanks()
    guard reader.position == bytes.count else { throw reader.fault("expected the end of the text") }
    return YAMLDocument(entries: reader.entries, text: reader.text)
  }

  private init(bytes: [UInt8], limits: YAMLLimits) {
    self.bytes = bytes
    self.limits = limits
  }

  private mutating func readValue() throws(YAMLProblem) {
    skipBlanks()
    switch peek {
    case UInt8(ascii: "{"): try readObject()
    case UInt8(ascii: "["): try readArray()
    case UInt8(ascii: "\""): try readString()
    case UInt8(ascii: "t"): try readWord("true", .boolean)
    case UInt8(ascii: "f"): try readWord("false", .boolean)
    case UInt8(ascii: "n"): try readWord("null", .null)
    default: try readNumber()
    }
  }

  private mutating func readObject() throws(YAMLProblem) {
    let mapping = try open(.mapping)
    skipBlanks()
    while peek != UInt8(ascii: "}") {
      skipBlanks()
      guard peek == UInt8(ascii: "\"") else { throw fault("expected a key in double quotes") }
      try readString()
      skipBlanks()
      guard take(UInt8(ascii: ":")) else { throw fault("expected ':' behind the key") }
      try readValue()
      entries[mapping].count += 2
      skipBlanks()
      guard take(UInt8(ascii: ",")) else { break }
      skipBlanks()
      guard peek == UInt8(ascii: "\"") else { throw fault("expected a key in double quotes") }
    }
    guard take(UInt8(ascii: "}")) else { throw fault("expected ',' or '}'") }
    close(mapping)
    let keys = DuplicateKeys(entries: entries, text: text)
    if let duplicate = keys.first(in: mapping) {
      throw .duplicateKey(keys.key(at: duplicate), at: entries[duplicate])
    }
  }

  private mutating func readArray() throws(YAMLProblem) {
    let sequence = try open(.sequence)
    skipBlanks()
    while peek != UInt8(ascii: "]") {
      try readValue()
      entries[sequence].count += 1
      skipBlanks()
      guard take(UInt8(ascii: ",")) else { break }
      skipBlanks()
      guard peek != UInt8(ascii: "]") else { throw fault("expected a value behind ','") }
    }
    guard take(UInt8(ascii: "]")) else { throw fault("expected ',' or ']'") }
    close(sequence)
  }

  private mutating func readString() throws(YAMLProblem) {
    let entry = entries.count
    append(.string)
    position += 1
    while let byte = peek {
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        entries[entry].count = Int32(text.count) - entries[entry].start
        return
      case UInt8(ascii: "\\"):
        try readEscape()
      case ..<0x20:
        throw fault("expected an escape such as \\n in place of a control character")
      default:
        text.append(byte)
        position += 1
      }
    }
    throw fault("expected '\"' at the end of the string")
  }

  private mutating func readEscape() throws(YAMLProblem) {
    position += 1
    guard let byte = peek else { throw fault("expected an escape behind '\\'") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      let unit = try readUnit()
      guard (0xD800..<0xDC00).contains(unit), peek == UInt8(ascii: "\\"), position + 1 < bytes.count,
        bytes[position + 1] == UInt8(ascii: "u")
      else { return appendScalar(unit) }
      let start = position
      position += 2
      let second = try readUnit()
      guard (0xDC00..<0xE000).contains(second) else {
        position = start
        return appendScalar(unit)
      }
      appendScalar(0x10000 + (unit - 0xD800) << 10 + (second - 0xDC00))
    default:
      throw fault("expected an escape that JSON knows")
    }
  }

  private mutating func readUnit() throws(YAMLProblem) -> UInt32 {
    guard position + 4 <= bytes.count,
      let unit = UInt32(String(decoding: bytes[position..<(position + 4)], as: UTF8.self), radix: 16),
      bytes[position] != UInt8(ascii: "+")
    else { throw fault("expected four hexadecimal digits behind \\u") }
    position += 4
    return unit
  }

  /// Half a surrogate pair is no character: it becomes the replacement character.
  private mutating func appendScalar(_ value: UInt32) {
    text.append(contentsOf: String(Unicode.Scalar(value) ?? "\u{FFFD}").utf8)
  }

  private mutating func readWord(
    _ word: StaticString,
    _ kind: YAMLDocument.Kind
  ) throws(YAMLProblem) {
    let end = position + word.utf8CodeUnitCount
    let isWord =
      end <= bytes.count
      && word.withUTF8Buffer { $0.elementsEqual(bytes[position..<end]) }
    guard isWord else { throw fault("expected a value") }
    append(kind)
    finishScalar(upTo: end)
  }

  private mutating func readNumber() throws(YAMLProblem) {
    var end = position
    func digits(_ end: inout Int) -> Int {
      let start = end
      while end < bytes.count, (0x30...0x39).contains(bytes[end]) { end += 1 }
      return end - start
    }
    func isAt(_ end: Int, _ character: Unicode.Scalar) -> Bool {
      end < bytes.count && bytes[end] == UInt8(ascii: character)
    }
    var isFloat = false
    if isAt(end, "-") { end += 1 }
    let first = end
    let whole = digits(&end)
    guard whole > 0 else { throw fault("expected a value") }
    guard whole == 1 || !isAt(first, "0") else { throw fault("expected a number without a 0 before it") }
    if isAt(end, ".") {
      isFloat = true
      end += 1
      guard digits(&end) > 0 else { throw fault("expected digits behind the point of a number") }
    }
    if isAt(end, "e") || isAt(end, "E") {
      isFloat = true
      end += 1
      if isAt(end, "+") || isAt(end, "-") { end += 1 }
      guard digits(&end) > 0 else { throw fault("expected digits in the exponent of a number") }
    }
    append(isFloat ? .float : .integer)
    finishScalar(upTo: end)
  }

  private mutating func finishScalar(upTo end: Int) {
    text.append(contentsOf: bytes[position..<end])
    entries[entries.count - 1].count = Int32(end - position)
    position = end
  }

  // MARK: - Places

  private mutating func open(_ kind: YAMLDocument.Kind) throws(YAMLProblem) -> Int {
    guard depth < limits.maxDepth else {
      throw fault("collections are nested deeper than \(limits.maxDepth) levels")
    }
    depth += 1
    append(kind)
    position += 1
    return entries.count - 1
  }

  private mutating func close(_ collection: Int) {
    depth -= 1
    entries[collection].end = Int32(entries.count)
  }

  private mutating func append(_ kind: YAMLDocument.Kind) {
    entries.append(
      YAMLDocument.Entry(
        kind: kind,
        line: line,
        column: Int32(position - lineStart + 1),
        start: Int32(text.count),
        count: 0,
        end: Int32(entries.count + 1)
      )
    )
  }

  private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard peek == byte else { return false }
    position += 1
    return true
  }

  private mutating func skipBlanks() {
    while let byte = peek, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D {
      position += 1
      if byte == 0x0A {
        line += 1
        lineStart = position
      }
    }
  }

  private func fault(_ message: String) -> YAMLProblem {
    YAMLProblem(
      rule: .syntax,
      message: message,
      mark: YAMLMark(line: Int(line), column: position - lineStart + 1)
    )
  }
}
