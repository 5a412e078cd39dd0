import GRDB

/// What the page of one entity shows; everything in it is bounded.
package struct EntityPageContents: Sendable, Equatable {
  /// Another entity, and what it is to this one.
  package struct Relative: Sendable, Equatable {
    package var ref: String
    package var title: String?
    /// Whether anything of that name is in the catalog.
    package var isThere: Bool
  }

  /// All relations of one type.
  package struct Relations: Sendable, Equatable {
    /// What the entity is to the others, such as `ownedBy`.
    package var type: String
    /// The first of them, by ref.
    package var relatives: [Relative]
    /// How many there are; beyond `mostCounted` that number and one.
    package var count: Int
  }

  /// A change with the whole documents, nil where there was none or is none any more.
  package struct Change: Sendable, Equatable {
    package var at: String
    /// Nil for a command outside of a crawl.
    package var crawl: Int64?
    /// `added`, `changed` or `removed`.
    package var kind: String
    /// JSON; nil as well when it is longer than `longestDocument`.
    package var before: String?
    package var after: String?
    package var keyPaths: [String]
  }

  /// The columns of `report_entities` but `json`, with nil for null.
  package var columns: [String: String]
  package var tags: [String]
  package var labels: [(key: String, value: String)]
  package var links: [EntityDetails.Link]
  /// `spec.definition`, not more than was asked for; nil without one.
  package var definition: String?
  /// How many characters the whole of it has.
  package var definitionLength: Int
  package var relations: [Relations]
  package var problems: [EntityDetails.Problem]
  /// Where other documents are that claim the same ref.
  package var contenders: [String]
  /// Newest first.
  package var changes: [Change]

  package static func == (left: EntityPageContents, right: EntityPageContents) -> Bool {
    left.columns == right.columns && left.tags == right.tags && left.links == right.links
      && left.labels.elementsEqual(right.labels, by: ==) && left.definition == right.definition
      && left.definitionLength == right.definitionLength && left.relations == right.relations
      && left.problems == right.problems && left.contenders == right.contenders
      && left.changes == right.changes
  }
}

extension EntityPageContents {
  /// Relations of one type are counted up to this.
  package static let mostCounted = 10_000
  /// Documents that are longer, in characters, are not compared.
  package static let longestDocument = 60_000
}

extension CatalogDatabase {
  /// What the page of an entity shows; nil when nothing holds the ref.
  ///
  /// - Parameters:
  ///   - relatives: How many entities of each type of relation at most.
  ///   - definition: How many characters of an API's definition at most.
  package func entityPage(_ ref: String, relatives: Int, definition: Int) throws -> EntityPageContents? {
    try pool.read { db in
      guard
        let row = try Row.fetchOne(
          db.cachedStatement(sql: "SELECT * FROM report_entities WHERE ref = ?"),
          arguments: [ref]
        )
      else { return nil }
      var columns: [String: String] = [:]
      for (name, value) in row where !value.isNull && name != "json" {
        columns[name] = String.fromDatabaseValue(value) ?? "\(value)"
      }
      let id: Int64 = row["entity_id"]
      let (text, length) = try Self.definition(db, of: id, limit: definition)
      return EntityPageContents(
        columns: columns,
        tags: try String.fetchAll(
          db,
          sql: """
            SELECT CAST(t.value AS TEXT) FROM entity e, json_each(e.json, '$.metadata.tags') t
            WHERE e.id = ? LIMIT 100
            """,
          arguments: [id]
        ),
        labels: try Row.fetchAll(
          db,
          sql: """
            SELECT l.key, CAST(l.value AS TEXT) FROM entity e, json_each(e.json, '$.metadata.labels') l
            WHERE e.id = ? ORDER BY l.key LIMIT 50
            """,
          arguments: [id]
        ).map { ($0[0], $0[1] as String? ?? "") },
        links: try Self.links(db, of: id),
        definition: text,
        definitionLength: length,
        relations: try Self.relations(db, of: id, ref, limit: relatives),
        problems: try Self.shownProblems(db, of: id),
        contenders: try String.fetchAll(
          db,
          sql: "SELECT contender_link FROM report_conflicts WHERE ref = ? ORDER BY contender_link LIMIT 10",
          arguments: [ref]
        ),
        changes: try Self.shownChanges(db, of: ref)
      )
    }
  }

  private static func links(_ db: Database, of id: Int64) throws -> [EntityDetails.Link] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT CAST(json_extract(l.value, '$.url') AS TEXT), CAST(json_extract(l.value, '$.title') AS TEXT)
        FROM entity e, json_each(e.json, '$.metadata.links') l WHERE e.id = ? AND l.type = 'object'
        ORDER BY l.key LIMIT 50
        """,
      arguments: [id]
    ).map { EntityDetails.Link(url: $0[0] as String? ?? "", title: $0[1]) }
  }

  private static func definition(
    _ db: Database,
    of id: Int64,
    limit: Int
  ) throws -> (text: String?, length: Int) {
    let row = try Row.fetchOne(
      db,
      sql: """
        SELECT substr(d, 1, ?2), length(d) FROM (
          SELECT json_extract(json, '$.spec.definition') AS d FROM entity WHERE id = ?1) WHERE typeof(d) = 'text'
        """,
      arguments: [id, limit]
    )
    return row.map { ($0[0], $0[1]) } ?? (nil, 0)
  }

  // MARK: - Relations

  private static func relations(
    _ db: Database,
    of id: Int64,
    _ ref: String,
    limit: Int
  ) throws -> [EntityPageContents.Relations] {
    let types = try Row.fetchAll(db, sql: "SELECT type, inverse FROM relation_type ORDER BY type")
    let stated = try db.cachedStatement(
      sql: """
        SELECT target_ref FROM relation WHERE entity_id = ? AND type = ? ORDER BY target_ref
        LIMIT \(EntityPageContents.mostCounted + 1)
        """
    )
    let statedByOthers = try db.cachedStatement(
      sql: """
        SELECT e.ref FROM relation r JOIN entity e ON e.id = r.entity_id
        WHERE r.target_ref = ? AND r.type = ? AND +e.is_holder = 1 LIMIT ?
        """
    )
    let counted = try db.cachedStatement(
      sql: """
        SELECT count(*) FROM (SELECT 1 FROM relation WHERE target_ref = ? AND type = ?
          LIMIT \(EntityPageContents.mostCounted + 1))
        """
    )
    let find = try db.cachedStatement(sql: "SELECT title FROM entity WHERE ref = ? AND is_holder = 1")
    // A type may be the inverse of no stored one, and the inverse of one that is stored.
    var names: [String: String?] = [:]
    for row in types {
      names[row[0]] = row[1] as String
      names[row[1]] = row[0] as String
    }
    return try names.keys.sorted().compactMap { type in
      var refs = Set(try String.fetchAll(stated, arguments: [id, type]))
      var count = refs.count
      if let other = names[type] ?? nil {
        let more = try String.fetchAll(statedByOthers, arguments: [ref, other, limit + 1 + count])
        let all = try Int.fetchOne(counted, arguments: [ref, other]) ?? 0
        // What both ends say is counted once as far as it is seen.
        count = max(count + all - more.count(where: refs.contains), refs.union(more).count)
        if all <= limit { count = refs.union(more).count }
        refs.formUnion(more)
      }
      guard !refs.isEmpty else { return nil }
      let shown = refs.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.prefix(limit)
      let relatives = try shown.map { target in
        let row = try Row.fetchOne(find, arguments: [target])
        return EntityPageContents.Relative(ref: target, title: row?[0], isThere: row != nil)
      }
      return EntityPageContents.Relations(type: type, relatives: relatives, count: count)
    }
  }

  // MARK: - Problems and history

  private static func shownProblems(_ db: Database, of entity: Int64) throws -> [EntityDetails.Problem] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT b.severity, b.rule, substr(b.message, 1, 1000), b.line, b.column, b.key_path, b.since, b.link,
          (SELECT line_text FROM problem WHERE id = b.problem_id)
        FROM report_problems b
        WHERE b.problem_id IN (
          SELECT p.id FROM entity e JOIN problem p ON p.file_id = e.file_id
          WHERE e.id = ? AND (p.ref = e.ref OR p.ref IS NULL) LIMIT 20)
        ORDER BY b.line, b.column, b.problem_id
        """,
      arguments: [entity]
    ).map { row in
      EntityDetails.Problem(
        severity: row[0],
        rule: row[1],
        message: row[2],
        line: row[3],
        column: row[4],
        keyPath: row[5],
        since: row[6],
        link: row[7],
        text: row[8]
      )
    }
  }

  private static func shownChanges(_ db: Database, of ref: String) throws -> [EntityPageContents.Change] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT time, crawl, change,
          iif(length(before) <= ?2, before, NULL), iif(length(after) <= ?2, after, NULL),
          (SELECT group_concat(value, char(10)) FROM json_each(changed_paths))
        FROM report_entity_history WHERE ref = ?1 ORDER BY id DESC LIMIT 10
        """,
      arguments: [ref, EntityPageContents.longestDocument]
    ).map { row in
      EntityPageContents.Change(
        at: row[0],
        crawl: row[1],
        kind: row[2],
        before: row[3],
        after: row[4],
        keyPaths: (row[5] as String?)?.split(separator: "\n").map(String.init) ?? []
      )
    }
  }
}
