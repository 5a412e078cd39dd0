import CatalogServer
import CatalogStore
import Crawl
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Settings
import TestSupport
import Testing

/// The API document says what the router does, and the calls of Backstage's client are answered.
@Suite("The catalog API: its document and its clients")
struct CatalogDocumentTests {
  private static let web = CatalogWorld.entity("Component", "web")

  /// `METHOD path` of what the document has.
  private func documented(_ json: Any) throws -> [String: [[String: Any]]] {
    let paths = try #require((json as? [String: Any])?["paths"] as? [String: [String: [String: Any]]])
    var operations: [String: [[String: Any]]] = [:]
    for (path, methods) in paths {
      for (method, operation) in methods {
        operations["\(method.uppercased()) /api/catalog\(path)"] =
          operation["parameters"] as? [[String: Any]] ?? []
      }
    }
    return operations
  }

  @Test("every route is in the document, and nothing else is")
  func routes() async throws {
    let folder = try TemporaryFolder()
    let database = try CatalogDatabase.open(at: folder.path("catalog.db"))
    let parts = ServerParts(
      database: database,
      commands: RecordedCommands(),
      settings: { CrawlerSettings() },
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    )
    let router = CatalogServer.router(parts)
    let routes = router.routes.filter { $0.method != .head && "\($0.path)".hasPrefix("/api/catalog/") }
      .map { "\($0.method.rawValue) \($0.path)" }
    let application = Application(router: router)
    try await application.test(.router) { client in
      let answer = try await client.execute(uri: "/api/catalog/openapi.json", method: .get)
      #expect(try documented(answer.json).keys.sorted() == routes.sorted())
    }
  }

  @Test("each parameter of the document is taken, and no other")
  func parameters() async throws {
    let values = [
      "limit": "1", "offset": "1", "order": "asc:kind", "orderField": "kind", "dryRun": "false",
      "wait": "false",
      "onConflict": "reject", "totalItems": "include", "facet": "kind", "filter": "kind=x", "fields": "kind",
      "fullTextFilterTerm": "x", "fullTextFilterFields": "kind",
    ]
    try await CatalogWorld.run([Self.web]) { world async throws in
      for (operation, parameters) in try documented(try await world.get("/openapi.json").json) {
        let parts = operation.split(separator: " ")
        guard parts[0] == "GET" else { continue }
        let path = parts[1].replacing("/api/catalog", with: "").replacing("{kind}", with: "component")
          .replacing("{namespace}", with: "default").replacing("{name}", with: "web").replacing(
            "{id}",
            with: "1"
          )
          .replacing("{uid}", with: "u")
        let names = parameters.filter { $0["in"] as? String == "query" }.compactMap { $0["name"] as? String }
        let query = names.compactMap { name in values[name].map { "\(name)=\($0)" } }.joined(separator: "&")
        #expect(names.allSatisfy { values[$0] != nil || $0 == "cursor" || $0 == "after" }, "\(operation)")
        let known = try await world.get("\(path)?\(query)")
        #expect(known.status == .ok || known.status == .notFound, "\(operation): \(known.text)")
        let unknown = try await world.get("\(path)?\(query)&unknown=1")
        #expect(unknown.status == .badRequest, "\(operation)")
      }
    }
  }

  /// facts/backstage-catalog.md 9.6: the calls as the templates of Backstage's own client expand.
  @Test(
    "the calls of Backstage's client are answered",
    arguments: [
      (
        "GET", "/entities?fields=kind,metadata.name&limit=1&filter=kind%3DComponent%2Cspec.type%3Dt&offset=0",
        "", 200
      ),
      ("GET", "/entities?filter=kind%3DComponent&filter=kind%3DAPI&order=asc%3Ametadata.name", "", 200),
      (
        "GET",
        "/entities/by-query?fields=kind&limit=5&orderField=metadata.name%2Casc&filter=kind%3Dcomponent"
          + "&fullTextFilterTerm=w&fullTextFilterFields=metadata.name,metadata.title", "", 200
      ),
      ("POST", "/entities/by-query", #"{"query":{"kind":"Component"},"limit":20}"#, 200),
      ("POST", "/entities/by-refs", #"{"entityRefs":["component:default/web"],"fields":["kind"]}"#, 200),
      (
        "POST", "/entities/by-refs?filter=kind%3DComponent", #"{"entityRefs":["component:default/web"]}"#, 200
      ),
      ("GET", "/entities/by-name/component/default/web", "", 200),
      ("GET", "/entities/by-name/component/default/none", "", 404),
      ("GET", "/entities/by-name/component/default/web/ancestry", "", 200),
      (
        "GET", "/entity-facets?facet=kind&facet=metadata.annotations.a.b%2Fc.d&filter=kind%3DComponent", "",
        200
      ),
      ("POST", "/refresh", #"{"entityRef":"component:default/web"}"#, 200),
      ("DELETE", "/entities/by-uid/0c4a3b5e-8d9f-5f0e-9b1a-2c3d4e5f6a7b", "", 204),
      (
        "POST", "/locations",
        #"{"type":"url","target":"https://dev.azure.com/contoso/P/_git/x?path=/c.yaml"}"#, 201
      ),
      (
        "POST", "/locations?dryRun=true",
        #"{"type":"url","target":"https://dev.azure.com/contoso/P/_git/x?path=/c.yaml"}"#, 201
      ),
      ("GET", "/locations", "", 200),
      ("GET", "/locations/0c4a3b5e-8d9f-5f0e-9b1a-2c3d4e5f6a7b", "", 404),
      ("GET", "/locations/by-entity/component/default/web", "", 404),
      ("POST", "/locations/by-query", #"{"limit":1000}"#, 200),
      ("DELETE", "/locations/0c4a3b5e-8d9f-5f0e-9b1a-2c3d4e5f6a7b", "", 404),
      (
        "POST", "/validate-entity",
        #"{"entity":{"apiVersion":"backstage.io/v1alpha1","kind":"Component","metadata":{"name":"x"},"#
          + #""spec":{"type":"t","lifecycle":"l","owner":"o"}},"location":"url:https://dev.azure.com/contoso/P/_git/x?path=/c"}"#,
        200
      ),
      (
        "POST", "/analyze-location",
        #"{"location":{"type":"url","target":"https://dev.azure.com/contoso/P/_git/x"},"catalogFilename":"c.yaml"}"#,
        200
      ),
    ]
  )
  func clientCalls(_ method: String, _ path: String, _ body: String, _ status: Int) async throws {
    try await CatalogWorld.run([Self.web]) { world async throws in
      let answer: TestResponse
      switch method {
      case "GET": answer = try await world.get(path)
      case "DELETE": answer = try await world.delete(path)
      default: answer = try await world.post(path, body)
      }
      #expect(answer.status.code == status, "\(method) \(path): \(answer.text)")
    }
  }

  @Test("every malformed request is answered in Backstage's words (C219)")
  func errors() async throws {
    try await CatalogWorld.run([Self.web]) { world async throws in
      for path in ["/entities?limit=0", "/entities/by-query?cursor=x", "/entity-facets", "/locations?x=1"] {
        let answer = try await world.get(path)
        #expect(answer.status == .badRequest)
        #expect(try answer.member("error", "name") == "InputError")
        #expect(try answer.member("error", "message") != "")
        #expect(try answer.member("request", "method") == "GET")
        #expect(try answer.member("request", "url") == "/api/catalog" + path)
        #expect(try answer.member("response", "statusCode") == "400")
      }
    }
  }
}
