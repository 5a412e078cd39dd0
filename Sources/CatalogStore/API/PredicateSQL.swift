import GRDB

/// Turns a predicate into SQL over the search rows, within one read.
///
/// In two forms: a test of one entity, and where indexes lead to them the entities themselves. Which is faster depends
/// on how many there are, so that is estimated first.
struct PredicateSQL {
  /// Keys that every entity has.
  private static let universal: Set<String> = [
    "kind", "apiversion", "metadata.name", "metadata.namespace", "metadata.uid",
  ]
  /// More are not counted to find out which condition leaves the fewest entities.
  private static let estimateLimit = 2_000
  /// Up to so many entities are found at once, and what is asked of them is looked up in each document, which costs some
  /// ten microseconds.
  private static let fewLimit = 500

  let db: Database
  let memory: QuestionMemory.Access

  /// What a test comes to.
  enum Test {
    case always
    case never
    case sql(SQLText)
  }

  /// The entities that a predicate means, as a statement with one column `id`.
  struct Source {
    var text: SQLText
    /// Whether each comes once.
    var isUnique: Bool
  }

  // MARK: - Tests

  /// - Parameter id: The SQL of the entity's id.
  func test(_ predicate: EntityPredicate, _ id: String) throws -> Test {
    switch predicate {
    case .all(let parts):
      var texts: [SQLText] = []
      for part in parts {
        switch try test(part, id) {
        case .always: continue
        case .never: return .never
        case .sql(let text): texts.append(text)
        }
      }
      return texts.isEmpty ? .always : .sql("(" + .joined(texts, by: " AND ") + ")")
    case .any(let parts):
      var texts: [SQLText] = []
      for part in parts {
        switch try test(part, id) {
        case .always: return .always
        case .never: continue
        case .sql(let text): texts.append(text)
        }
      }
      return texts.isEmpty ? .never : .sql("(" + .joined(texts, by: " OR ") + ")")
    case .not(let part):
      switch try test(part, id) {
      case .always: return .never
      case .never: return .always
      case .sql(let text): return .sql("NOT " + text)
      }
    case .exists(let key) where Self.universal.contains(key): return .always
    case .exists(let key), .values(let key, _), .prefix(let key, _):
      if key == EntityOrphan.key { return orphanTest(predicate, id) }
      if key.hasPrefix(RelationKey.prefix) { return try relationTest(key, predicate, id) }
      return try rowTest(key, predicate, id)
    case .text:
      guard let source = try source(predicate) else { return .never }
      return .sql("\(id) IN (" + source.text + ")")
    }
  }

  private func rowTest(_ key: String, _ predicate: EntityPredicate, _ id: String) throws -> Test {
    guard let keyID = try keyID(key) else { return .never }
    if case .values(_, let values) = predicate {
      guard !values.isEmpty else { return .never }
      let text = SQLText(
        "EXISTS (SELECT 1 FROM search_value v WHERE v.key_id = ? AND v.value IN ",
        [.integer(keyID)]
      )
      return .sql(text + .list(values) + " AND v.entity_id = \(id))")
    }
    guard let source = try source(predicate) else { return .never }
    return .sql("\(id) IN (" + source.text + ")")
  }

  private func orphanTest(_ predicate: EntityPredicate, _ id: String) -> Test {
    guard EntityOrphan.isMeant(by: predicate) else { return .never }
    return .sql(SQLText("EXISTS (SELECT 1 FROM entity o WHERE o.id = \(id) AND o.orphan_since IS NOT NULL)"))
  }

  private func relationTest(_ key: String, _ predicate: EntityPredicate, _ id: String) throws -> Test {
    let types = try RelationKey(key, db)
    guard !types.isEmpty else { return .never }
    var texts: [SQLText] = []
    if !types.stated.isEmpty {
      var text = SQLText("EXISTS (SELECT 1 FROM relation r WHERE r.entity_id = \(id) AND r.type IN ")
      text = text + .list(types.stated)
      if let condition = Self.condition(predicate, on: "r.target_ref") { text = text + " AND " + condition }
      texts.append(text + ")")
    }
    if !types.inverse.isEmpty {
      var text = SQLText(
        """
        EXISTS (SELECT 1 FROM relation r JOIN entity s ON s.id = r.entity_id AND s.is_holder = 1
        WHERE r.target_ref = (SELECT x.ref FROM entity x WHERE x.id = \(id)) AND r.type IN
        """ + " "
      )
      text = text + .list(types.inverse)
      if let condition = Self.condition(predicate, on: "s.ref") { text = text + " AND " + condition }
      texts.append(text + ")")
    }
    return .sql("(" + .joined(texts, by: " OR ") + ")")
  }

  /// What a predicate of one key says of a value; nil for nothing.
  private static func condition(_ predicate: EntityPredicate, on column: String) -> SQLText? {
    switch predicate {
    case .values(_, let values): "\(column) IN " + SQLText.list(values)
    case .prefix(_, let text):
      SQLText("substr(\(column), 1, length(?)) = ?", [.text(text), .text(text)])
    default: nil
    }
  }

  // MARK: - Sources

  /// Nil when no index leads to the entities, or none is meant.
  func source(_ predicate: EntityPredicate) throws -> Source? {
    switch predicate {
    case .all(let parts): return try source(ofAll: parts)
    case .any(let parts):
      var texts: [SQLText] = []
      for part in parts {
        if case .never = try test(part, "0") { continue }
        guard let source = try source(part) else { return nil }
        texts.append("SELECT id FROM (" + source.text + ")")
      }
      guard !texts.isEmpty else { return nil }
      return Source(text: .joined(texts, by: " UNION "), isUnique: true)
    case .not: return nil
    case .exists(let key), .values(let key, _), .prefix(let key, _):
      if key == EntityOrphan.key { return EntityOrphan.isMeant(by: predicate) ? EntityOrphan.source : nil }
      if key.hasPrefix(RelationKey.prefix) { return try relationSource(key, predicate) }
      return try rowSource(key, predicate)
    case .text(let keys, let text):
      let ids = try keys.compactMap(keyID)
      guard !ids.isEmpty else { return nil }
      let list = "(" + ids.map { _ in "?" }.joined(separator: ", ") + ")"
      let sql = "SELECT entity_id AS id FROM search_value WHERE key_id IN \(list) AND instr(value, ?) > 0"
      return Source(text: SQLText(sql, ids.map(SQLValue.integer) + [.text(text)]), isUnique: false)
    }
  }

  private func source(ofAll parts: [EntityPredicate]) throws -> Source? {
    guard let driver = try driver(of: parts), let source = try source(parts[driver]) else { return nil }
    var rest = parts
    rest.remove(at: driver)
    switch try test(.all(rest), "d.id") {
    case .always: return source
    case .never: return nil
    case .sql(let text):
      return Source(
        text: "SELECT d.id AS id FROM (" + source.text + ") d WHERE " + text,
        isUnique: source.isUnique
      )
    }
  }

  /// The part that leaves the fewest entities, of those that indexes lead to.
  func driver(of parts: [EntityPredicate]) throws -> Int? {
    var best: (index: Int, count: Int)?
    for (index, part) in parts.enumerated() {
      guard let count = try estimate(part) else { continue }
      if count < best?.count ?? .max { best = (index, count) }
    }
    return best?.index
  }

  private func rowSource(_ key: String, _ predicate: EntityPredicate) throws -> Source? {
    guard let keyID = try keyID(key) else { return nil }
    let rows = "SELECT entity_id AS id FROM search_value WHERE key_id = ?"
    switch predicate {
    case .values(_, let values):
      guard !values.isEmpty else { return nil }
      let text = SQLText(rows + " AND value IN ", [.integer(keyID)]) + .list(values)
      return Source(text: text, isUnique: values.count == 1)
    case .prefix(_, let prefix):
      var text = SQLText(rows + " AND value >= ?", [.integer(keyID), .text(prefix)])
      if let end = Self.end(ofPrefix: prefix) { text = text + SQLText(" AND value < ?", [.text(end)]) }
      return Source(text: text, isUnique: false)
    default:
      guard !Self.universal.contains(key) else { return nil }
      let text = SQLText(
        rows + " UNION ALL SELECT entity_id FROM search_null WHERE key_id = ?",
        [.integer(keyID), .integer(keyID)]
      )
      return Source(text: text, isUnique: false)
    }
  }

  /// The first text that is behind all that begin so; nil when there is none.
  private static func end(ofPrefix prefix: String) -> String? {
    var scalars = Array(prefix.unicodeScalars)
    while let last = scalars.popLast() {
      // The numbers of surrogates stand for no character.
      let next = last.value == 0xD7FF ? 0xE000 : last.value + 1
      guard let scalar = Unicode.Scalar(next) else { continue }
      var text = String.UnicodeScalarView(scalars)
      text.append(scalar)
      return String(text)
    }
    return nil
  }

  private func relationSource(_ key: String, _ predicate: EntityPredicate) throws -> Source? {
    guard case .values(_, let values) = predicate, !values.isEmpty else { return nil }
    let types = try RelationKey(key, db)
    var texts: [SQLText] = []
    if !types.stated.isEmpty {
      texts.append(
        """
        SELECT r.entity_id AS id FROM relation r JOIN entity e ON e.id = r.entity_id AND e.is_holder = 1
        WHERE r.target_ref IN
        """ + " " + .list(values) + " AND r.type IN " + .list(types.stated)
      )
    }
    if !types.inverse.isEmpty {
      texts.append(
        """
        SELECT t.id AS id FROM entity s CROSS JOIN relation r ON r.entity_id = s.id
          CROSS JOIN entity t ON t.ref = r.target_ref AND t.is_holder = 1
        WHERE s.is_holder = 1 AND s.ref IN
        """ + " " + .list(values) + " AND r.type IN " + .list(types.inverse)
      )
    }
    guard !texts.isEmpty else { return nil }
    return Source(text: .joined(texts, by: " UNION ALL "), isUnique: false)
  }

  // MARK: - Counts

  /// About how many entities a predicate leaves, at most `estimateLimit` for each part; nil when no index tells.
  func estimate(_ predicate: EntityPredicate) throws -> Int? {
    switch predicate {
    case .all(let parts): return try parts.compactMap(estimate).min()
    case .any(let parts):
      var sum = 0
      for part in parts {
        if case .never = try test(part, "0") { continue }
        guard let count = try estimate(part) else { return nil }
        sum += count
      }
      return sum
    case .not: return nil
    // Goes through all values; only when nothing else leads to the entities.
    case .text: return try source(predicate) == nil ? nil : Int.max - 1
    case .exists, .values, .prefix:
      guard let source = try source(predicate) else { return nil }
      return try memory.estimate(source.text) {
        let text = "SELECT count(*) FROM (SELECT 1 FROM (" + source.text + ") LIMIT \(Self.estimateLimit))"
        return try Int(db.number(text.sql, text.values) ?? 0)
      }
    }
  }

  /// How many entities a predicate means.
  func count(_ predicate: EntityPredicate) throws -> Int {
    let test: SQLText
    switch try self.test(predicate, "e.id") {
    case .never: return 0
    case .always: test = SQLText("TRUE")
    case .sql(let text): test = text
    }
    let holders = SQLText("SELECT e.id AS id FROM entity e WHERE e.is_holder = 1 AND ") + test
    let source = try source(predicate) ?? Source(text: holders, isUnique: true)
    return try memory.count(test, following: Self.isOfEach(predicate) ? source.text : nil) {
      let what = source.isUnique ? "*" : "DISTINCT id"
      return try Int(db.number("SELECT count(\(what)) FROM (\(source.text.sql))", source.text.values) ?? 0)
    }
  }

  /// Whether a test is answered by what is known of the one entity, fast.
  private static func isOfEach(_ predicate: EntityPredicate) -> Bool {
    switch predicate {
    case .all(let parts), .any(let parts): parts.allSatisfy(isOfEach)
    case .not(let part): isOfEach(part)
    case .values(let key, _): !key.hasPrefix(RelationKey.prefix)
    case .exists(let key): universal.contains(key) || key == EntityOrphan.key
    case .prefix, .text: false
    }
  }

  /// The entities that a predicate means, in the order of their ids; nil when there are more than a few, or no index
  /// leads to them.
  func few(_ predicate: EntityPredicate) throws -> [Int64]? {
    let test: SQLText
    switch try self.test(predicate, "e.id") {
    case .never: return []
    case .always: return nil
    case .sql(let text): test = text
    }
    return try memory.few(test) {
      guard let estimate = try estimate(predicate), estimate <= Self.fewLimit,
        let source = try source(predicate)
      else { return nil }
      var ids: [Int64] = []
      try db.rows("SELECT id FROM (" + source.text.sql + ")", source.text.values) { row in
        ids.append(row.integer(0))
        return ids.count <= Self.fewLimit
      }
      guard ids.count <= Self.fewLimit else { return nil }
      return source.isUnique ? ids.sorted() : Set(ids).sorted()
    }
  }

  // MARK: - Keys

  /// Nil for a key that no row ever had.
  func keyID(_ key: String) throws -> Int64? {
    try db.number("SELECT id FROM search_key WHERE key = ?", [.text(key)])
  }
}
