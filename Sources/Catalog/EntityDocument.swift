/// What the catalog adds to an entity's document when it is asked for (facts/backstage-catalog.md 7.8).
package struct EntityAdditions: Sendable {
  /// `metadata.uid`; nil when it is not known.
  package var uid: String?
  /// The hash of the document; `metadata.etag` is made of it and of the additions, unless the document has one of its
  /// own.
  package var etag: String
  /// Whether nothing leads to it any more: then it gets the annotation `backstage.io/orphan`.
  package var isOrphan: Bool
  /// The elements of `relations` as JSON, without the brackets; empty for none.
  package var relations: [UInt8]
  /// The elements of `status.items` as JSON, without the brackets; empty for no `status`.
  package var statusItems: [UInt8]

  package init(
    uid: String? = nil,
    etag: String,
    isOrphan: Bool = false,
    relations: [UInt8] = [],
    statusItems: [UInt8] = []
  ) {
    self.uid = uid
    self.etag = etag
    self.isOrphan = isOrphan
    self.relations = relations
    self.statusItems = statusItems
  }
}

extension EntityAdditions {
  /// Changes with everything that is seen of the entity (decisions.md 12).
  fileprivate var finalEtag: String {
    guard isOrphan || !relations.isEmpty || !statusItems.isEmpty else { return etag }
    let separator: [UInt8] = [0]
    return ContentHash.sha1(
      of: Array(etag.utf8) + separator + relations + separator + statusItems + (isOrphan ? [1] : [0])
    )
  }
}

/// Puts an entity's document and what the catalog adds to it together, as text: nothing is parsed into values.
package enum EntityDocument {
  /// Appends the entity as JSON.
  ///
  /// - Parameters:
  ///   - json: The stored document: JSON without faults.
  ///   - additions: `relations` and `status` take the place of what the document has under these names.
  package static func append(
    _ json: UnsafeBufferPointer<UInt8>,
    _ additions: EntityAdditions,
    to text: inout [UInt8]
  ) {
    var writer = Writer(cursor: JSONCursor(json), additions: additions)
    writer.root(&text)
  }

  private struct Writer {
    var cursor: JSONCursor
    let additions: EntityAdditions

    mutating func root(_ text: inout [UInt8]) {
      text.append(UInt8(ascii: "{"))
      var (isFirst, hasMetadata) = (true, false)
      _ = cursor.take(UInt8(ascii: "{"))
      while cursor.next == UInt8(ascii: "\"") {
        let key = cursor.stringRange()
        guard cursor.take(UInt8(ascii: ":")) else { break }
        if isKey("metadata", at: key), cursor.next == UInt8(ascii: "{") {
          begin(key, &isFirst, &text)
          metadata(&text)
          hasMetadata = true
        } else {
          let value = cursor.skipValue()
          if !isKey("relations", at: key), !isKey("status", at: key) {
            begin(key, &isFirst, &text)
            text.append(contentsOf: UnsafeBufferPointer(rebasing: cursor.bytes[value]))
          }
        }
        guard cursor.take(UInt8(ascii: ",")) else { break }
      }
      if !hasMetadata {
        begin("metadata", &isFirst, &text)
        text.append(UInt8(ascii: "{"))
        var isFirst = true
        finishMetadata(hasEtag: false, hasAnnotations: false, &isFirst, &text)
      }
      begin("relations", &isFirst, &text)
      text.append(UInt8(ascii: "["))
      text.append(contentsOf: additions.relations)
      text.append(UInt8(ascii: "]"))
      if !additions.statusItems.isEmpty {
        begin("status", &isFirst, &text)
        text.append(contentsOf: #"{"items":["#.utf8)
        text.append(contentsOf: additions.statusItems)
        text.append(contentsOf: "]}".utf8)
      }
      text.append(UInt8(ascii: "}"))
    }

    private mutating func metadata(_ text: inout [UInt8]) {
      text.append(UInt8(ascii: "{"))
      var (isFirst, hasEtag, hasAnnotations) = (true, false, false)
      _ = cursor.take(UInt8(ascii: "{"))
      while cursor.next == UInt8(ascii: "\"") {
        let key = cursor.stringRange()
        guard cursor.take(UInt8(ascii: ":")) else { break }
        let value = cursor.skipValue()
        if !isKey("uid", at: key) {
          if isKey("etag", at: key) { hasEtag = true }
          begin(key, &isFirst, &text)
          text.append(contentsOf: UnsafeBufferPointer(rebasing: cursor.bytes[value]))
          if additions.isOrphan, isKey("annotations", at: key), text.last == UInt8(ascii: "}") {
            hasAnnotations = true
            text.removeLast()
            if text.last != UInt8(ascii: "{") { text.append(UInt8(ascii: ",")) }
            text.append(contentsOf: #""backstage.io/orphan":"true"}"#.utf8)
          }
        }
        guard cursor.take(UInt8(ascii: ",")) else { break }
      }
      _ = cursor.take(UInt8(ascii: "}"))
      finishMetadata(hasEtag: hasEtag, hasAnnotations: hasAnnotations, &isFirst, &text)
    }

    private func finishMetadata(
      hasEtag: Bool,
      hasAnnotations: Bool,
      _ isFirst: inout Bool,
      _ text: inout [UInt8]
    ) {
      if additions.isOrphan, !hasAnnotations {
        begin("annotations", &isFirst, &text)
        text.append(contentsOf: #"{"backstage.io/orphan":"true"}"#.utf8)
      }
      if let uid = additions.uid {
        begin("uid", &isFirst, &text)
        quote(uid, &text)
      }
      if !hasEtag {
        begin("etag", &isFirst, &text)
        quote(additions.finalEtag, &text)
      }
      text.append(UInt8(ascii: "}"))
    }

    /// Compares a key as it is written: those that matter need no escapes.
    private func isKey(_ name: StaticString, at range: Range<Int>) -> Bool {
      range.count == name.utf8CodeUnitCount
        && cursor.bytes[range].elementsEqual(UnsafeBufferPointer(start: name.utf8Start, count: range.count))
    }

    private func begin(_ key: Range<Int>, _ isFirst: inout Bool, _ text: inout [UInt8]) {
      if !isFirst { text.append(UInt8(ascii: ",")) }
      isFirst = false
      text.append(UInt8(ascii: "\""))
      text.append(contentsOf: UnsafeBufferPointer(rebasing: cursor.bytes[key]))
      text.append(UInt8(ascii: "\""))
      text.append(UInt8(ascii: ":"))
    }

    private func begin(_ key: StaticString, _ isFirst: inout Bool, _ text: inout [UInt8]) {
      if !isFirst { text.append(UInt8(ascii: ",")) }
      isFirst = false
      text.append(UInt8(ascii: "\""))
      text.append(contentsOf: UnsafeBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount))
      text.append(UInt8(ascii: "\""))
      text.append(UInt8(ascii: ":"))
    }

    /// Uids and etags have no characters that are escaped, but for a document's own etag, which is not written here.
    private func quote(_ value: String, _ text: inout [UInt8]) {
      text.append(UInt8(ascii: "\""))
      text.append(contentsOf: value.utf8)
      text.append(UInt8(ascii: "\""))
    }
  }
}
