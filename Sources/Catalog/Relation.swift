/// A relation between two entities: `component:default/web` is `ownedBy` `group:default/team-a`.
package struct Relation: Sendable, Hashable {
  package let source: EntityRef
  /// The relation's name, such as `ownedBy` (facts/backstage-catalog.md 6.1).
  package let type: String
  /// What the source is related to; it need not exist.
  package let target: EntityRef

  package init(source: EntityRef, type: String, target: EntityRef) {
    self.source = source
    self.type = type
    self.target = target
  }
}

extension Relation: Comparable {
  /// By source, then type, then target, each by its bytes.
  package static func < (left: Relation, right: Relation) -> Bool {
    if left.source != right.source { return left.source < right.source }
    if left.type != right.type { return left.type.utf8.lexicographicallyPrecedes(right.type.utf8) }
    return left.target < right.target
  }
}

/// A field of `spec` that names another entity: what relation it gives rise to, and the one back
/// (facts/backstage-catalog.md 6.1).
enum ReferenceField: UInt8, Sendable {
  case owner
  case system
  case domain
  case component
  case providesApis
  case consumesApis
  case dependsOn
  case dependencyOf
  case dependsOnAiResources
  case memberOf
  case parent
  case children
  case members

  /// The kind of a reference that names none; nil when each has to name its own.
  var defaultKind: String? { Self.meanings[Int(rawValue)].defaultKind }
  var relation: String { Self.meanings[Int(rawValue)].relation }
  var inverse: String { Self.meanings[Int(rawValue)].inverse }

  /// In the order of the cases.
  private static let meanings: [(defaultKind: String?, relation: String, inverse: String)] = [
    ("group", "ownedBy", "ownerOf"),
    ("system", "partOf", "hasPart"),
    ("domain", "partOf", "hasPart"),
    ("component", "partOf", "hasPart"),
    ("api", "providesApi", "apiProvidedBy"),
    ("api", "consumesApi", "apiConsumedBy"),
    (nil, "dependsOn", "dependencyOf"),
    (nil, "dependencyOf", "dependsOn"),
    ("airesource", "dependsOn", "dependencyOf"),
    ("group", "memberOf", "hasMember"),
    ("group", "childOf", "parentOf"),
    ("group", "parentOf", "childOf"),
    ("user", "hasMember", "memberOf"),
  ]
}

/// A reference that a document holds, and the field that it stands in.
struct Reference: Sendable {
  let field: ReferenceField
  let target: EntityRef
}
