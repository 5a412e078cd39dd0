/// A document that is an entity: who it is, the columns people ask for, and all of it as JSON.
///
/// Texts are as the document has them; only `ref` is in lower case.
package struct Entity: Sendable {
  /// A link of `metadata.links`.
  package struct Link: Sendable, Equatable {
    package var url: String
    package var title: String?
    package var icon: String?
    package var type: String?

    package init(url: String, title: String? = nil, icon: String? = nil, type: String? = nil) {
      self.url = url
      self.title = title
      self.icon = icon
      self.type = type
    }
  }

  package let ref: EntityRef
  package let apiVersion: String
  package let kind: String
  /// `default` when the document names none.
  package let namespace: String
  package let name: String
  /// `metadata.title`; nil when it is absent, or a placeholder such as `{$text: ./title.txt}`.
  package let title: String?
  /// `metadata.description`; nil as for `title`, and maybe empty.
  package let description: String?
  /// `spec.type` when it is a string; the same goes for the other fields of `spec`.
  package let type: String?
  package let lifecycle: String?
  package let owner: String?
  package let system: String?
  package let domain: String?
  /// `metadata.tags` in the order of the document; a tag may stand there twice.
  package let tags: [String]
  /// In the order of the document, without duplicate keys.
  package let labels: [(key: String, value: String)]
  /// As the document has them, in its order, without duplicate keys.
  package let annotations: [(key: String, value: String)]
  package let links: [Link]
  /// Where the document's root begins, counted from 1 in the whole file.
  package let line: Int
  /// Counted from 1, in characters.
  package let column: Int
  /// The whole document as compact JSON, keys in the order of the document.
  ///
  /// Behind what it says stands what the catalog adds: annotations (`FileAnnotations`) and
  /// `metadata.namespace` where it was absent.
  /// `metadata.uid` is left out: the catalog gives its own.
  package let json: [UInt8]
  /// `metadata.etag` when the document has one (facts/backstage-catalog.md 1.3), else the SHA-1 of `json`
  /// in lower-case hexadecimal digits.
  package let etag: String
  /// What `json` is searched by, when it is made already: of entities that are read to be stored.
  let madeRows: SearchRows?

  /// What `json` is searched by; `metadata.uid` has no row yet.
  package var searchRows: SearchRows { madeRows ?? SearchRows.ofDocument(json) }

  /// What the entity wants to be read besides, for one of kind Location; nil for all others.
  package let location: LocationSpec?

  let references: [Reference]

  /// The relations from the entity that its document states, each once, in their order.
  package var statedRelations: [Relation] {
    guard references.count != 1 else {
      return [Relation(source: ref, type: references[0].field.relation, target: references[0].target)]
    }
    return Set(references.map { Relation(source: ref, type: $0.field.relation, target: $0.target) }).sorted()
  }

  /// The relations that the entity gives rise to, both the ones from it and the ones back to it, each once
  /// (facts/backstage-catalog.md 6.1, 6.2).
  ///
  /// The ones from it come first, by type and target; then the ones back, by source and type. Kinds that are
  /// unknown, and known kinds with an unknown `apiVersion`, have none.
  package var relations: [Relation] {
    let own = references.map { Relation(source: ref, type: $0.field.relation, target: $0.target) }
    let back = references.map { Relation(source: $0.target, type: $0.field.inverse, target: ref) }
    let distinct = Set(own)
    return distinct.sorted() + Set(back).subtracting(distinct).sorted()
  }
}
