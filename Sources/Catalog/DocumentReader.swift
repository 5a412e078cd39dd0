import YAML

/// Judges one document of a file (facts/backstage-catalog.md 1).
struct DocumentReader {
  private let root: YAMLBorrowedNode
  private var apiVersion: YAMLBorrowedNode?
  private var kind: YAMLBorrowedNode?
  private var metadata: YAMLBorrowedNode?
  private var spec: YAMLBorrowedNode?
  private var checker: ShapeChecker
  private let context: FileContext?

  /// - Parameters:
  ///   - context: Where the file is; nil when that is not known.
  ///   - problems: What was found of the document before; errors among them make it no entity.
  static func read(
    _ root: YAMLBorrowedNode,
    number: Int,
    limits: CatalogLimits,
    context: FileContext?,
    problems: [Problem]
  ) -> CatalogDocument {
    let checker = ShapeChecker(
      maxProblems: limits.maxProblems,
      problems: problems,
      arePlaceholdersJudged: context != nil
    )
    var reader = DocumentReader(root: root, checker: checker, context: context)
    return CatalogDocument(
      number: number,
      line: root.mark.line,
      content: reader.readContent(),
      problems: reader.sortedProblems
    )
  }

  private init(root: YAMLBorrowedNode, checker: ShapeChecker, context: FileContext?) {
    self.root = root
    self.checker = checker
    self.context = context
  }

  private mutating func readContent() -> CatalogDocument.Content {
    guard root.kind == .mapping else {
      let type = typeName(of: root)
      checker.report(
        "root-type",
        "expected a mapping with apiVersion, kind and metadata, got a \(type)",
        at: root
      )
      return .invalid(claimed: nil)
    }
    readRootFields()
    let ref = readIdentity()
    checkSpec()
    guard !checker.hasErrors, let ref, let apiVersion, let kind, let metadata else {
      return .invalid(claimed: ref)
    }
    if let denial = context?.denial(kind.text, spec?["type"]?.string) {
      checker.report("kind-not-allowed", denial, at: kind, field: "kind")
      return .denied(ref)
    }
    let parts = EntityParts(
      root: root,
      apiVersion: apiVersion,
      kind: kind,
      metadata: metadata,
      spec: spec
    )
    let entity = Entity(parts, ref: ref, references: checker.references, context: context)
    reportConflicts(in: entity)
    if checker.hasErrors { return .invalid(claimed: ref) }
    for target in entity.location?.targets ?? [] {
      if case .failure(let fault) = target.address { checker.report(fault, of: target) }
    }
    return .entity(entity)
  }

  /// Reports keys that no search could tell apart.
  private mutating func reportConflicts(in entity: Entity) {
    let keys = CaseConflicts.keys(in: root)
    guard let last = keys.first else { return }
    for path in entity.searchRows.conflicts {
      let name = path.split(separator: ".").last.map(String.init)
      let key = keys.first { $0.text.lowercased() == name } ?? last
      let message =
        "\(Excerpt.quoted(key.bytes)) stands here in another spelling too: as \(path) they are the same key in searches"
      checker.report("key-case", message, at: key, field: path)
    }
  }

  private mutating func readRootFields() {
    for (key, value) in root.pairs {
      let name = key.bytes
      if StaticString("apiVersion").isEqual(to: name) {
        apiVersion = value
      } else if StaticString("kind").isEqual(to: name) {
        kind = value
      } else if StaticString("metadata").isEqual(to: name) {
        metadata = value
      } else if StaticString("spec").isEqual(to: name) {
        spec = value
      } else {
        checker.report(
          "unknown-field",
          "\(Excerpt.quoted(name)) is unknown; expected apiVersion, kind, metadata and spec only",
          at: key,
          field: key.text
        )
      }
    }
  }

  /// Checks everything but `spec`.
  ///
  /// - Returns: Who the entity is; nil when a part of it is missing or malformed.
  private mutating func readIdentity() -> EntityRef? {
    checkRequired(apiVersion, "apiVersion", .fixedText(.apiVersion))
    checkRequired(kind, "kind", .fixedText(.kind))
    checkRequired(metadata, "metadata", .fixedMapping(.metadata))
    guard let kind, kind.kind == .string, TextFormat.kind.accepts(kind.bytes),
      let name = metadata?["name"], name.kind == .string, TextFormat.name.accepts(name.bytes)
    else { return nil }
    if let namespace = metadata?["namespace"] {
      guard namespace.kind == .string, TextFormat.namespace.accepts(namespace.bytes) else { return nil }
      checker.namespace = namespace.text
    }
    return EntityRef(kind: kind.text, namespace: checker.namespace, name: name.text)
  }

  private mutating func checkRequired(_ node: YAMLBorrowedNode?, _ field: StaticString, _ shape: Shape) {
    guard let node else {
      checker.report("missing", "'\(field)' is required and missing", at: root, field: "\(field)")
      return
    }
    checker.check(node, shape, at: field)
  }

  private mutating func checkSpec() {
    guard let schema = knownSchema() else {
      if let spec { checker.check(spec, .mapping, at: "spec") }
      return
    }
    let type = spec?["type"]
    let fields = schema.spec(ofType: type?.kind == .string ? type?.bytes : nil)
    checkRequired(spec, "spec", .mapping(fields))
  }

  /// What is to be checked, if the kind is known in that version; a warning when it is not.
  private mutating func knownSchema() -> KindSchema? {
    guard let kind, kind.kind == .string, TextFormat.kind.accepts(kind.bytes),
      let apiVersion, apiVersion.kind == .string, TextFormat.apiVersion.accepts(apiVersion.bytes)
    else { return nil }
    guard let schema = KindSchema.named(kind.bytes) else {
      let hint = KindSchema.spelling(of: kind.bytes).map { "; did you mean '\($0)'?" } ?? ""
      let message = "the kind \(Excerpt.quoted(kind.bytes)) is unknown, so its spec is not checked\(hint)"
      checker.report("unknown-kind", message, at: kind, field: "kind", severity: .warning)
      return nil
    }
    guard schema.apiVersions.contains(where: { $0.isEqual(to: apiVersion.bytes) }) else {
      let known = schema.apiVersions.map { "\($0)" }.joined(separator: ", ")
      let message =
        "\(Excerpt.quoted(apiVersion.bytes)) is no known version of \(schema.kind), so its spec is not checked; "
        + "known: \(known)"
      checker.report("unknown-api-version", message, at: apiVersion, field: "apiVersion", severity: .warning)
      return nil
    }
    return schema
  }

  private func typeName(of node: YAMLBorrowedNode) -> String {
    switch node.kind {
    case .null: "null"
    case .boolean: "boolean"
    case .integer, .float: "number"
    case .string: "string"
    case .sequence: "list"
    case .mapping: "mapping"
    }
  }

  private var sortedProblems: [Problem] {
    var problems = checker.problems
    // Swift's sort keeps the order of equal elements.
    if problems.count > 1 { problems.sort { ($0.line, $0.column) < ($1.line, $1.column) } }
    if checker.untold > 0, let last = problems.last {
      problems.append(
        Problem(
          rule: "more-problems",
          severity: .error,
          message: "\(checker.untold) more problems of this document are not listed",
          line: last.line,
          column: last.column,
          keyPath: ""
        )
      )
    }
    return problems
  }
}
