import Catalog
import CatalogStore
import Foundation
import Hummingbird
import Reporting

extension Pages {
  /// How many entities are drawn and listed: fewer where the page would be too heavy.
  private static let relatives = [200, 60, 20, 5]

  /// How much of everything a page shows.
  private struct Measure {
    /// Of all types of relations together.
    var relatives: Int
    /// Of an API's definition, in characters.
    var definition: Int { relatives * 60 }
    /// Of differences, in lines, all changes together.
    var differenceLines: Int { relatives / 2 }
    /// Of a description, in characters.
    var description: Int { relatives * 15 }
  }

  /// `/entities/KIND/NAMESPACE/NAME`: all that is known of an entity.
  func entity(_ request: Request, _ parameters: Parameters) throws -> Response {
    let names = ["kind", "namespace", "name"].compactMap { parameters.get($0)?.removingPercentEncoding }
    guard names.count == 3 else { throw HTTPError(.notFound) }
    let ref = EntityRef(kind: names[0], namespace: names[1], name: names[2]).description
    return try Self.light(Self.relatives) { count in
      let measure = Measure(relatives: count)
      guard
        let contents = try parts.database.entityPage(
          ref,
          relatives: measure.relatives,
          definition: measure.definition
        )
      else {
        throw HTTPError(.notFound, message: "Nothing in the catalog is called \(PageText.cut(ref, 200)).")
      }
      return page("entity", .catalog, values(ref, contents, measure), request)
    }
  }

  private func values(_ ref: String, _ contents: EntityPageContents, _ measure: Measure) -> PageValues {
    let columns = contents.columns
    let groups = Self.bounded(contents.relations, measure.relatives)
    var values: PageValues = [
      "name": PageText.shown(columns["title"] ?? columns["name"] ?? ref, whole: PageText.wholeName),
      "ref": PageText.shown(ref, 120),
      "kind": PageText.cut(columns["kind"] ?? "", 40),
      "facts": facts(columns),
      "tags": contents.tags.map { tag -> PageValues in
        [
          "name": PageText.shown(tag, 40), "address": PageAddress.search("tag", tag) ?? "/catalog",
        ]
      },
      "labels": contents.labels.map { label -> PageValues in
        [
          "key": PageText.shown(label.key, 60, whole: 200),
          "value": PageText.shown(label.value, 60, whole: 200),
        ]
      },
      "links": contents.links.compactMap(Self.link),
      "relations": groups.map(Self.relations),
      "problems": contents.problems.map {
        Self.problem(ListedProblem($0, of: columns), now: parts.now())
      },
      "contenders": contents.contenders.map { address -> PageValues in
        ["text": PageText.shown(address, 100), "address": Self.source(address) ?? ""]
      },
      "changes": changes(contents.changes, measure.differenceLines),
      "hasTags": !contents.tags.isEmpty,
      "hasRelations": !groups.isEmpty, "hasProblems": !contents.problems.isEmpty,
      "hasContenders": !contents.contenders.isEmpty, "hasChanges": !contents.changes.isEmpty,
      "source": source(columns),
    ]
    values["refresh"] = RefreshTarget(columns).values(
      label: "Refresh this repository",
      back: PageAddress.entity(ref) ?? "/catalog"
    )
    if !groups.isEmpty {
      values["graph"] = RelationGraph(groups.map(Self.group)).svg(center: Self.shortName(ref))
    }
    values["description"] = columns["description"].map {
      ["text": PageText.cut($0, measure.description)] as PageValues
    }
    values["stale"] = moment(columns["stale_since"])
    values["orphan"] = moment(columns["orphan_since"])
    if let definition = contents.definition {
      values["definition"] =
        [
          "text": definition, "type": PageText.cut(columns["type"] ?? "", 40),
          "isCut": contents.definitionLength > measure.definition,
          "length": PageText.number(contents.definitionLength),
        ] as PageValues
    }
    return values
  }

  /// What stands beside the description.
  private func facts(_ columns: [String: String]) -> [PageValues] {
    var facts: [PageValues] = []
    if let owner = columns["owner"] {
      var fact: PageValues = ["label": "Owner", "value": PageText.shown(owner)]
      fact["address"] = columns["owner_ref"].flatMap(PageAddress.entity)
      facts.append(fact)
    }
    for (label, column, field) in [
      ("Type", "type", "type"), ("Lifecycle", "lifecycle", "lifecycle"), ("System", "system", ""),
      ("Domain", "domain", ""), ("Namespace", "namespace", ""),
    ] {
      guard let value = columns[column] else { continue }
      var fact: PageValues = ["label": label, "value": PageText.shown(value)]
      if !field.isEmpty { fact["address"] = PageAddress.search(field, value) }
      facts.append(fact)
    }
    return facts
  }

  private func source(_ columns: [String: String]) -> PageValues {
    var path = columns["path"] ?? ""
    if let line = columns["line"] { path += ":\(line)" }
    let place = ["organization", "project", "repository"].compactMap { columns[$0] }.joined(separator: " / ")
    var values: PageValues = ["place": PageText.shown(place, 120), "file": PageText.shown(path, 120)]
    values["link"] = Self.source(columns["link"])
    values["branch"] = columns["branch"].flatMap { $0.isEmpty ? nil : PageText.shown($0, 60) }
    values["changed"] = moment(columns["changed_at"])
    return values
  }

  private static func link(_ link: EntityDetails.Link) -> PageValues? {
    let title = link.title.flatMap { $0.isEmpty ? nil : $0 } ?? link.url
    var values: PageValues = ["title": PageText.shown(title, 60, whole: 300)]
    // One that leads to where no page leads is shown as text.
    values["address"] = PageText.link(link.url)
    return title.isEmpty ? nil : values
  }
}

// MARK: - Relations

extension Pages {
  /// What is asked of an entity by others, and not by it of others.
  private static let incoming: Set<String> = [
    "ownerOf", "hasPart", "dependencyOf", "apiConsumedBy", "apiProvidedBy", "hasMember", "parentOf",
  ]

  /// As many relatives as a page has room for: where there are more, the same number of each type.
  private static func bounded(
    _ relations: [EntityPageContents.Relations],
    _ limit: Int
  ) -> [EntityPageContents.Relations] {
    let all = relations.reduce(0) { $0 + $1.relatives.count }
    guard all > limit else { return relations }
    return relations.map { relation in
      var relation = relation
      relation.relatives = Array(relation.relatives.prefix(max(1, limit / relations.count)))
      return relation
    }
  }

  private static func relations(_ relations: EntityPageContents.Relations) -> PageValues {
    let more = relations.count - relations.relatives.count
    var values: PageValues = [
      "type": relations.type, "count": count(relations.count),
      "relatives": relations.relatives.map { relative -> PageValues in
        var values: PageValues = ["name": PageText.shown(relative.title ?? shortName(relative.ref), 60)]
        if relative.isThere { values["address"] = PageAddress.entity(relative.ref) }
        values["kind"] = PageText.cut(String(relative.ref.prefix { $0 != ":" }), 20)
        values["isMissing"] = !relative.isThere
        return values
      },
    ]
    if more > 0 { values["more"] = count(more) }
    return values
  }

  private static func count(_ count: Int) -> String {
    count > EntityPageContents.mostCounted
      ? "more than \(PageText.number(EntityPageContents.mostCounted))" : PageText.number(count)
  }

  private static func group(_ relations: EntityPageContents.Relations) -> RelationGraph.Group {
    RelationGraph.Group(
      label: relations.type,
      isOutgoing: !incoming.contains(relations.type),
      nodes: relations.relatives.map { relative in
        RelationGraph.Node(
          label: "\(relative.ref.prefix { $0 != ":" }): \(shortName(relative.ref))",
          address: PageAddress.entity(relative.ref),
          isThere: relative.isThere
        )
      },
      more: relations.count - relations.relatives.count
    )
  }
}

// MARK: - History

extension Pages {
  private func changes(_ changes: [EntityPageContents.Change], _ limit: Int) -> [PageValues] {
    var lines = limit
    return changes.map { change in
      var values: PageValues = [
        "kind": change.kind, "paths": PageText.cut(change.keyPaths.joined(separator: ", "), 300),
      ]
      values["at"] = moment(change.at)
      values["crawl"] = change.crawl.map { "\($0)" }
      if lines > 0, let difference = Self.difference(change) {
        let shown = difference.lines.prefix(lines)
        lines -= shown.count
        values["difference"] =
          [
            "lines": shown.map { line -> PageValues in
              ["sign": line.sign.rawValue, "class": "\(line.sign)", "text": PageText.cut(line.text, 200)]
            },
            "isCut": difference.isCut || shown.count < difference.lines.count,
          ] as PageValues
      }
      return values
    }
  }

  /// What became other in a document; nil for one that came or went, or is too long.
  private static func difference(_ change: EntityPageContents.Change) -> TextDifference? {
    guard let before = change.before.flatMap(EntityText.init),
      let after = change.after.flatMap(EntityText.init)
    else { return nil }
    let difference = TextDifference(from: before.yaml, to: after.yaml)
    return difference?.lines.isEmpty == true ? nil : difference
  }
}
