/// Says in which places two states of an entity's document differ.
package enum ChangedPaths {
  /// The paths of keys whose value is not the same in both, or that only one has, sorted by their bytes.
  ///
  /// Lists count as a whole, and so do objects without keys: `metadata.tags`, not `metadata.tags[1]`. Values are
  /// the same when they are written in the same way.
  ///
  /// - Parameters:
  ///   - before: A document as JSON; the same goes for `after`.
  package static func between(_ before: [UInt8], _ after: [UInt8]) -> [String] {
    let (old, new) = (leaves(of: before), leaves(of: after))
    var changed: Set<[UInt8]> = []
    for (path, range) in old {
      let same = new[path].map { before[range] == after[$0] } ?? false
      if !same { changed.insert(path) }
    }
    for path in new.keys where old[path] == nil { changed.insert(path) }
    return changed.sorted { $0.lexicographicallyPrecedes($1) }.map { String(decoding: $0, as: UTF8.self) }
  }

  private static func leaves(of json: [UInt8]) -> [[UInt8]: Range<Int>] {
    json.withUnsafeBufferPointer { bytes in
      var cursor = JSONCursor(bytes)
      var leaves: [[UInt8]: Range<Int>] = [:]
      collect(&cursor, [], &leaves)
      return leaves
    }
  }

  private static func collect(
    _ cursor: inout JSONCursor,
    _ path: [UInt8],
    _ leaves: inout [[UInt8]: Range<Int>]
  ) {
    guard cursor.next == UInt8(ascii: "{") else {
      leaves[path] = cursor.skipValue()
      return
    }
    let begin = cursor.position
    _ = cursor.take(UInt8(ascii: "{"))
    var isEmpty = true
    while cursor.next == UInt8(ascii: "\"") {
      isEmpty = false
      let key = cursor.string()
      guard cursor.take(UInt8(ascii: ":")) else { return }
      collect(&cursor, path.isEmpty ? Array(key.utf8) : path + [UInt8(ascii: ".")] + Array(key.utf8), &leaves)
      guard cursor.take(UInt8(ascii: ",")) else { break }
    }
    _ = cursor.take(UInt8(ascii: "}"))
    if isEmpty { leaves[path] = begin..<cursor.position }
  }
}
