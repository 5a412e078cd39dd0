import YAML

/// Finds keys that Backstage cannot tell apart when it searches: it writes them in lower case, and refuses an
/// entity in which two become the same (facts/backstage-catalog.md 7.10).
enum CaseConflicts {
  /// The most keys of a mapping that are compared one with another instead of through a set.
  private static let fewKeys = 24

  /// The keys of a document that differ from an earlier one of their mapping by letter case only, in the order of
  /// the document.
  static func keys(in node: YAMLBorrowedNode) -> [YAMLBorrowedNode] {
    var found: [YAMLBorrowedNode] = []
    collect(node, &found)
    return found
  }

  private static func collect(_ node: YAMLBorrowedNode, _ found: inout [YAMLBorrowedNode]) {
    switch node.kind {
    case .mapping:
      let pairs = node.pairs.map { $0 }
      if pairs.count <= fewKeys {
        for index in pairs.indices.dropFirst()
        where pairs[..<index].contains(where: { isAlike($0.0.bytes, pairs[index].0.bytes) }) {
          found.append(pairs[index].0)
        }
      } else {
        var seen: Set<String> = []
        for (key, _) in pairs where !seen.insert(key.text.lowercased()).inserted { found.append(key) }
      }
      for (_, value) in pairs { collect(value, &found) }
    case .sequence:
      for element in node.elements { collect(element, &found) }
    default: break
    }
  }

  private static func isAlike(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Bool
  {
    // Letters beyond ASCII may take another number of bytes in lower case.
    let isPlain = left.allSatisfy { $0 < 0x80 } && right.allSatisfy { $0 < 0x80 }
    guard isPlain else {
      return String(decoding: left, as: UTF8.self).lowercased()
        == String(decoding: right, as: UTF8.self).lowercased()
    }
    return left.count == right.count
      && zip(left, right).allSatisfy { a, b in
        a == b || ((0x61...0x7A).contains(a | 0x20) && a | 0x20 == b | 0x20)
      }
  }
}
