/// A node of a document: what it is, what it holds, and where it stands.
///
/// An alias is seen as the node it stands for, but with its own place.
package struct YAMLNode: Sendable {
  /// What the node is, after the core schema of YAML 1.2.
  package enum Kind: Sendable {
    case null, boolean, integer, float, string
    case sequence, mapping

    init(_ kind: YAMLDocument.Kind) {
      switch kind {
      case .null: self = .null
      case .boolean: self = .boolean
      case .integer: self = .integer
      case .float: self = .float
      case .string: self = .string
      case .sequence: self = .sequence
      case .mapping: self = .mapping
      case .alias: preconditionFailure("an alias never stands for another alias")
      }
    }
  }

  private let document: YAMLDocument
  private let index: Int
  private let entry: YAMLDocument.Entry
  /// Where the node begins; for an alias, where the alias stands.
  package let mark: YAMLMark

  init(document: YAMLDocument, index: Int, entry: YAMLDocument.Entry) {
    mark = YAMLMark(line: Int(entry.line), column: Int(entry.column))
    self.document = document
    if entry.kind == .alias {
      self.index = Int(entry.start)
      self.entry = document.entries[Int(entry.start)]
    } else {
      self.index = index
      self.entry = entry
    }
  }

  package var kind: Kind { Kind(entry.kind) }

  /// How many elements a sequence has, or pairs a mapping; 0 for a scalar.
  package var count: Int {
    switch entry.kind {
    case .sequence: Int(entry.count)
    case .mapping: Int(entry.count) / 2
    default: 0
    }
  }

  /// The text of a scalar as it is meant: unquoted, unescaped, folded; empty for a collection.
  package var text: String { String(decoding: bytes, as: UTF8.self) }

  /// The text of a scalar that is a string, or nil for any other node.
  package var string: String? { entry.kind == .string ? text : nil }

  /// The value of a scalar that is a boolean, or nil.
  package var boolean: Bool? {
    guard entry.kind == .boolean else { return nil }
    return bytes.first.map { $0 | 0x20 } == UInt8(ascii: "t")
  }

  /// The value of a scalar that is an integer and fits, or nil.
  package var integer: Int? {
    guard entry.kind == .integer else { return nil }
    return YAMLScalar.integer(bytes)
  }

  /// The children of a sequence; empty for any other node.
  package var elements: Elements {
    Elements(document: document, position: index + 1, left: entry.kind == .sequence ? Int(entry.count) : 0)
  }

  /// The pairs of a mapping in the order of the text; empty for any other node.
  package var pairs: Pairs {
    Pairs(
      nodes: Elements(
        document: document,
        position: index + 1,
        left: entry.kind == .mapping ? Int(entry.count) : 0
      )
    )
  }

  /// The value of a key, or nil when the node is no mapping or has no such key.
  package subscript(key: StaticString) -> YAMLNode? {
    key.withUTF8Buffer { wanted in
      for pair in pairs where pair.key.bytes.elementsEqual(wanted) { return pair.value }
      return nil
    }
  }

  /// The value of a key, or nil when the node is no mapping or has no such key.
  package subscript(dynamic key: String) -> YAMLNode? {
    for pair in pairs where pair.key.bytes.elementsEqual(key.utf8) { return pair.value }
    return nil
  }

  /// A scalar's text as UTF-8; empty for a collection.
  package var bytes: ArraySlice<UInt8> {
    switch entry.kind {
    case .sequence, .mapping, .alias: []
    default: document.text[Int(entry.start)..<Int(entry.start + entry.count)]
    }
  }

  /// The nodes of a collection, one after the other.
  package struct Elements: Sequence, IteratorProtocol, Sendable {
    fileprivate let document: YAMLDocument
    fileprivate var position: Int
    fileprivate var left: Int

    /// How many are left.
    package var count: Int { left }

    package mutating func next() -> YAMLNode? {
      guard left > 0 else { return nil }
      let entry = document.entries[position]
      defer {
        position = Int(entry.end)
        left -= 1
      }
      return YAMLNode(document: document, index: position, entry: entry)
    }
  }

  /// The pairs of a mapping, one after the other.
  package struct Pairs: Sequence, IteratorProtocol, Sendable {
    fileprivate var nodes: Elements

    package mutating func next() -> (key: YAMLNode, value: YAMLNode)? {
      guard let key = nodes.next(), let value = nodes.next() else { return nil }
      return (key, value)
    }
  }
}
