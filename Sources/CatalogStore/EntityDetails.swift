import GRDB

/// Everything that is known of one entity.
package struct EntityDetails: Sendable, Equatable {
  package struct Relation: Sendable, Equatable {
    package var type: String
    package var target: String
    /// Whether anything of the target's name is in the catalog.
    package var isTargetThere: Bool
    /// Whether the entity's own document says it, and not only that of the target.
    package var isOwnStatement: Bool
  }

  package struct Problem: Sendable, Equatable {
    package var severity: String
    package var rule: String
    package var message: String
    /// Nil for what has no place in the file.
    package var line: Int?
    package var column: Int?
    package var keyPath: String?
    package var since: String
    /// Opens the line in the browser; nil without a file.
    package var link: String?
    /// The line that it is in, as `CatalogFile.line(of:)` cuts it; nil where it is not asked for or not known.
    package var text: String?
  }

  /// A change of the entity, newest first in a list.
  package struct Change: Sendable, Equatable {
    package var at: String
    /// Nil for a command outside of a crawl.
    package var crawl: Int64?
    /// `added`, `changed` or `removed`.
    package var kind: String
    /// The key paths that changed, as people read them; empty when they are not known.
    package var keyPaths: [String]

    package init(at: String, crawl: Int64?, kind: String, keyPaths: [String]) {
      self.at = at
      self.crawl = crawl
      self.kind = kind
      self.keyPaths = keyPaths
    }
  }

  package struct Link: Sendable, Equatable {
    package var url: String
    package var title: String?
  }

  /// The columns of `report_entities`, with nil for null; `json` too.
  package var columns: [String: String]
  package var tags: [String]
  /// By key.
  package var labels: [(key: String, value: String)]
  package var links: [Link]
  /// By type, then target; both directions.
  package var relations: [Relation]
  package var problems: [Problem]
  /// Where other documents are that claim the same ref.
  package var contenders: [String]
  /// The latest changes, newest first.
  package var history: [Change]

  package static func == (left: EntityDetails, right: EntityDetails) -> Bool {
    left.columns == right.columns && left.tags == right.tags && left.links == right.links
      && left.labels.elementsEqual(right.labels, by: ==) && left.relations == right.relations
      && left.problems == right.problems && left.contenders == right.contenders
      && left.history == right.history
  }
}

extension CatalogDatabase {
  /// How many changes of an entity are given; `report_entity_history` has all.
  private static let shownChanges = 20

  /// What is known of the entity that holds a ref; nil when nothing does.
  package func entity(_ ref: String) throws -> EntityDetails? {
    try pool.read { db in
      guard
        let row = try Row.fetchOne(db, sql: "SELECT * FROM report_entities WHERE ref = ?", arguments: [ref])
      else { return nil }
      var columns: [String: String] = [:]
      for (name, value) in row where !value.isNull {
        columns[name] = String.fromDatabaseValue(value) ?? "\(value)"
      }
      let id: Int64 = row["entity_id"]
      return EntityDetails(
        columns: columns,
        tags: try String.fetchAll(db, sql: "SELECT tag FROM entity_tag WHERE ref = ?", arguments: [ref]),
        labels: try Row.fetchAll(
          db,
          sql: "SELECT key, CAST(value AS TEXT) FROM entity_label WHERE ref = ? ORDER BY key",
          arguments: [ref]
        ).map { ($0[0], $0[1] as String? ?? "") },
        links: try Row.fetchAll(
          db,
          sql:
            "SELECT CAST(url AS TEXT), CAST(title AS TEXT) FROM entity_link WHERE ref = ? ORDER BY position",
          arguments: [ref]
        ).map { EntityDetails.Link(url: $0[0] as String? ?? "", title: $0[1]) },
        relations: try Row.fetchAll(
          db,
          sql: """
            SELECT type, target_ref, target_exists, stated_by FROM report_relations WHERE source_ref = ?
            ORDER BY type, target_ref
            """,
          arguments: [ref]
        ).map { row in
          let statedBy: String = row[3]
          return EntityDetails.Relation(
            type: row[0],
            target: row[1],
            isTargetThere: row[2],
            isOwnStatement: statedBy == "source"
          )
        },
        problems: try Self.problems(db, of: id),
        contenders: try String.fetchAll(
          db,
          sql: "SELECT contender_link FROM report_conflicts WHERE ref = ? ORDER BY contender_link",
          arguments: [ref]
        ),
        history: try Self.changes(db, of: ref)
      )
    }
  }

  private static func changes(_ db: Database, of ref: String) throws -> [EntityDetails.Change] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT at, crawl_id, change, (SELECT group_concat(value, char(10)) FROM json_each(changed_paths))
        FROM history WHERE name = ? AND subject = 'entity' ORDER BY id DESC LIMIT ?
        """,
      arguments: [ref, shownChanges]
    ).map { row in
      EntityDetails.Change(
        at: row[0],
        crawl: row[1],
        kind: row[2],
        keyPaths: (row[3] as String?)?.split(separator: "\n").map(String.init) ?? []
      )
    }
  }

  /// Of the entity, and of its file as a whole.
  private static func problems(_ db: Database, of entity: Int64) throws -> [EntityDetails.Problem] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT b.severity, b.rule, b.message, b.line, b.column, b.key_path, b.since, b.link
        FROM report_problems b
        WHERE b.problem_id IN (
          SELECT p.id FROM entity e JOIN problem p ON p.file_id = e.file_id
          WHERE e.id = ? AND (p.ref = e.ref OR p.ref IS NULL))
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
        link: row[7]
      )
    }
  }

  /// The refs that a short name can stand for, sorted.
  ///
  /// - Parameters:
  ///   - kind: In lower case; nil for any.
  ///   - namespace: In lower case; nil for any.
  ///   - name: In lower case.
  package func refs(kind: String?, namespace: String?, name: String, limit: Int) throws -> [String] {
    try pool.read { db in
      // Goes through the index of refs, which is a fraction of a second for a million of them.
      let matching = try db.makeStatement(
        sql: """
          SELECT ref FROM entity
          WHERE is_holder = 1 AND substr(ref, -length(?1) - 1) = '/' || ?1
            AND (?2 IS NULL OR ref LIKE ?2 || ':%') AND (?3 IS NULL OR instr(ref, ':' || ?3 || '/') > 0)
          ORDER BY ref LIMIT ?4
          """
      )
      return try String.fetchAll(matching, arguments: [name, kind, namespace, limit])
    }
  }

  /// The refs that are most like one that is not there, nearest first: what may have been meant.
  package func refs(like ref: String, limit: Int) throws -> [String] {
    try pool.read { db in
      let wanted = Array(ref.utf8)
      var best: [(ref: String, distance: Int)] = []
      // Further apart than this a name is another one, not a slip of the hand.
      var furthest = max(1, min(4, wanted.count / 4))
      let refs = try String.fetchCursor(db, sql: "SELECT ref FROM entity WHERE is_holder = 1 ORDER BY ref")
      while let candidate = try refs.next() {
        // One that names no kind is compared with the names only.
        let compared =
          ref.utf8.contains(0x3A) ? candidate : String(candidate.split(separator: "/").last ?? "")
        guard let distance = EditDistance.between(wanted, Array(compared.utf8), atMost: furthest) else {
          continue
        }
        let place = best.firstIndex { $0.distance > distance } ?? best.endIndex
        best.insert((candidate, distance), at: place)
        if best.count > limit {
          best.removeLast()
          furthest = max(0, (best.last?.distance ?? 1) - 1)
        }
      }
      return best.map(\.ref)
    }
  }
}

/// How many letters have to be changed, put in or taken out to make one word of another.
enum EditDistance {
  /// Nil when it is more than the given number.
  static func between(_ left: [UInt8], _ right: [UInt8], atMost limit: Int) -> Int? {
    guard abs(left.count - right.count) <= limit else { return nil }
    var row = Array(0...right.count)
    for (i, letter) in left.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      var least = row[0]
      for (j, other) in right.enumerated() {
        let changed = diagonal + (letter == other ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(changed, row[j] + 1, diagonal + 1)
        least = min(least, row[j + 1])
      }
      if least > limit { return nil }
    }
    return row[right.count] <= limit ? row[right.count] : nil
  }
}
