/// The header fields of an answer, looked up by name in any letter case.
///
/// Kept as the bytes that arrived and searched when asked: an answer has some twenty fields, of which a
/// client reads two or three.
package struct HTTPHeaders: Sendable {
  private var block: [UInt8] = []
  /// Where each line begins.
  private var lines: [Int] = []

  /// As much as the headers of an answer take, so that they are kept in one piece from the beginning.
  private static let (usualBytes, usualLines) = (1_500, 32)

  package init() {}

  package init(_ fields: [(name: String, value: String)]) {
    for field in fields { append(Array("\(field.name): \(field.value)\r\n".utf8)) }
  }

  /// Adds one line as it arrived.
  ///
  /// A status line begins a new answer (after `100 Continue`) and drops what was there.
  mutating func append(_ line: some Collection<UInt8>) {
    if line.starts(with: "HTTP/".utf8) {
      block.removeAll(keepingCapacity: true)
      lines.removeAll(keepingCapacity: true)
    }
    if lines.isEmpty {
      block.reserveCapacity(Self.usualBytes)
      lines.reserveCapacity(Self.usualLines)
    }
    lines.append(block.count)
    block.append(contentsOf: line)
  }

  /// The first value of a field without the white space around it, or nil when the field is absent.
  package subscript(name: String) -> String? {
    var wanted = name
    return wanted.withUTF8 { wanted in value(of: wanted) }
  }

  private func value(of name: UnsafeBufferPointer<UInt8>) -> String? {
    block.withUnsafeBufferPointer { block in
      for (number, start) in lines.enumerated() {
        var end = number + 1 < lines.count ? lines[number + 1] : block.count
        let colon = start + name.count
        guard colon < end, block[colon] == UInt8(ascii: ":"), isSame(block, start, name) else { continue }
        while end > colon + 1, isBlank(block[end - 1]) { end -= 1 }
        var first = colon + 1
        while first < end, isBlank(block[first]) { first += 1 }
        return String(decoding: block[first..<end], as: UTF8.self)
      }
      return nil
    }
  }

  private func isSame(
    _ block: UnsafeBufferPointer<UInt8>,
    _ start: Int,
    _ name: UnsafeBufferPointer<UInt8>
  ) -> Bool {
    for place in name.indices where lowercased(block[start + place]) != lowercased(name[place]) {
      return false
    }
    return true
  }

  private func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

  private func lowercased(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }
}
