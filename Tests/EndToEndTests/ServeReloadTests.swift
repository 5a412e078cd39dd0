import AzureSimulator
import Foundation
import TestSupport
import Testing

/// Settings that change while the built program serves.
@Suite(.timeLimit(.minutes(2)))
struct ServeReloadTests {
  private static let listen = "  listen: '127.0.0.1:0'\n"

  private func catalogs(_ count: Int) -> [String: String?] {
    var catalogs: [String: String?] = [:]
    for number in 0..<count { catalogs["r\(100 + number)"] = component("c\(number)") }
    return catalogs
  }

  private func settings(_ folder: TemporaryFolder) throws -> String {
    try String(contentsOf: folder.url.appending(path: "app-config.yaml"), encoding: .utf8)
  }

  @Test func `a crawl under way ends with its own settings, the next one has the new ones`() async throws {
    let asked = Gate()
    let simulator = Simulator(
      world: world(catalogs(3)),
      options: .init(onRequest: { number in if number == 4 { Task { await asked.open() } } })
    )
    try await simulator.serving { base in
      // Until this is over, a crawl that has begun cannot end: its requests are sent again and again.
      simulator.setFaults([FaultRule(route: "items", repository: "r102", answer: .stalled)])
      let crawling = try Crawling(base, more: Self.listen + "  timeouts: {idle: 1s}\n")
      let service = try await ServiceProcess(in: crawling.folder)
      _ = try await service.post("/api/crawler/crawls", #"{"command": "sync"}"#)
      await asked.wait()

      let more = "  schedule: {sync: {cron: '0 3 * * *'}}\n  exclude: [r101, r102]\n"
      try crawling.folder.write(try settings(crawling.folder) + more, to: "app-config.yaml")
      service.send(SIGHUP)
      try await service.waitFor("/api/crawler/schedule") { $0.contains("T03:00:") }
      #expect(try await service.get("/api/crawler/requests/1").body.contains(#""state":"running""#))
      simulator.setFaults([])
      try await service.waitFor("/api/crawler/requests/1") { $0.contains(#""state":"done""#) }
      #expect(try await crawling.rows("SELECT count(*) FROM entity") == ["3"])
      #expect(try await crawling.rows("SELECT id, outcome FROM crawl") == ["1|complete"])

      let before = simulator.requests.byRoute["items"] ?? 0
      _ = try await service.post("/api/crawler/crawls", #"{"command": "sync"}"#)
      try await service.waitFor("/api/crawler/requests/2") { $0.contains(#""state":"done""#) }
      #expect((simulator.requests.byRoute["items"] ?? 0) - before == 1, "the others are excluded by now")
      #expect(await service.stop() == 0)
    }
  }

  @Test func `files that the settings take in are looked at too`() async throws {
    let simulator = Simulator(world: world(catalogs(1)))
    try await simulator.serving { base in
      let crawling = try Crawling(base, more: Self.listen)
      let folder = crawling.folder
      func version(_ name: String, _ hour: Int) throws {
        let path = folder.path(name)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try folder.write("sync: {cron: '0 \(hour) * * *'}\n", to: name + "/schedule.yaml")
      }
      func show(_ name: String) throws {
        try? FileManager.default.removeItem(atPath: folder.path("mounted"))  // There is none at first.
        try FileManager.default.createSymbolicLink(
          atPath: folder.path("mounted"),
          withDestinationPath: folder.path(name)
        )
      }
      try version("first", 3)
      try show("first")
      try folder.write(
        try settings(folder) + "  schedule: {$include: mounted/schedule.yaml}\n",
        to: "app-config.yaml"
      )
      let service = try await ServiceProcess(["--config", "app-config.yaml"], in: folder)
      #expect(try await service.get("/api/crawler/schedule").body.contains("T03:00:"))

      try version("first", 4)
      try await service.waitFor("/api/crawler/schedule") { $0.contains("T04:00:") }
      // As a container's folder is replaced: the names stay, the link leads to another one.
      try version("second", 5)
      try show("second")
      try await service.waitFor("/api/crawler/schedule") { $0.contains("T05:00:") }
      // One that is broken, and then right again.
      try folder.write("sync: [\n", to: "second/schedule.yaml")
      try await service.waitFor("/api/crawler/settings") { $0.contains("error") }
      #expect(try await service.get("/api/crawler/schedule").body.contains("T05:00:"))
      try version("second", 16)
      try await service.waitFor("/api/crawler/schedule") { $0.contains("T16:00:") }
      #expect(try await !service.get("/api/crawler/settings").body.contains("error"))
      #expect(await service.stop() == 0)
    }
  }

  @Test func `what needs a restart is said, what does not is used`() async throws {
    let simulator = Simulator(world: world(catalogs(1)))
    try await simulator.serving { base in
      let secret = "webhooks: {secret: webhook-secret-0001"
      let crawling = try Crawling(base, more: Self.listen + "  \(secret)}\n")
      let service = try await ServiceProcess(in: crawling.folder)

      let changed = try settings(crawling.folder)
        .replacing(Self.listen, with: "  listen: '127.0.0.1:1'\n  database: other.sqlite\n")
        .replacing(secret + "}", with: secret + ", settle: 2s}")
      let more = "  shutdownTimeout: 7s\n  api: {limits: {connections: 9, idle: 9s, bodyBytes: 9000}}\n"
      try crawling.folder.write(changed + more, to: "app-config.yaml")
      service.send(SIGHUP)
      try await service.waitFor("/api/crawler/settings") { $0.contains("crawler.listen has changed") }

      let told = try await service.get("/api/crawler/settings").body
      for key in ["listen", "database", "shutdownTimeout", "api.limits.connections", "api.limits.idle"] {
        #expect(told.contains("crawler.\(key) has changed, which has no effect before the next start"))
      }
      #expect(told.matches(of: /has changed/).count == 5, "\(told)")
      let log = try service.log
      #expect(log.contains("crawler.api.limits.idle has changed"), "\(log)")
      let large = "{\"a\":\"" + String(repeating: "x", count: 10_000) + "\"}"
      #expect(try await service.post("/api/crawler/crawls", large).status == 413)
      #expect(await service.stop() == 0)
    }
  }

  @Test func `settings that would open the service to everybody are refused`() async throws {
    let simulator = Simulator(world: world(catalogs(1)))
    try await simulator.serving { base in
      let tokens =
        "  api: {plainHTTP: true, tokens: [{name: a, token: token-of-the-test-0001, scope: admin}]}\n"
      let crawling = try Crawling(base, more: "  listen: '0.0.0.0:0'\n" + tokens)
      let service = try await ServiceProcess(in: crawling.folder)
      #expect(try await service.get("/api/crawler").status == 401)

      // Right by themselves, but the service goes on listening where others reach it.
      let changed = try settings(crawling.folder)
        .replacing("0.0.0.0", with: "127.0.0.1").replacing(tokens, with: "")
      try crawling.folder.write(changed, to: "app-config.yaml")
      service.send(SIGHUP)
      let token = "token-of-the-test-0001"
      try await until {
        try await service.get("/api/crawler/settings", token: token).body.contains("at least one token")
      }

      #expect(try await service.get("/api/crawler").status == 401)
      #expect(await service.stop() == 0)
    }
  }
}
