import Catalog
import GRDB

/// A value of a search key, and how many entities have it.
package struct FacetValue: Sendable, Equatable {
  /// As it is written.
  package var value: String
  package var count: Int

  package init(value: String, count: Int) {
    self.value = value
    self.count = count
  }
}

extension CatalogReader {
  /// An answer with more different values is refused.
  private static let maxValues = 100_000
  /// Up to so many entities are looked at one by one; beyond, the rows of the key.
  private static let collected = 500

  /// The values of search keys, sorted by their bytes (facts/backstage-catalog.md 9.2).
  ///
  /// An entity with the same value twice counts once. Null counts for nothing.
  ///
  /// - Parameter keys: In any letter case.
  /// - Returns: For each key its values.
  /// - Throws: `CatalogQuestionError`.
  package func facets(_ keys: [String], _ predicate: EntityPredicate) async throws -> [[FacetValue]] {
    let predicate = predicate.normalized
    return try await read { [memory] db in
      let access = try memory.access(db)
      let sql = PredicateSQL(db: db, memory: access)
      return try keys.map { key in
        try access.facet(key.lowercased(), predicate) {
          try Self.facet(key, predicate, sql)
        }
      }
    }
  }

  private static func facet(
    _ name: String,
    _ predicate: EntityPredicate,
    _ sql: PredicateSQL
  ) throws -> [FacetValue] {
    let key = name.lowercased()
    if let source = try sql.source(predicate), try sql.count(predicate) <= collected,
      !key.hasPrefix(RelationKey.prefix), key != EntityOrphan.key
    {
      return try facet(key, ofEach: source, sql.db)
    }
    var counts: [String: Int] = [:]
    for rows in try rows(key, sql) {
      let text: SQLText
      switch try sql.test(predicate, "v.id") {
      case .never: return []
      case .always: text = "SELECT v.value, count(*) FROM (" + rows + ") v GROUP BY 1"
      case .sql(let test):
        text = "SELECT v.value, count(*) FROM (" + rows + ") v WHERE " + test + " GROUP BY 1"
      }
      try sql.db.rows(text.sql, text.values) { row in
        counts[row.string(0), default: 0] += Int(row.integer(1))
        guard counts.count <= maxValues else {
          throw CatalogQuestionError.tooManyValues(facet: name, limit: maxValues)
        }
        return true
      }
    }
    return sorted(counts)
  }

  /// The rows of a key as statements with the columns `id` and `value`; none for a key that nothing has.
  private static func rows(_ key: String, _ sql: PredicateSQL) throws -> [SQLText] {
    if key == EntityOrphan.key {
      return [
        SQLText("SELECT id, 'true' AS value FROM entity WHERE orphan_since IS NOT NULL AND is_holder = 1")
      ]
    }
    guard key.hasPrefix(RelationKey.prefix) else {
      guard let id = try sql.keyID(key) else { return [] }
      return [
        SQLText(
          "SELECT entity_id AS id, coalesce(original_value, value) AS value FROM search_value WHERE key_id = ?",
          [.integer(id)]
        )
      ]
    }
    let types = try RelationKey(key, sql.db)
    guard !types.isEmpty else { return [] }
    var texts: [SQLText] = []
    if !types.stated.isEmpty {
      texts.append(
        """
        SELECT e.id AS id, r.target_ref AS value FROM relation r CROSS JOIN entity e ON e.id = r.entity_id
        WHERE e.is_holder = 1 AND r.type IN
        """ + " " + .list(types.stated)
      )
    }
    if !types.inverse.isEmpty {
      texts.append(
        """
        SELECT t.id AS id, s.ref AS value FROM relation r CROSS JOIN entity s ON s.id = r.entity_id
          CROSS JOIN entity t ON t.ref = r.target_ref AND t.is_holder = 1
        WHERE s.is_holder = 1 AND r.type IN
        """ + " " + .list(types.inverse)
      )
    }
    return ["SELECT id, value FROM (" + SQLText.joined(texts, by: " UNION ") + ")"]
  }

  /// Out of the documents of few entities.
  private static func facet(
    _ key: String,
    ofEach source: PredicateSQL.Source,
    _ db: Database
  ) throws -> [FacetValue] {
    var counts: [String: Int] = [:]
    let text = "SELECT json, uid FROM entity WHERE id IN (SELECT id FROM (" + source.text + "))"
    try db.rows(text.sql, text.values) { row in
      var seen: Set<String> = []
      for search in SearchRows.of(row.bytes(0), uid: row.optionalString(1)).rows where search.key == key {
        guard let value = search.value, seen.insert(value).inserted else { continue }
        counts[search.originalValue ?? value, default: 0] += 1
      }
      return true
    }
    return sorted(counts)
  }

  private static func sorted(_ counts: [String: Int]) -> [FacetValue] {
    counts.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      .map { FacetValue(value: $0.key, count: $0.value) }
  }
}
