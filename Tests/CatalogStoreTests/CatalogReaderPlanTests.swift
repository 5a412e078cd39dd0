import Catalog
import CatalogStore
import GRDB
import GRDBSQLite
import Testing

/// What the API asks is found by indexes: nothing goes through a large table, at any size.
@Suite("Plans of the API's questions")
struct CatalogReaderPlanTests {
  /// Every statement that a question runs, with its plan.
  private func plans(_ ask: @escaping @Sendable (CatalogReader) async throws -> Void) async throws -> [String]
  {
    let world = try await StoredWorld()
    try await world.store(StoredWorld.component("a") + "---\n" + StoredWorld.component("b"), in: 0)
    let database = world.database
    let reader = CatalogReader(database)
    try await ask(reader)
    // Questions that come one after the other are asked on one connection, which keeps its statements.
    let plans = [try await reader.read(Self.statements), try await reader.lookUp(Self.statements)]
    #expect(plans.map(\.asked).reduce(0, +) > 3)
    return plans.flatMap(\.scans)
  }

  private static func statements(_ db: Database) throws -> (asked: Int, scans: [String]) {
    var asked: [String] = []
    var statement = sqlite3_next_stmt(db.sqliteConnection, nil)
    while let known = statement {
      let sql = String(cString: sqlite3_sql(known))
      if sql.hasPrefix("SELECT") { asked.append(sql) }
      statement = sqlite3_next_stmt(db.sqliteConnection, known)
    }
    let scans = try asked.filter { sql in
      try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN \(sql)", arguments: arguments(of: sql)).contains {
        isScanOfLargeTable($0["detail"])
      }
    }
    return (asked.count, scans)
  }

  /// One number for each parameter: plans do not depend on values.
  private static func arguments(of sql: String) -> StatementArguments {
    let numbered = (1...9).last { sql.contains("?\($0)") } ?? 0
    let count = numbered > 0 ? numbered : sql.utf8.count { $0 == UInt8(ascii: "?") }
    return StatementArguments(repeatElement(1, count: count))
  }

  private static func isScanOfLargeTable(_ step: String) -> Bool {
    guard step.hasPrefix("SCAN ") else { return false }
    let name = step.split(separator: " ")[1]
    return ["e", "entity", "r", "relation", "v", "search_value", "f", "file", "p", "problem", "t", "s"]
      .contains(String(name))
  }

  @Test("entities by name, by uid and by refs")
  func single() async throws {
    let scans = try await plans { reader in
      _ = try await reader.entity(EntityRef(kind: "component", name: "a"))
      _ = try await reader.entity(uid: "u")
      _ = try await reader.entities(
        [EntityRef(kind: "component", name: "a")],
        .values(key: "kind", ["component"]),
        fields: nil
      )
      _ = try await reader.source(of: EntityRef(kind: "component", name: "a"))
      _ = try await reader.ancestry(of: EntityRef(kind: "component", name: "a"))
    }
    #expect(scans == [])
  }

  @Test("filtered pages in every order, and facets of few entities")
  func lists() async throws {
    let filter = EntityPredicate.all([
      .values(key: "kind", ["component"]), .values(key: "spec.owner", ["o"]),
      .values(key: "relations.ownedby", ["group:default/o"]),
    ])
    let orders: [EntityOrder] = [.id, .ref, .fields([.init(key: "metadata.name")])]
    let scans = try await plans { reader in
      for order in orders {
        let question = EntityQuestion(filter, order: order)
        let page = try await reader.page(question, limit: 1)
        #expect(page.count == 1)
        guard order != .ref, let last = page.last else { continue }
        _ = try await reader.page(question, from: .after(last), limit: 1)
        _ = try await reader.page(question, from: .before(last), limit: 1)
      }
      _ = try await reader.facets(["kind"], filter)
    }
    #expect(scans == [])
  }
}
