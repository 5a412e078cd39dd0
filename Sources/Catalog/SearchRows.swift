/// What an entity is searched by: a row for each scalar of its document, under the path of its keys
/// (facts/backstage-catalog.md 7.10).
///
/// Relations have rows too, but those are of the catalog and not of one document.
package struct SearchRows: Sendable {
  package struct Row: Sendable, Equatable {
    /// The path in lower case, at most 200 UTF-16 units.
    package var key: String
    /// In lower case; nil for null, and for what is longer than 200.
    package var value: String?
    /// As it is written, when that is not in lower case; else nil.
    package var written: String?

    /// As it is written; nil exactly when `value` is.
    package var originalValue: String? { written ?? value }

    package init(key: String, value: String?, written: String?) {
      self.key = key
      self.value = value
      self.written = written
    }
  }

  /// The longest key and value, in UTF-16 units.
  package static let maxLength = 200

  /// In the order of the document; the name, the namespace and the uid last.
  package private(set) var rows: [Row] = []
  /// Keys that several keys of the document become when they are written in lower case, such as `spec.owner` for
  /// `owner` and `Owner`, sorted: Backstage does not take such an entity in.
  package private(set) var conflicts: [String] = []

  /// The rows of a document.
  ///
  /// - Parameters:
  ///   - json: The document as JSON.
  ///   - uid: The entity's `metadata.uid`, which the catalog gives; nil when it has none.
  package static func of(_ json: some Sequence<UInt8>, uid: String?) -> SearchRows {
    let rows = json.withContiguousStorageIfAvailable { walk($0, uid: uid) }
    return rows ?? Array(json).withUnsafeBufferPointer { walk($0, uid: uid) }
  }

  private static func walk(_ json: UnsafeBufferPointer<UInt8>, uid: String?) -> SearchRows {
    var walk = SearchWalk(json)
    walk.value(isElement: false)
    walk.addIdentity(uid: uid)
    return SearchRows(rows: walk.rows, conflicts: walk.conflicts)
  }
}

/// The way through one document.
private struct SearchWalk {
  private var cursor: JSONCursor
  /// The keys down to here, as they are written.
  private var path: [UInt8] = []
  private var depth = 0
  private(set) var rows: [SearchRows.Row] = []
  /// Beside `rows`: the key as it is written where that is not in lower case.
  private var written: [String?] = []
  /// The rows of lists so far, which alone can be there twice.
  private var seen: Set<[UInt8]> = []
  private var name: String?
  private var namespace: String?

  init(_ json: UnsafeBufferPointer<UInt8>) {
    cursor = JSONCursor(json)
    path.reserveCapacity(64)
    rows.reserveCapacity(32)
    written.reserveCapacity(32)
  }

  mutating func value(isElement: Bool) {
    switch cursor.next {
    case UInt8(ascii: "{"): object()
    case UInt8(ascii: "["): array()
    case UInt8(ascii: "\""):
      let text = cursor.string(limit: SearchRows.maxLength)
      add(text, isElement: isElement)
      guard isElement, let text else { return }
      let length = path.count
      path.append(UInt8(ascii: "."))
      path.append(contentsOf: text.utf8)
      add("true", isElement: true, isNamed: false)
      path.removeLast(path.count - length)
    case 0: break
    default:
      let range = cursor.scalarRange()
      let word = String(decoding: UnsafeBufferPointer(rebasing: cursor.bytes[range]), as: UTF8.self)
      add(word == "null" ? nil : word, isElement: isElement)
    }
  }

  private mutating func object() {
    let length = path.count
    depth += 1
    _ = cursor.take(UInt8(ascii: "{"))
    while cursor.next == UInt8(ascii: "\"") {
      guard let key = cursor.string(), cursor.take(UInt8(ascii: ":")) else { break }
      if length > 0 { path.append(UInt8(ascii: ".")) }
      path.append(contentsOf: key.utf8)
      member()
      path.removeLast(path.count - length)
      guard cursor.take(UInt8(ascii: ",")) else { break }
    }
    _ = cursor.take(UInt8(ascii: "}"))
    depth -= 1
  }

  private mutating func member() {
    if depth == 1 {
      if isAt("attachments") || isAt("relations") || isAt("status") {
        _ = cursor.skipValue()
        return
      }
    } else if depth == 2, path.first == UInt8(ascii: "m") {
      if isAt("metadata.name") {
        name = text()
        return
      } else if isAt("metadata.namespace") {
        namespace = text()
        return
      } else if isAt("metadata.uid") || isAt("metadata.etag") {
        _ = cursor.skipValue()
        return
      }
    }
    value(isElement: false)
  }

  private func isAt(_ name: StaticString) -> Bool {
    path.count == name.utf8CodeUnitCount
      && path.elementsEqual(UnsafeBufferPointer(start: name.utf8Start, count: path.count))
  }

  /// A value that is a string; nil for any other.
  private mutating func text() -> String? {
    if cursor.next == UInt8(ascii: "\"") { return cursor.string() }
    _ = cursor.skipValue()
    return nil
  }

  private mutating func array() {
    _ = cursor.take(UInt8(ascii: "["))
    while cursor.next != UInt8(ascii: "]"), cursor.next != 0 {
      value(isElement: true)
      guard cursor.take(UInt8(ascii: ",")) else { break }
    }
    _ = cursor.take(UInt8(ascii: "]"))
  }

  mutating func addIdentity(uid: String?) {
    path = Array("metadata.name".utf8)
    add(name)
    path = Array("metadata.namespace".utf8)
    add(namespace)
    if namespace == nil { add(EntityRef.defaultNamespace) }
    path = Array("metadata.uid".utf8)
    add(uid)
  }

  /// Adds a row at the path.
  ///
  /// - Parameter isNamed: Whether the key is one of the document, and not made of an element of a list.
  private mutating func add(_ value: String?, isElement: Bool = false, isNamed: Bool = true) {
    let isLower = path.allSatisfy { $0 < 0x80 && !(0x41...0x5A).contains($0) }
    let spelled = String(decoding: path, as: UTF8.self)
    let key = isLower ? spelled : spelled.lowercased()
    guard Self.isShort(key) else { return }
    var row = SearchRows.Row(key: key, value: value, written: nil)
    if let value, !value.utf8.allSatisfy({ $0 < 0x80 && !(0x41...0x5A).contains($0) }) {
      let lower = value.lowercased()
      if !lower.utf8.elementsEqual(value.utf8) { row.written = value }
      row.value = lower
    }
    if let text = row.value, !Self.isShort(text) { (row.value, row.written) = (nil, nil) }
    if isElement {
      guard seen.insert(Array(key.utf8) + [0] + Array((row.value ?? "\u{0}").utf8)).inserted else { return }
    }
    rows.append(row)
    written.append(isNamed && !isLower && !key.utf8.elementsEqual(spelled.utf8) ? spelled : nil)
  }

  /// The keys that come from several keys of the document.
  var conflicts: [String] {
    var conflicts: Set<String> = []
    for (index, path) in written.enumerated() {
      guard let path else { continue }
      let key = rows[index].key
      for other in rows.indices
      where rows[other].key.utf8.elementsEqual(key.utf8)
        && !(written[other] ?? rows[other].key).utf8.elementsEqual(path.utf8)
      {
        conflicts.insert(key)
      }
    }
    return conflicts.sorted()
  }

  private static func isShort(_ text: String) -> Bool {
    text.utf8.count <= SearchRows.maxLength || text.utf16.count <= SearchRows.maxLength
  }
}
