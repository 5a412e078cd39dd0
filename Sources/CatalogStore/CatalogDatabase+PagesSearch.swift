import GRDB

/// What a page of the catalog is limited to; nil and empty for no limit.
package struct EntitySearch: Sendable, Equatable {
  /// Words that the name, title, description, tags or owner begin with; all of them have to be there.
  package var text: String?
  /// In any letter case, as all others but `owner`.
  package var kind: String?
  /// `spec.type`.
  package var type: String?
  /// The ref of the owner, `kind:namespace/name` in lower case.
  package var owner: String?
  package var tag: String?
  /// `spec.lifecycle`.
  package var lifecycle: String?
  /// The name of an organization, on any host.
  package var organization: String?

  package init() {}
}

/// An entity as a list shows it.
package struct EntityHit: Sendable, Equatable {
  package var ref: String
  package var kind: String
  package var namespace: String
  package var name: String
  package var title: String?
  /// Its first 300 characters.
  package var description: String?
  package var type: String?
  package var lifecycle: String?
  /// The ref that `spec.owner` stands for.
  package var ownerRef: String?
  package var organization: String
  package var repository: String
  /// How many problems are open of it.
  package var problems: Int
  /// Whether it is the last good state of a document that is invalid by now.
  package var isStale: Bool
  /// Whether nothing leads to it any more.
  package var isOrphan: Bool
}

/// A page of a search.
package struct EntityHits: Sendable, Equatable {
  /// Where the next page begins.
  package enum Cursor: Sendable, Equatable {
    /// Behind a ref, in the order of refs.
    case ref(String)
    /// At a place among the best hits, counted from 0.
    case place(Int)
    /// Behind an entity's id, in the order in which entities came into the catalog.
    case id(Int64)
  }

  /// With words the best first; else by ref, or, when a limit has very many within it, as they came into the catalog.
  package var hits: [EntityHit] = []
  /// Nil when there is no next page.
  package var next: Cursor?
  /// Whether the page is short only because no more entities are looked at for one page: the next page goes on.
  package var isCutShort = false
  /// Whether so many entities have the words that only some of them were looked at.
  package var isBroad = false

  package init() {}
}

/// What people choose from to limit a search.
package struct SearchChoices: Sendable, Equatable {
  /// As documents write them.
  package var kinds: [String] = []
  /// In lower case.
  package var types: [String] = []
  /// In lower case.
  package var lifecycles: [String] = []
  package var organizations: [String] = []

  package init() {}
}

extension CatalogDatabase {
  /// Up to so many matches are collected and sorted; beyond that entities are looked at in the order of refs.
  ///
  /// Each costs a look into the table, some 5 µs.
  package static let sortedMatches = 1_000
  /// How many entities are looked at for one page, so that a page never takes longer than some 20 ms.
  static let examinedEntities = 10_000
  /// The same where each is looked up by its id.
  static let examinedByID = 5_000
  /// How many times as many are looked at for a page on which there is nothing yet.
  private static let triesOfEmptyPages = 4
  /// How many choices of one sort are given.
  private static let shownChoices = 50

  /// A page of the entities that a search finds.
  ///
  /// What is selective is found by its index and sorted; all else is looked at in the order of an index, a bounded
  /// number for each page. Either way a page costs the same in a large catalog.
  ///
  /// - Parameters:
  ///   - limit: How many hits at most.
  ///   - mostSorted: How many matches are collected and sorted at most.
  package func entities(
    matching search: EntitySearch,
    from cursor: EntityHits.Cursor? = nil,
    limit: Int,
    mostSorted: Int = CatalogDatabase.sortedMatches
  ) throws -> EntityHits {
    try pool.read { db in
      var hits = EntityHits()
      guard let question = try SearchQuestion(search, db, &hits.isBroad, mostSorted: mostSorted)
      else {
        return hits
      }
      let ids: [Int64]
      if question.matches != nil {
        ids = try question.collected(from: cursor, limit: limit + 1, db)
        if ids.count > limit { hits.next = try question.cursor(from: cursor, ids, limit, db) }
      } else {
        var (found, last) = try question.walked(from: cursor, limit: limit + 1, db)
        for _ in 1..<Self.triesOfEmptyPages {
          guard found.isEmpty, let end = last else { break }
          (found, last) = try question.walked(from: end, limit: limit + 1, db)
        }
        ids = found
        if ids.count > limit {
          hits.next = try question.cursor(from: nil, ids, limit, db)
        } else if let last {
          hits.next = last
          hits.isCutShort = true
        }
      }
      hits.hits = try Self.hits(db, Array(ids.prefix(limit)))
      return hits
    }
  }

  private static func hits(_ db: Database, _ ids: [Int64]) throws -> [EntityHit] {
    let statement = try db.cachedStatement(
      sql: """
        SELECT e.ref, e.kind, e.namespace, e.name, e.title, substr(e.description, 1, 300), e.type, e.lifecycle,
          (SELECT min(r.target_ref) FROM relation r WHERE r.entity_id = e.id AND r.type = 'ownedBy'),
          o.name, g.name,
          (SELECT count(*) FROM problem b WHERE b.file_id = e.file_id AND b.ref = e.ref),
          e.stale_since IS NOT NULL, e.orphan_since IS NOT NULL
        FROM entity e JOIN file f ON f.id = e.file_id JOIN repository g ON g.id = f.repository_id
          JOIN organization o ON o.id = g.organization_id
        WHERE e.id = ?
        """
    )
    return try ids.compactMap { id in
      try Row.fetchOne(statement, arguments: [id]).map { row in
        EntityHit(
          ref: row[0],
          kind: row[1],
          namespace: row[2],
          name: row[3],
          title: row[4],
          description: row[5],
          type: row[6],
          lifecycle: row[7],
          ownerRef: row[8],
          organization: row[9],
          repository: row[10],
          problems: row[11],
          isStale: row[12],
          isOrphan: row[13]
        )
      }
    }
  }

  /// What there is to choose from, found value by value in indexes.
  package func searchChoices() throws -> SearchChoices {
    try pool.read { db in
      var choices = SearchChoices()
      choices.kinds = try String.fetchAll(
        db,
        sql: """
          WITH RECURSIVE each (kind) AS (
            SELECT (SELECT min(kind) FROM entity WHERE is_holder = 1)
            UNION ALL
            SELECT (SELECT min(e.kind) FROM entity e WHERE e.is_holder = 1 AND e.kind > each.kind)
            FROM each WHERE each.kind IS NOT NULL
          )
          SELECT kind FROM each WHERE kind IS NOT NULL LIMIT ?
          """,
        arguments: [Self.shownChoices]
      )
      choices.types = try Self.values(db, of: "spec.type")
      choices.lifecycles = try Self.values(db, of: "spec.lifecycle")
      choices.organizations = try String.fetchAll(
        db,
        sql: "SELECT DISTINCT name FROM organization ORDER BY name LIMIT ?",
        arguments: [Self.shownChoices]
      )
      return choices
    }
  }

  private static func values(_ db: Database, of key: String) throws -> [String] {
    try String.fetchAll(
      db,
      sql: """
        WITH RECURSIVE k (id) AS (SELECT id FROM search_key WHERE key = ?1),
        each (value) AS (
          SELECT (SELECT min(v.value) FROM search_value v WHERE v.key_id = (SELECT id FROM k))
          UNION ALL
          SELECT (SELECT min(v.value) FROM search_value v
            WHERE v.key_id = (SELECT id FROM k) AND v.value > each.value)
          FROM each WHERE each.value IS NOT NULL
        )
        SELECT value FROM each WHERE value IS NOT NULL LIMIT ?2
        """,
      arguments: [key, shownChoices]
    )
  }
}
