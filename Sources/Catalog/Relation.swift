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

/// What a field of `spec` that names another entity means: the relation to it and the one back.
struct ReferenceField: Sendable, Equatable {
  /// The kind of a reference that names none; nil when each has to name its own.
  let defaultKind: String?
  let relation: String
  let inverse: String

  private init(_ defaultKind: String?, _ relation: String, _ inverse: String) {
    self.defaultKind = defaultKind
    self.relation = relation
    self.inverse = inverse
  }

  static let owner = ReferenceField("group", "ownedBy", "ownerOf")
  static let system = ReferenceField("system", "partOf", "hasPart")
  static let domain = ReferenceField("domain", "partOf", "hasPart")
  static let component = ReferenceField("component", "partOf", "hasPart")
  static let providesApis = ReferenceField("api", "providesApi", "apiProvidedBy")
  static let consumesApis = ReferenceField("api", "consumesApi", "apiConsumedBy")
  static let dependsOn = ReferenceField(nil, "dependsOn", "dependencyOf")
  static let dependencyOf = ReferenceField(nil, "dependencyOf", "dependsOn")
  static let dependsOnAiResources = ReferenceField("airesource", "dependsOn", "dependencyOf")
  static let memberOf = ReferenceField("group", "memberOf", "hasMember")
  static let parent = ReferenceField("group", "childOf", "parentOf")
  static let children = ReferenceField("group", "parentOf", "childOf")
  static let members = ReferenceField("user", "hasMember", "memberOf")
}

/// A reference that a document holds, and the field that it stands in.
struct Reference: Sendable {
  let field: ReferenceField
  let target: EntityRef
}
