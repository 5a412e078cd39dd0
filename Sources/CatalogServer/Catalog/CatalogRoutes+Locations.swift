import Catalog
import CatalogStore
import Crawl
import HTTPTypes
import Hummingbird
import Settings
import YAML

extension CatalogRoutes {
  /// How long a location may take to be read before it is registered.
  private static let judgingTime: Duration = .seconds(60)

  func locations(_ call: CatalogCall) async throws -> Response {
    let items = try await reader.locations().map { "{\"data\":\(Self.json($0))}" }
    return await CatalogAnswer.tagged(Array("[\(items.joined(separator: ","))]".utf8), to: call.request)
  }

  func location(_ call: CatalogCall) async throws -> Response {
    let (id, text) = try Self.id(call)
    guard let id, let location = try await reader.location(id) else {
      throw APIError.notFound("found no location with id '\(text.prefix(100))'")
    }
    return await CatalogAnswer.tagged(Array(Self.json(location).utf8), to: call.request)
  }

  func locationByEntity(_ call: CatalogCall) async throws -> Response {
    let ref = try Self.ref(call)
    guard let location = try await reader.location(ofEntity: ref) else {
      throw APIError.notFound("found no location for '\(ref)'")
    }
    return await CatalogAnswer.tagged(Array(Self.json(location).utf8), to: call.request)
  }

  func removeLocation(_ call: CatalogCall) async throws -> Response {
    try refuseReadOnly()
    let (id, text) = try Self.id(call)
    guard let id, try await reader.location(id) != nil, try await parts.commands.unregister(id) else {
      throw APIError.notFound("found no location with id '\(text.prefix(100))'")
    }
    return Response(status: .noContent)
  }

  /// The id in the path; nil when it can be none of ours.
  private static func id(_ call: CatalogCall) throws(APIError) -> (Int64?, String) {
    let text = try call.path("id")
    return (text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int64(text) : nil, text)
  }

  private func refuseReadOnly() throws(APIError) {
    guard parts.settings().isReadOnly else { return }
    throw .notAllowed("the catalog is read-only: 'catalog.readonly' is set")
  }

  static func json(_ location: RegisteredLocation) -> String {
    var json = "{\"id\":\"\(location.id)\",\"type\":\(JSONText.string(location.type)),"
    json += "\"target\":\(JSONText.string(location.target))"
    if let name = name(location.type, location.target) {
      json += ",\"entityRef\":\"location:default/\(name)\""
    }
    return json + "}"
  }

  private static func name(_ type: String, _ target: String) -> String? {
    (try? LocationRef(type: type, target: target))?.generatedName  // What is stored was read as a location.
  }

  // MARK: - Registering

  func createLocation(_ call: CatalogCall) async throws -> Response {
    let isDryRun = try call.query.flag("dryRun")
    let conflict = try call.query.single("onConflict") ?? "reject"
    guard ["reject", "refresh"].contains(conflict) else {
      throw APIError.input("invalid onConflict '\(conflict.prefix(100))', expected reject or refresh")
    }
    let body = try await call.object(["type", "target", "presence"])
    guard let type = body["type"]?.string, let target = body["target"]?.string else {
      throw APIError.input("expected type and target, two strings")
    }
    if let presence = body["presence"], !["required", "optional"].contains(presence.string) {
      throw APIError.input("invalid presence, expected required or optional")
    }
    guard type == LocationType.url.rawValue else {
      throw APIError.input("registered locations must be of type url, got '\(type.prefix(100))'")
    }
    let address = try self.address(target)
    let known = try await reader.location(type: type, target: address.text)
    if isDryRun { return try await judge(address, isKnown: known != nil, call) }
    try refuseReadOnly()
    let who = call.context.caller.map { ", token \($0.name)" } ?? ""
    let registered: RegisteredAddress
    if let known {
      guard conflict == "refresh" else {
        throw APIError.conflict("location \(type):\(address.text) already exists")
      }
      registered = RegisteredAddress(id: known.id, isNew: false)
    } else {
      registered = try await parts.commands.register(address)
      // Somebody else was faster.
      guard registered.isNew || conflict == "refresh" else {
        throw APIError.conflict("location \(type):\(address.text) already exists")
      }
    }
    _ = try await parts.commands.submit(
      .location(registered.id, address),
      reason: "api: location \(registered.id) was added\(who)"
    )
    let location = RegisteredLocation(id: registered.id, type: type, target: address.text)
    return CatalogAnswer.plain(
      Array("{\"location\":\(Self.json(location)),\"entities\":[]}".utf8),
      to: call.request,
      status: .created
    )
  }

  /// The address of a file in Azure DevOps, on a host of the settings.
  private func address(_ target: String) throws -> FileAddress {
    switch try FileContexts(parts.settings()).address(type: LocationType.url.rawValue, target: target) {
    case .success(let found): return found.address
    case .failure(let fault): throw APIError.input(fault.message)
    }
  }

  private func judge(_ address: FileAddress, isKnown: Bool, _ call: CatalogCall) async throws -> Response {
    let judged = try await Self.within(Self.judgingTime) { [parts] in try await parts.commands.judge(address)
    }
    guard judged.errors.isEmpty else {
      throw APIError.input(judged.errors.prefix(100).joined(separator: "; "))
    }
    let location = LocationEntity(type: "url", target: address.text)
    var json = Array("{\"location\":{\"id\":\(JSONText.string("url:\(address.text)")),".utf8)
    json += Array("\"type\":\"url\",\"target\":\(JSONText.string(address.text))},\"entities\":[".utf8)
    json += Array(location.json.utf8)
    for entity in judged.entities {
      json.append(UInt8(ascii: ","))
      json += entity
    }
    json += Array("],\"exists\":\(isKnown)}".utf8)
    return CatalogAnswer.plain(json, to: call.request, status: .created)
  }

  /// Does work that asks others, for so long and no longer.
  static func within<Value: Sendable>(
    _ limit: Duration,
    _ work: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    try await withThrowingTaskGroup(of: Value.self) { group in
      group.addTask { try await work() }
      group.addTask {
        try await Task.sleep(for: limit)
        throw APIError.unavailable("it could not be read within \(limit.components.seconds) s")
      }
      defer { group.cancelAll() }
      guard let value = try await group.next() else { throw CancellationError() }
      return value
    }
  }

  // MARK: - Pages of locations

  func locationsByQuery(_ call: CatalogCall) async throws -> Response {
    let body = try await call.object(["limit", "cursor", "query"])
    let limit = try Self.number(body, "limit", atLeast: 1) ?? 1_000
    guard limit <= 1_000 else { throw APIError.input("invalid limit, expected at most 1000") }
    var after: Int64 = 0
    if let cursor = body["cursor"] {
      guard let text = cursor.string, let id = Int64(text), id >= 0 else {
        throw APIError.input("malformed cursor")
      }
      after = id
    }
    let wanted = try Self.locationQuery(body["query"])
    // There are few: each of them was typed in.
    let all = try await reader.locations().filter { location in
      wanted.allSatisfy { key, value in
        value.lowercased() == (key == "type" ? location.type : location.target).lowercased()
      }
    }
    let rest = all.filter { $0.id > after }
    let page = rest.prefix(limit)
    var json =
      "{\"items\":[\(page.map(Self.json).joined(separator: ","))],\"totalItems\":\(all.count),\"pageInfo\":{"
    if rest.count > limit, let last = page.last { json += "\"nextCursor\":\"\(last.id)\"" }
    return CatalogAnswer.plain(Array((json + "}}").utf8), to: call.request)
  }

  /// Equalities of `type` and `target`.
  private static func locationQuery(_ node: YAMLNode?) throws(APIError) -> [(key: String, value: String)] {
    guard let node else { return [] }
    guard node.kind == .mapping else { throw .input("invalid query, expected an object") }
    var wanted: [(key: String, value: String)] = []
    for (key, value) in node.pairs {
      guard ["type", "target"].contains(key.text), let text = value.string else {
        throw .input("invalid query, expected strings for type and target")
      }
      wanted.append((key.text, text))
    }
    return wanted
  }
}

/// The entity that Backstage makes of a location.
private struct LocationEntity {
  let type: String
  let target: String

  var json: String {
    let location = JSONText.string("\(type):\(target)")
    // It was read as a location before.
    let name = (try? LocationRef(type: type, target: target))?.generatedName ?? ""
    return """
      {"apiVersion":"backstage.io/v1alpha1","kind":"Location","metadata":{"name":\(JSONText.string(name)),\
      "namespace":"default","annotations":{"backstage.io/managed-by-location":\(location),\
      "backstage.io/managed-by-origin-location":\(location)}},"spec":{"type":\(JSONText.string(type)),\
      "target":\(JSONText.string(target))}}
      """
  }
}
