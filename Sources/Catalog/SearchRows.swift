import YAML

/// What an entity is searched by: a row for each scalar of its document, under the path of its keys
/// (facts/backstage-catalog.md 7.10).
///
/// Relations have rows too, but those are of the catalog and not of one document. A document has some twenty rows, so
/// their texts lie one behind the other and the rows say where.
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

  /// Where the texts of a row lie in `texts`, one behind the other; what is nil is as in `Row`.
  package struct Place: Sendable {
    private let begin: UInt32
    private let keyEnd: UInt32
    /// This when there is none.
    private static let none = UInt32.max
    fileprivate var valueEnd = none
    fileprivate var writtenEnd = none

    fileprivate init(key: Range<Int>) {
      begin = UInt32(key.lowerBound)
      keyEnd = UInt32(key.upperBound)
    }

    package var key: Range<Int> { Int(begin)..<Int(keyEnd) }
    package var value: Range<Int>? { valueEnd != Self.none ? Int(keyEnd)..<Int(valueEnd) : nil }
    package var written: Range<Int>? { writtenEnd != Self.none ? Int(valueEnd)..<Int(writtenEnd) : nil }
  }

  /// The longest key and value, in UTF-16 units.
  package static let maxLength = 200

  /// UTF-8.
  package private(set) var texts: [UInt8] = []
  /// The rows in the order of the document; the name, the namespace and the uid last.
  package private(set) var places: [Place] = []
  /// Keys that several keys of the document become when they are written in lower case, such as `spec.owner` for
  /// `owner` and `Owner`, sorted: Backstage does not take such an entity in.
  package private(set) var conflicts: [String] = []

  /// The rows as texts of their own.
  package var rows: [Row] {
    places.map { place in
      Row(key: text(place.key), value: place.value.map(text), written: place.written.map(text))
    }
  }

  /// The values of a key, in lower case and as they are written, in the order of the document; without those that are
  /// nil.
  ///
  /// - Parameter key: In lower case.
  package func values(ofKey key: String) -> [(value: String, written: String)] {
    places.compactMap { place in
      guard let value = place.value, texts[place.key].elementsEqual(key.utf8) else { return nil }
      return (text(value), text(place.written ?? value))
    }
  }

  /// The rows of a document.
  ///
  /// - Parameters:
  ///   - json: The document as JSON.
  ///   - uid: The entity's `metadata.uid`, which the catalog gives; nil when it has none.
  package static func of(_ json: some Sequence<UInt8>, uid: String?) -> SearchRows {
    var rows = ofDocument(json)
    rows.add(uid: uid)
    return rows
  }

  /// The rows of a document whose `metadata.uid` is not known yet: it has no row.
  package static func ofDocument(_ json: some Sequence<UInt8>) -> SearchRows {
    let rows = json.withContiguousStorageIfAvailable(walk)
    return rows ?? Array(json).withUnsafeBufferPointer(walk)
  }

  /// The row of `metadata.uid`.
  ///
  /// - Parameter uid: As in `of`.
  package static func ofUID(_ uid: String?) -> SearchRows {
    var rows = SearchRows()
    rows.add(uid: uid)
    return rows
  }

  fileprivate mutating func add(uid: String?) {
    add(key: Array("metadata.uid".utf8))
    if var uid { uid.withUTF8 { giveLast($0) } }
  }

  private static func walk(_ json: UnsafeBufferPointer<UInt8>) -> SearchRows {
    var walk = SearchWalk(json)
    walk.value(isElement: false)
    walk.addIdentity()
    return walk.finished().trimmed
  }

  private func text(_ range: Range<Int>) -> String { String(decoding: texts[range], as: UTF8.self) }
}

extension SearchRows {
  fileprivate init(capacity: Int) {
    texts.reserveCapacity(capacity)
    places.reserveCapacity(32)
  }

  /// Adds a row without a value.
  ///
  /// - Parameter key: In lower case.
  fileprivate mutating func add(key: [UInt8]) {
    let begin = texts.count
    texts.append(contentsOf: key)
    places.append(Place(key: begin..<texts.count))
  }

  /// Gives the last row its value, in lower case and, where that is another, as it is written; none when it is too
  /// long.
  fileprivate mutating func giveLast(_ value: UnsafeBufferPointer<UInt8>) {
    let (row, begin) = (places.count - 1, texts.count)
    let isLower = LowerCase.append(value, to: &texts)
    guard LowerCase.isShort(texts[begin...]) else { return texts.removeLast(texts.count - begin) }
    places[row].valueEnd = UInt32(texts.count)
    guard !isLower else { return }
    texts.append(contentsOf: value)
    places[row].writtenEnd = UInt32(texts.count)
  }

  fileprivate mutating func removeLast() {
    guard let place = places.popLast() else { return }
    texts.removeLast(texts.count - place.key.lowerBound)
  }

  /// The key and the value of a row.
  fileprivate func identity(of row: Int) -> [UInt8] {
    let place = places[row]
    // No text has this byte.
    return texts[place.key] + [0xFF] + (place.value.map { Array(texts[$0]) } ?? [0xFF])
  }

  /// Whether two rows have the same key and the same value.
  fileprivate func isSame(_ one: Int, _ other: Int) -> Bool {
    let (one, other) = (places[one], places[other])
    guard one.key.count == other.key.count, one.value?.count == other.value?.count else { return false }
    let (first, second) = (one.key.lowerBound..<(one.value ?? one.key).upperBound, other.key.lowerBound)
    return texts.withUnsafeBytes { texts in
      texts[first].elementsEqual(texts[second..<second + first.count])
    }
  }

  fileprivate func key(of row: Int) -> ArraySlice<UInt8> { texts[places[row].key] }

  fileprivate mutating func note(conflicts: Set<String>) { self.conflicts = conflicts.sorted() }

  /// The same without memory for more: rows wait with their entity until they are stored.
  fileprivate var trimmed: SearchRows {
    var rows = self
    rows.texts = texts.withUnsafeBufferPointer { Array($0) }
    rows.places = places.withUnsafeBufferPointer { Array($0) }
    return rows
  }
}

/// The way through one document.
private struct SearchWalk {
  private var cursor: JSONCursor
  /// The keys down to here, as they are written.
  private var path: [UInt8] = []
  /// The same in lower case.
  private var key: [UInt8] = []
  private var depth = 0
  private var rows = SearchRows(capacity: 3_072)
  /// The rows whose keys are not in lower case, and how those are written.
  private var written: [(row: Int, path: [UInt8])] = []
  /// The rows of lists so far, which alone can be there twice.
  private var elements: [Int] = []
  /// The same, once there are many.
  private var seen: Set<[UInt8]> = []
  /// What stands between the quotes.
  private var name: UnsafeBufferPointer<UInt8>?
  private var namespace: UnsafeBufferPointer<UInt8>?

  init(_ json: UnsafeBufferPointer<UInt8>) {
    cursor = JSONCursor(json)
    path.reserveCapacity(128)
    key.reserveCapacity(128)
  }

  mutating func value(isElement: Bool) {
    switch cursor.next {
    case UInt8(ascii: "{"): object()
    case UInt8(ascii: "["): array()
    case UInt8(ascii: "\""): string(isElement: isElement)
    case 0: break
    default:
      let word = UnsafeBufferPointer(rebasing: cursor.bytes[cursor.scalarRange()])
      add(StaticString("null").isEqual(to: word) ? nil : word, isElement: isElement)
    }
  }

  private mutating func string(isElement: Bool) {
    let raw = cursor.rawString()
    // An escape of six bytes stands for one UTF-16 unit: what is certainly too long is not read.
    guard raw.count / 6 <= SearchRows.maxLength else { return add(nil, isElement: isElement) }
    JSONCursor.withText(of: raw) { text in
      add(text, isElement: isElement)
      guard isElement else { return }
      let lengths = descend(to: text)
      StaticString("true").withUTF8Buffer { add($0, isElement: true, isNamed: false) }
      ascend(to: lengths)
    }
  }

  private mutating func object() {
    depth += 1
    _ = cursor.take(UInt8(ascii: "{"))
    while cursor.next == UInt8(ascii: "\"") {
      let raw = cursor.rawString()
      guard cursor.take(UInt8(ascii: ":")) else { break }
      let lengths = JSONCursor.withText(of: raw) { descend(to: $0) }
      member()
      ascend(to: lengths)
      guard cursor.take(UInt8(ascii: ",")) else { break }
    }
    _ = cursor.take(UInt8(ascii: "}"))
    depth -= 1
  }

  /// Goes on below a key.
  ///
  /// - Returns: Where to come back to.
  private mutating func descend(to name: UnsafeBufferPointer<UInt8>) -> (path: Int, key: Int) {
    let lengths = (path: path.count, key: key.count)
    if !path.isEmpty {
      path.append(UInt8(ascii: "."))
      key.append(UInt8(ascii: "."))
    }
    path.append(contentsOf: name)
    _ = LowerCase.append(name, to: &key)
    return lengths
  }

  private mutating func ascend(to lengths: (path: Int, key: Int)) {
    path.removeLast(path.count - lengths.path)
    key.removeLast(key.count - lengths.key)
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

  private func isAt(_ name: StaticString) -> Bool { path.withUnsafeBufferPointer { name.isEqual(to: $0) } }

  /// A value that is a string; nil for any other.
  private mutating func text() -> UnsafeBufferPointer<UInt8>? {
    if cursor.next == UInt8(ascii: "\"") { return cursor.rawString() }
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

  mutating func addIdentity() {
    add(name, at: "metadata.name")
    add(namespace, at: "metadata.namespace")
    if namespace == nil {
      Array(EntityRef.defaultNamespace.utf8).withUnsafeBufferPointer { add($0, at: "metadata.namespace") }
    }
  }

  private mutating func add(_ raw: UnsafeBufferPointer<UInt8>?, at key: StaticString) {
    rows.add(key: key.withUTF8Buffer { Array($0) })
    if let raw { JSONCursor.withText(of: raw) { rows.giveLast($0) } }
  }

  /// Adds a row at the path.
  ///
  /// - Parameter isNamed: Whether the key is one of the document, and not made of an element of a list.
  private mutating func add(_ value: UnsafeBufferPointer<UInt8>?, isElement: Bool, isNamed: Bool = true) {
    guard LowerCase.isShort(key) else { return }
    rows.add(key: key)
    if let value { rows.giveLast(value) }
    if isElement, !isFirst(rows.places.count - 1) { return rows.removeLast() }
    if isNamed, key != path { written.append((rows.places.count - 1, path)) }
  }

  /// Whether no row of a list before this one has its key and its value.
  private mutating func isFirst(_ row: Int) -> Bool {
    if elements.count < 32 {
      if elements.contains(where: { rows.isSame($0, row) }) { return false }
      elements.append(row)
      return true
    }
    if seen.isEmpty { seen = Set(elements.map(rows.identity)) }
    return seen.insert(rows.identity(of: row)).inserted
  }

  /// The rows, and the keys that come from several keys of the document.
  mutating func finished() -> SearchRows {
    guard !written.isEmpty else { return rows }
    rows.add(uid: nil)
    let spelled = Dictionary(uniqueKeysWithValues: written.map { ($0.row, $0.path) })
    var conflicts: Set<String> = []
    for (row, path) in written {
      let key = rows.key(of: row)
      for other in rows.places.indices where other != row && rows.key(of: other) == key {
        let isSame = spelled[other].map { $0 == path } ?? false
        if !isSame { conflicts.insert(String(decoding: key, as: UTF8.self)) }
      }
    }
    rows.removeLast()
    rows.note(conflicts: conflicts)
    return rows
  }
}
