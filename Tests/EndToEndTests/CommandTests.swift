import AzureSimulator
import Foundation
import TestSupport
import Testing

/// The built program, run as people run it.
@Suite(.timeLimit(.minutes(2)))
struct CommandTests {
  /// A folder with settings for the organization `contoso`.
  private func folder(_ base: String, more: String = "") throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      integrations:
        azure:
          - credentials:
              - organizations: [contoso]
                personalAccessToken: ${TEST_TOKEN}
      crawler:
        endpoints: {dev.azure.com: "\(base)"}
      \(more)
      """,
      to: "app-config.yaml"
    )
    return folder
  }

  /// Runs the program in the folder, with the token in its environment.
  private func run(
    _ arguments: String...,
    in folder: TemporaryFolder,
    token: String = "simulator-token",
    begun: @Sendable (Process) async -> Void = { _ in }
  ) async throws -> ProgramRun {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return try await ProgramRun(
      arguments,
      in: folder,
      environment: ["TEST_TOKEN": token, "PATH": path],
      begun: begun
    )
  }

  private func simulator() -> Simulator {
    Simulator(world: world(["a": component("api"), "b": component("web"), "c": nil]))
  }

  @Test func `sync makes the database beside the settings and says what it did`() async throws {
    try await simulator().serving { base in
      let folder = try folder(base)

      let first = try await run("sync", in: folder)
      let second = try await run("sync", "--json", in: folder)
      let status = try await run("status", "--format", "json", in: folder)

      #expect(first.code == 0, "\(first.errors)")
      #expect(first.output.contains("contoso (dev.azure.com): 4 requests, 3 files asked for, 2 found; "))
      #expect(first.output.contains("crawl 1 complete in "))
      #expect(first.errors.contains("contoso: 3 repositories listed"))
      #expect(FileManager.default.fileExists(atPath: folder.path("catalog.sqlite")))
      let report = try #require(
        try JSONSerialization.jsonObject(with: Data(second.output.utf8)) as? [String: Any]
      )
      #expect(report["outcome"] as? String == "complete")
      let totals = try #require(report["totals"] as? [String: Any])
      #expect(totals["requests"] as? Int == 4)
      #expect(
        totals["entities"] as? [String: Int] == ["added": 0, "changed": 0, "removed": 0, "unchanged": 2]
      )
      let held = try #require(
        try JSONSerialization.jsonObject(with: Data(status.output.utf8)) as? [String: Any]
      )
      #expect((held["crawls"] as? [Any])?.count == 2)
    }
  }

  @Test func `with quiet only the exit code tells`() async throws {
    try await simulator().serving { base in
      let ended = try await run("sync", "--quiet", in: try folder(base))

      #expect(ended.code == 0)
      #expect(ended.output.isEmpty && ended.errors.isEmpty)
    }
  }

  @Test func `a file's address from the browser refreshes that file`() async throws {
    try await simulator().serving { base in
      let folder = try folder(base)
      _ = try await run("sync", in: folder)

      let address = "https://dev.azure.com/contoso/P/_git/a?path=%2Fcatalog-info.yaml&version=GBmain"
      let ended = try await run("refresh", address, in: folder)

      #expect(ended.code == 0, "\(ended.errors)")
      #expect(ended.output.contains("1 requests, 1 files asked for"))
    }
  }

  @Test func `exit codes tell what kind of failure it was`() async throws {
    let simulator = simulator()
    try await simulator.serving { base in
      let folder = try folder(base)
      #expect(try await run("status", in: folder).code == 1, "there is no database yet")
      #expect(try await run("sync", in: folder, token: "wrong").code == 1)
      #expect(try await run("sync", in: folder).code == 0)
      simulator.setFaults([FaultRule(route: "items", repository: "b", answer: .forbidden)])
      let partial = try await run("sync", in: folder)
      #expect(partial.code == 2)
      #expect(partial.output.contains("not read: contoso/P/b /catalog-info.yaml: "))
      #expect(try await run("refresh", in: folder).code == 64)
      #expect(try await run("refresh", "https://example.com/x", in: folder).code == 64)
      #expect(try await run("refresh", "--organization", "nobody", in: folder).code == 64)
      #expect(try await run("sync", "--no-such-option", in: folder).code == 64)
      #expect(try await run("sync", "--config", "missing.yaml", in: folder).code == 78)
    }
  }

  @Test func `settings that are wrong say file, line, key path and what was expected`() async throws {
    let folder = try folder("http://example.com", more: "  concurency: 5\n")

    let ended = try await run("sync", in: folder)

    #expect(ended.code == 78)
    #expect(ended.errors.contains("app-config.yaml:8"), "\(ended.errors)")
    #expect(ended.errors.contains("crawler.concurency"))
    #expect(ended.errors.contains("concurrency"))
    #expect(ended.errors.contains("crawler.endpoints"), "plain http is for loopback only")
    #expect(!FileManager.default.fileExists(atPath: folder.path("catalog.sqlite")))
  }

  @Test func `an address with a token in it is refused without repeating it`() async throws {
    let folder = try folder("http://127.0.0.1:1")

    let ended = try await run("refresh", "https://me:canary-3f9a@dev.azure.com/contoso/P", in: folder)

    #expect(ended.code == 64)
    #expect(!ended.errors.contains("canary-3f9a") && !ended.output.contains("canary-3f9a"))
  }

  @Test func `a token never appears in what is printed or stored`() async throws {
    let canary = "canary-3f9a-token"
    try await simulator().serving { base in
      let folder = try folder(base)

      let ended = try await run("sync", in: folder, token: canary)

      #expect(ended.code == 1)
      #expect(!ended.output.contains(canary) && !ended.errors.contains(canary))
      for name in try FileManager.default.contentsOfDirectory(atPath: folder.path(".")) {
        let bytes = try Data(contentsOf: folder.url.appending(path: name))
        #expect(bytes.range(of: Data(canary.utf8)) == nil, "\(name)")
        #expect(bytes.range(of: Data(":\(canary)".utf8).base64EncodedData()) == nil, "\(name)")
      }
    }
  }

  @Test func `an interrupt ends a crawl with a consistent database`() async throws {
    let plan = World.Plan(repositories: 500, projects: 2, organizations: 1, missing: 0, documents: 1, seed: 3)
    var generated = World.generated(plan)
    generated.organizations[0].name = "contoso"
    // Once some files were asked for, and once only: a second interrupt does not wait.
    let process = Locked<Int32?>(nil)
    let interrupt: @Sendable (Int) -> Void = { number in
      guard number >= 20 else { return }
      process.withLock { pid in
        if let pid { kill(pid, SIGINT) }
        pid = nil
      }
    }
    let simulator = Simulator(world: generated, options: .init(onRequest: interrupt))
    // Each answer takes a second, the whole crawl half a minute.
    simulator.setFaults([FaultRule(route: "items", answer: .slow(by: .seconds(1)))])
    try await simulator.serving { base in
      let folder = try folder(base)

      let ended = try await run("sync", in: folder) { begun in
        process.withLock { $0 = begun.processIdentifier }
      }

      #expect(ended.code == 130)
      #expect(ended.output.contains("crawl 1 interrupted"))
      let asked = simulator.requests.total
      #expect(asked < 450, "a crawl that is interrupted must not go on: \(asked) requests")
      simulator.setFaults([])
      let next = try await run("sync", in: folder)
      #expect(next.code == 0)
      #expect(next.output.contains("500 files asked for, 500 found"))
    }
  }
}
