/// The header fields of an answer, looked up by name in any letter case.
///
/// Kept as the bytes that arrived and searched when asked: an answer has some twenty fields, of which a
/// client reads two or three.
package struct HTTPHeaders: Sendable {
  private var block: [UInt8] = []

  package init() {}

  package init(_ fields: [(name: String, value: String)]) {
    for field in fields { append(Array("\(field.name): \(field.value)\r\n".utf8)) }
  }

  /// Adds one line as it arrived.
  ///
  /// A status line begins a new answer (after `100 Continue`) and drops what was there.
  mutating func append(_ line: some Collection<UInt8>) {
    if line.starts(with: "HTTP/".utf8) { block.removeAll(keepingCapacity: true) }
    block.append(contentsOf: line)
  }

  /// The first value of a field without the white space around it, or nil when the field is absent.
  package subscript(name: String) -> String? {
    var wanted = name
    return wanted.withUTF8 { wanted in value(of: wanted) }
  }

  private func value(of name: UnsafeBufferPointer<UInt8>) -> String? {
    block.withUnsafeBufferPointer { block in
      var start = 0
      while start < block.count {
        let end = block[start...].firstIndex(of: UInt8(ascii: "\n")) ?? block.count
        let line = block[start..<end]
        start = end + 1
        guard line.count > name.count, line[line.startIndex + name.count] == UInt8(ascii: ":") else {
          continue
        }
        guard zip(line, name).allSatisfy({ lowercased($0) == lowercased($1) }) else { continue }
        return trimmed(line.dropFirst(name.count + 1))
      }
      return nil
    }
  }

  private func lowercased(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }

  private func trimmed(_ value: Slice<UnsafeBufferPointer<UInt8>>) -> String {
    let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 || byte == 0x0D }
    var value = value.drop(while: isBlank)
    while let last = value.last, isBlank(last) { value.removeLast() }
    return String(decoding: value, as: UTF8.self)
  }
}
