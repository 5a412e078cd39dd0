import Catalog
import CatalogStore
import Foundation
import Hummingbird

extension Pages {
  private static let hitsPerPage = [50, 20, 5]

  /// `/catalog`: the entities that a search finds.
  func catalog(_ request: Request) throws -> Response {
    let fields = FormFields(request.uri.query ?? "")
    let search = Self.search(fields)
    var cursor: EntityHits.Cursor?
    if let ref = fields["after"] {
      cursor = .ref(ref)
    } else if let place = fields["from"].flatMap({ Int($0) }) {
      cursor = .place(place)
    } else if let id = fields["behind"].flatMap({ Int64($0) }) {
      cursor = .id(id)
    }
    return try Self.light(Self.hitsPerPage) { limit in
      try catalog(request, fields, search, cursor, limit: limit)
    }
  }

  private func catalog(
    _ request: Request,
    _ fields: FormFields,
    _ search: EntitySearch,
    _ cursor: EntityHits.Cursor?,
    limit: Int
  ) throws -> String {
    let hits = try parts.database.entities(matching: search, from: cursor, limit: limit)
    var values: PageValues = [
      "hits": hits.hits.map(Self.hit), "none": hits.hits.isEmpty && !hits.isCutShort,
      "isBroad": hits.isBroad, "isCutShort": hits.isCutShort, "count": "\(hits.hits.count)",
      "filter": try filter(fields), "hasLimits": search != EntitySearch(),
    ]
    if let next = hits.next { values["next"] = Self.address(fields, next) }
    if cursor != nil { values["first"] = Self.address(fields, nil) }
    return page("catalog", .catalog, values, request)
  }

  private static func search(_ fields: FormFields) -> EntitySearch {
    var search = EntitySearch()
    search.text = fields["q"]
    search.kind = fields["kind"]
    search.type = fields["type"]
    // An owner without a kind is a group, as in `spec.owner`; what is no ref finds nothing.
    search.owner = fields["owner"].map {
      (try? EntityRef($0, defaultKind: "group"))?.description ?? $0
    }
    search.tag = fields["tag"]
    search.lifecycle = fields["lifecycle"]
    search.organization = fields["organization"]
    return search
  }

  private static let names = ["q", "kind", "type", "owner", "tag", "lifecycle", "organization"]

  private static func address(_ fields: FormFields, _ cursor: EntityHits.Cursor?) -> String {
    let more: (name: String, value: String?) =
      switch cursor {
      case .ref(let ref): (name: "after", value: ref)
      case .place(let place): (name: "from", value: "\(place)")
      case .id(let id): (name: "behind", value: "\(id)")
      case nil: (name: "after", value: nil)
      }
    return fields.address("/catalog", names, more)
  }

  /// The form as it was filled in, and what there is to choose from.
  private func filter(_ fields: FormFields) throws -> PageValues {
    let choices = try parts.database.searchChoices()
    return [
      "text": fields["q"] ?? "", "owner": fields["owner"] ?? "", "tag": fields["tag"] ?? "",
      "kinds": Self.options(choices.kinds, chosen: fields["kind"]),
      "types": Self.options(choices.types, chosen: fields["type"]),
      "lifecycles": Self.options(choices.lifecycles, chosen: fields["lifecycle"]),
      "organizations": Self.options(choices.organizations, chosen: fields["organization"]),
    ]
  }

  /// What one chooses from; what is chosen is there even where the catalog has no such thing.
  static func options(_ choices: [String], chosen: String?) -> [PageValues] {
    var options = choices
    let isChosen = { (option: String) in option.lowercased() == chosen?.lowercased() }
    if let chosen, !options.contains(where: isChosen) { options.append(chosen) }
    return options.map {
      ["value": PageText.cut($0, 200), "label": PageText.cut($0, 40), "isChosen": isChosen($0)]
    }
  }

  private static func hit(_ hit: EntityHit) -> PageValues {
    var values: PageValues = [
      "kind": PageText.cut(hit.kind, 30),
      "name": PageText.shown(hit.title ?? hit.name), "ref": PageText.shown(shortName(hit.ref)),
      "address": PageAddress.entity(hit.ref) ?? "/catalog",
      "place": PageText.shown("\(hit.organization) / \(hit.repository)", 60),
      "isStale": hit.isStale, "isOrphan": hit.isOrphan, "isTitled": hit.title != nil,
      "type": PageText.shown(hit.type ?? "", 40, whole: 200),
      "lifecycle": PageText.shown(hit.lifecycle ?? "", 40, whole: 200),
    ]
    if hit.problems > 0 { values["problems"] = ["count": "\(hit.problems)"] as PageValues }
    values["description"] = hit.description.map { PageText.shown($0, 140, whole: 300) }
    values["owner"] = hit.ownerRef.map { reference($0) }
    return values
  }
}
