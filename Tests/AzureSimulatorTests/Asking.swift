import Foundation

@testable import AzureSimulator

/// Asks a simulator without a socket, as a member of organization `contoso` unless told otherwise.
struct Asking {
  let simulator: Simulator
  var headers: [String: String] = [
    "authorization": Asking.basic(World.defaultToken),
    "host": "dev.example.com",
    "accept": "application/json",
  ]

  init(_ world: World, _ options: SimulatorOptions = .init()) {
    simulator = Simulator(world: world, options: options)
  }

  init(_ simulator: Simulator) {
    self.simulator = simulator
  }

  /// An answer at a fixed moment, 5 January 2026 08:00 UTC, `after` the simulator began.
  func get(_ target: String, _ more: [String: String] = [:], after: Duration = .zero) -> SimulatorResponse {
    send("GET", target, more, after: after)
  }

  func post(_ target: String, _ body: String) -> SimulatorResponse {
    send("POST", target, [:], body: body)
  }

  func send(
    _ method: String,
    _ target: String,
    _ more: [String: String] = [:],
    body: String = "",
    after: Duration = .zero
  ) -> SimulatorResponse {
    let all = headers.merging(more) { _, new in new }.filter { !$0.value.isEmpty }
    let request = SimulatorRequest(
      method,
      target,
      headers: all.map { (name: $0.key, value: $0.value) },
      body: Array(body.utf8)
    )
    return simulator.answer(request, at: after, second: 1_767_600_000)
  }

  static func basic(_ token: String) -> String {
    "Basic \(Data("any:\(token)".utf8).base64EncodedString())"
  }
}

extension SimulatorResponse {
  /// The body as text.
  var text: String { String(decoding: wholeBody, as: UTF8.self) }

  /// The body as JSON; nil when it is none.
  var json: JSONValue? {
    try? JSONValue(text: text)
  }

  /// The value of `typeKey` of an error; nil when the body is no error.
  var typeKey: String? { json?["typeKey"]?.string }
  var message: String? { json?["message"]?.string }
}

/// The repository the tests ask most: its ids are those git itself gives (`git hash-object`, `git commit`).
enum Sample {
  static let files: World.Files = [
    "/catalog-info.yaml": "kind: Component\n",
    "/a/b/c.txt": "x",
    "/a/run.sh": World.File(bytes: "#!/bin/sh\n".utf8, mode: .executable),
    "/a.b/d": "y",
    "/a0": "z",
    "/link": World.File(bytes: "a/run.sh".utf8, mode: .symbolicLink),
    "/é f.txt": "é",
  ]

  static let repository = "/contoso/Shop/_apis/git/repositories/web"

  /// One organization with one project with the sample and one repository of each other kind.
  static let world = World(organizations: [
    .init(
      "contoso",
      projects: [
        .init(
          "Shop",
          repositories: [
            .init("web", files: files),
            .init("empty"),
            .init("off", files: ["/catalog-info.yaml": "x"], isDisabled: true),
            .init("repair", files: ["/catalog-info.yaml": "x"], isInMaintenance: true),
            .init("secret", files: ["/catalog-info.yaml": "x"], access: .denied),
            .init("hidden", files: ["/catalog-info.yaml": "x"], access: .invisible),
            .init("fork", files: ["/catalog-info.yaml": "x"], forkOf: "Shop/web"),
            .init("new name", files: ["/catalog-info.yaml": "x"], renamedFrom: "old name"),
            .init(
              "branches",
              files: ["/catalog-info.yaml": "main"],
              branches: ["main-2": ["/f": "2"], "dev": ["/f": "dev"], "feature/x": ["/f": "x"]],
              tags: ["v1": ["/f": "tag"]]
            ),
          ]
        ),
        .init("Second Project (é)", repositories: [.init("{t}$ [1]", files: ["/f": "1"])]),
      ]
    )
  ])
}
