import GRDB

/// How the entities that a search means are found.
struct SearchQuestion {
  /// One limit: how all entities within it are found, and how it is seen whether one is.
  private struct Condition {
    /// Gives the ids of entities; one parameter.
    var driver: String
    /// True of an entity `e`; one parameter.
    var probe: String
    var argument: String
    var isText = false
  }

  /// What collects the matches, by its place among the conditions.
  typealias Driver = Int

  private var conditions: [Condition] = []
  /// `kind:` in lower case: what the refs of a kind begin with.
  private var prefix: String?
  /// The words as a name would have them.
  private var name = ""
  /// Nil when no condition is selective.
  private(set) var driver: Driver?

  /// Nil when nothing can be found.
  init?(_ search: EntitySearch, _ db: Database, _ isBroad: inout Bool) throws {
    prefix = search.kind.map { $0.lowercased() + ":" }
    if let text = search.text {
      guard let words = Self.words(text) else { return nil }
      conditions.append(Self.text(words))
      name = text.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: "-")
    }
    if let owner = search.owner { conditions.append(Self.owner(owner)) }
    if let tag = search.tag { conditions.append(Self.value("metadata.tags", tag)) }
    if let type = search.type { conditions.append(Self.value("spec.type", type)) }
    if let lifecycle = search.lifecycle { conditions.append(Self.value("spec.lifecycle", lifecycle)) }
    if let organization = search.organization { conditions.append(Self.organization(organization)) }
    try chooseDriver(db, &isBroad)
  }

  /// Chooses the most selective condition; else words, because looking whether one entity has them is slow.
  private mutating func chooseDriver(_ db: Database, _ isBroad: inout Bool) throws {
    let limit = CatalogDatabase.sortedMatches
    var least = limit + 1
    for (index, condition) in conditions.enumerated() {
      let count = try Self.count(condition, db)
      if count < least { (driver, least) = (index, count) }
    }
    guard driver == nil, let text = conditions.firstIndex(where: \.isText) else { return }
    isBroad = true
    let narrow = Self.text("{name title} : (\(conditions[text].argument))")
    let count = try Self.count(narrow, db)
    if count > 0, count <= limit { conditions[text] = narrow }
    conditions[text].driver += " LIMIT \(limit)"
    driver = text
  }

  private static func count(_ condition: Condition, _ db: Database) throws -> Int {
    let sql = "SELECT count(*) FROM (\(condition.driver) LIMIT \(CatalogDatabase.sortedMatches + 1))"
    return try Int.fetchOne(db.cachedStatement(sql: sql), arguments: [condition.argument]) ?? 0
  }
}

// MARK: - Conditions

extension SearchQuestion {
  private static func value(_ key: String, _ value: String) -> Condition {
    let stored = "v.key_id = (SELECT id FROM search_key WHERE key = '\(key)') AND v.value = ?"
    return Condition(
      driver: "SELECT v.entity_id FROM search_value v WHERE \(stored)",
      probe: "EXISTS (SELECT 1 FROM search_value v WHERE \(stored) AND v.entity_id = e.id)",
      argument: value.lowercased()
    )
  }

  private static func owner(_ ref: String) -> Condition {
    Condition(
      driver: "SELECT r.entity_id FROM relation r WHERE r.target_ref = ? AND r.type = 'ownedBy'",
      probe: """
        EXISTS (SELECT 1 FROM relation r WHERE r.entity_id = e.id AND r.type = 'ownedBy' AND r.target_ref = ?)
        """,
      argument: ref
    )
  }

  private static func organization(_ name: String) -> Condition {
    Condition(
      driver: """
        SELECT x.id FROM organization o CROSS JOIN repository g ON g.organization_id = o.id
          CROSS JOIN file f ON f.repository_id = g.id CROSS JOIN entity x ON x.file_id = f.id
        WHERE o.name = ?
        """,
      probe: """
        (SELECT o.name FROM entity x JOIN file f ON f.id = x.file_id JOIN repository g ON g.id = f.repository_id
          JOIN organization o ON o.id = g.organization_id WHERE x.id = e.id) = ?
        """,
      argument: name
    )
  }

  private static func text(_ words: String) -> Condition {
    Condition(
      driver: "SELECT rowid FROM entity_fts WHERE entity_fts MATCH ?",
      probe: "EXISTS (SELECT 1 FROM entity_fts WHERE entity_fts MATCH ? AND rowid = e.id)",
      argument: words,
      isText: true
    )
  }

  /// The words as the index is asked for them; nil when there is none.
  ///
  /// A word of three letters and more is found by how it begins; shorter ones begin too many.
  static func words(_ text: String) -> String? {
    let words = text.split { !($0.isLetter || $0.isNumber) }.prefix(10).map { word in
      word.count < 3 ? "\"\(word)\"" : "\"\(word)\"*"
    }
    return words.isEmpty ? nil : words.joined(separator: " AND ")
  }
}

// MARK: - Asking

extension SearchQuestion {
  /// Parts of a condition on `e`, with what stands for their parameters.
  private func limits(
    except driver: Driver?,
    after ref: String?
  ) -> (sql: String, arguments: StatementArguments) {
    var sql = ""
    var arguments = StatementArguments()
    if let prefix {
      sql += " AND e.ref >= ? AND e.ref < ?"
      // `;` follows `:`.
      arguments += [prefix, prefix.dropLast() + ";"]
    }
    if let ref {
      sql += " AND e.ref > ?"
      arguments += [ref]
    }
    for (index, condition) in conditions.enumerated() where index != driver {
      sql += " AND \(condition.probe)"
      arguments += [condition.argument]
    }
    return (sql, arguments)
  }

  /// The ids of the matches that a condition finds, sorted.
  func collected(
    by driver: Driver,
    from cursor: EntityHits.Cursor?,
    limit: Int,
    _ db: Database
  ) throws -> [Int64] {
    let (sql, arguments) = collecting(by: driver, from: cursor, limit: limit)
    return try Int64.fetchAll(db.cachedStatement(sql: sql), arguments: arguments)
  }

  /// The question for `collected`.
  func collecting(
    by driver: Driver,
    from cursor: EntityHits.Cursor?,
    limit: Int
  ) -> (sql: String, arguments: StatementArguments) {
    let condition = conditions[driver]
    var (place, ref) = (0, String?.none)
    switch cursor {
    case .place(let number) where condition.isText: place = max(0, min(number, CatalogDatabase.sortedMatches))
    case .ref(let last) where !condition.isText: ref = last
    case .place, .ref, nil: break
    }
    let (sql, arguments) = limits(except: driver, after: ref)
    var order = "e.ref"
    var names = StatementArguments()
    if condition.isText {
      // Not `bm25`, which goes through everything that has one of the words.
      order = """
        CASE WHEN lower(e.name) = ? THEN 0 WHEN substr(lower(e.name), 1, length(?)) = ? THEN 1
          WHEN instr(lower(e.name), ?) > 0 THEN 2 ELSE 3 END, length(e.name), e.ref
        """
      names = [name, name, name, name]
    }
    let question = """
      SELECT e.id FROM entity e WHERE e.id IN (\(condition.driver)) AND +e.is_holder = 1\(sql)
      ORDER BY \(order) LIMIT \(limit) OFFSET \(place)
      """
    return (question, [condition.argument] + arguments + names)
  }

  /// The ids of matches in the order of refs, and the last ref that was looked at when there is more to look at.
  func walked(
    from cursor: EntityHits.Cursor?,
    limit: Int,
    _ db: Database
  ) throws -> (ids: [Int64], last: String?) {
    let (found, ofFound, last, ofLast) = walking(from: cursor, limit: limit)
    let ids = try Int64.fetchAll(db.cachedStatement(sql: found), arguments: ofFound)
    guard ids.count < limit else { return (ids, nil) }
    return (ids, try String.fetchOne(db.cachedStatement(sql: last), arguments: ofLast))
  }

  /// The questions for `walked`.
  func walking(
    from cursor: EntityHits.Cursor?,
    limit: Int
  ) -> (found: String, ofFound: StatementArguments, last: String, ofLast: StatementArguments) {
    var ref: String?
    if case .ref(let last) = cursor { ref = last }
    let examined = CatalogDatabase.examinedEntities
    let (range, inRange) = SearchQuestion(prefix: prefix).limits(except: nil, after: ref)
    let (sql, arguments) = SearchQuestion(conditions: conditions).limits(except: nil, after: nil)
    let walk = "FROM entity e INDEXED BY entity_holder WHERE e.is_holder = 1\(range) ORDER BY e.ref"
    return (
      """
      SELECT e.id FROM (SELECT e.id, e.ref \(walk) LIMIT \(examined)) e WHERE 1\(sql) LIMIT \(limit)
      """,
      inRange + arguments, "SELECT e.ref \(walk) LIMIT 1 OFFSET \(examined - 1)", inRange
    )
  }

  private init(conditions: [Condition] = [], prefix: String? = nil) {
    self.conditions = conditions
    self.prefix = prefix
  }

  /// Where the page behind the first `limit` of these begins.
  func cursor(
    from cursor: EntityHits.Cursor?,
    _ ids: [Int64],
    _ limit: Int,
    _ db: Database
  ) throws -> EntityHits.Cursor? {
    if let driver, conditions[driver].isText {
      guard case .place(let place) = cursor else { return .place(limit) }
      return place + limit < CatalogDatabase.sortedMatches ? .place(place + limit) : nil
    }
    guard limit > 0, ids.count >= limit else { return nil }
    return try String.fetchOne(db, sql: "SELECT ref FROM entity WHERE id = ?", arguments: [ids[limit - 1]])
      .map { .ref($0) }
  }
}
