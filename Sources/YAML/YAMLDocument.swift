/// One document of a YAML text: its nodes as one flat array, in the order of the text.
///
/// Flat, because a catalog file is read once and walked twice; a tree of boxed nodes costs more than
/// reading the text does.
package final class YAMLDocument: Sendable {
  enum Kind: UInt8 {
    case null, boolean, integer, float, string
    case sequence, mapping
    case alias
  }

  /// A node.
  ///
  /// A collection is followed by its children, a mapping's as key, value, key, value.
  struct Entry {
    var kind: Kind
    var line: Int32
    var column: Int32
    /// A scalar's text in `text`; for an alias, `start` is the index of the node it stands for.
    var start: Int32
    /// A scalar's length in bytes; a collection's number of children (pairs count twice).
    var count: Int32
    /// The index behind the node and everything below it.
    var end: Int32
  }

  let entries: [Entry]
  let text: [UInt8]

  init(entries: [Entry], text: [UInt8]) {
    self.entries = entries
    self.text = text
  }

  /// A document that holds nothing.
  package static let null = YAMLDocument(
    entries: [Entry(kind: .null, line: 1, column: 1, start: 0, count: 0, end: 1)],
    text: []
  )

  /// About how many bytes of memory it takes.
  package var footprint: Int { entries.count * MemoryLayout<Entry>.stride + text.count + 150 }

  /// Whether a byte stands in any of its scalars.
  package func contains(_ byte: UInt8) -> Bool { text.contains(byte) }

  /// The document's outermost node.
  package var root: YAMLNode { YAMLNode(document: self, index: 0, entry: entries[0]) }
}
