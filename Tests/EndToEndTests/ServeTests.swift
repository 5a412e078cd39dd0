import AzureSimulator
import CatalogStore
import Crawl
import Foundation
import GRDB
import TestSupport
import Testing

/// The built program as a service.
@Suite(.timeLimit(.minutes(2)))
struct ServeTests {
  private func catalogs(_ count: Int) -> [String: String?] {
    var catalogs: [String: String?] = [:]
    for number in 0..<count { catalogs["r\(100 + number)"] = component("c\(number)") }
    return catalogs
  }

  /// Settings that listen at a port that the system chooses.
  private func crawling(_ base: String, concurrency: Int = 8, more: String = "") throws -> Crawling {
    try Crawling(base, concurrency: concurrency, more: "  listen: '127.0.0.1:0'\n" + more)
  }

  @Test func `it serves at once, crawls when it is asked to, and ends with 0`() async throws {
    let simulator = Simulator(world: world(catalogs(3)))
    try await simulator.serving { base in
      let crawling = try crawling(base)
      let service = try await ServiceProcess(in: crawling.folder)

      #expect(try await service.get("/healthz").status == 200)
      try await service.waitFor("/readyz") { $0 == #"{"status":"ok"}"# }
      let asked = try await service.post("/api/crawler/crawls", #"{"command": "sync"}"#)
      #expect(asked.status == 202 && asked.body == #"{"request":1}"#)
      try await service.waitFor("/api/crawler/requests/1") { $0.contains(#""state":"done""#) }
      let crawl = try await service.get("/api/crawler/crawls/1").body
      #expect(crawl.contains(#""outcome":"complete""#) && crawl.contains(#""requests":4"#), "\(crawl)")
      let organizations = try await service.get("/api/crawler/organizations").body
      #expect(organizations.contains(#""credential":"personal access token""#), "\(organizations)")
      #expect(organizations.contains(#""inFlight":0"#))
      #expect(
        try await service.get("/api/crawler/repositories?coverage=valid&limit=2").body.contains(#""next":2"#)
      )

      #expect(await service.stop() == 0)
      let log = try service.log
      #expect(log.contains("crawl begun") && log.contains("crawl=1"), "\(log)")
      #expect(try await crawling.rows("SELECT count(*) FROM crawl_service") == ["0"])
    }
  }

  @Test func `sync and refresh hand their work over, with the same report and exit code`() async throws {
    let simulator = Simulator(world: world(catalogs(3)))
    try await simulator.serving { base in
      let crawling = try crawling(base)
      let service = try await ServiceProcess(in: crawling.folder)

      let synced = try await crawling.program("sync")
      #expect(synced.code == 0, "\(synced.errors)")
      #expect(synced.output.contains("contoso (dev.azure.com): 4 requests, 3 files asked for, 3 found; "))
      #expect(synced.errors.contains("request 1 is answered by the service in process "))
      let json = try await crawling.program("refresh", "--organization", "contoso", "--json")
      #expect(json.output.contains("\"outcome\" : \"complete\""), "\(json.output)")
      let due = try await crawling.program("refresh", "--due")
      #expect(due.code == 0, "\(due.errors)")

      simulator.setFaults([FaultRule(route: "items", repository: "r101", answer: .forbidden)])
      let partial = try await crawling.program("sync")
      #expect(partial.code == 2)
      #expect(partial.output.contains("not read: contoso/P/r101 /catalog-info.yaml: "))
      let wrong = try await crawling.program("refresh", "--organization", "nobody")
      #expect(wrong.code == 64)
      #expect(wrong.errors.contains("the settings have no organization 'nobody'"))
      let nothing = try await crawling.program("refresh", "--organization", "contoso", "--repository", "none")
      #expect(nothing.code == 1)

      let noted = try await crawling.program("refresh", "--organization", "contoso", "--no-wait")
      #expect(noted.code == 0 && noted.output == "request 7\n", "\(noted.output)")
      try await service.waitFor("/api/crawler/requests/7") { $0.contains(#""state":"done""#) }
      #expect(await service.stop() == 0)
      let crawls = "SELECT count(*) FROM crawl WHERE program LIKE 'catalog-crawler%'"
      #expect(try await crawling.rows(crawls) == ["6"])
    }
  }

  @Test func `a stop during a crawl finishes what is under way, and the next start goes on with it`()
    async throws
  {
    let begun = Gate()
    let simulator = Simulator(
      world: world(catalogs(40)),
      options: .init(onRequest: { number in if number == 12 { Task { await begun.open() } } })
    )
    try await simulator.serving { base in
      simulator.setFaults([FaultRule(route: "items", answer: .slow(by: .milliseconds(200)))])
      let crawling = try crawling(base, concurrency: 2)
      let service = try await ServiceProcess(in: crawling.folder)
      _ = try await service.post("/api/crawler/crawls", #"{"command": "sync"}"#)
      await begun.wait()

      #expect(await service.stop() == 0)

      let asked = simulator.requests.byRoute["items"] ?? 0
      let stored = try await crawling.rows("SELECT count(*) FROM file")
      #expect(stored == ["\(asked)"], "what was asked for is stored")
      #expect(asked < 40)
      #expect(try await crawling.rows("SELECT outcome FROM crawl") == ["interrupted"])
      #expect(try await crawling.rows("SELECT state FROM crawl_request") == ["waiting"])
      simulator.setFaults([])
      let next = try await ServiceProcess(in: crawling.folder)
      try await next.waitFor("/api/crawler/requests/1") { $0.contains(#""state":"done""#) }
      #expect(await next.stop(SIGINT) == 0)
      #expect(simulator.requests.byRoute["items"] == 40, "nothing is asked for twice")
      #expect(try await crawling.rows("SELECT id, outcome FROM crawl") == ["1|complete"])
    }
  }

  @Test func `what is under way longer than the shutdown may take is cut off`() async throws {
    let begun = Gate()
    let simulator = Simulator(
      world: world(catalogs(4)),
      options: .init(onRequest: { number in if number == 3 { Task { await begun.open() } } })
    )
    try await simulator.serving { base in
      simulator.setFaults([FaultRule(route: "items", answer: .stalled)])
      let crawling = try crawling(base, concurrency: 2, more: "  shutdownTimeout: 500ms\n")
      let service = try await ServiceProcess(in: crawling.folder)
      _ = try await service.post("/api/crawler/crawls", #"{"command": "sync"}"#)
      await begun.wait()

      #expect(await service.stop() == 0)
      #expect(try await crawling.rows("SELECT state FROM crawl_request") == ["waiting"])
    }
  }

  @Test func `requests that wait survive a kill, and the next service answers them`() async throws {
    let killing = KillSwitch()
    let simulator = Simulator(world: world(catalogs(20)), options: .init(onRequest: killing.onRequest))
    try await simulator.serving { base in
      let crawling = try crawling(base, concurrency: 2)
      let service = try await ServiceProcess(in: crawling.folder)
      killing.set(8)
      killing.began(service.identifier)
      _ = try await service.post("/api/crawler/crawls", #"{"command": "sync"}"#)
      #expect(await service.end() == -9)
      let left = try await crawling.rows("SELECT state FROM crawl_request")
      #expect(left == ["running"] || left == ["waiting"])
      killing.set(nil)

      let next = try await ServiceProcess(in: crawling.folder)
      try await next.waitFor("/api/crawler/requests/1") { $0.contains(#""state":"done""#) }

      #expect(await next.stop() == 0)
      #expect(try await crawling.rows("SELECT id, outcome FROM crawl") == ["1|complete"])
    }
  }

  @Test func `what a service has left is answered by whoever crawls next`() async throws {
    let simulator = Simulator(world: world(catalogs(3)))
    try await simulator.serving { base in
      let crawling = try crawling(base)
      _ = try await crawling.crawl()
      let request = CrawlRequest.refresh(CrawlLimits(organization: "contoso", repository: "r101"))
      _ = try await crawling.database.submit(request.new(reason: "test"), at: Date())
      _ = try await crawling.database.submit(CrawlRequest.sync.new(reason: "test"), at: Date())

      let ended = try await crawling.program("sync")

      #expect(ended.code == 0)
      #expect(ended.errors.contains("1 requests are left of a service that is gone"))
      #expect(
        try await crawling.rows("SELECT state, exit_code, crawl_id FROM crawl_request ORDER BY id") == [
          "done|0|3", "done|0|2",
        ]
      )
    }
  }

  @Test func `two who follow the same request of a service that is gone both crawl`() async throws {
    let simulator = Simulator(world: world(catalogs(2)))
    try await simulator.serving { base in
      let crawling = try crawling(base)
      let service = LeaseHolder()
      try await crawling.database.enter(service, at: Date())
      let arguments = ["sync", "--wait"]
      async let one = crawling.program(arguments[0], arguments[1])
      async let other = crawling.program(arguments[0], arguments[1])
      try await until {
        let names = try FileManager.default.contentsOfDirectory(atPath: crawling.folder.path("."))
        return try names.filter { $0.hasPrefix("stderr-") }.count {
          try String(contentsOfFile: crawling.folder.path($0), encoding: .utf8).contains(
            "request 1 is answered by"
          )
        } == 2
      }

      try await crawling.database.leave(service)

      let ended = try await [one, other]
      #expect(ended.map(\.code) == [0, 0], "\(ended.map(\.errors))")
      #expect(try await crawling.rows("SELECT outcome FROM crawl") == ["complete", "complete"])
    }
  }

  @Test func `what is asked for during a crawl is not answered by it`() async throws {
    let begun = Gate()
    let simulator = Simulator(
      world: world(catalogs(20)),
      options: .init(onRequest: { number in if number == 3 { Task { await begun.open() } } })
    )
    try await simulator.serving { base in
      simulator.setFaults([FaultRule(route: "items", answer: .slow(by: .milliseconds(200)))])
      let crawling = try crawling(base, concurrency: 2)
      async let ended = crawling.program("sync")
      await begun.wait()
      _ = try await crawling.database.submit(CrawlRequest.sync.new(reason: "test"), at: Date())

      #expect(try await ended.code == 0)
      #expect(try await crawling.rows("SELECT state, crawl_id FROM crawl_request") == ["done|2"])
    }
  }

  @Test func `settings are read anew, and wrong ones leave the old ones`() async throws {
    let simulator = Simulator(world: world(catalogs(2)))
    try await simulator.serving { base in
      let crawling = try crawling(base)
      let service = try await ServiceProcess(["--config", "app-config.yaml"], in: crawling.folder)
      let good = try String(
        contentsOf: crawling.folder.url.appending(path: "app-config.yaml"),
        encoding: .utf8
      )
      #expect(try await service.get("/api/crawler/schedule").body == #"{"items":[]}"#)

      try crawling.folder.write(good + "  nonsense: 1\n", to: "app-config.yaml")
      service.send(SIGHUP)
      try await service.waitFor("/api/crawler/settings") { $0.contains("nonsense") }
      _ = try await service.post("/api/crawler/crawls", #"{"command": "sync"}"#)
      try await service.waitFor("/api/crawler/requests/1") { $0.contains(#""outcome":"complete""#) }

      // Without a signal: the file is looked at.
      try crawling.folder.write(good + "  schedule: {sync: {cron: '0 3 * * *'}}\n", to: "app-config.yaml")
      try await service.waitFor("/api/crawler/schedule") { $0.contains("T03:00:") }
      #expect(try await !service.get("/api/crawler/settings").body.contains("error"))
      #expect(await service.stop() == 0)
    }
  }

  @Test func `what the schedule has missed is made up for once`() async throws {
    let simulator = Simulator(world: world(catalogs(2)))
    try await simulator.serving { base in
      let crawling = try crawling(base, more: "  schedule: {sync: P1D}\n")
      _ = try await crawling.crawl(now: Date().addingTimeInterval(-5 * 86_400))

      let service = try await ServiceProcess(in: crawling.folder)
      try await service.waitFor("/api/crawler/requests/1") { $0.contains(#""state":"done""#) }

      #expect(await service.stop() == 0)
      #expect(try await crawling.rows("SELECT id, outcome FROM crawl") == ["1|complete", "2|complete"])
      #expect(try await crawling.rows("SELECT reason FROM crawl_request") == ["schedule: sync"])
      let second = try await ServiceProcess(["--no-schedule"], in: crawling.folder)
      #expect(try await second.get("/api/crawler/schedule").body == #"{"items":[]}"#)
      #expect(await second.stop() == 0)
    }
  }

  @Test func `an address or a database in use ends with 75`() async throws {
    let simulator = Simulator(world: world(catalogs(1)))
    try await simulator.serving { base in
      let crawling = try crawling(base)
      let service = try await ServiceProcess(in: crawling.folder)
      let port = try #require(service.address.split(separator: ":").last)

      let again = try await crawling.program("serve")
      #expect(again.code == 75)
      #expect(again.errors.contains("serves this database already"), "\(again.errors)")
      let other = try Crawling(base, more: "  listen: '127.0.0.1:\(port)'\n")
      let inUse = try await other.program("serve")
      #expect(inUse.code == 75)
      #expect(inUse.errors.contains("the address is in use"), "\(inUse.errors)")
      #expect(await service.stop() == 0)
    }
  }
}
