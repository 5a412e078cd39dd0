import GRDB

/// How the entities that a search means are found.
///
/// What is selective is collected at once. All else is walked through: by the index of one limit where there is one, so
/// that every entity that is looked at is within that, or in the order of refs.
struct SearchQuestion {
  /// One limit: how all entities within it are found, and how it is seen whether one is.
  private struct Condition {
    /// Gives the ids of entities; one parameter.
    var driver: String
    /// Gives them as `id` in their order, behind an id: a second parameter; nil where no index has that order.
    var walk: String?
    /// True of an entity `e`; one parameter.
    var probe: String
    var argument: String
  }

  /// Those that what was collected is not known to be within.
  private var conditions: [Condition] = []
  /// `kind:` in lower case: what the refs of a kind begin with.
  private var prefix: String?
  /// The words as a name would have them.
  private var name = ""
  /// Whether the best come first: there are words.
  private var isRanked = false
  /// What was collected, at most `CatalogDatabase.sortedMatches`; nil when nothing is selective.
  private(set) var matches: [Int64]?

  /// Nil when nothing can be found.
  ///
  /// - Parameters:
  ///   - isBroad: Becomes true when only some of those that have the words are looked at.
  ///   - mostSorted: How many are collected at most.
  init?(
    _ search: EntitySearch,
    _ db: Database,
    _ isBroad: inout Bool,
    mostSorted: Int = CatalogDatabase.sortedMatches
  ) throws {
    prefix = search.kind.map { $0.lowercased() + ":" }
    if let owner = search.owner { conditions.append(Self.owner(owner)) }
    if let tag = search.tag { conditions.append(Self.value("metadata.tags", tag)) }
    if let type = search.type { conditions.append(Self.value("spec.type", type)) }
    if let lifecycle = search.lifecycle {
      conditions.append(Self.value("spec.lifecycle", lifecycle))
    }
    if let organization = search.organization { conditions.append(Self.organization(organization)) }
    try collectSmallest(db, mostSorted)
    guard let text = search.text else { return }
    guard let words = SearchWords(text, most: mostSorted) else { return nil }
    isRanked = true
    name = text.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: "-")
    if let ids = matches {
      matches = try words.matches(among: ids, db)
    } else {
      matches = try words.matches(db, &isBroad)
    }
  }

  /// Collects what is within the most selective limit, if there is one.
  private mutating func collectSmallest(_ db: Database, _ most: Int) throws {
    var best: Int?
    for (index, condition) in conditions.enumerated() {
      let limit = matches.map { $0.count - 1 } ?? most
      let sql = "SELECT * FROM (\(condition.driver) LIMIT ?)"
      let ids = try Int64.fetchAll(
        db.cachedStatement(sql: sql),
        arguments: [condition.argument, max(0, limit) + 1]
      )
      if ids.count <= limit { (best, matches) = (index, ids) }
    }
    if let best { conditions.remove(at: best) }
  }
}

// MARK: - Conditions

extension SearchQuestion {
  private static func value(_ key: String, _ value: String) -> Condition {
    let stored = "v.key_id = (SELECT id FROM search_key WHERE key = '\(key)') AND v.value = ?"
    return Condition(
      driver: "SELECT v.entity_id FROM search_value v WHERE \(stored)",
      walk: """
        SELECT v.entity_id AS id FROM search_value v WHERE \(stored) AND v.entity_id > ? ORDER BY v.entity_id
        """,
      probe: "EXISTS (SELECT 1 FROM search_value v WHERE \(stored) AND v.entity_id = e.id)",
      argument: value.lowercased()
    )
  }

  private static func owner(_ ref: String) -> Condition {
    let stored = "FROM relation r WHERE r.target_ref = ? AND r.type = 'ownedBy'"
    return Condition(
      driver: "SELECT r.entity_id \(stored)",
      walk: "SELECT r.entity_id AS id \(stored) AND r.entity_id > ? ORDER BY r.entity_id",
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
}

// MARK: - Asking

extension SearchQuestion {
  /// Conditions on an entity `e`.
  private func probes(except walked: Int? = nil) -> (sql: String, arguments: StatementArguments) {
    var sql = ""
    var arguments = StatementArguments()
    for (index, condition) in conditions.enumerated() where index != walked {
      sql += " AND \(condition.probe)"
      arguments += [condition.argument]
    }
    return (sql, arguments)
  }

  /// Conditions on a ref.
  private func range(
    of column: String,
    after ref: String? = nil
  ) -> (sql: String, arguments: StatementArguments) {
    var sql = ""
    var arguments = StatementArguments()
    if let prefix {
      sql += " AND \(column) >= ? AND \(column) < ?"
      // `;` follows `:`.
      arguments += [prefix, prefix.dropLast() + ";"]
    }
    if let ref {
      sql += " AND \(column) > ?"
      arguments += [ref]
    }
    return (sql, arguments)
  }

  /// The ids of what was collected and is within all limits, sorted; empty when nothing was collected.
  func collected(from cursor: EntityHits.Cursor?, limit: Int, _ db: Database) throws -> [Int64] {
    guard let matches, !matches.isEmpty else { return [] }
    let (sql, arguments) = collecting(from: cursor, limit: limit)
    return try Int64.fetchAll(db.cachedStatement(sql: sql), arguments: arguments)
  }

  /// The question for `collected`.
  func collecting(
    from cursor: EntityHits.Cursor?,
    limit: Int
  ) -> (sql: String, arguments: StatementArguments) {
    var (place, ref) = (0, String?.none)
    switch cursor {
    case .place(let number) where isRanked:
      place = max(0, min(number, CatalogDatabase.sortedMatches))
    case .ref(let last) where !isRanked: ref = last
    case .place, .ref, .id, nil: break
    }
    let (range, inRange) = range(of: "+e.ref", after: ref)
    let (sql, arguments) = probes()
    var order = "e.ref"
    var names = StatementArguments()
    if isRanked {
      // Not `bm25`, which goes through everything that has one of the words.
      order = """
        CASE WHEN lower(e.name) = ? THEN 0 WHEN substr(lower(e.name), 1, length(?)) = ? THEN 1
          WHEN instr(lower(e.name), ?) > 0 THEN 2 ELSE 3 END, length(e.name), e.ref
        """
      names = [name, name, name, name]
    }
    let question = """
      SELECT e.id FROM entity e WHERE e.id IN (SELECT value FROM json_each(?)) AND +e.is_holder = 1\(range)\(sql)
      ORDER BY \(order) LIMIT \(limit) OFFSET \(place)
      """
    return (question, [SearchWords.list(matches ?? [])] + inRange + arguments + names)
  }

  /// What is walked by, by its place among the conditions; nil for the order of refs.
  private var guide: Int? { conditions.firstIndex { $0.walk != nil } }

  /// The ids of matches in the order of refs or ids, and where it goes on when there is more to look at.
  func walked(
    from cursor: EntityHits.Cursor?,
    limit: Int,
    _ db: Database
  ) throws -> (ids: [Int64], last: EntityHits.Cursor?) {
    let (found, ofFound, last, ofLast) = walking(from: cursor, limit: limit)
    let ids = try Int64.fetchAll(db.cachedStatement(sql: found), arguments: ofFound)
    guard ids.count < limit else { return (ids, nil) }
    let statement = try db.cachedStatement(sql: last)
    guard guide == nil else {
      return (ids, try Int64.fetchOne(statement, arguments: ofLast).map { .id($0) })
    }
    return (ids, try String.fetchOne(statement, arguments: ofLast).map { .ref($0) })
  }

  /// The questions for `walked`.
  func walking(
    from cursor: EntityHits.Cursor?,
    limit: Int
  ) -> (found: String, ofFound: StatementArguments, last: String, ofLast: StatementArguments) {
    let (sql, arguments) = probes(except: guide)
    if let guide, let walk = conditions[guide].walk {
      var id: Int64 = 0
      if case .id(let last) = cursor { id = last }
      let (range, inRange) = range(of: "+h.ref")
      let start: StatementArguments = [conditions[guide].argument, id]
      let examined = CatalogDatabase.examinedByID
      return (
        """
        SELECT e.id FROM (\(walk) LIMIT \(examined)) e WHERE 1\(sql) AND EXISTS (
          SELECT 1 FROM entity h WHERE h.id = e.id AND +h.is_holder = 1\(range))
        LIMIT \(limit)
        """,
        start + arguments + inRange, "\(walk) LIMIT 1 OFFSET \(examined - 1)", start
      )
    }
    var ref: String?
    if case .ref(let last) = cursor { ref = last }
    let examined = CatalogDatabase.examinedEntities
    let (range, inRange) = range(of: "e.ref", after: ref)
    let walk = "FROM entity e INDEXED BY entity_holder WHERE e.is_holder = 1\(range) ORDER BY e.ref"
    return (
      """
      SELECT e.id FROM (SELECT e.id, e.ref \(walk) LIMIT \(examined)) e WHERE 1\(sql) LIMIT \(limit)
      """,
      inRange + arguments, "SELECT e.ref \(walk) LIMIT 1 OFFSET \(examined - 1)", inRange
    )
  }

  /// Where the page behind the first `limit` of these begins.
  func cursor(
    from cursor: EntityHits.Cursor?,
    _ ids: [Int64],
    _ limit: Int,
    _ db: Database
  ) throws -> EntityHits.Cursor? {
    guard limit > 0, ids.count >= limit else { return nil }
    if isRanked {
      guard case .place(let place) = cursor else { return .place(limit) }
      return place + limit < CatalogDatabase.sortedMatches ? .place(place + limit) : nil
    }
    if matches == nil, guide != nil { return .id(ids[limit - 1]) }
    return try String.fetchOne(
      db,
      sql: "SELECT ref FROM entity WHERE id = ?",
      arguments: [ids[limit - 1]]
    )
    .map { .ref($0) }
  }
}
