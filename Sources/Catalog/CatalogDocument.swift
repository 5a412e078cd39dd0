/// One document of a catalog file: an entity, or the reason why it is none.
package struct CatalogDocument: Sendable {
  /// What a document is.
  package enum Content: Sendable {
    case entity(Entity)
    /// Something is wrong with the document, or a later one of the file stands in its place.
    ///
    /// `claimed` is the entity that it wants to be: its kind, namespace and name are there and well-formed,
    /// whatever else is wrong. It is nil when that cannot be known, and then the document may stand for
    /// any entity.
    case invalid(claimed: EntityRef?)
    /// It is an entity, but the rules of the settings do not let it stand here
    /// (facts/backstage-catalog.md 7.9).
    case denied(EntityRef)
  }

  /// Counted from 1 among the documents of the file that have content or a problem.
  package var number: Int
  /// The line that its root begins at; for a document that is not YAML, the line of the fault.
  package var line: Int
  package var content: Content
  /// Everything that is wrong with it, in the order of the text where it can be told; an entity has
  /// warnings only, and one of kind Location errors of its targets.
  package var problems: [Problem]

  /// The entity that the document is, or claims to be; nil when that cannot be known.
  package var ref: EntityRef? {
    switch content {
    case .entity(let entity): entity.ref
    case .invalid(let claimed): claimed
    case .denied(let ref): ref
    }
  }
}
