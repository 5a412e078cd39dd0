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
    /// As it is written; nil exactly when `value` is.
    package var originalValue: String?

    package init(key: String, value: String?, originalValue: String?) {
      self.key = key
      self.value = value
      self.originalValue = originalValue
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
  private var path = ""
  private(set) var rows: [SearchRows.Row] = []
  /// Beside `rows`: the key as it is written where that is not in lower case.
  private var written: [String?] = []
  /// The rows of lists so far, which alone can be there twice.
  private var seen: Set<[UInt8]> = []
  private var identity: [String: String] = [:]
  private var hasNamespace = false

  init(_ json: UnsafeBufferPointer<UInt8>) {
    cursor = JSONCursor(json)
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
      if isElement, let text { add("true", at: path + "." + text, isElement: true, isNamed: false) }
    case 0: break
    default:
      let word = String(
        decoding: UnsafeBufferPointer(rebasing: cursor.bytes[cursor.scalarRange()]),
        as: UTF8.self
      )
      add(word == "null" ? nil : word, isElement: isElement)
    }
  }

  private mutating func object() {
    let length = path.utf8.count
    _ = cursor.take(UInt8(ascii: "{"))
    while cursor.next == UInt8(ascii: "\"") {
      guard let key = cursor.string(), cursor.take(UInt8(ascii: ":")) else { return }
      if length > 0 { path += "." }
      path += key
      member()
      path = String(decoding: path.utf8.prefix(length), as: UTF8.self)
      guard cursor.take(UInt8(ascii: ",")) else { break }
    }
    _ = cursor.take(UInt8(ascii: "}"))
  }

  private mutating func member() {
    switch path {
    case "attachments", "relations", "status", "metadata.uid", "metadata.etag": _ = cursor.skipValue()
    case "metadata.name", "metadata.namespace":
      guard cursor.next == UInt8(ascii: "\"") else {
        _ = cursor.skipValue()
        return
      }
      identity[path] = cursor.string()
    default: value(isElement: false)
    }
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
    let namespace = identity["metadata.namespace"]
    add(identity["metadata.name"], at: "metadata.name")
    add(namespace, at: "metadata.namespace")
    if namespace == nil { add(EntityRef.defaultNamespace, at: "metadata.namespace") }
    add(uid, at: "metadata.uid")
  }

  private mutating func add(_ value: String?, isElement: Bool) { add(value, at: path, isElement: isElement) }

  /// - Parameter isNamed: Whether the key is one of the document, and not made of an element of a list.
  private mutating func add(_ value: String?, at path: String, isElement: Bool = false, isNamed: Bool = true)
  {
    let key = Self.lowercased(path)
    guard Self.isShort(key) else { return }
    var value = value
    var lower = value.map(Self.lowercased)
    if let text = lower, !Self.isShort(text) { (value, lower) = (nil, nil) }
    if isElement {
      guard seen.insert(Array(key.utf8) + [0] + Array((lower ?? "\u{0}").utf8)).inserted else { return }
    }
    rows.append(SearchRows.Row(key: key, value: lower, originalValue: value))
    written.append(isNamed && !key.utf8.elementsEqual(path.utf8) ? path : nil)
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

  /// Most texts are in lower case as they are, which is found out faster than made anew.
  private static func lowercased(_ text: String) -> String {
    text.utf8.allSatisfy { $0 < 0x80 && !(0x41...0x5A).contains($0) } ? text : text.lowercased()
  }
}
