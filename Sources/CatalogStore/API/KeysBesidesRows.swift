import GRDB

/// The annotation that the catalog gives to what nothing leads to; it is no part of the stored document.
enum EntityOrphan {
  static let key = "metadata.annotations.backstage.io/orphan"

  static let source = PredicateSQL.Source(
    text: SQLText("SELECT id FROM entity WHERE orphan_since IS NOT NULL AND is_holder = 1"),
    isUnique: true
  )

  static func isMeant(by predicate: EntityPredicate) -> Bool {
    switch predicate {
    case .exists: true
    case .values(_, let values): values.contains("true")
    case .prefix(_, let text): "true".hasPrefix(text)
    default: false
    }
  }
}

/// The relations that a search key such as `relations.ownedby` stands for.
struct RelationKey {
  static let prefix = "relations."

  /// Types that the entity's own document states.
  var stated: [String] = []
  /// Types that others state of the entity.
  var inverse: [String] = []

  var isEmpty: Bool { stated.isEmpty && inverse.isEmpty }

  /// - Parameter key: In lower case.
  init(_ key: String, _ db: Database) throws {
    var (stated, inverse): ([String], [String]) = ([], [])
    try db.rows("SELECT type, search_key = ?1, inverse_search_key = ?1 FROM relation_type", [.text(key)]) {
      row in
      if row.integer(1) == 1 { stated.append(row.string(0)) }
      if row.integer(2) == 1 { inverse.append(row.string(0)) }
      return true
    }
    (self.stated, self.inverse) = (stated, inverse)
  }
}
