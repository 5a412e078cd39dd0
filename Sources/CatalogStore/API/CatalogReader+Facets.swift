import Catalog
import GRDB
import Locks

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
  /// So many questions are known to be no use to those who ask the same.
  private static let maxUnshared = 1_000

  /// The values of search keys, sorted by their bytes (facts/backstage-catalog.md 9.2).
  ///
  /// An entity with the same value twice counts once. Null counts for nothing.
  ///
  /// - Parameter keys: In any letter case.
  /// - Returns: For each key its values.
  /// - Throws: `CatalogQuestionError`.
  package func facets(_ keys: [String], _ predicate: EntityPredicate) async throws -> [[FacetValue]] {
    let (names, predicate) = (keys, predicate.normalized)
    let keys = keys.map { $0.lowercased() }
    var question = Hasher()
    question.combine(keys)
    question.combine(predicate)
    let number = question.finalize()
    do {
      // Who asks the same waits for what the first one counts, unless that is not kept.
      let isShared = unshared.withLock { !$0.contains(number) }
      let values = try await facets(names, keys, predicate, alone: isShared ? number : nil)
      if !QuestionMemory.isKept(values) { noteUnshared(number) }
      return values
    } catch let error as CatalogQuestionError {
      noteUnshared(number)
      throw error
    }
  }

  private func noteUnshared(_ question: Int) {
    unshared.withLock { unshared in
      if unshared.count >= Self.maxUnshared { unshared = [] }
      unshared.insert(question)
    }
  }

  private func facets(
    _ names: [String],
    _ keys: [String],
    _ predicate: EntityPredicate,
    alone: Int?
  ) async throws -> [[FacetValue]] {
    try await read(alone: alone) { [memory] db in
      let sql = PredicateSQL(db: db, memory: try memory.access(db))
      let test: SQLText
      switch try sql.test(predicate, "v.id") {
      case .never: return keys.map { _ in [] }
      case .always: test = SQLText("TRUE")
      case .sql(let text): test = text
      }
      return try sql.memory.facets(keys, test) {
        let isInDocuments = keys.allSatisfy { !$0.hasPrefix(RelationKey.prefix) && $0 != EntityOrphan.key }
        if isInDocuments, let few = try sql.few(predicate) {
          return try Self.facets(names, keys, ofEach: few, db)
        }
        return try zip(names, keys).map { name, key in
          var counts = FacetCounts(name: name, limit: Self.maxValues)
          if let rows = try Self.rows(key, db) {
            try Self.count(rows, test, &counts, db)
          } else if let id = try sql.keyID(key) {
            try Self.count(key: id, test, &counts, db)
          }
          return counts.sorted
        }
      }
    }
  }

  /// The rows of a key that is no part of documents, with the columns `id` and `value`; nil for any other key.
  private static func rows(_ key: String, _ db: Database) throws -> SQLText? {
    if key == EntityOrphan.key {
      return SQLText(
        "SELECT id, 'true' AS value FROM entity WHERE orphan_since IS NOT NULL AND is_holder = 1"
      )
    }
    guard key.hasPrefix(RelationKey.prefix) else { return nil }
    let types = try RelationKey(key, db)
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
    guard !texts.isEmpty else { return nil }
    return "SELECT id, value FROM (" + SQLText.joined(texts, by: " UNION ") + ")"
  }

  private static func count(
    _ rows: SQLText,
    _ test: SQLText,
    _ counts: inout FacetCounts,
    _ db: Database
  ) throws {
    let text = "SELECT v.value, count(*) FROM (" + rows + ") v WHERE " + test + " GROUP BY 1"
    try db.rows(text.sql, text.values) { row in
      try counts.add(row.string(0), Int(row.integer(1)))
      return true
    }
  }

  /// Counts search rows in the order in which they lie: by the value in lower case.
  ///
  /// Only where a value is written in several ways its rows are sorted.
  private static func count(
    key: Int64,
    _ test: SQLText,
    _ counts: inout FacetCounts,
    _ db: Database
  ) throws {
    let rows = SQLText(
      "(SELECT value, original_value, entity_id AS id FROM search_value WHERE key_id = ?) v WHERE ",
      [.integer(key)]
    )
    let text =
      """
      SELECT v.value, count(*), count(v.original_value), min(v.original_value), max(v.original_value) FROM
      """ + " " + rows + test + " GROUP BY v.value"
    var mixed: [String] = []
    try db.rows(text.sql, text.values) { row in
      let (all, written) = (row.integer(1), row.integer(2))
      if written == 0 {
        try counts.add(row.string(0), Int(all))
      } else if written == all, row.bytes(3).elementsEqual(row.bytes(4)) {
        try counts.add(row.string(3), Int(all))
      } else {
        mixed.append(row.string(0))
      }
      return true
    }
    let spellings =
      "SELECT coalesce(v.original_value, v.value), count(*) FROM " + rows + test
      + " AND v.value = ? GROUP BY 1"
    for value in mixed {
      try db.rows(spellings.sql, spellings.values + [.text(value)]) { row in
        try counts.add(row.string(0), Int(row.integer(1)))
        return true
      }
    }
  }

  /// Out of the documents of few entities.
  private static func facets(
    _ names: [String],
    _ keys: [String],
    ofEach few: [Int64],
    _ db: Database
  ) throws -> [[FacetValue]] {
    var facets = names.map { FacetCounts(name: $0, limit: maxValues) }
    for id in few {
      try db.rows("SELECT json, uid FROM entity WHERE id = ?", [.integer(id)]) { row in
        let search = SearchRows.of(row.bytes(0), uid: row.optionalString(1))
        for index in keys.indices {
          var seen: Set<String> = []
          for (value, written) in search.values(ofKey: keys[index]) where seen.insert(value).inserted {
            try facets[index].add(written, 1)
          }
        }
        return false
      }
    }
    return facets.map(\.sorted)
  }
}

/// How many entities have each value of a key.
private struct FacetCounts {
  /// As it was asked for.
  let name: String
  let limit: Int
  private var counts: [String: Int] = [:]

  init(name: String, limit: Int) {
    self.name = name
    self.limit = limit
  }

  /// - Throws: `CatalogQuestionError.tooManyValues`.
  mutating func add(_ value: String, _ count: Int) throws {
    counts[value, default: 0] += count
    guard counts.count <= limit else { throw CatalogQuestionError.tooManyValues(facet: name, limit: limit) }
  }

  var sorted: [FacetValue] {
    counts.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      .map { FacetValue(value: $0.key, count: $0.value) }
  }
}
