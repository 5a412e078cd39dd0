import Catalog
import CatalogServer
import CatalogStore
import Crawl
import GRDB
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Settings
import Testing

/// Locations, validation, analysis and the API document (facts/backstage-catalog.md C212 to C219).
@Suite("The catalog API: locations")
struct CatalogLocationTests {
  private static let target = "https://dev.azure.com/contoso/P/_git/Shared?path=/All.yaml"
  private static let body = "{\"type\":\"url\",\"target\":\"\(target)\"}"
  private static let web = CatalogWorld.entity("Component", "web")

  @Test("a location is registered once, and read (C212, C214)")
  func register() async throws {
    try await CatalogWorld.run([Self.web]) { world async throws in
      let answer = try await world.post("/locations", Self.body)
      #expect(answer.status == .created)
      let id = try answer.member("location", "id")
      #expect(try answer.member("location", "type") == "url")
      #expect(try answer.member("location", "target") == Self.target)
      #expect(answer.text.hasSuffix(#""entities":[]}"#))
      #expect(await world.commands.submitted.map(\.location) == [Int64(id)])

      let again = try await world.post("/locations", Self.body)
      #expect(again.status == .conflict)
      #expect(try again.member("error", "name") == "ConflictError")
      // In another spelling it is the same.
      let spelled = Self.body.replacing(
        "https://dev.azure.com/contoso/",
        with: "https://contoso@DEV.azure.com/contoso/"
      )
      #expect(try await world.post("/locations", spelled).status == .conflict)
      let refreshed = try await world.post("/locations?onConflict=refresh", Self.body)
      #expect(refreshed.status == .created)
      #expect(try refreshed.member("location", "id") == id)
      #expect(await world.commands.submitted.count == 2)

      let list = try await world.get("/locations")
      #expect(try list.member("0", "data", "id") == id)
      #expect(try list.member("0", "data", "target") == Self.target)
      #expect(try list.member("0", "data", "entityRef").hasPrefix("location:default/generated-"))
      #expect(try await world.get("/locations/\(id)").member("target") == Self.target)
      let page = try await world.post("/locations/by-query", #"{"query":{"type":"url"}}"#)
      #expect(try page.member("totalItems") == "1")
      #expect(try page.member("items", "0", "id") == id)
      #expect(
        try await world.post("/locations/by-query", #"{"query":{"type":"file"}}"#).member("totalItems") == "0"
      )

      #expect(try await world.delete("/locations/\(id)").status == .noContent)
      #expect(try await world.delete("/locations/\(id)").status == .notFound)
      #expect(try await world.get("/locations").text == "[]")
    }
  }

  @Test("locations are paged")
  func pages() async throws {
    try await CatalogWorld.run([Self.web]) { world async throws in
      for number in 1...3 {
        _ = try await world.post("/locations", Self.body.replacing("All", with: "All\(number)"))
      }
      let first = try await world.post("/locations/by-query", #"{"limit":2}"#)
      let cursor = try first.member("pageInfo", "nextCursor")
      let second = try await world.post("/locations/by-query", "{\"limit\":2,\"cursor\":\"\(cursor)\"}")
      #expect(try second.member("items", "0", "target").contains("All3"))
      #expect(try second.member("pageInfo", "nextCursor") == "nothing at nextCursor")
    }
  }

  @Test(
    "what is no location is answered with 400 (C212)",
    arguments: [
      #"{"type":"file","target":"/x"}"#, #"{"type":"url","target":"TARGET","more":1}"#, #"{"type":"url"}"#,
      "",
      #"{"type":"url","target":"https://github.com/a/b"}"#, #"{"type":"url","target":"not a url"}"#,
      #"{"type":"url","target":"https://evil.example/o/p/_git/r?path=/c.yaml"}"#,
      #"{"type":"url","target":"TARGET","presence":"maybe"}"#,
    ]
  )
  func malformed(_ body: String) async throws {
    try await CatalogWorld.run([Self.web]) { world async throws in
      let answer = try await world.post("/locations", body.replacing("TARGET", with: Self.target))
      #expect(answer.status == .badRequest)
      #expect(await world.commands.submitted == [])
      #expect(try await world.get("/locations").text == "[]")
    }
  }

  @Test("a body of another type is answered with 400 (C212)")
  func type() async throws {
    try await CatalogWorld.run([Self.web]) { world async throws in
      #expect(try await world.post("/locations", Self.body, type: "text/plain").status == .badRequest)
    }
  }

  @Test("a dry run shows what would come, and stores nothing (C213)")
  func dryRun() async throws {
    let judged = JudgedLocation(
      entities: [
        #"{"kind":"Component","metadata":{"name":"a"}}"#, #"{"kind":"Component","metadata":{"name":"b"}}"#,
      ]
      .map { Array($0.utf8) },
      errors: []
    )
    try await CatalogWorld.run([Self.web], judged: judged) { world async throws in
      for flag in ["true", "yes", "1"] {
        let answer = try await world.post("/locations?dryRun=\(flag)", Self.body)
        #expect(answer.status == .created)
        #expect(try answer.member("exists") == "0")
        #expect(try answer.member("location", "id") == "url:\(Self.target)")
        #expect(try answer.member("entities", "0", "kind") == "Location")
        #expect(try answer.member("entities", "0", "spec", "target") == Self.target)
        #expect(try answer.member("entities", "2", "metadata", "name") == "b")
        #expect(try answer.member("entities", "3") == "nothing at 3")
      }
      #expect(try await world.get("/locations").text == "[]")
      _ = try await world.post("/locations", Self.body)
      #expect(try await world.post("/locations?dryRun=true", Self.body).member("exists") == "1")
    }
    let broken = JudgedLocation(entities: [], errors: ["first", "second"])
    try await CatalogWorld.run([Self.web], judged: broken) { world async throws in
      let answer = try await world.post("/locations?dryRun=true", Self.body)
      #expect(answer.status == .badRequest)
      #expect(try answer.member("error", "message") == "first; second")
    }
  }

  @Test("a read-only catalog registers and removes no locations (C215)")
  func readOnly() async throws {
    var settings = CatalogWorld.settings
    settings.isReadOnly = true
    try await CatalogWorld.run([Self.web], settings: settings) { world async throws in
      let refused = try await world.post("/locations", Self.body)
      #expect(refused.status == .forbidden)
      #expect(try refused.member("error", "name") == "NotAllowedError")
      #expect(try await world.post("/locations?dryRun=true", Self.body).status == .created)
      #expect(try await world.delete("/locations/1").status == .forbidden)
      #expect(try await world.delete("/entities/by-uid/x").status == .noContent)
      #expect(try await world.get("/locations").status == .ok)
    }
  }

  @Test("the location of an entity is found, with upper-case letters too (C216)")
  func byEntity() async throws {
    try await CatalogWorld.run([Self.web, CatalogWorld.entity("Component", "led")]) { world async throws in
      let id = try await world.post("/locations", Self.body).member("location", "id")
      try await world.database.pool.write { db in
        try db.execute(
          sql: """
            UPDATE file SET origin = 'url:\(Self.target)', origin_source = 'registered'
            WHERE id = (SELECT file_id FROM entity WHERE name = 'led')
            """
        )
      }
      #expect(try await world.get("/locations/by-entity/component/default/led").member("id") == id)
      #expect(try await world.get("/locations/by-entity/component/default/web").status == .notFound)
    }
  }

  @Test("entities are judged (C217)")
  func validate() async throws {
    try await CatalogWorld.run([Self.web]) { world async throws in
      let location = "url:\(Self.target)"
      func body(_ name: String, _ location: String) -> String {
        """
        {"entity":{"apiVersion":"backstage.io/v1alpha1","kind":"Component","metadata":{"name":"\(name)"},
        "spec":{"type":"t","lifecycle":"l","owner":"o"}},"location":"\(location)"}
        """
      }
      let good = try await world.post("/validate-entity?anything=1", body("web", location))
      #expect(good.status == .ok)
      #expect(good.text == "")
      for bad in [
        body("-bad-", location), body("web", "file:x"), body("web", "nonsense"),
        "{\"entity\":null,\"location\":\"\(location)\"}", #"{"entity":{},"location":null}"#, "{", "",
        "{\"entity\":{},\"location\":\"\(location)\"}",
      ] {
        let answer = try await world.post("/validate-entity", bad)
        #expect(answer.status == .badRequest, "\(bad)")
        #expect(try answer.member("errors", "0", "name") == "InputError", "\(bad)")
        #expect(try answer.member("errors", "0", "message") != "")
      }
    }
  }

  @Test("a repository is analyzed (C218)")
  func analyze() async throws {
    try await CatalogWorld.run([Self.web]) { world async throws in
      func ask(_ target: String) async throws -> TestResponse {
        try await world.post(
          "/analyze-location",
          "{\"location\":{\"type\":\"url\",\"target\":\"\(target)\"}}"
        )
      }
      let fresh = try await ask("https://dev.azure.com/org/proj/_git/repo")
      #expect(
        fresh.text == """
          {"existingEntityFiles":[],"generateEntities":[{"entity":{"apiVersion":"backstage.io/v1alpha1",\
          "kind":"Component","metadata":{"name":"repo","annotations":{"dev.azure.com/project-slug":"proj/repo",\
          "dev.azure.com/project-repo":"proj/repo"}},"spec":{"type":"other","lifecycle":"unknown"}},"fields":[]}]}
          """
      )
      let known = try await ask("https://dev.azure.com/contoso/P/_git/R0")
      #expect(try known.member("existingEntityFiles", "0", "entity", "metadata", "name") == "web")
      #expect(
        try known.member("existingEntityFiles", "0", "location", "target") == CatalogWorld.url(of: "r0")
      )
      #expect(known.text.hasSuffix(#""generateEntities":[]}"#))
      #expect(try await ask("not a url").status == .badRequest)
      #expect(try await world.post("/analyze-location", "{}").status == .badRequest)
    }
  }
}
