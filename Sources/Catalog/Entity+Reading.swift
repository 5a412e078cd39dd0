import YAML

/// The root fields of a document that was found to be an entity.
struct EntityParts {
  let root: YAMLBorrowedNode
  let apiVersion: YAMLBorrowedNode
  let kind: YAMLBorrowedNode
  let metadata: YAMLBorrowedNode
  /// Nil only for kinds that are unknown.
  let spec: YAMLBorrowedNode?
}

extension Entity {
  /// Takes over what a document says; the document has been checked.
  init(_ parts: EntityParts, ref: EntityRef, references: [Reference], context: FileContext?) {
    let metadata = parts.metadata
    let namespace = metadata["namespace"]?.string
    let json = EntityJSON.text(of: parts, context: context)

    self.ref = ref
    apiVersion = parts.apiVersion.text
    kind = parts.kind.text
    self.namespace = namespace ?? EntityRef.defaultNamespace
    name = metadata["name"]?.text ?? ""
    title = metadata["title"]?.string
    description = metadata["description"]?.string
    type = parts.spec?["type"]?.string
    lifecycle = parts.spec?["lifecycle"]?.string
    owner = parts.spec?["owner"]?.string
    system = parts.spec?["system"]?.string
    domain = parts.spec?["domain"]?.string
    tags = metadata["tags"]?.elements.compactMap(\.string) ?? []
    labels = Self.texts(of: metadata["labels"])
    annotations = Self.texts(of: metadata["annotations"])
    links = metadata["links"]?.elements.compactMap(Link.init) ?? []
    line = parts.root.mark.line
    column = parts.root.mark.column
    self.json = json
    etag = metadata["etag"]?.string ?? ContentHash.sha1(of: json)
    madeRows = context == nil ? nil : SearchRows.ofDocument(json)
    self.references = references
    location = LocationSpec(parts, context: context)
  }

  private static func texts(of node: YAMLBorrowedNode?) -> [(key: String, value: String)] {
    node?.pairs.compactMap { key, value in value.string.map { (key.text, $0) } } ?? []
  }
}

extension Entity.Link {
  /// Nil for a placeholder, which is no link yet.
  fileprivate init?(_ node: YAMLBorrowedNode) {
    guard let url = node["url"]?.string else { return nil }
    self.init(
      url: url,
      title: node["title"]?.string,
      icon: node["icon"]?.string,
      type: node["type"]?.string
    )
  }
}
