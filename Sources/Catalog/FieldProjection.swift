import YAML

/// Which parts of an entity are asked for (facts/backstage-catalog.md 9.5).
package struct FieldProjection: Sendable, Equatable {
  /// The parts of each path; its key may consist of several of them, because keys have dots.
  private let paths: [[[UInt8]]]
  /// The paths as they were given, without blanks.
  package let fields: [String]

  /// - Returns: Nil when no field is left, which asks for everything.
  /// - Throws: `FieldProjectionError` for a field with a bracket, which would name an element of a list.
  package init?(_ fields: [String]) throws(FieldProjectionError) {
    var kept: [String] = []
    for field in fields {
      let trimmed = Self.trimmed(field)
      if trimmed.isEmpty { continue }
      if trimmed.utf8.contains(UInt8(ascii: "[")) { throw FieldProjectionError(field: trimmed) }
      kept.append(trimmed)
    }
    guard !kept.isEmpty else { return nil }
    self.fields = kept
    paths = kept.map { field in
      field.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map(Array.init)
    }
  }

  private static func trimmed(_ text: String) -> String {
    var rest = text.unicodeScalars[...]
    while let first = rest.first, first.properties.isWhitespace { rest.removeFirst() }
    while let last = rest.last, last.properties.isWhitespace { rest.removeLast() }
    return String(rest)
  }

  /// Whether something at this path, above or below it can be asked for.
  package func reaches(_ path: String) -> Bool {
    fields.contains { field in
      field == path || field.hasPrefix(path + ".") || path.hasPrefix(field + ".")
    }
  }

  /// Appends the parts of an entity that are asked for, in the order of the fields; those that it does not have are
  /// left out.
  ///
  /// - Parameter json: JSON without faults.
  package func append(_ json: UnsafeBufferPointer<UInt8>, to text: inout [UInt8]) {
    var root = Node()
    for path in paths {
      if let (keys, value) = Self.find(path, in: json) { root.insert(keys[...], value) }
    }
    root.write(json, to: &text)
  }

  /// Goes down a path: of the keys that its parts can be joined to, the shortest that is there.
  private static func find(
    _ path: [[UInt8]],
    in json: UnsafeBufferPointer<UInt8>
  ) -> (keys: [[UInt8]], value: Range<Int>)? {
    var keys: [[UInt8]] = []
    var range = 0..<json.count
    var index = 0
    while index < path.count {
      var key: [UInt8] = []
      var found: Range<Int>?
      while index < path.count {
        key += (key.isEmpty ? [] : [UInt8(ascii: ".")]) + path[index]
        index += 1
        found = member(key, of: range, in: json)
        if found != nil { break }
      }
      guard let found else { return nil }
      keys.append(key)
      range = found
    }
    return (keys, range)
  }

  /// The place of a member's value; nil when the value at the place is no object or has no such member.
  private static func member(
    _ key: [UInt8],
    of range: Range<Int>,
    in json: UnsafeBufferPointer<UInt8>
  ) -> Range<Int>? {
    var cursor = JSONCursor(UnsafeBufferPointer(rebasing: json[range]))
    guard cursor.take(UInt8(ascii: "{")) else { return nil }
    while cursor.next == UInt8(ascii: "\"") {
      let written = cursor.stringRange()
      guard cursor.take(UInt8(ascii: ":")) else { return nil }
      let value = cursor.skipValue()
      if isSame(UnsafeBufferPointer(rebasing: cursor.bytes[written]), key) {
        return value.lowerBound + range.lowerBound..<value.upperBound + range.lowerBound
      }
      guard cursor.take(UInt8(ascii: ",")) else { return nil }
    }
    return nil
  }

  private static func isSame(_ written: UnsafeBufferPointer<UInt8>, _ key: [UInt8]) -> Bool {
    JSONCursor.withText(of: written) { $0.elementsEqual(key) }
  }

  /// What is written of an object.
  private struct Node {
    /// Set for what is written as it stands.
    var value: Range<Int>?
    var members: [(key: [UInt8], node: Node)] = []

    mutating func insert(_ keys: ArraySlice<[UInt8]>, _ value: Range<Int>) {
      guard self.value == nil else { return }
      guard let key = keys.first else {
        self.value = value
        return
      }
      if let index = members.firstIndex(where: { $0.key == key }) {
        members[index].node.insert(keys.dropFirst(), value)
      } else {
        var node = Node()
        node.insert(keys.dropFirst(), value)
        members.append((key, node))
      }
    }

    func write(_ json: UnsafeBufferPointer<UInt8>, to text: inout [UInt8]) {
      if let value { return text.append(contentsOf: UnsafeBufferPointer(rebasing: json[value])) }
      text.append(UInt8(ascii: "{"))
      for (index, member) in members.enumerated() {
        if index > 0 { text.append(UInt8(ascii: ",")) }
        member.key.withUnsafeBufferPointer { JSONText.appendString($0, to: &text) }
        text.append(UInt8(ascii: ":"))
        member.node.write(json, to: &text)
      }
      text.append(UInt8(ascii: "}"))
    }
  }
}

/// A field of a projection that cannot be asked for.
package struct FieldProjectionError: Error, Equatable, CustomStringConvertible {
  package var field: String

  package var description: String {
    "invalid field '\(field.prefix(100))': elements of lists cannot be asked for, leave out the brackets"
  }
}
