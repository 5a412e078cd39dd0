import CatalogServer
import HTTPTypes
import Settings
import Testing

@Suite("What a request needs")
struct AccessRuleTests {
  @Test(
    "every method and path",
    arguments: [
      (.get, "/healthz", .open), (.get, "/readyz", .open), (.get, "/login", .open), (.post, "/login", .open),
      (.post, "/logout", .open), (.get, "/healthz/x", .scope(.read)),
      (.get, "/metrics", .scope(.read)), (.head, "/api/catalog/entities", .scope(.read)),
      (.get, "/api/catalog/entities", .scope(.read)), (.options, "/api/catalog/entities", .scope(.read)),
      (.get, "/", .scope(.read)), (.get, "/api/crawler/crawls", .scope(.read)),
      (.post, "/webhooks/azure-devops", .ownSecret),
      (.post, "/api/catalog/entities/by-refs", .scope(.read)),
      (.post, "/api/catalog/entities/by-refs/", .scope(.read)),
      (.post, "/api/catalog/entities/by-query", .scope(.read)),
      (.post, "/api/catalog/entity-facets", .scope(.read)),
      (.post, "/api/catalog/validate-entity", .scope(.read)),
      (.post, "/api/catalog/analyze-location", .scope(.read)),
      (.post, "/api/catalog/refresh", .scope(.refresh)),
      (.post, "/api/crawler/repositories/7/refresh", .scope(.refresh)),
      (.put, "/api/catalog/refresh", .scope(.admin)),
      (.post, "/api/catalog/%72efresh", .scope(.admin)),
      (.post, "/refresh", .scope(.refresh)), (.get, "/assets/pages.css", .open),
      (.post, "/assets/pages.css", .scope(.admin)),
      (.post, "/api/catalog/locations", .scope(.admin)),
      (.delete, "/api/catalog/locations/7", .scope(.admin)),
      (.delete, "/api/catalog/entities/by-uid/7", .scope(.admin)),
      (.post, "/api/crawler/crawls", .scope(.admin)), (.patch, "/anything", .scope(.admin)),
      (.post, "/healthzz", .scope(.admin)), (.delete, "/api/catalog/entities/by-refs", .scope(.admin)),
    ] as [(HTTPRequest.Method, String, AccessNeed)]
  )
  func needs(method: HTTPRequest.Method, path: String, need: AccessNeed) {
    #expect(AccessRule.need(method, path) == need)
  }

  @Test(
    "to see what a location would bring needs less than to register it",
    arguments: [
      ("/api/catalog/locations", "dryRun=true", .refresh), ("/api/catalog/locations/", "dryRun=1", .refresh),
      ("/api/catalog/locations", "onConflict=refresh&dryRun=yes", .refresh),
      ("/api/catalog/locations", "dryRu%6E=tru%65", .refresh),
      ("/api/catalog/locations", nil, .admin), ("/api/catalog/locations", "", .admin),
      ("/api/catalog/locations", "dryRun=false", .admin), ("/api/catalog/locations", "dryRun", .admin),
      ("/api/catalog/locations", "dryRun=true&dryRun=false", .admin),
      ("/api/catalog/locations", "dryRun=true&dryRun=true", .admin),
      ("/api/catalog/locations", "dryRun=true&x=1", .admin),
      ("/api/catalog/locations", "dryrun=true", .admin), ("/api/catalog/locations", "dryRun=%zz", .admin),
      ("/api/catalog/locations/7", "dryRun=true", .admin), ("/api/crawler/crawls", "dryRun=true", .admin),
    ] as [(String, String?, AccessScope)]
  )
  func dryRun(path: String, query: String?, scope: AccessScope) {
    #expect(AccessRule.need(.post, path, query: query) == .scope(scope))
    #expect(AccessRule.need(.delete, path, query: query) == .scope(.admin))
  }

  @Test(
    "the names that a service on loopback answers to",
    arguments: [
      ("localhost", true), ("localhost:7007", true), ("LOCALHOST", true), ("127.0.0.1:7007", true),
      ("[::1]:7007", true), ("[::1]", true), ("localhost.", true), ("catalog.example", true),
      ("catalog.example:443", true), ("evil.example", false), ("localhost.evil.example", false),
      ("10.0.0.1", false), ("127.0.0.1.evil.example", false), ("", false), ("localhost:x", false),
      ("[::1", false), ("[::1]x", false), (":7007", false), ("localhost:7007:7007", false), ("*", false),
    ]
  )
  func loopbackHosts(host: String, isAllowed: Bool) {
    let rule = HostRule(listen: .init(host: "127.0.0.1", port: 7007), hosts: ["catalog.example"])
    #expect(rule.allows(host) == isAllowed)
  }

  @Test(
    "the names that a service for others answers to",
    arguments: [
      ("localhost", true), ("10.0.0.1:80", true), ("[fe80::1]:80", true), ("catalog.example", true),
      ("evil.example", false), ("1.2.3", false), ("1.2.3.256", false),
    ]
  )
  func otherHosts(host: String, isAllowed: Bool) {
    let rule = HostRule(listen: .init(host: "0.0.0.0", port: 7007), hosts: ["catalog.example"])
    #expect(rule.allows(host) == isAllowed)
    #expect(!rule.allows(nil))
  }

  @Test(
    "which page has made a request",
    arguments: [
      (nil, nil, .unknown), ("same-origin", nil, .own), ("same-origin", "https://a:1", .own),
      ("same-origin", "https://b", .foreign), ("cross-site", nil, .foreign), ("same-site", nil, .foreign),
      ("none", nil, .foreign), (nil, "http://a:1", .own), (nil, "HTTP://A:1", .own),
      (nil, "http://a", .foreign),
      (nil, "null", .foreign), (nil, "file://a:1", .foreign), (nil, "", .foreign), ("", nil, .foreign),
      (nil, "http://a:1.evil.example", .foreign),
    ] as [(String?, String?, OriginRule.Verdict)]
  )
  func origins(site: String?, origin: String?, verdict: OriginRule.Verdict) {
    #expect(OriginRule.verdict(site: site, origin: origin, host: "a:1") == verdict)
  }

  @Test(
    "what may be served where",
    arguments: [
      ("127.0.0.1", false, false, false, []), ("localhost", false, false, false, []),
      ("::1", false, false, false, []), ("127.9.9.9", false, false, false, []),
      ("0.0.0.0", false, false, false, ["crawler.api.tokens", "crawler.api.tls"]),
      ("10.1.1.1", true, false, false, ["crawler.api.tls"]), ("10.1.1.1", true, true, false, []),
      ("10.1.1.1", true, false, true, []), ("catalog.example", false, true, false, ["crawler.api.tokens"]),
      ("127.0.0.1.evil.example", true, false, false, ["crawler.api.tls"]),
    ] as [(String, Bool, Bool, Bool, [String])]
  )
  func listening(host: String, hasTokens: Bool, hasTLS: Bool, isPlain: Bool, faults: [String]) {
    var api = APISettings()
    if hasTokens { api.tokens = TestService.guarded.crawler.api.tokens }
    if hasTLS { api.tls = TLSFiles(certificateFile: "/c", keyFile: "/k") }
    api.plainHTTP = isPlain
    do throws(SettingsError) {
      try api.check(listen: .init(host: host, port: 1))
      #expect(faults.isEmpty)
    } catch {
      #expect(error.problems.map(\.keyPath) == faults)
    }
  }
}
