import Catalog
import CatalogStore
import Crawl
import HTTPTypes
import Hummingbird
import YAML

extension CatalogRoutes {
  /// So many refs may be asked for at once; Backstage's clients send a thousand at most.
  private static let maxRefs = 10_000

  func entityByName(_ call: CatalogCall) async throws -> Response {
    let ref = try Self.ref(call)
    guard let json = try await reader.entity(ref) else {
      throw APIError.notFound("no entity named '\(ref)' found")
    }
    return await CatalogAnswer.tagged(json, to: call.request)
  }

  static func ref(_ call: CatalogCall) throws(APIError) -> EntityRef {
    EntityRef(kind: try call.path("kind"), namespace: try call.path("namespace"), name: try call.path("name"))
  }

  func entityByUID(_ call: CatalogCall) async throws -> Response {
    let uid = try call.path("uid")
    guard let json = try await reader.entity(uid: uid) else {
      throw APIError.notFound("no entity with uid '\(uid.prefix(100))' found")
    }
    return await CatalogAnswer.tagged(json, to: call.request)
  }

  /// 204 whether there was one or not, as Backstage does; then its file is read, and what is still there comes back.
  func removeEntity(_ call: CatalogCall) async throws -> Response {
    let uid = try call.path("uid")
    // Nothing is asked of the crawler for what is not there.
    guard let id = try await reader.ref(ofUID: uid) else { return Response(status: .noContent) }
    let source = try await reader.source(of: id)
    if try await parts.commands.remove(uid: uid) != nil, let source, isInScope(source) {
      let limits = Self.limits(of: source)
      _ = try await parts.commands.submit(.refresh(limits), reason: "api: \(id) was removed")
    }
    return Response(status: .noContent)
  }

  func ancestry(_ call: CatalogCall) async throws -> Response {
    let ref = try Self.ref(call)
    guard let ancestors = try await reader.ancestry(of: ref) else {
      throw APIError.notFound("no entity named '\(ref)' found")
    }
    var json = Array("{\"rootEntityRef\":\(JSONText.string(ref.description)),\"items\":[".utf8)
    for (index, ancestor) in ancestors.enumerated() {
      if index > 0 { json.append(UInt8(ascii: ",")) }
      json += Array("{\"entity\":".utf8) + ancestor.json
      let parents = ancestor.parents.map(JSONText.string).joined(separator: ",")
      json += Array(",\"parentEntityRefs\":[\(parents)]}".utf8)
    }
    return await CatalogAnswer.tagged(json + Array("]}".utf8), to: call.request)
  }

  func entitiesByRefs(_ call: CatalogCall) async throws -> Response {
    let body = try await call.object(["entityRefs", "fields", "query"])
    guard let list = body["entityRefs"] else { throw APIError.input("expected entityRefs") }
    let refs = try list.strings("entityRefs")
    guard refs.count <= Self.maxRefs else {
      throw APIError.input("expected at most \(Self.maxRefs) entityRefs, got \(refs.count)")
    }
    let fields = try body["fields"].map { node throws(APIError) in try node.strings("fields") }
    var predicate = try FilterGrammar.predicate(call.query.all("filter"))
    if let query = body["query"] {
      predicate = .all([predicate, try FilterGrammar.predicate(query: query)])
    }
    let wanted = refs.map { try? EntityRef($0) }  // What is no ref is not there.
    let projection = try Self.projection(fields ?? call.query.list("fields"))
    let first = wanted.prefix(EntityPieces.refsAtATime)
    let items = try await reader.entities(Array(first), predicate, fields: projection)
    guard first.count == wanted.count else {
      let pieces = EntityPieces.refs(
        items,
        rest: wanted.dropFirst(first.count),
        predicate,
        projection
      )
      return stream(pieces, call, [:], open: "{\"items\":[", close: "]}")
    }
    return CatalogAnswer.plain(
      Array("{\"items\":[".utf8) + items + Array("]}".utf8),
      to: call.request
    )
  }

  /// - Parameter fields: Nil for none, which is everything.
  static func projection(_ fields: [String]?) throws(APIError) -> FieldProjection? {
    guard let fields else { return nil }
    guard fields.count <= 1_000 else { throw .input("expected at most 1000 fields") }
    do throws(FieldProjectionError) {
      return try FieldProjection(fields)
    } catch {
      throw .input(error.description)
    }
  }
}
