import AzureSimulator
import CatalogStore
import Foundation
import TestSupport
import Testing

/// What the API of the built program does to the catalog, and to Azure DevOps.
@Suite(.timeLimit(.minutes(2)))
struct ServeAPITests {
  private static let file = "https://dev.azure.com/contoso/P/_git/r100?path=/catalog-info.yaml"

  private func crawling(_ base: String) throws -> Crawling {
    try Crawling(
      base,
      more: "  listen: '127.0.0.1:0'\n  webhooks: {secret: webhook-secret-0001, settle: 100ms}\n"
    )
  }

  @Test func `a push is a row in less than a second`() async throws {
    let simulator = Simulator(world: world(["r100": component("web"), "r101": component("other")]))
    try await simulator.serving { base in
      let crawling = try crawling(base)
      let service = try await ServiceProcess(in: crawling.folder)
      _ = try await service.post("/api/crawler/crawls", #"{"command": "sync"}"#)
      try await service.waitFor("/api/crawler/requests/1") { $0.contains(#""state":"done""#) }
      let hooks = try await crawling.program(
        "webhooks",
        "install",
        "--url",
        service.address + "/webhooks/azure-devops"
      )
      #expect(hooks.code == 0, "\(hooks.errors)")
      let before = simulator.requests.total

      let begin = ContinuousClock.now
      simulator.change { world in
        let changed = component("web", owner: "team-b")
        world.update("contoso/P/r100") {
          $0.branches["main"] = ["/catalog-info.yaml": World.File(bytes: Array(changed.utf8))]
        }
      }
      try await service.waitFor("/api/catalog/entities/by-name/component/default/web") {
        $0.contains(#""owner":"team-b""#)
      }

      // The clock is looked at for people, who see it in a failure; machines that are busy take longer.
      let took = begin.duration(to: .now)
      #expect(took < .seconds(10), "\(took)")
      #expect(simulator.requests.total - before == 1, "only the file was asked for")
      #expect(
        try await crawling.rows("SELECT reason FROM crawl_request ORDER BY id DESC LIMIT 1") == ["webhook"]
      )
      #expect(await service.stop() == 0)
    }
  }

  @Test func `a dry run and a validation read from Azure DevOps and store nothing`() async throws {
    let files = component("web") + "---\n" + component("cart")
    let simulator = Simulator(world: world(["r100": files, "r101": "kind: [broken"]))
    try await simulator.serving { base in
      let crawling = try crawling(base)
      let service = try await ServiceProcess(in: crawling.folder)

      let dry = try await service.post(
        "/api/catalog/locations?dryRun=true",
        #"{"type": "url", "target": "\#(Self.file)"}"#
      )
      #expect(dry.status == 201, "\(dry.body)")
      #expect(dry.body.contains(#""exists":false"#))
      #expect(dry.body.contains(#""name":"web""#) && dry.body.contains(#""name":"cart""#), "\(dry.body)")
      let broken = try await service.post(
        "/api/catalog/locations?dryRun=true",
        #"{"type": "url", "target": "\#(Self.file.replacing("r100", with: "r101"))"}"#
      )
      #expect(broken.status == 400, "\(broken.body)")
      let entity =
        #"{"apiVersion": "backstage.io/v1alpha1", "kind": "Component", "metadata": {"name": "NAME"},"#
        + #" "spec": {"type": "service", "lifecycle": "production", "owner": "team-a"}}"#
      for (name, status) in [("fine", 200), ("not fine", 400)] {
        let answer = try await service.post(
          "/api/catalog/validate-entity",
          #"{"entity": \#(entity.replacing("NAME", with: name)), "location": "url:\#(Self.file)"}"#
        )
        #expect(answer.status == status, "\(answer.body)")
      }

      #expect(try await crawling.rows("SELECT count(*) FROM entity") == ["0"])
      #expect(try await crawling.rows("SELECT count(*) FROM location") == ["0"])
      let elsewhere = try await service.post(
        "/api/catalog/locations?dryRun=true",
        #"{"type": "url", "target": "http://169.254.169.254/latest/meta-data"}"#
      )
      #expect(elsewhere.status == 400, "\(elsewhere.body)")
      #expect(await service.stop() == 0)
    }
  }

  @Test func `a location is registered, refreshed and taken back`() async throws {
    let simulator = Simulator(world: world(["r100": component("web")]))
    try await simulator.serving { base in
      let crawling = try crawling(base)
      let service = try await ServiceProcess(in: crawling.folder)
      _ = try await service.post("/api/crawler/crawls", #"{"command": "sync"}"#)
      try await service.waitFor("/api/crawler/requests/1") { $0.contains(#""state":"done""#) }

      let added = try await service.post(
        "/api/catalog/locations",
        #"{"type": "url", "target": "\#(Self.file)"}"#
      )
      #expect(added.status == 201, "\(added.body)")
      let again = try await service.post(
        "/api/catalog/locations",
        #"{"type": "url", "target": "\#(Self.file)"}"#
      )
      #expect(again.status == 409, "\(again.body)")
      let refreshed = try await service.post(
        "/api/catalog/refresh",
        #"{"entityRef": "component:default/web"}"#
      )
      #expect(refreshed.status == 200 && refreshed.body.isEmpty, "\(refreshed.body)")
      let metrics = try await service.get("/metrics").body
      #expect(metrics.contains(#"catalog_entities_count{kind="Component"} 1"#), "\(metrics)")
      #expect(metrics.contains("catalog_crawler_crawls_total"), "\(metrics)")
      #expect(await service.stop() == 0)
    }
  }

  @Test func `an event that comes again after a restart is one question more, and changes nothing`()
    async throws
  {
    let simulator = Simulator(world: world(["r100": component("web"), "r101": component("other")]))
    try await simulator.serving { base in
      let crawling = try crawling(base)
      _ = try await crawling.crawl()
      let guid = try await crawling.rows("SELECT guid FROM repository WHERE name = 'r100'")[0]
      let event = #"""
        {"id": "e1", "eventType": "git.push", "resource": {"pushId": 7, "refUpdates": [{"name": "refs/heads/main"}],
        "repository": {"id": "\#(guid)", "name": "r100", "project": {"name": "P"}}},
        "resourceContainers": {"collection": {"baseUrl": "https://dev.azure.com/contoso/"}}}
        """#
      let proof = [(name: "X-Catalog-Crawler-Secret", value: "webhook-secret-0001")]
      func deliver(to service: ServiceProcess) async throws -> String {
        try await service.post("/webhooks/azure-devops", event, headers: proof).body
      }
      setCatalog(component("web", owner: "team-b"), of: "r100", in: simulator)

      let first = try await ServiceProcess(in: crawling.folder)
      #expect(try await deliver(to: first) == #"{"status":"queued"}"#)
      #expect(try await deliver(to: first) == #"{"status":"duplicate"}"#)
      // The stop hands over what waits, whether or not there was time to read it.
      #expect(await first.stop() == 0)
      let second = try await ServiceProcess(in: crawling.folder)
      #expect(try await deliver(to: second) == #"{"status":"queued"}"#)
      try await until { try await crawling.rows("SELECT DISTINCT state FROM crawl_request") == ["done"] }
      #expect(await second.stop() == 0)

      let asked = try await crawling.rows("SELECT count(*) FROM crawl_request WHERE reason = 'webhook'")
      #expect(["1", "2"].contains(asked[0]))
      let changes =
        "SELECT subject, name, change FROM history WHERE subject = 'entity' AND change = 'changed'"
      #expect(try await crawling.rows(changes) == ["entity|component:default/web|changed"])
    }
  }
}
