import ArgumentParser
import CatalogStore
import Reporting

/// Shows everything that is known of one entity.
struct ShowCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show an entity: what it is, where it comes from, its relations both ways, its problems.",
    discussion: """
      An entity is called as Backstage calls it: component:default/web, component:web, or web where only one is called so.

      Exit code: 0; 1 there is no such entity, or several; 64 wrong arguments.

      Examples:
        catalog-crawler show component:web
        catalog-crawler show group:default/team-a --json
      """
  )

  @OptionGroup var options: ReadingOptions

  @Option(name: .long, help: "How to print: text or json.")
  var format: OutputFormat?

  @Flag(name: .long, help: "Print JSON; the same as --format json.")
  var json = false

  @Argument(help: "The entity: [kind:][namespace/]name.")
  var entity: String

  func validate() throws {
    if json, format == .text { throw ValidationError("--json and --format text exclude each other") }
  }

  func run() async throws {
    let details = try await options.reading { database in
      let names = EntityNames(database)
      let ref = try names.ref(of: entity)
      guard let details = try database.entity(ref) else { try names.fail(notFound: entity) }
      return details
    }
    switch json ? .json : format ?? .text {
    case .json: print(EntityReport.json(of: details), terminator: "")
    case .text: print(EntityReport.text(of: details), terminator: "")
    }
  }
}

/// An entity for people and for programs.
enum EntityReport {
  /// How many relations of one type are shown to people; a group may own thousands.
  private static let maxRelations = 50

  static func text(of entity: EntityDetails) -> String {
    var lines = [shown(entity.columns["ref"] ?? "")]
    for name in ["title", "description"] {
      if let text = entity.columns[name] { lines.append("  " + DisplayText.short(text, 200)) }
    }
    lines += facts(of: entity).map { "  " + $0.name.padded(to: 12) + shown($0.value) }
    lines += section("relations", relations(of: entity))
    lines += section(
      "links",
      entity.links.map { link in shown((link.title.map { $0 + ": " } ?? "") + link.url) }
    )
    lines += section("problems", entity.problems.map(problem))
    lines += section("also claimed by", entity.contenders.map(shown))
    lines += section("history", entity.history.map(change))
    return lines.map { $0 + "\n" }.joined()
  }

  private static func facts(of entity: EntityDetails) -> [(name: String, value: String)] {
    let columns = entity.columns
    var facts: [(name: String, value: String)] = []
    func add(_ name: String, _ value: String?) {
      if let value, !value.isEmpty { facts.append((name, value)) }
    }
    for name in ["kind", "type", "lifecycle"] { add(name, columns[name]) }
    add("owner", columns["owner_ref"] ?? columns["owner"])
    for name in ["system", "domain"] { add(name, columns[name]) }
    add("tags", entity.tags.joined(separator: ", "))
    add("labels", entity.labels.map { "\($0.key)=\($0.value)" }.joined(separator: ", "))
    let place = ["organization", "project", "repository"].compactMap { columns[$0] }.joined(separator: "/")
    add("from", "\(place) \(columns["path"] ?? "") line \(columns["line"] ?? "")")
    add("link", columns["link"])
    add("changed", columns["changed_at"])
    add(
      "stale",
      columns["stale_since"].map { "the document is invalid; this is its last good state, from before \($0)" }
    )
    add("orphan", columns["orphan_since"].map { "nothing leads to it since \($0)" })
    return facts
  }

  private static func relations(of entity: EntityDetails) -> [String] {
    var lines: [String] = []
    for (type, relations) in Dictionary(grouping: entity.relations, by: \.type).sorted(by: { $0.key < $1.key }
    ) {
      lines += relations.prefix(maxRelations).map {
        type.padded(to: 15) + shown($0.target) + ($0.isTargetThere ? "" : "  (not in the catalog)")
      }
      if relations.count > maxRelations {
        lines.append(type.padded(to: 15) + "... and \(relations.count - maxRelations) more; --json shows all")
      }
    }
    return lines
  }

  private static func problem(_ problem: EntityDetails.Problem) -> String {
    let place =
      problem.line.map { " line \($0)" + (problem.column.map { ", column \($0)" } ?? "") + ":" } ?? ""
    return "\(problem.severity):\(place) \(shown(problem.message)) [\(problem.rule)] since \(problem.since)"
  }

  private static func change(_ change: EntityDetails.Change) -> String {
    let paths = change.keyPaths.isEmpty ? "" : ": " + change.keyPaths.map(shown).joined(separator: ", ")
    let crawl = change.crawl.map { " in crawl \($0)" } ?? ""
    return "\(change.at) \(change.kind)\(crawl)\(paths)"
  }

  private static func section(_ title: String, _ lines: [String]) -> [String] {
    lines.isEmpty ? [] : [title] + lines.map { "  " + $0 }
  }

  private static func shown(_ text: String) -> String { DisplayText.line(text).text }
}

extension EntityReport {
  static func json(of entity: EntityDetails) -> String { JSONOutput.text(of: Report(entity)) }

  private struct Report: Encodable {
    struct Relation: Encodable {
      var type: String
      var target: String
      var isTargetThere: Bool
      var isOwnStatement: Bool
    }

    struct Problem: Encodable {
      var severity: String
      var rule: String
      var message: String
      var line: Int?
      var column: Int?
      var keyPath: String?
      var since: String
      var link: String?
    }

    struct Change: Encodable {
      var at: String
      var crawl: Int64?
      var change: String
      var keyPaths: [String]
    }

    var ref: String
    var uid: String?
    var organization: String?
    var project: String?
    var repository: String?
    var branch: String?
    var path: String?
    var line: Int?
    var link: String?
    var changedAt: String?
    var staleSince: String?
    var orphanSince: String?
    var entity: JSONDocument
    var relations: [Relation]
    var problems: [Problem]
    var alsoClaimedBy: [String]
    var history: [Change]

    init(_ details: EntityDetails) {
      let columns = details.columns
      ref = columns["ref"] ?? ""
      uid = columns["uid"]
      organization = columns["organization"]
      project = columns["project"]
      repository = columns["repository"]
      branch = columns["branch"].flatMap { $0.isEmpty ? nil : $0 }
      path = columns["path"]
      line = columns["line"].flatMap { Int($0) }
      link = columns["link"]
      changedAt = columns["changed_at"]
      staleSince = columns["stale_since"]
      orphanSince = columns["orphan_since"]
      entity = JSONDocument(columns["json"] ?? "{}")
      relations = details.relations.map {
        Relation(
          type: $0.type,
          target: $0.target,
          isTargetThere: $0.isTargetThere,
          isOwnStatement: $0.isOwnStatement
        )
      }
      problems = details.problems.map {
        Problem(
          severity: $0.severity,
          rule: $0.rule,
          message: $0.message,
          line: $0.line,
          column: $0.column,
          keyPath: $0.keyPath,
          since: $0.since,
          link: $0.link
        )
      }
      alsoClaimedBy = details.contenders
      history = details.history.map {
        Change(at: $0.at, crawl: $0.crawl, change: $0.kind, keyPaths: $0.keyPaths)
      }
    }
  }
}

extension String {
  /// With blanks behind it up to a width; two at least.
  fileprivate func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(2, width - count))
  }
}
