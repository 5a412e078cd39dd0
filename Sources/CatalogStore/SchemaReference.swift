import GRDB
import Migrations

/// The tables and views as a page for people: what they are is asked of a database that was migrated to the end, and
/// what they mean is read in the comments of the migrations.
package struct SchemaReference {
  struct Column: Equatable {
    var name: String
    /// As declared; empty for the column of a view that is worked out.
    var type: String
    var isNullable: Bool
    /// The table and column that it refers to.
    var target: String?
    var comment: String?
  }

  struct Relation: Equatable {
    var name: String
    var isView: Bool
    var comment: String?
    var columns: [Column]
  }

  let relations: [Relation]

  /// What the comment of a migration says and is true no more: a landed one is never edited.
  private static let corrections = [
    "missing_ref": (
      said:
        "The triggers below keep it: one look by an index for each relation and each entity that is written, and a "
        + "row only for what is missing.",
      holds:
        "The program keeps it for what is added, in the same transaction, and triggers for what changes and goes "
        + "(since 0009): one look by an index for each, and a row only for what is missing. `database check` compares it."
    )
  ]

  /// - Throws: When the migrations cannot be carried out.
  package init() throws {
    let comments = SchemaComments(Schema.steps.map(\.sql))
    let database = try DatabaseQueue()
    relations = try database.write { db in
      for step in Schema.steps { try db.execute(sql: step.sql) }
      let listed = try Row.fetchAll(
        db,
        sql: """
          SELECT name, type FROM pragma_table_list
          WHERE schema = 'main' AND type IN ('table', 'view', 'virtual') AND name NOT LIKE 'sqlite%' ORDER BY name
          """
      )
      return try listed.map { row in
        let name: String = row[0]
        return Relation(
          name: name,
          isView: row[1] == "view",
          comment: comments.relations[name].map { Self.corrected($0, of: name) },
          columns: try Self.columns(of: name, comments, db)
        )
      }
    }
  }

  private static func corrected(_ comment: String, of relation: String) -> String {
    guard let (said, holds) = corrections[relation] else { return comment }
    return comment.replacing(said, with: holds)
  }

  private static func columns(of table: String, _ comments: SchemaComments, _ db: Database) throws -> [Column]
  {
    var targets: [String: String] = [:]
    for key in try Row.fetchAll(db, sql: "SELECT * FROM pragma_foreign_key_list(?)", arguments: [table]) {
      let (other, to): (String, String?) = (key["table"], key["to"])
      targets[key["from"]] = "\(other).\(to ?? "id")"
    }
    return try Row.fetchAll(db, sql: "SELECT * FROM pragma_table_info(?) ORDER BY cid", arguments: [table])
      .map { row in
        let (name, isRequired, key): (String, Bool, Int) = (row["name"], row["notnull"], row["pk"])
        return Column(
          name: name,
          type: row["type"],
          isNullable: !isRequired && key == 0,
          target: targets[name],
          comment: comments.columns["\(table).\(name)"]
        )
      }
  }

  /// What nobody has explained: `table` or `table.column`.
  ///
  /// Keys of the database's own and references explain themselves.
  package var unexplained: [String] {
    relations.flatMap { relation in
      (relation.comment == nil ? [relation.name] : [])
        + relation.columns.filter { $0.comment == nil && $0.target == nil && $0.name != "id" }
        .map { "\(relation.name).\($0.name)" }
    }
  }

  /// The page's part about tables and views, in Markdown.
  package var markdown: String {
    let reports = relations.filter { $0.name.hasPrefix("report_") }
    let views = relations.filter { $0.isView && !$0.name.hasPrefix("report_") }
    let tables = relations.filter { !$0.isView }
    return section("Reports", "The contract: see `report_view` for the versions.", reports)
      + section("Other views", "They follow the tables and may change with them.", views)
      + section("Tables", "They may change with any version of the program.", tables)
  }

  private func section(_ title: String, _ introduction: String, _ relations: [Relation]) -> String {
    "\n## \(title)\n\n\(introduction)\n" + relations.map(text).joined()
  }

  private func text(of relation: Relation) -> String {
    var text = "\n### \(relation.name)\n\n\(relation.comment ?? "")\n\n"
    text += relation.isView ? "| column | |\n| --- | --- |\n" : "| column | type | |\n| --- | --- | --- |\n"
    for column in relation.columns {
      let target = column.target.map { "`\($0)`." }
      let own = column.name == "id" ? "This database's own key." : nil
      let comment = [target, column.comment ?? (target == nil ? own : nil)].compactMap { $0 }.joined(
        separator: " "
      )
      .replacing("|", with: "\\|")
      let type = relation.isView ? "" : " \(column.type.lowercased())\(column.isNullable ? ", null" : "") |"
      text += "| `\(column.name)` |\(type) \(comment) |\n"
    }
    return text
  }
}

/// The comments of the migrations: what stands before a table, a view or a column.
struct SchemaComments {
  /// By table or view.
  private(set) var relations: [String: String] = [:]
  /// By `table.column`.
  private(set) var columns: [String: String] = [:]

  private var comment: [Substring] = []
  /// The table or view whose columns are being read.
  private var relation: String?
  private var isView = false

  init(_ texts: [String]) {
    for text in texts {
      for line in text.split(separator: "\n", omittingEmptySubsequences: false) { read(line) }
    }
  }

  private mutating func read(_ line: Substring) {
    let trimmed = line.drop { $0 == " " }
    if trimmed.hasPrefix("--") {
      comment.append(trimmed.dropFirst(2).drop { $0 == " " })
    } else if trimmed.isEmpty {
      takeExplanations()
      comment = []
    } else if let match = line.firstMatch(of: /^CREATE (?:VIRTUAL )?(TABLE|VIEW) ([a-z_]+)/) {
      relation = String(match.output.2)
      isView = match.output.1 == "VIEW"
      relations[String(match.output.2)] = take()
    } else if let match = line.firstMatch(of: /^ALTER TABLE ([a-z_]+) ADD COLUMN ([a-z_]+)/) {
      if let text = take() { columns["\(match.output.1).\(match.output.2)"] = text }
    } else if let relation {
      readColumn(trimmed, of: relation)
      // A view's further parts repeat the columns of its first, and what is in its subqueries is its own.
      if trimmed.hasSuffix(";") || (isView && (line.hasPrefix("FROM") || line.hasPrefix(") AS"))) {
        self.relation = nil
        comment = []
      }
    } else {
      comment = []
    }
  }

  private mutating func readColumn(_ line: Substring, of relation: String) {
    let name =
      isView
      ? (line.firstMatch(of: /(?:\ AS |^AS |^)([a-z_]+),?$/)?.output.1)
      : (line.firstMatch(of: /^([a-z_]+)[ ,]/)?.output.1)
    guard let name, let text = take() else { return }
    columns["\(relation).\(name)"] = text
  }

  /// Reads `-- table.column: what it is`, which explains a column that an earlier file leaves to its name.
  private mutating func takeExplanations() {
    var key: String?
    for line in comment {
      if let match = line.firstMatch(of: /^([a-z_]+\.[a-z_]+): (.*)$/) {
        key = String(match.output.1)
        columns[String(match.output.1)] = String(match.output.2)
      } else if let key {
        columns[key]? += " " + line
      }
    }
  }

  /// The comment so far as one text; nil when there is none.
  private mutating func take() -> String? {
    defer { comment = [] }
    return comment.isEmpty ? nil : comment.joined(separator: " ")
  }
}
