import CatalogStore
import GRDB
import Reporting
import Testing

/// First pages of reports are found by indexes: nothing is worked out to its end for them.
struct ReportPlanTests {
  private let catalog: SmallCatalog

  init() throws { catalog = try SmallCatalog() }

  /// The steps of a question, those of subqueries for single values left out.
  private func plan(_ sql: String) throws -> [String] {
    try CatalogDatabase.openForReading(at: catalog.database.path).pool.read { db in
      var inValues: Set<Int> = []
      var steps: [String] = []
      for row in try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN \(sql)") {
        let (id, parent, detail): (Int, Int, String) = (row["id"], row["parent"], row["detail"])
        if detail.contains("SCALAR SUBQUERY") || detail.hasPrefix("LIST SUBQUERY")
          || inValues.contains(parent)
        {
          inValues.insert(id)
        } else {
          steps.append(detail)
        }
      }
      return steps
    }
  }

  /// Tables that grow with the catalog; the plans call them by their aliases.
  private static let largeTables: Set<String> = ["e", "r", "f", "s", "sf", "entity", "relation", "file", "t"]

  private func scans(_ plan: [String]) -> [String] {
    plan.filter { line in
      guard line.hasPrefix("SCAN ") else { return false }
      let words = line.split(separator: " ")
      // Indexes that have rows only for what is out of the ordinary.
      if ["entity_without_owner", "entity_orphan", "entity_stale"].contains(String(words.last ?? "")) {
        return false
      }
      return Self.largeTables.contains(String(words[1])) && !line.contains("VIRTUAL TABLE")
    }
  }

  @Test(arguments: [
    "report_entities", "report_ownership", "report_relations", "report_dependencies",
    "report_repository_coverage",
    "report_staleness", "report_problems",
  ])
  func `a report of an organization begins at the organization and scans no large table`(view: String) throws
  {
    let plan = try plan("SELECT * FROM \(view) WHERE host = 'h' AND organization = 'o' LIMIT 100")

    #expect(plan.contains { $0.hasPrefix("SEARCH o USING") }, "\(plan)")
    #expect(scans(plan) == [], "\(plan)")
    #expect(!plan.contains { $0.contains("TEMP B-TREE") }, "\(plan)")
  }

  @Test(arguments: ["report_entities", "report_staleness"])
  func `rows in order of their places come in the order of indexes`(view: String) throws {
    let order = try #require(
      [
        "report_entities": "project, project_id, repository, repository_id, branch, path, ref",
        "report_staleness": "project, project_id, repository, repository_id",
      ][view]
    )
    let plan = try plan(
      "SELECT * FROM \(view) WHERE host = 'h' AND organization = 'o' ORDER BY \(order) LIMIT 100"
    )

    #expect(
      !plan.contains { $0 == "USE TEMP B-TREE FOR ORDER BY" || $0.contains("RIGHT PART OF ORDER BY") },
      "\(plan)"
    )
  }

  @Test(arguments: [
    ("report_entities WHERE ref = 'x'", "SEARCH e USING INDEX entity_"),
    ("report_ownership WHERE ownership = 'none'", "SCAN e USING INDEX entity_without_owner"),
    ("report_ownership WHERE ownership = 'unknown'", "SCAN m"),
    ("report_ownership WHERE owner_ref = 'x'", "SEARCH r USING"),
    ("report_relations WHERE source_ref = 'x'", "SEARCH e USING INDEX entity_"),
    ("report_relations WHERE target_exists = 0", "SCAN m"),
    ("report_dependencies WHERE target_ref = 'x'", "SEARCH r USING COVERING INDEX relation_by_target"),
    ("report_dependencies WHERE source_ref = 'x'", "SEARCH e USING INDEX entity_"),
    ("report_conflicts", "SCAN c USING INDEX entity_contender"),
    ("report_orphans_and_stale WHERE reason = 'orphan'", "SCAN e USING INDEX entity_orphan"),
    ("report_orphans_and_stale WHERE reason = 'stale'", "SEARCH e USING INDEX entity_stale"),
    ("report_orphans_and_stale WHERE reason = 'out of scope'", "SEARCH f USING INDEX file_out_of_scope"),
    ("entity_tag WHERE ref = 'x'", "SEARCH e USING INDEX entity_"),
    ("entity_link WHERE ref = 'x'", "SEARCH e USING INDEX entity_"),
    ("entity_link", "SCAN e USING INDEX entity_with_links"),
    ("entity_link WHERE url LIKE '%x%'", "SCAN e USING INDEX entity_with_links"),
  ])
  func `what a report is usually limited to is found by an index`(question: String, step: String) throws {
    let plan = try plan("SELECT * FROM \(question) LIMIT 100")

    #expect(plan.contains { $0.hasPrefix(step) }, "\(plan)")
    #expect(!plan.contains { $0.contains("TEMP B-TREE") || $0.contains("AUTOMATIC") }, "\(plan)")
  }

  /// A repository that has no file is told from all others by an index that is empty where every file is there.
  @Test(arguments: ["", " AND host = 'h' AND organization = 'o'"])
  func `the repositories without a catalog file are told from the others by an index`(condition: String)
    throws
  {
    let sql =
      "SELECT repository FROM report_repository_coverage WHERE coverage = 'none'\(condition) LIMIT 100"
    let steps = try CatalogDatabase.openForReading(at: catalog.database.path).pool.read { db in
      try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN \(sql)").map { $0["detail"] as String }
    }

    #expect(steps.contains { $0.hasPrefix("SEARCH n USING INDEX file_not_present") }, "\(steps)")
    #expect(try catalog.rows(sql) == (condition.isEmpty ? ["docs"] : []))
  }
}
