import CatalogStore
import HTTPTypes
import Hummingbird
import YAML

extension CatalogRoutes {
  private static let maxFacets = 100

  func facets(_ call: CatalogCall) async throws -> Response {
    let predicate = try FilterGrammar.predicate(call.query.all("filter"))
    let json = try await facets(call.query.all("facet"), predicate)
    return await CatalogAnswer.tagged(json, to: call.request)
  }

  func facetsByPredicate(_ call: CatalogCall) async throws -> Response {
    let body = try await call.object(["facets", "query"])
    guard let facets = body["facets"] else { throw APIError.input("expected facets") }
    var predicate = EntityPredicate.everything
    if let query = body["query"] { predicate = try FilterGrammar.predicate(query: query) }
    return CatalogAnswer.plain(
      try await self.facets(try facets.strings("facets"), predicate),
      to: call.request
    )
  }

  private func facets(_ names: [String], _ predicate: EntityPredicate) async throws -> [UInt8] {
    var seen: Set<String> = []
    let names = names.filter { !$0.isEmpty && seen.insert($0).inserted }
    guard !names.isEmpty else { throw APIError.input("missing facet parameter, expected at least one") }
    guard names.count <= Self.maxFacets else {
      throw APIError.input("expected at most \(Self.maxFacets) facets")
    }
    let facets = try await reader.facets(names, predicate)
    var json = Array("{\"facets\":{".utf8)
    for (index, (name, values)) in zip(names, facets).enumerated() {
      if index > 0 { json.append(UInt8(ascii: ",")) }
      json += Array("\(JSONText.string(name)):[".utf8)
      for (index, value) in values.enumerated() {
        if index > 0 { json.append(UInt8(ascii: ",")) }
        json += Array("{\"value\":\(JSONText.string(value.value)),\"count\":\(value.count)}".utf8)
      }
      json.append(UInt8(ascii: "]"))
    }
    return json + Array("}}".utf8)
  }
}
