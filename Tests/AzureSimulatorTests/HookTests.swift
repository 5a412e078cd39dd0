import Foundation
import NIOCore
import TestSupport
import Testing

@testable import AzureSimulator

@Suite("Service hooks of the simulator", .timeLimit(.minutes(1)))
struct HookTests {
  private static let world = World(organizations: [
    .init(
      "contoso",
      projects: [
        .init("p", repositories: [.init("r", files: ["/a": "1"]), .init("s", files: ["/a": "1"])]),
        .init("q"),
      ]
    )
  ])
  private static let route = "/contoso/_apis/hooks/subscriptions?api-version=7.0"

  private static func body(
    _ type: String = "git.push",
    project: String,
    url: String = "http://127.0.0.1:9/hook",
    version: String = "1.0",
    consumer: String = "webHooks",
    inputs: String = ""
  ) -> String {
    """
    {"publisherId":"tfs","eventType":"\(type)","resourceVersion":"\(version)","consumerId":"\(consumer)",
    "consumerActionId":"httpRequest","publisherInputs":{"projectId":"\(project)"},
    "consumerInputs":{"url":"\(url)"\(inputs)}}
    """
  }

  private let project = HookTests.world.projectID(organization: "contoso", project: "p") ?? ""

  @Test("a subscription is made, listed with its secrets hidden, and deleted")
  func life() throws {
    let asking = Asking(Self.world)
    let made = asking.post(
      Self.route,
      Self.body(project: project, inputs: #","basicAuthPassword":"hidden-1""#)
    )
    #expect(made.status == 200)
    let id = try #require(made.json?["id"]?.string)
    let list = asking.get(Self.route + "&publisherId=tfs&eventType=git.push&consumerId=webHooks")
    #expect(list.text.contains(id) && list.text.contains("********") && !list.text.contains("hidden-1"))
    #expect(!asking.get(Self.route + "&eventType=git.repo.created").text.contains(id))
    let one = "/contoso/_apis/hooks/subscriptions/\(id)?api-version=7.0"
    #expect(asking.send("DELETE", one).status == 204)
    #expect(asking.send("DELETE", one).status == 404)
  }

  @Test("what is asked for is looked at")
  func faults() {
    let asking = Asking(Self.world)
    for body in [
      "{}", "nonsense", Self.body(project: "q"),
      Self.body("git.repo.created", project: "", version: "1.0-preview.1"),
      Self.body("git.repo.created", project: project, version: "1.0"),
      Self.body("git.pull", project: project),
      Self.body(project: project, url: "ftp://a/b"), Self.body(project: project, consumer: "slack"),
      Self.body(project: project, url: "http://catalog.example/", inputs: #","httpHeaders":"a:b""#),
      Self.body(project: project, inputs: #","surprise":"a""#),
    ] {
      #expect(asking.post(Self.route, body).status == 400, "\(body)")
    }
    #expect(asking.post(Self.route, Self.body(project: "")).status == 200)
  }

  @Test("a change becomes events for those who want them, pushes in their order")
  func events() throws {
    let before = WorldIndex(Self.world)
    var world = Self.world
    world.update("contoso/p/r") { $0.branches["main"] = ["/a": "2"] }
    world.update("contoso/p/s") { $0.isDisabled = true }
    let after = WorldIndex(world)
    let history = History()
    history.keep(before, before: after)
    let changed = HookEvents(from: before, to: after, history: history, lastPush: 7)
    #expect(changed.events.map(\.type) == ["git.push", "git.repo.statuschanged"] && changed.lastPush == 8)
    var json = JSONWriter()
    json.object { changed.events[0].resource("http://h", &$0) }
    let text = String(buffer: json.buffer)
    #expect(text.contains(#""name":"refs/heads/main""#) && text.contains(#""pushId":8"#))

    world.renameRepository("contoso/p/r", to: "renamed")
    world.deleteRepository("contoso/p/s")
    let renamed = HookEvents(from: after, to: WorldIndex(world), history: history, lastPush: 8)
    #expect(Set(renamed.events.map(\.type)) == ["git.repo.renamed", "git.repo.deleted"])
  }

  @Test("what is not taken is sent again until it is, and given up when it is refused for good")
  func ladder() async throws {
    for (statuses, attempts, state) in [
      ([503, 502, 200], 3, "enabled"), ([410], 1, "disabledBySystem"), ([400], 1, "onProbation"),
      (Array(repeating: 503, count: 9), 9, "onProbation"),
    ] as [([Int], Int, String)] {
      let left = Locked(statuses)
      let server = try LoopbackServer { connection in
        guard let head = connection.readHead(), head.contains("X-Secret: hidden-1") else { return }
        let status = left.withLock { $0.isEmpty ? 500 : $0.removeFirst() }
        connection.write("HTTP/1.1 \(status) X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
      }
      var options = SimulatorOptions()
      options.hookRetryScale = 0.001
      let simulator = Simulator(world: Self.world, options: options)
      let asking = Asking(simulator)
      let inputs = #","httpHeaders":"X-Secret:hidden-1""#
      #expect(
        asking.post(Self.route, Self.body(project: project, url: server.url, inputs: inputs)).status == 200
      )
      try await simulator.serving { _ in
        simulator.change { $0.update("contoso/p/r") { $0.branches["main"] = ["/a": "2"] } }
        try await until { simulator.deliveries.count >= attempts }
        try await until { asking.get(Self.route).text.contains("\"status\":\"\(state)\"") }
      }
      #expect(simulator.deliveries.map(\.status) == statuses.map(Optional.some))
      #expect(simulator.deliveries.map(\.attempt) == Array(1...attempts))
    }
  }
}
