import CatalogStore
import Foundation
import GRDB
import Reporting

/// What people and the API ask, how long it takes, and how long it may.
struct QueryTimes {
  let entities: Int

  private struct Question {
    var name: String
    var limit: Double
    /// With `{n}` for a number of a repository, `{t}` for one of a group.
    var sql: String
  }

  private static let questions = [
    Question(
      name: "entity by ref",
      limit: 1,
      sql: "SELECT json FROM entity WHERE ref = 'component:default/service-{n}' AND is_holder = 1"
    ),
    Question(
      name: "relations of a ref, both ways",
      limit: 1,
      sql: "SELECT * FROM entity_relation WHERE source_ref = 'component:default/service-{n}'"
    ),
    Question(
      name: "what points at a ref",
      limit: 1,
      sql: "SELECT * FROM entity_relation WHERE target_ref = 'component:default/service-{n}'"
    ),
    Question(
      name: "history of a ref",
      limit: 1,
      sql: "SELECT * FROM report_entity_history WHERE ref = 'component:default/service-{n}'"
    ),
    Question(
      name: "page of one owner, sorted",
      limit: 50,
      sql: """
        SELECT ref, json FROM entity WHERE is_holder = 1 AND id IN (
          SELECT entity_id FROM search WHERE key = 'spec.owner' AND value = 'group:team-{t}')
        ORDER BY ref LIMIT 50
        """
    ),
    Question(
      name: "page of a kind and type, sorted",
      limit: 50,
      sql: """
        SELECT ref, json FROM entity WHERE is_holder = 1 AND kind = 'Component' AND type = 'website'
        ORDER BY ref LIMIT 50
        """
    ),
    Question(
      name: "page behind a ref",
      limit: 50,
      sql: """
        SELECT ref, json FROM entity WHERE is_holder = 1 AND kind = 'Component'
          AND ref > 'component:default/service-{n}' ORDER BY ref LIMIT 50
        """
    ),
    Question(
      name: "page of two filters, sorted",
      limit: 50,
      sql: """
        SELECT ref, json FROM entity e WHERE is_holder = 1
          AND id IN (SELECT entity_id FROM search WHERE key = 'metadata.tags' AND value = 'tag-{t50}')
          AND EXISTS (SELECT 1 FROM search_value v WHERE v.entity_id = e.id AND v.value = 'service'
            AND v.key_id = (SELECT id FROM search_key WHERE key = 'spec.type'))
        ORDER BY ref LIMIT 50
        """
    ),
    Question(
      name: "facet of kinds",
      limit: 200,
      sql: """
        SELECT value, count(*) FROM search_value
        WHERE key_id = (SELECT id FROM search_key WHERE key = 'kind') GROUP BY value
        """
    ),
    Question(
      name: "facet of tags",
      limit: 200,
      sql: """
        SELECT value, count(*) FROM search_value
        WHERE key_id = (SELECT id FROM search_key WHERE key = 'metadata.tags') GROUP BY value
        """
    ),
    Question(
      name: "words, best 20",
      limit: 50,
      sql: """
        SELECT e.ref FROM entity_fts f JOIN entity e ON e.id = f.rowid
        WHERE entity_fts MATCH '"service {n} store"' ORDER BY rank LIMIT 20
        """
    ),
    Question(
      name: "how a word begins, 20",
      limit: 50,
      sql: """
        SELECT e.ref FROM entity_fts f JOIN entity e ON e.id = f.rowid
        WHERE entity_fts MATCH 'invo* AND {n}' LIMIT 20
        """
    ),
    Question(
      name: "newest changes",
      limit: 200,
      sql: "SELECT id, ref, time, change, owner_after FROM report_entity_history ORDER BY id DESC LIMIT 100"
    ),
    Question(
      name: "repository by name",
      limit: 1,
      sql: "SELECT id FROM repository WHERE name = 'SERVICE-{n}' COLLATE NOCASE"
    ),
  ]

  /// Prints the median and the worst of several runs of each.
  ///
  /// - Returns: Whether each median is within its limit.
  func report(_ catalog: CatalogDatabase) async throws -> Bool {
    let reader = try CatalogDatabase.openForReading(at: catalog.path)
    var isFast = true
    for question in Self.questions {
      let isWithin = try await time(question.name, limit: question.limit) { number in
        let sql = question.sql
          .replacingOccurrences(of: "{n}", with: "\(number)")
          .replacingOccurrences(of: "{t}", with: "\(number / 25)")
          .replacingOccurrences(of: "{t50}", with: "\(number % 50)")
        return try await reader.pool.read { try Row.fetchAll($0, sql: sql).count }
      }
      isFast = isFast && isWithin
    }
    for report in ReportQuery.all {
      let isWithin = try await time("\(report.view), 100 rows", limit: 200) { _ in
        var rows = RowCount()
        try reader.report(report, limit: 100, to: &rows)
        return rows.count
      }
      isFast = isFast && isWithin
    }
    return isFast
  }

  /// Asks 21 times, of another repository each time, and prints the median and the worst.
  ///
  /// - Returns: Whether the median is within the limit, in milliseconds.
  private func time(_ name: String, limit: Double, _ ask: (Int) async throws -> Int) async throws -> Bool {
    let clock = ContinuousClock()
    var times: [Double] = []
    var rows = 0
    for run in 0..<21 {
      let begin = clock.now
      rows = try await ask(run * 7919 % max(1, entities / 4))
      times.append((clock.now - begin).milliseconds)
    }
    times.sort()
    let median = times[times.count / 2]
    say(
      "\(name.padding(toLength: 38, withPad: " ", startingAt: 0)) median \(String(format: "%8.3f", median)) ms, worst "
        + "\(String(format: "%8.3f", times[times.count - 1])) ms, may \(Int(limit)) ms, \(rows) rows"
        + (median <= limit ? "" : "  TOO SLOW")
    )
    return median <= limit
  }
}

private struct RowCount: RowReceiver {
  var count = 0

  func begin(columns: [String]) {}

  mutating func receive(_ row: [Cell]) { count += 1 }
}

/// How large the database is, and what of it is large.
struct DatabaseSizes {
  let path: String

  func report(_ catalog: CatalogDatabase) async throws {
    let (entities, counts, tables) = try await catalog.pool.read { db in
      (
        try Int.fetchOne(db, sql: "SELECT count(*) FROM entity") ?? 0,
        try [
          "entity", "relation", "search_value", "search_null", "search_key", "history", "repository", "file",
        ].map {
          ($0, try Int.fetchOne(db, sql: "SELECT count(*) FROM \($0)") ?? 0)
        },
        try Row.fetchAll(
          db,
          sql: "SELECT name, sum(pgsize) FROM dbstat GROUP BY name ORDER BY 2 DESC LIMIT 14"
        ).map { ($0[0] as String, $0[1] as Int) }
      )
    }
    let size = try await catalog.size()
    say("\(size >> 20) MB, \(Int(size) / max(1, entities)) bytes an entity")
    for (name, count) in counts { say("  \(name): \(count) rows") }
    for (name, bytes) in tables {
      say("  \(name): \(bytes >> 20) MB, \(bytes / max(1, entities)) bytes an entity")
    }
  }
}
