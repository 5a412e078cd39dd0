import ArgumentParser
import Catalog
import CatalogStore
import Foundation
import Reporting

/// Prints one of the views `report_...`.
struct ReportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Print one of the reports; without a name, list them.",
    discussion: """
      Each report is a view of the database, explained in docs/database.md: what can be printed here can be asked of it
      with any tool. A table shows the columns for people, the other formats show all; --columns chooses.

      'report dependencies ENTITY_REF' follows the dependencies of one entity to their end.

      Exit code: 0; 1 the entity or the organization is not there; 64 wrong arguments.

      Examples:
        catalog-crawler report
        catalog-crawler report ownership --organization contoso --format csv
        catalog-crawler report problems --limit 20
        catalog-crawler report dependencies component:default/web --reverse
      """
  )

  @OptionGroup var options: ReadingOptions
  @OptionGroup var rows: RowOptions

  @Option(name: .long, help: "Only of this organization.", completion: .organization)
  var organization: String?

  @Option(name: .long, help: "How many rows at most.")
  var limit: Int?

  @Option(name: .long, help: ArgumentHelp("Names with commas between them, or 'all'.", valueName: "columns"))
  var columns: String?

  @Flag(name: .long, help: "With 'dependencies ENTITY_REF', what needs the entity in place of what it needs.")
  var reverse = false

  @Argument(help: "The report, with or without 'report_' before it.", completion: .report)
  var name: String?

  @Argument(help: "With 'dependencies', an entity.")
  var entity: String?

  func validate() throws {
    if let limit, limit < 1 { throw ValidationError("--limit must be 1 or more") }
    guard entity == nil || view == "report_dependencies" else {
      throw ValidationError("only 'report dependencies' takes an entity")
    }
    if reverse, entity == nil { throw ValidationError("--reverse is for 'report dependencies ENTITY_REF'") }
    if entity != nil, organization != nil || columns != nil {
      throw ValidationError("--organization and --columns are not for the dependencies of one entity")
    }
  }

  private var view: String? {
    name.map { name in
      let name = name.lowercased().replacing("-", with: "_")
      return name.hasPrefix("report_") ? name : "report_" + name
    }
  }

  func run() async throws {
    var printer = RowPrinter(rows)
    try await options.reading { database in
      if let entity {
        let ref = try EntityNames(database).ref(of: entity)
        let direction: CatalogDatabase.DependencyDirection = reverse ? .neededBy : .needs
        if try !database.dependencies(of: ref, direction, limit: limit, to: &printer) {
          try EntityNames(database).fail(notFound: entity)
        }
        return try printer.end()
      }
      let views = try database.reportViews()
      guard let view else { return try list(views, &printer) }
      guard views.contains(where: { $0.name == view }) else {
        StandardError.print(
          "error: there is no report '\(view)'; expected one of "
            + views.map { String($0.name.dropFirst("report_".count)) }.joined(separator: ", ")
        )
        throw ExitCode(ExitCodes.usage)
      }
      if let organization, try !database.knowsOrganization(organization) {
        StandardError.print(
          "error: no organization '\(organization)' was ever crawled; 'catalog-crawler status' shows which were"
        )
        throw ExitCode(ExitCodes.nothingDone)
      }
      let query = ReportQuery.all.first { $0.view == view } ?? ReportQuery(other: view)
      try database.report(
        query,
        organization: organization,
        columns: try chosenColumns(of: query, in: database),
        limit: limit,
        to: &printer
      )
      try printer.end()
    }
  }

  private func chosenColumns(of query: ReportQuery, in database: CatalogDatabase) throws -> [String] {
    guard let columns, columns != "all" else {
      let isForPeople = rows.rowFormat == .table || rows.rowFormat == .markdown
      return isForPeople && columns == nil ? query.mainColumns : []
    }
    let chosen = columns.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    let known = try database.columns(of: query.view)
    if let unknown = chosen.first(where: { !known.contains($0) }) ?? (chosen.isEmpty ? "" : nil) {
      StandardError.print(
        "error: \(query.view) has no column '\(unknown)'; expected some of \(known.joined(separator: ", "))"
      )
      throw ExitCode(ExitCodes.usage)
    }
    return chosen
  }

  private func list(_ views: [ReportView], _ printer: inout RowPrinter) throws {
    printer.begin(columns: ["report", "version", "answers"])
    for view in views {
      try printer.receive([
        .text(String(view.name.dropFirst("report_".count))), .integer(Int64(view.version)),
        .text(view.purpose),
      ])
    }
    try printer.end()
  }
}

/// Finds entities by what people call them.
struct EntityNames {
  /// How many names are offered where one is not enough.
  private static let offered = 10
  private let database: CatalogDatabase

  init(_ database: CatalogDatabase) { self.database = database }

  /// The ref that a text stands for: itself; `kind:name` in the namespace `default` where there is one, else in any;
  /// `name` likewise.
  ///
  /// - Throws: `ExitCode` when it could be several, or none; then people were told.
  func ref(of text: String) throws -> String {
    let parsed: EntityRef
    do {
      parsed = try EntityRef(text, defaultKind: "any")
    } catch {
      StandardError.print("error: \(error)")
      throw ExitCode(ExitCodes.usage)
    }
    let hasKind = (try? EntityRef(text)) != nil  // without a kind there is no ref
    let hasNamespace = text.contains("/")
    if hasKind, try database.holds(parsed.description) { return parsed.description }
    let found = try database.refs(
      kind: hasKind ? parsed.kind : nil,
      namespace: hasNamespace ? parsed.namespace : nil,
      name: parsed.name,
      limit: Self.offered + 1
    )
    let inDefault = found.filter { $0.hasSuffix(":default/\(parsed.name)") }
    if found.count == 1 { return found[0] }
    if !hasNamespace, inDefault.count == 1 { return inDefault[0] }
    if found.isEmpty { try fail(notFound: text) }
    StandardError.print("error: '\(text)' can be several entities; name one of them:")
    for ref in found.prefix(Self.offered) { StandardError.print("  \(ref)") }
    if found.count > Self.offered { StandardError.print("  ...") }
    throw ExitCode(ExitCodes.nothingDone)
  }

  /// Says that there is no such entity, and what may have been meant.
  func fail(notFound text: String) throws -> Never {
    // Without a kind there is no ref: then names are compared.
    let wanted = (try? EntityRef(text))?.description ?? text.lowercased()
    let near = try database.refs(like: wanted, limit: 5)
    let hint = near.isEmpty ? "" : "; did you mean \(near.joined(separator: ", "))?"
    StandardError.print("error: there is no entity '\(text)'\(hint)")
    throw ExitCode(ExitCodes.nothingDone)
  }
}
