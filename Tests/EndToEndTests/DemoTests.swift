import AzureSimulator
import CatalogStore
import Crawl
import Foundation
import Reporting
import TestSupport
import Testing

/// The demo's world and the numbers that `Scripts/demo.sh` prints.
@Suite(.timeLimit(.minutes(2)), .serialized)
struct DemoTests {
  private let tokens = ["contoso": "contoso-demo-token", "fabrikam": "fabrikam-demo-token"]

  /// A copy of the demo's world that a test may change.
  private func world() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    let source = Crawling.checkout.appending(path: "Scripts/demo/world")
    try FileManager.default.copyItem(at: source, to: folder.url.appending(path: "world"))
    return folder
  }

  @Test func `the demo's first crawl finds these entities, problems and repositories`() async throws {
    let folder = try world()
    let simulator = try Simulator(folder: folder.url.appending(path: "world"))
    try await simulator.serving { base in
      let crawling = try Crawling(base, tokens: tokens)

      let report = try await crawling.crawl()

      #expect(report.outcome == .complete)
      #expect(report.organizations.map(\.counts.requests) == [15, 9])
      #expect(report.organizations.map(\.counts.repositoriesListed) == [15, 8])
      #expect(report.organizations.map(\.counts.filesAsked) == [14, 8])
      #expect(report.organizations.map(\.counts.filesFound) == [13, 7])
      #expect(report.organizations.map(\.counts.entitiesAdded) == [20, 7])
      #expect(
        try await crawling.rows(
          "SELECT kind, count(*) FROM entity WHERE is_holder = 1 GROUP BY kind ORDER BY kind"
        ) == [
          "API|3", "Component|8", "Domain|1", "Group|5", "Location|1", "Resource|3", "System|2", "Template|1",
          "User|2",
        ]
      )
      #expect(
        try await crawling.rows(
          """
          SELECT f.url || ':' || p.line || ':' || p.column, p.rule FROM problem p
          JOIN file f ON f.id = p.file_id ORDER BY 1
          """
        ) == [
          "https://dev.azure.com/contoso/Payments/_git/fraud-check?path=/catalog-info.yaml:8:7|tag-format",
          "https://dev.azure.com/fabrikam/Logistics/_git/route-planner?path=/catalog-info.yaml:6:3|missing",
          "https://dev.azure.com/fabrikam/Logistics/_git/warehouse-service?path=/catalog-info.yaml:15:2|yaml-syntax",
        ]
      )
      #expect(
        try await crawling.rows(
          """
          SELECT o.name, p.name, r.name, r.state, r.is_fork FROM repository r
          JOIN project p ON p.id = r.project_id JOIN organization o ON o.id = r.organization_id
          WHERE r.is_fork = 1 OR NOT EXISTS (
            SELECT 1 FROM file f WHERE f.repository_id = r.id AND f.state = 'present')
          ORDER BY 1, 2, 3
          """
        ) == [
          "contoso|Customer Portal|portal [legacy]|disabled|0",
          "contoso|Customer Portal|web-frontend-experiments|active|1",
          "contoso|Payments|payments-reports|active|0", "contoso|Platform|playground|empty|0",
          "fabrikam|Données|notebooks|active|0",
        ]
      )
      // The fork claims what it was forked from; the smaller address holds the ref.
      #expect(
        try await crawling.rows(
          """
          SELECT f.url, e.is_holder FROM entity e JOIN file f ON f.id = e.file_id
          WHERE e.ref = 'component:default/customer-portal' ORDER BY 1
          """
        ) == [
          "https://dev.azure.com/contoso/Customer%20Portal/_git/web-frontend-experiments?path=/catalog-info.yaml|1",
          "https://dev.azure.com/contoso/Customer%20Portal/_git/web-frontend?path=/catalog-info.yaml|0",
        ]
      )
    }
  }

  @Test func `the demo's second crawl finds what was changed on disk, and a third one nothing`() async throws
  {
    let folder = try world()
    let place = folder.url.appending(path: "world")
    let settings = try await Simulator(folder: place).serving { base in
      let crawling = try Crawling(base, tokens: tokens)
      try await crawling.crawl(at: 1)
      return crawling.folder
    }
    try change(folder)
    // Another simulator: one that is running looks at its folder now and then only.
    try await Simulator(folder: place).serving { base in
      let crawling = try Crawling(base, tokens: tokens, folder: settings)

      let second = try await crawling.crawl(at: 2).organizations.map(\.counts)
      let stale = try await crawling.rows("SELECT ref, owner FROM entity WHERE stale_since IS NOT NULL")
      let everything = try await crawling.everything()
      let third = try await crawling.crawl(at: 3)

      #expect(second.map(\.requests) == [15, 9])
      #expect(second.map(\.entitiesAdded) == [1, 0])
      #expect(second.map(\.entitiesChanged) == [1, 0])
      #expect(second.map(\.entitiesRemoved) == [0, 1])
      #expect(second.map(\.entitiesUnchanged) == [19, 6])
      #expect(stale == ["resource:default/payments-db|team-payments"])
      #expect(third.totals.requests == 24)
      #expect(try await crawling.everything() == everything)
    }
  }

  @Test func `hostile files are crawled as any other, and what they say is kept as text`() async throws {
    let folder = try world()
    let place = folder.url.appending(path: "world")
    try FileManager.default.copyItem(
      at: Crawling.checkout.appending(path: "Scripts/demo/hostile/contoso/Strange"),
      to: place.appending(path: "contoso/Strange")
    )
    try await Simulator(folder: place).serving { base in
      let crawling = try Crawling(base, tokens: tokens)

      let report = try await crawling.crawl()

      #expect(report.outcome == .complete)
      #expect(report.organizations.map(\.counts.entitiesAdded) == [25, 7])
      #expect(
        try await crawling.rows(
          """
          SELECT e.name, length(e.title), substr(e.title, 1, 8) FROM entity e JOIN file f ON f.id = e.file_id
          WHERE f.url LIKE '%/Strange/%' AND e.name <> 'control-characters' ORDER BY 1
          """
        ) == [
          "hostile|81|<script>", "hostile-api|36|An API t", "long|10000|ten thou",
          "right-to-left|33|\u{202E}gnp.exe",
        ]
      )
      // Two documents have names that no entity may have.
      #expect(
        try await crawling.rows(
          """
          SELECT p.rule, length(p.line_text) FROM problem p JOIN file f ON f.id = p.file_id
          WHERE f.url LIKE '%/Strange/%' AND p.severity = 'error' ORDER BY p.line
          """
        ) == ["metadata-name-format|49", "metadata-name-format|98"]
      )
    }
  }

  @Test func `the questions of docs/database.md have the answers that stand there`() async throws {
    let page = try String(
      contentsOf: Crawling.checkout.appending(path: "docs/database.md"),
      encoding: .utf8
    )
    let questions = page.matches(of: /\n(\d+)\. ([^\n]+)\n\n```sql\n([^`]+)```\n\n```\n([^`]+)```\n/)
    #expect(questions.map { String($0.output.1) } == (1...10).map(String.init))
    let texts = questions.map { (sql: String($0.output.3), answer: String($0.output.4)) }
    try await asking { reader in
      for text in texts {
        var answer = Answer()
        try reader.answer(text.sql, to: &answer)
        #expect(answer.text == text.answer, "\(text.sql)")
      }
    }
  }

  @Test func `the questions of docs/reporting.md have answers`() async throws {
    let page = try String(
      contentsOf: Crawling.checkout.appending(path: "docs/reporting.md"),
      encoding: .utf8
    )
    // DuckDB's are asked by Scripts/interop.sh.
    let questions = CodeOfPage.blocks(of: page, "sql").filter { !$0.hasPrefix("-- DuckDB") }
    let datasette = try String(
      contentsOf: Crawling.checkout.appending(path: "Examples/reporting/datasette.yaml"),
      encoding: .utf8
    )
    let ready = datasette.matches(of: /sql: \|-\n((?: {10}[^\n]+\n)+)/).map { String($0.output.1) }
    #expect(questions.count == 8 && ready.count == 2)
    try await asking { reader in
      for question in questions + ready.map({ $0.replacing(/:[a-z_]+/, with: "ref") }) {
        var answer = Answer()
        try reader.answer(question, to: &answer)
        // What is asked of the last days has no answer in a world whose clock stands still.
        #expect(!answer.columns.isEmpty)
        #expect(
          !answer.rows.isEmpty || question.contains("'now'") || question.contains("= ref"),
          "\(question)"
        )
      }
    }
  }

  /// Crawls the demo's world before and after it is changed, and hands out a reader.
  private func asking(_ ask: @Sendable (CatalogDatabase) throws -> Void) async throws {
    let folder = try world()
    let place = folder.url.appending(path: "world")
    let database = try await Simulator(folder: place).serving { base in
      let crawling = try Crawling(base, tokens: tokens)
      try await crawling.crawl(at: 1)
      return crawling.folder
    }
    try change(folder)
    // Another simulator: one that is running looks at its folder now and then only.
    try await Simulator(folder: place).serving { base in
      let crawling = try Crawling(base, tokens: tokens, folder: database)
      try await crawling.crawl(at: 2)
      try ask(try CatalogDatabase.openForReading(at: crawling.database.path))
    }
  }

  /// What `Scripts/demo.sh` changes between its crawls.
  private func change(_ folder: TemporaryFolder) throws {
    let changes = Crawling.checkout.appending(path: "Scripts/demo/changes")
    let world = folder.url.appending(path: "world")
    for name in ["ledger", "payments-reports", "payments-db"] {
      let file = "contoso/Payments/\(name)/catalog-info.yaml"
      try Data(contentsOf: changes.appending(path: file)).write(to: world.appending(path: file))
    }
    try FileManager.default.moveItem(
      at: world.appending(path: "fabrikam/Logistics/label-printer/catalog-info.yaml"),
      to: world.appending(path: "fabrikam/Logistics/label-printer/README.md")
    )
  }

  /// An answer as `query` prints it.
  private struct Answer: RowReceiver {
    var rows: [[Cell]] = []
    var columns: [String] = []

    mutating func begin(columns: [String]) { self.columns = columns }
    mutating func receive(_ row: [Cell]) { rows.append(row) }

    var text: String {
      var writer = RowWriter(.table, columns: columns)
      return rows.map { writer.add($0) }.joined() + writer.end()
    }
  }
}
