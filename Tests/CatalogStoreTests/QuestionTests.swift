import CatalogStore
import GRDB
import Reporting
import Testing

/// Questions of people, and what is refused of them.
struct QuestionTests {
  private let catalog: SmallCatalog
  private let reader: CatalogDatabase

  init() throws {
    catalog = try SmallCatalog()
    reader = try CatalogDatabase.openForReading(at: catalog.database.path)
  }

  @Test(arguments: [
    (
      "DELETE FROM entity",
      "line 1, column 1: expected SELECT, WITH, VALUES, EXPLAIN or PRAGMA, got DELETE; a query only reads"
    ),
    (
      "  -- c\n/* c */ ATTACH 'x' AS y",
      "line 1, column 1: expected SELECT, WITH, VALUES, EXPLAIN or PRAGMA, got ATTACH; a query only reads"
    ),
    (
      "VACUUM INTO 'x'",
      "line 1, column 1: expected SELECT, WITH, VALUES, EXPLAIN or PRAGMA, got VACUUM; a query only reads"
    ),
    ("WITH x AS (SELECT 1) DELETE FROM entity", "this would write; a query only reads"),
    ("PRAGMA user_version = 1", "this would write; a query only reads"),
    ("SELECT 1; DELETE FROM entity", "expected one statement, got more"),
    ("", "expected a query, got an empty text"), (" -- nothing", "expected a query, got an empty text"),
    ("SELECT ref,\n  'é', nope FROM entity", "line 2, column 8: no such column: nope"),
    ("SELECT x'", "line 1, column 8: unrecognized token: \"x'\""),
    ("SELECT load_extension('x')", "not authorized"),
  ])
  func `what is no question is refused, with its place`(sql: String, message: String) throws {
    var rows = Rows()
    let error = #expect(throws: QuestionError.self) { try reader.answer(sql, to: &rows) }

    #expect(error?.description == message)
    #expect(try catalog.rows("SELECT count(*) FROM entity") == ["10"])
  }

  @Test func `values come as what they are`() throws {
    struct Cells: RowReceiver {
      var cells: [Cell] = []
      mutating func begin(columns: [String]) {}
      mutating func receive(_ row: [Cell]) { cells += row }
    }
    var cells = Cells()
    try reader.answer("SELECT NULL, 7, 1.5, 'é', x'00ff'", to: &cells)

    #expect(cells.cells == [.null, .integer(7), .real(1.5), .text("é"), .bytes([0, 255])])
  }

  @Test(arguments: [
    "PRAGMA user_version", "EXPLAIN QUERY PLAN SELECT 1", "VALUES (1), (2)",
    "WITH a AS (SELECT 1) SELECT * FROM a",
  ])
  func `other questions than SELECT are answered`(sql: String) throws {
    #expect(try !catalog.rows(sql).isEmpty)
  }

  @Test func `a writer writes while an answer is read, and the answer is of one moment`() throws {
    struct Writing: RowReceiver {
      let writer: CatalogDatabase
      var refs: [String] = []
      mutating func begin(columns: [String]) {}
      mutating func receive(_ row: [Cell]) throws {
        refs.append(row[0].text ?? "")
        try writer.pool.write { try $0.execute(sql: "DELETE FROM entity WHERE ref = 'user:default/ada'") }
      }
    }
    var receiver = Writing(writer: catalog.database)
    try reader.answer("SELECT ref FROM entity WHERE is_holder = 1 ORDER BY ref", to: &receiver)

    #expect(receiver.refs.count == 9)
    #expect(receiver.refs.last == "user:default/ada")
    #expect(try catalog.rows("SELECT count(*) FROM entity WHERE ref = 'user:default/ada'") == ["0"])
  }

  // MARK: - Reports

  private func report(_ view: String, _ organization: String? = nil, _ columns: [String], limit: Int? = nil)
    throws -> Rows
  {
    var rows = Rows()
    let query = ReportQuery.all.first { $0.view == view } ?? ReportQuery(other: view)
    try reader.report(query, organization: organization, columns: columns, limit: limit, to: &rows)
    return rows
  }

  @Test func `a report goes through the organizations one after the other, up to its limit`() throws {
    let columns = ["organization", "repository", "ref"]
    #expect(
      try report("report_entities", columns).rows == [
        "contoso|cart|component:default/cart", "contoso|gone|component:default/old",
        "contoso|teams|group:default/team-a", "contoso|teams|user:default/ada",
        "contoso|tools|resource:default/db",
        "contoso|tools|template:default/new", "contoso|web|api:default/shop",
        "contoso|web|component:default/web",
        "fabrikam|dock|component:port/dock",
      ]
    )
    #expect(try report("report_entities", "FABRIKAM", columns).rows == ["fabrikam|dock|component:port/dock"])
    #expect(try report("report_entities", nil, columns, limit: 2).rows.count == 2)
    #expect(try report("report_entities", nil, columns, limit: 100).rows.count == 9)
    #expect(try report("report_entities", "nobody", columns).columns == columns)
  }

  @Test func `the first rows of ownership are those without a known owner, and all of them are there`() throws
  {
    let columns = ["ownership", "ref"]
    let all = try report("report_ownership", columns).rows
    let first = try report("report_ownership", nil, columns, limit: 100).rows
    #expect(first.sorted() == all.sorted())
    let kinds = first.map { $0.prefix { $0 != "|" } }
    let order: [Substring] = ["unknown", "none", "owned"]
    #expect(kinds == order.flatMap { kind in kinds.filter { $0 == kind } })
    #expect(Set(kinds).count > 1, "the world has several kinds")
    #expect(try report("report_ownership", "FABRIKAM", columns, limit: 1).rows.count == 1)
  }

  private func report(_ view: String, _ columns: [String]) throws -> Rows { try report(view, nil, columns) }

  @Test func `every report can be read as a whole, by organization and in part`() throws {
    for query in ReportQuery.all {
      let all = try report(query.view, query.mainColumns)
      #expect(!all.rows.isEmpty, "\(query.view)")
      #expect(all.columns == query.mainColumns)
      #expect(try report(query.view, []).columns == reader.columns(of: query.view))
      let contoso = try report(query.view, "contoso", query.mainColumns).rows
      #expect(!contoso.isEmpty && Set(contoso).isSubset(of: all.rows), "\(query.view)")
      #expect(try report(query.view, nil, query.mainColumns, limit: 1).rows.count == 1, "\(query.view)")
    }
    #expect(try reader.reportViews().map(\.name) == ReportQuery.all.map(\.view))
  }

  // MARK: - Dependencies

  private func dependencies(
    _ ref: String,
    _ direction: CatalogDatabase.DependencyDirection,
    limit: Int? = nil
  ) throws -> [String]? {
    var rows = Rows()
    return try reader.dependencies(of: ref, direction, limit: limit, to: &rows) ? rows.rows : nil
  }

  /// web -> cart -> shop (an API) -> web: a cycle.
  @Test func `dependencies are followed to their end, nearest first, cycles too`() throws {
    #expect(
      try dependencies("component:default/web", .needs) == [
        "1|component:default/cart|dependsOn|component:default/web|1",
        "1|resource:default/db|dependsOn|component:default/web|1",
        "2|api:default/shop|consumesApi|component:default/cart|1",
        "2|component:default/lost|dependsOn|component:default/cart|0",
      ]
    )
    #expect(
      try dependencies("resource:default/db", .neededBy) == [
        "1|component:default/cart|dependsOn|resource:default/db|1",
        "1|component:default/web|dependsOn|resource:default/db|1",
        "2|api:default/shop|apiProvidedBy|component:default/web|1",
      ]
    )
    #expect(try dependencies("component:default/web", .needs, limit: 1)?.count == 1)
    #expect(try dependencies("component:default/lost", .needs) == nil)
  }

  // MARK: - Names

  @Test func `short names find their refs, and slips of the hand what was meant`() throws {
    #expect(try reader.refs(kind: nil, namespace: nil, name: "dock", limit: 9) == ["component:port/dock"])
    #expect(
      try reader.refs(kind: "component", namespace: nil, name: "web", limit: 9) == ["component:default/web"]
    )
    #expect(try reader.refs(kind: "api", namespace: nil, name: "web", limit: 9).isEmpty)
    #expect(try reader.refs(kind: nil, namespace: "default", name: "dock", limit: 9).isEmpty)
    #expect(try reader.refs(like: "component:default/wbe", limit: 2).first == "component:default/web")
    #expect(try reader.refs(like: "docks", limit: 2) == ["component:port/dock"])

    #expect(try reader.refs(like: "nothing-like-it-at-all", limit: 2).isEmpty)
  }

  @Test func `an entity has its relations both ways, its problems and who else claims it`() throws {
    let web = try #require(try reader.entity("component:default/web"))
    let tools = try #require(try reader.entity("resource:default/db"))

    #expect(web.tags == ["java", "web"])
    #expect(web.labels.map { "\($0.key)=\($0.value)" } == ["a=b", "tier=gold"])
    #expect(web.links.map(\.url) == ["https://l", "https://m"])
    #expect(web.relations.map { "\($0.type) \($0.target)" }.first == "dependsOn component:default/cart")
    #expect(web.contenders.count == 1)
    #expect(tools.problems.map(\.message) == ["broken"])
    #expect(try reader.entity("component:default/lost") == nil)
  }
}
