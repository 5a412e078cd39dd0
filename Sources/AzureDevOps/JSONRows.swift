/// Cuts a streamed list, `{"value": [{…}, {…}], "count": N}`, into its rows as the bytes arrive.
///
/// The service sends `value` before or after `count` (facts/azure-devops-api.md 2), and a list of 10,000
/// repositories is 8.5 MB: at any time only the unfinished row is held.
struct JSONRows {
  /// Why the bytes are not such a list.
  struct Malformed: Error, Equatable {
    var reason: String
  }

  private enum Place: Equatable {
    /// Before the first brace.
    case start
    /// In the outer object.
    case members
    /// In the array of rows.
    case rows
    /// After the outer object.
    case end
  }

  private var place = Place.start
  /// Brackets and braces open below the outer object or the array of rows.
  private var depth = 0
  private var isInString = false
  private var isEscaped = false
  /// The bytes of the unfinished row, or of the unfinished member of the outer object.
  private var pending: [UInt8] = []
  private var outerMembers: [UInt8] = Array("{".utf8)
  private(set) var rowCount = 0
  private var hasRows = false

  /// The largest row or outer member to hold.
  private static let maxPending = 1 << 20

  init() {}

  /// Takes the next bytes.
  ///
  /// - Returns: The rows that are complete by now, each one JSON object.
  mutating func feed(_ bytes: [UInt8]) throws(Malformed) -> [[UInt8]] {
    var rows: [[UInt8]] = []
    var position = 0
    while position < bytes.count {
      if isInString {
        position = skipString(bytes, from: position)
      } else {
        if let row = try step(bytes[position]) { rows.append(row) }
        position += 1
      }
    }
    guard pending.count <= Self.maxPending else { throw Malformed(reason: "a row of over 1 MiB") }
    return rows
  }

  /// Checks that the list is whole.
  ///
  /// - Throws: When the text ended early, or says another number of rows than it held.
  func finish() throws(Malformed) {
    guard place == .end else {
      throw Malformed(reason: "the list ends in the middle, after \(rowCount) rows")
    }
    guard hasRows else { throw Malformed(reason: "the answer has no list named 'value'") }
    guard let outer = JSONObject(outerMembers[...]) else { throw Malformed(reason: "the answer is not JSON") }
    guard let count = outer.integer("count") else { return }
    guard count == rowCount else {
      throw Malformed(reason: "the list says it has \(count) rows but has \(rowCount)")
    }
  }

  /// Takes a string's bytes up to its end or the end of what is there, and returns the place behind them.
  private mutating func skipString(_ bytes: [UInt8], from start: Int) -> Int {
    var position = start
    while position < bytes.count, isInString {
      let byte = bytes[position]
      if isEscaped {
        isEscaped = false
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else if byte == UInt8(ascii: "\"") {
        isInString = false
      }
      position += 1
    }
    pending.append(contentsOf: bytes[start..<position])
    return position
  }

  private mutating func step(_ byte: UInt8) throws(Malformed) -> [UInt8]? {
    let isBlank = byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    if isBlank { return nil }
    switch place {
    case .start:
      if [0xEF, 0xBB, 0xBF].contains(byte) { return nil }
      guard byte == UInt8(ascii: "{") else { throw Malformed(reason: "the answer is not a JSON object") }
      place = .members
      return nil
    case .members:
      stepInMembers(byte)
      return nil
    case .rows:
      return try stepInRows(byte)
    case .end:
      throw Malformed(reason: "there is more text after the list")
    }
  }

  private mutating func stepInMembers(_ byte: UInt8) {
    if depth == 0, byte == UInt8(ascii: "["), pending.elementsEqual("\"value\":".utf8) {
      hasRows = true
      place = .rows
      pending = []
      return
    }
    if depth == 0, byte == UInt8(ascii: "}") {
      keepMember()
      outerMembers.append(byte)
      place = .end
    } else if depth == 0, byte == UInt8(ascii: ",") {
      keepMember()
    } else {
      follow(byte)
    }
  }

  /// Keeps a finished member of the outer object, such as `"count":2`.
  private mutating func keepMember() {
    guard !pending.isEmpty else { return }
    if outerMembers.count > 1 { outerMembers.append(UInt8(ascii: ",")) }
    outerMembers += pending
    pending = []
  }

  private mutating func stepInRows(_ byte: UInt8) throws(Malformed) -> [UInt8]? {
    if depth == 0 {
      switch byte {
      case UInt8(ascii: "]"):
        place = .members
        return nil
      case UInt8(ascii: ","):
        return nil
      case UInt8(ascii: "{"):
        break
      default:
        throw Malformed(reason: "row \(rowCount + 1) is not a JSON object")
      }
    }
    follow(byte)
    guard depth == 0 else { return nil }
    rowCount += 1
    defer { pending.removeAll(keepingCapacity: true) }
    return pending
  }

  private mutating func follow(_ byte: UInt8) {
    pending.append(byte)
    switch byte {
    case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
    case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
    case UInt8(ascii: "\""): isInString = true
    default: break
    }
  }
}
