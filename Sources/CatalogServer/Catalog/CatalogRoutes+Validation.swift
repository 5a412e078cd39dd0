import AzureDevOps
import Catalog
import CatalogStore
import Crawl
import HTTPTypes
import Hummingbird
import Settings
import YAML

extension CatalogRoutes {
  private static let validationTime: Duration = .seconds(30)
  /// So many entities of a repository are shown.
  private static let maxKnown = 100

  /// What is wrong comes in a form of its own, whatever it is (facts/backstage-catalog.md 9.3).
  func validate(_ call: CatalogCall) async throws -> Response {
    let document: YAMLDocument
    do {
      document = try await call.document()
    } catch let error as APIError where error.status == .badRequest {
      return Self.errors([error.message])
    }
    guard let text = document.root["location"]?.string else {
      return Self.errors(["expected location, such as url:https://..."])
    }
    var entity: [UInt8] = []
    let isObject = document.withRoot { root in
      guard let node = root["entity"], node.kind == .mapping else { return false }
      node.appendJSON(to: &entity)
      return true
    }
    guard isObject else { return Self.errors(["expected entity, an object"]) }
    try Self.checkReading(document.root, call.context.caller)
    let address: FileAddress
    do {
      let location = try LocationRef(text)
      guard location.type == LocationType.url.rawValue else {
        return Self.errors(["expected a location of type url, got '\(location.type.prefix(100))'"])
      }
      switch try FileContexts(parts.settings()).address(type: location.type, target: location.target) {
      case .success(let found): address = found.address
      case .failure(let fault): return Self.errors([fault.message])
      }
    } catch let error as LocationRefError {
      return Self.errors([error.description])
    }
    let json = entity
    let problems = try await Self.within(Self.validationTime) { [parts] in
      try await parts.commands.judge(json, at: address)
    }
    let errors = problems.filter { $0.severity == .error }
    guard errors.isEmpty else { return Self.errors(errors.map(Self.sentence)) }
    return Response(status: .ok)
  }

  /// A placeholder has a file read with what the crawler signs in with, and what is wrong with it may show what the file
  /// says.
  ///
  /// - Throws: 403 for whoever may only read the catalog.
  private static func checkReading(_ body: YAMLNode, _ caller: Caller?) throws(APIError) {
    guard let caller, !caller.scopes.contains(.refresh), hasPlaceholder(body) else { return }
    throw .notAllowed(
      "the token '\(caller.name)' may not have files read: an entity with placeholders needs the scope refresh"
    )
  }

  /// Of whatever kind, also one that is not known here.
  private static func hasPlaceholder(_ node: YAMLNode) -> Bool {
    node.elements.contains(where: hasPlaceholder)
      || node.pairs.contains { $0.key.text.hasPrefix("$") || hasPlaceholder($0.value) }
  }

  private static func sentence(_ problem: Problem) -> String {
    problem.keyPath.isEmpty ? problem.message : "\(problem.keyPath): \(problem.message)"
  }

  private static func errors(_ messages: [String]) -> Response {
    let errors = messages.map { "{\"name\":\"InputError\",\"message\":\(JSONText.string($0))}" }
    return .json("{\"errors\":[\(errors.joined(separator: ","))]}", status: .badRequest)
  }

  // MARK: - What is known of a repository

  func analyze(_ call: CatalogCall) async throws -> Response {
    let body = try await call.object(["location", "catalogFilename", "catalogFileName"])
    guard let location = body["location"], location.kind == .mapping, location["type"]?.string != nil,
      let target = location["target"]?.string
    else { throw APIError.input("expected location with type and target") }
    for (key, _) in location.pairs where !["type", "target", "presence"].contains(key.text) {
      throw APIError.input("unknown member '\(key.text.prefix(100))' of location")
    }
    let url: RepositoryURL
    do throws(RepositoryURLError) {
      url = try RepositoryURL(target)
    } catch {
      throw APIError.input("expected the address of a repository in Azure DevOps: \(error.description)")
    }
    let known = try await reader.entities(
      host: url.host,
      organization: url.organization,
      project: url.project,
      repository: url.repository,
      limit: Self.maxKnown
    )
    var json = Array("{\"existingEntityFiles\":[".utf8)
    for (index, file) in known.enumerated() {
      if index > 0 { json.append(UInt8(ascii: ",")) }
      json += Array("{\"entity\":".utf8) + file.json
      json += Array(
        ",\"isRegistered\":true,\"location\":{\"type\":\"url\",\"target\":\(JSONText.string(file.url))}}".utf8
      )
    }
    let generated = known.isEmpty ? "{\"entity\":\(Self.entity(for: url)),\"fields\":[]}" : ""
    json += Array("],\"generateEntities\":[\(generated)]}".utf8)
    return CatalogAnswer.plain(json, to: call.request)
  }

  /// An entity to begin with (facts/backstage-catalog.md 9.3).
  private static func entity(for url: RepositoryURL) -> String {
    let slug = JSONText.string("\(url.project)/\(url.repository)")
    return """
      {"apiVersion":"backstage.io/v1alpha1","kind":"Component","metadata":{"name":\(JSONText.string(url.repository)),\
      "annotations":{"dev.azure.com/project-slug":\(slug),"dev.azure.com/project-repo":\(slug)}},\
      "spec":{"type":"other","lifecycle":"unknown"}}
      """
  }
}
