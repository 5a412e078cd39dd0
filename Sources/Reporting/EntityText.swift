import YAML

/// An entity as a text that is the same for the same entity: keys sorted, at every level.
package struct EntityText {
  private let document: YAMLDocument

  /// Reads an entity's JSON as the database has it; nil when it is none.
  package init?(json: String) {
    var limits = YAMLLimits()
    // What was stored was within the limits of its crawl.
    limits.maxBytes = .max
    limits.maxDepth = 10_000
    // Nil says it.
    guard let document = try? JSONReader.read(Array(json.utf8), limits: limits) else { return nil }
    self.document = document
  }

  /// Members that the catalog gives an entity.
  package struct Additions: Sendable {
    /// `metadata.uid`; nil for none.
    package var uid: String?
    /// `metadata.etag`.
    package var etag: String
    /// `relations`, sorted.
    package var relations: [(type: String, target: String)]

    package init(uid: String?, etag: String, relations: [(type: String, target: String)]) {
      self.uid = uid
      self.etag = etag
      self.relations = relations
    }
  }

  // MARK: - JSON

  /// The entity on one line of JSON, with what the catalog adds to it, as Backstage's API has it.
  package func json(adding additions: Additions) -> String {
    var json: [UInt8] = []
    document.withRoot { root in
      var members = Self.members(of: root).filter { $0.key != "relations" }.map { key, value in
        (
          key,
          { (json: inout [UInt8]) in
            if key == "metadata" {
              Self.append(metadata: value, additions, to: &json)
            } else {
              Self.append(value, to: &json)
            }
          }
        )
      }
      members.append(("relations", { Self.append(relations: additions.relations, to: &$0) }))
      Self.append(members, to: &json)
    }
    return String(decoding: json, as: UTF8.self)
  }

  private typealias Member = (key: String, write: (inout [UInt8]) -> Void)

  private static func append(metadata: YAMLBorrowedNode, _ additions: Additions, to json: inout [UInt8]) {
    var members: [Member] = Self.members(of: metadata).filter { $0.key != "uid" && $0.key != "etag" }.map {
      key,
      value in
      (key, { append(value, to: &$0) })
    }
    members.append(("etag", { append(additions.etag, to: &$0) }))
    if let uid = additions.uid { members.append(("uid", { append(uid, to: &$0) })) }
    append(members, to: &json)
  }

  private static func append(relations: [(type: String, target: String)], to json: inout [UInt8]) {
    json.append(UInt8(ascii: "["))
    for (index, relation) in relations.enumerated() {
      if index > 0 { json.append(UInt8(ascii: ",")) }
      append(
        [("targetRef", { append(relation.target, to: &$0) }), ("type", { append(relation.type, to: &$0) })],
        to: &json
      )
    }
    json.append(UInt8(ascii: "]"))
  }

  private static func append(_ members: [Member], to json: inout [UInt8]) {
    json.append(UInt8(ascii: "{"))
    for (index, member) in members.sorted(by: { precedes($0.key, $1.key) }).enumerated() {
      if index > 0 { json.append(UInt8(ascii: ",")) }
      append(member.key, to: &json)
      json.append(UInt8(ascii: ":"))
      member.write(&json)
    }
    json.append(UInt8(ascii: "}"))
  }

  private static func append(_ node: YAMLBorrowedNode, to json: inout [UInt8]) {
    switch node.kind {
    case .mapping:
      append(members(of: node).map { key, value in (key, { append(value, to: &$0) }) }, to: &json)
    case .sequence:
      json.append(UInt8(ascii: "["))
      for (index, element) in node.elements.enumerated() {
        if index > 0 { json.append(UInt8(ascii: ",")) }
        append(element, to: &json)
      }
      json.append(UInt8(ascii: "]"))
    case .string, .null, .boolean, .integer, .float:
      node.appendJSON(to: &json)
    }
  }

  private static func append(_ string: String, to json: inout [UInt8]) {
    var string = string
    string.withUTF8 { JSONText.appendString($0, to: &json) }
  }

  // MARK: - YAML

  /// The entity as a document of a catalog file, without what the catalog adds to it.
  package var yaml: String {
    var yaml: [UInt8] = []
    document.withRoot { root in
      switch root.kind {
      case .mapping: Self.append(yaml: root, level: 0, isInLine: false, to: &yaml)
      case .string, .null, .boolean, .integer, .float, .sequence: break  // no entity
      }
    }
    return String(decoding: yaml, as: UTF8.self)
  }

  private static func append(yaml node: YAMLBorrowedNode, level: Int, isInLine: Bool, to yaml: inout [UInt8])
  {
    var isInLine = isInLine
    switch node.kind {
    case .mapping:
      for (key, value) in members(of: node) {
        if !isInLine { indent(level, &yaml) }
        YAMLWriter.append(scalar: key.utf8, to: &yaml)
        yaml.append(UInt8(ascii: ":"))
        appendBehind(value, level: level, isElement: false, to: &yaml)
        isInLine = false
      }
    case .sequence:
      for element in node.elements {
        if !isInLine { indent(level, &yaml) }
        yaml.append(UInt8(ascii: "-"))
        appendBehind(element, level: level, isElement: true, to: &yaml)
        isInLine = false
      }
    case .string, .null, .boolean, .integer, .float:
      appendScalar(node, to: &yaml)
    }
  }

  /// Writes what stands behind a key or a dash.
  private static func appendBehind(
    _ node: YAMLBorrowedNode,
    level: Int,
    isElement: Bool,
    to yaml: inout [UInt8]
  ) {
    var (elements, pairs) = (node.elements, node.pairs)
    let isEmpty = elements.next() == nil && pairs.next() == nil
    switch node.kind {
    case .mapping where !isEmpty, .sequence where !isEmpty:
      yaml.append(isElement ? 0x20 : 0x0A)
      append(yaml: node, level: level + 1, isInLine: isElement, to: &yaml)
    case .mapping: yaml.append(contentsOf: " {}\n".utf8)
    case .sequence: yaml.append(contentsOf: " []\n".utf8)
    case .string, .null, .boolean, .integer, .float:
      yaml.append(UInt8(ascii: " "))
      appendScalar(node, to: &yaml)
    }
  }

  private static func appendScalar(_ node: YAMLBorrowedNode, to yaml: inout [UInt8]) {
    if node.kind == .string {
      YAMLWriter.append(scalar: node.bytes, to: &yaml)
    } else {
      node.appendJSON(to: &yaml)
    }
    yaml.append(UInt8(ascii: "\n"))
  }

  private static func indent(_ level: Int, _ yaml: inout [UInt8]) {
    yaml.append(contentsOf: repeatElement(UInt8(ascii: " "), count: level * 2))
  }

  /// A text as a value of YAML, in quotes where it needs them.
  package static func yamlScalar(_ text: String) -> String {
    var yaml: [UInt8] = []
    YAMLWriter.append(scalar: text.utf8, to: &yaml)
    return String(decoding: yaml, as: UTF8.self)
  }

  // MARK: - Order

  private static func members(of node: YAMLBorrowedNode) -> [(key: String, value: YAMLBorrowedNode)] {
    node.pairs.map { ($0.key.text, $0.value) }.sorted { precedes($0.key, $1.key) }
  }

  /// By bytes, so that the order is the same everywhere.
  private static func precedes(_ left: String, _ right: String) -> Bool {
    left.utf8.lexicographicallyPrecedes(right.utf8)
  }
}
