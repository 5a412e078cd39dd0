extension YAMLDocument {
  /// What stands in the place of a node.
  package enum Replacement: Sendable {
    /// A string.
    case text([UInt8])
    /// The outermost node of another document and everything below it.
    case document(YAMLDocument)
    case null
  }

  /// The document with other nodes in the place of some of its own.
  ///
  /// What is put in has the place of the node it stands for, so that a problem inside it points to the line
  /// that brought it in. Aliases are written out.
  ///
  /// - Parameters:
  ///   - replacements: By the index of a node, as `YAMLBorrowedNode.identity` tells it.
  ///   - maxBytes: How large the texts of the result may be, and how many nodes it may have.
  /// - Returns: Nil when it would be larger.
  package func replacing(_ replacements: [Int: Replacement], maxBytes: Int) -> YAMLDocument? {
    var copy = Copy(replacements: replacements, maxBytes: maxBytes)
    copy.append(self, 0, at: nil, isOwn: true)
    return copy.isTooLarge ? nil : YAMLDocument(entries: copy.entries, text: copy.text)
  }

  private struct Copy {
    let replacements: [Int: Replacement]
    let maxBytes: Int
    /// From then on nothing is added.
    var isTooLarge = false
    var entries: [Entry] = []
    var text: [UInt8] = []

    /// - Parameters:
    ///   - place: The node whose place everything gets; nil for each node's own.
    ///   - isOwn: Whether the document is the one that is copied, and not one that is put in.
    mutating func append(_ document: YAMLDocument, _ index: Int, at place: Entry?, isOwn: Bool) {
      guard !isTooLarge, entries.count <= maxBytes else {
        isTooLarge = true
        return
      }
      let original = document.entries[index]
      var place = place
      var source = index
      if original.kind == .alias {
        place = place ?? original
        source = Int(original.start)
      }
      if isOwn, let replacement = replacements[source] {
        return append(replacement, at: place ?? original)
      }
      var entry = document.entries[source]
      if let place { (entry.line, entry.column) = (place.line, place.column) }
      let position = entries.count
      switch entry.kind {
      case .sequence, .mapping:
        entries.append(entry)
        var child = source + 1
        // What lies below an alias keeps its own place: it is in the file, only somewhere else.
        let below = isOwn ? nil : place
        for _ in 0..<entry.count {
          append(document, child, at: below, isOwn: isOwn)
          child = Int(document.entries[child].end)
        }
      case .null, .boolean, .integer, .float, .string, .alias:
        let bytes = document.text[Int(entry.start)..<Int(entry.start + entry.count)]
        guard text.count + bytes.count <= maxBytes else {
          isTooLarge = true
          return
        }
        entry.start = Int32(text.count)
        text.append(contentsOf: bytes)
        entries.append(entry)
      }
      if position < entries.count { entries[position].end = Int32(entries.count) }
    }

    private mutating func append(_ replacement: Replacement, at place: Entry) {
      switch replacement {
      case .document(let document):
        append(document, 0, at: place, isOwn: false)
      case .text(let bytes):
        appendScalar(.string, bytes, at: place)
      case .null:
        appendScalar(.null, [], at: place)
      }
    }

    private mutating func appendScalar(_ kind: Kind, _ bytes: [UInt8], at place: Entry) {
      guard text.count + bytes.count <= maxBytes else {
        isTooLarge = true
        return
      }
      entries.append(
        Entry(
          kind: kind,
          line: place.line,
          column: place.column,
          start: Int32(text.count),
          count: Int32(bytes.count),
          end: Int32(entries.count + 1)
        )
      )
      text.append(contentsOf: bytes)
    }
  }
}
