/// A node that is looked at while its document is held, as `YAMLDocument.withRoot` does it.
///
/// It says the same as a `YAMLNode` and costs next to nothing to make and to copy, because it does not keep
/// its document; for the same reason neither it nor its bytes may leave the closure they are handed to.
package struct YAMLBorrowedNode {
  private let entries: UnsafePointer<YAMLDocument.Entry>
  private let utf8: UnsafePointer<UInt8>?
  /// The node, and for an alias the alias itself.
  private let index: Int
  private let place: Int

  fileprivate init(_ entries: UnsafePointer<YAMLDocument.Entry>, _ utf8: UnsafePointer<UInt8>?, _ place: Int)
  {
    self.entries = entries
    self.utf8 = utf8
    self.place = place
    index = entries[place].kind == .alias ? Int(entries[place].start) : place
  }

  package var kind: YAMLNode.Kind { YAMLNode.Kind(entries[index].kind) }

  /// Tells the node from all others of its document; an alias has that of the node it stands for.
  package var identity: Int { index }

  /// Where the node begins; for an alias, where the alias stands.
  package var mark: YAMLMark { YAMLMark(line: Int(entries[place].line), column: Int(entries[place].column)) }

  /// A scalar's text as UTF-8, as it is meant: unquoted, unescaped, folded; empty for a collection.
  package var bytes: UnsafeBufferPointer<UInt8> {
    let entry = entries[index]
    guard entry.kind != .sequence, entry.kind != .mapping, let utf8 else {
      return UnsafeBufferPointer(start: nil, count: 0)
    }
    return UnsafeBufferPointer(start: utf8 + Int(entry.start), count: Int(entry.count))
  }

  /// `bytes` as a string.
  package var text: String { String(decoding: bytes, as: UTF8.self) }

  /// The text of a scalar that is a string, or nil for any other node.
  package var string: String? { entries[index].kind == .string ? text : nil }

  /// The children of a sequence; empty for any other node.
  package var elements: Elements {
    let left = entries[index].kind == .sequence ? Int(entries[index].count) : 0
    return Elements(entries: entries, utf8: utf8, position: index + 1, left: left)
  }

  /// The pairs of a mapping in the order of the text; empty for any other node.
  package var pairs: Pairs {
    let left = entries[index].kind == .mapping ? Int(entries[index].count) : 0
    return Pairs(nodes: Elements(entries: entries, utf8: utf8, position: index + 1, left: left))
  }

  /// The value of a key, or nil when the node is no mapping or has no such key.
  package subscript(key: StaticString) -> YAMLBorrowedNode? {
    for (name, value) in pairs where key.isEqual(to: name.bytes) { return value }
    return nil
  }

  /// The nodes of a collection, one after the other.
  package struct Elements: Sequence, IteratorProtocol {
    fileprivate let entries: UnsafePointer<YAMLDocument.Entry>
    fileprivate let utf8: UnsafePointer<UInt8>?
    fileprivate var position: Int
    fileprivate var left: Int

    package mutating func next() -> YAMLBorrowedNode? {
      guard left > 0 else { return nil }
      let node = YAMLBorrowedNode(entries, utf8, position)
      position = Int(entries[position].end)
      left -= 1
      return node
    }
  }

  /// The pairs of a mapping, one after the other.
  package struct Pairs: Sequence, IteratorProtocol {
    fileprivate var nodes: Elements

    package mutating func next() -> (key: YAMLBorrowedNode, value: YAMLBorrowedNode)? {
      guard let key = nodes.next(), let value = nodes.next() else { return nil }
      return (key, value)
    }
  }
}

extension YAMLDocument {
  /// Hands the outermost node to a closure, which may look at it and at all below it, but not keep them.
  package func withRoot<Result>(_ body: (YAMLBorrowedNode) -> Result) -> Result {
    entries.withUnsafeBufferPointer { entries in
      text.withUnsafeBufferPointer { text in
        guard let first = entries.baseAddress else { preconditionFailure("a document has a root") }
        return body(YAMLBorrowedNode(first, text.baseAddress, 0))
      }
    }
  }
}

extension StaticString {
  /// Whether its UTF-8 is the given bytes.
  package func isEqual(to bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    guard bytes.count == utf8CodeUnitCount else { return false }
    return withUTF8Buffer { $0.elementsEqual(bytes) }
  }
}
