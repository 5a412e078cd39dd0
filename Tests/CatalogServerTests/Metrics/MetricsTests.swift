import AzureDevOps
import AzureSimulator
import CatalogServer
import CatalogStore
import Crawl
import Credentials
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Metrics
import Settings
import TestSupport
import Testing
import Transport

@Suite("Metrics")
struct MetricsTests {
  private static let counter = MetricDescription("a_total", .counter, "Help with \\ and\na line.")

  @Test("labels and help are written so that they read back the same")
  func escaping() throws {
    let registry = MetricsRegistry()
    let value = "quote \" backslash \\ line\nend, {x=\"y\"} é"
    registry.add(Self.counter, [("b", value), ("a-b", "1")], by: 2.5)
    registry.set(MetricDescription("g", .gauge, "G."), to: .infinity)
    let text = registry.text
    let read = try PrometheusReader(text)
    #expect(read.value("a_total", ["b": value, "a_b": "1"]) == 2.5)
    #expect(read.value("g") == .infinity)
    #expect(text.hasPrefix("# HELP a_total Help with \\\\ and\\na line.\n# TYPE a_total counter\n"))
  }

  @Test("a histogram counts what is within each bound and all below")
  func histogram() throws {
    let registry = MetricsRegistry()
    let metric = MetricDescription("h_seconds", .histogram, "H.", bounds: [0.1, 1])
    for value in [0.05, 0.1, 0.5, 7] { registry.observe(metric, [("r", "x")], value) }
    #expect(
      registry.text == """
        # HELP h_seconds H.
        # TYPE h_seconds histogram
        h_seconds_bucket{r="x",le="0.1"} 2
        h_seconds_bucket{r="x",le="1"} 3
        h_seconds_bucket{r="x",le="+Inf"} 4
        h_seconds_sum{r="x"} 7.65
        h_seconds_count{r="x"} 4

        """
    )
    _ = try PrometheusReader(registry.text)
  }

  @Test("what comes from outside cannot make more series than there is room for")
  func bounded() throws {
    let registry = MetricsRegistry()
    for number in 0..<5_000 { registry.add(Self.counter, [("path", "\(number)")]) }
    let read = try PrometheusReader(registry.text)
    #expect(read.samples.count == MetricsRegistry.maxSeries + 1)
    #expect(read.value("a_total", ["path": "other"]) == 4_000)
    #expect(read.sum("a_total") == 5_000)
  }

  @Test("libraries count through swift-metrics")
  func factory() throws {
    let registry = MetricsRegistry()
    Counter(label: "lib.requests", dimensions: [("kind", "a")], factory: registry).increment(by: 3)
    Metrics.Timer(label: "lib.time", dimensions: [], factory: registry).recordMilliseconds(250)
    Meter(label: "lib-level", dimensions: [], factory: registry).set(7)
    Recorder(label: "lib.sizes", dimensions: [], aggregate: true, factory: registry).record(2)
    let read = try PrometheusReader(registry.text)
    #expect(read.value("lib_requests_total", ["kind": "a"]) == 3)
    #expect(read.value("lib_time_seconds_sum") == 0.25)
    #expect(read.value("lib_level") == 7 && read.value("lib_sizes_count") == 1)
  }

  @Test(
    "what of Azure DevOps an address asks for",
    arguments: [
      ("https://dev.azure.com/contoso/_apis/git/repositories?api-version=7.0", "repositories", "contoso"),
      ("https://dev.azure.com/contoso/_apis/git/repositories/1/items?path=/a", "items", "contoso"),
      ("https://dev.azure.com/contoso/p/_apis/git/repositories/1/blobs", "blobs", "contoso"),
      ("https://dev.azure.com/contoso/_apis/git/repositories/1/surprise/x", "other", "contoso"),
      ("https://dev.azure.com/contoso/_apis/projects?$top=1", "projects", "contoso"),
      ("https://dev.azure.com/contoso/_apis/ConnectionData", "connection data", "contoso"),
      (
        "https://dev.azure.com/contoso/p/_apis/git/recycleBin/repositories", "deleted repositories", "contoso"
      ),
      ("https://dev.azure.com/contoso2/_apis/git/repositories", "repositories", "other"),
      ("https://login.microsoftonline.com/t/oauth2/v2.0/token", nil, "other"),
      ("http://169.254.169.254/metadata/identity/oauth2/token?a=b", nil, "other"),
    ] as [(String, String?, String)]
  )
  func routes(url: String, route: String?, organization: String) {
    var settings = CrawlerSettings()
    settings.crawler.organizations = [OrganizationSettings(name: "contoso")]
    #expect(AzureRoute.name(of: url) == route)
    #expect(AzureRoute.organization(of: url, in: settings) == organization)
  }

  @Test("answers are counted by route, whatever paths are asked for")
  func answers() async throws {
    try await TestService.run { service in
      for path in ["/healthz", "/healthz", "/a", "/b/c?d=\"e"] { _ = try await service.send(.get, path) }
      _ = try await service.send(HTTPRequest.Method("BREW") ?? .get, "/healthz")
      let answer = try await service.send(.get, "/metrics")
      #expect(answer.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
      let read = try PrometheusReader(String(buffer: answer.body))
      let requests = "http_server_requests_total"
      #expect(read.value(requests, ["method": "GET", "route": "/healthz", "status": "200"]) == 2)
      #expect(read.sum(requests, ["method": "GET", "route": "none"]) == 2)
      #expect(read.sum(requests, ["method": "other"]) == 1)
      #expect(read.value("catalog_crawler_database_up") == 1)
      #expect((read.value("process_resident_memory_bytes") ?? 0) > 1e6)
      #expect((read.value("process_cpu_seconds_total") ?? 0) > 0)
    }
  }

  @Test("the numbers are those of a crawl")
  func crawl() async throws {
    let files: World.Files = [
      "/catalog-info.yaml": """
      apiVersion: backstage.io/v1alpha1
      kind: Component
      metadata: {name: web}
      spec: {type: service, lifecycle: live, owner: group:default/team}
      ---
      apiVersion: backstage.io/v1alpha1
      kind: Group
      metadata: {name: team}
      spec: {type: team, children: []}
      ---
      kind: Broken

      """
    ]
    let world = World(organizations: [
      .init(
        "contoso",
        projects: [.init("p", repositories: [.init("r", files: files), .init("empty", files: ["/x": "y"])])]
      )
    ])
    let simulator = Simulator(world: world)
    try await simulator.serving { base in
      let folder = try TemporaryFolder()
      try folder.write(
        """
        integrations:
          azure:
            - host: dev.azure.com
              credentials: [{organizations: [contoso], personalAccessToken: simulator-token}]
        crawler:
          endpoints: {dev.azure.com: '\(base)'}
        """,
        to: "app-config.yaml"
      )
      let settings = try SettingsFiles.read(
        explicit: [folder.path("app-config.yaml")],
        folder: folder.path("."),
        environment: [:]
      )
      let database = try CatalogDatabase.open(at: folder.path("catalog.db"))
      var parts = ServerParts(
        database: database,
        commands: RecordedCommands(),
        settings: { settings },
        logger: LogRecorder().logger
      )
      let curl = CurlClient()
      defer { curl.close() }
      let metrics = parts.metrics
      let send = metrics.watching(
        { request throws(TransportError) in try await curl.send(request) },
        settings: { settings }
      )
      let limiters = settings.crawler.limiters()
      parts.limiters = { await limiters.snapshots }
      let environment = Crawler.Environment(
        settings: settings,
        database: database,
        authorizer: Authorizer(settings: settings, environment: [:], send: send, warn: { _ in }),
        send: send,
        program: "test",
        pacing: { limiters.pacing(for: $0, onPause: $1) },
        observe: { metrics.observe($0, now: 1_790_000_000) }
      )
      let report = try await Crawler(environment).run(.sync)
      let text = try await Self.scraped(parts)
      let read = try PrometheusReader(text)

      let byRoute = simulator.requests.byRoute
      #expect(read.sum("catalog_crawler_azure_requests_total") == Double(simulator.requests.total))
      for (route, count) in byRoute {
        let labels = ["organization": "contoso", "route": route]
        #expect(read.sum("catalog_crawler_azure_requests_total", labels) == Double(count), "\(route)")
        #expect(
          read.value("catalog_crawler_azure_request_duration_seconds_count", ["route": route])
            == Double(count)
        )
      }
      #expect(read.value("catalog_crawler_crawls_total", ["command": "sync", "outcome": "complete"]) == 1)
      #expect(
        read.value("catalog_crawler_entity_changes_total", ["change": "added"])
          == Double(report.totals.entitiesAdded)
      )
      #expect(read.value("catalog_processed_entities_count", ["result": "changed"]) == 2)
      #expect(read.value("catalog_entities_count", ["kind": "Component"]) == 1)
      #expect(read.value("catalog_entities_count", ["kind": "Group"]) == 1)
      #expect(read.value("catalog_relations_count") == 2)
      #expect(read.value("catalog_registered_locations_count") == 0)
      #expect(read.value("catalog_crawler_files", ["state": "present"]) == 1)
      #expect(read.value("catalog_crawler_files", ["state": "absent"]) == 1)
      #expect(read.sum("catalog_crawler_problems", ["severity": "error"]) == Double(report.problems.errors))
      #expect(report.problems.errors > 0)
      #expect(
        read.value("catalog_crawler_limiter_limit", ["host": "dev.azure.com", "organization": "contoso"])
          == 16
      )
      #expect(read.value("catalog_crawler_organization_failing", ["organization": "contoso"]) == 0)
      #expect((read.value("catalog_crawler_database_size_bytes") ?? 0) > 0)
      if let path = ProcessInfo.processInfo.environment["METRICS_SAMPLE"] {
        try Data(text.utf8).write(to: URL(filePath: path))
      }
    }
  }

  private static func scraped(_ parts: ServerParts) async throws -> String {
    let text = Locked("")
    try await Application(router: CatalogServer.router(parts)).test(.router) { client in
      let answer = try await client.execute(uri: "/metrics", method: .get)
      text.withLock { $0 = String(buffer: answer.body) }
    }
    return text.withLock { $0 }
  }
}
