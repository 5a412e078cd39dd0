import AzureSimulator
import Foundation
import TestSupport
import Testing

/// `location add|list|refresh|remove|check`, run as people run it.
@Suite(.timeLimit(.minutes(2)))
struct LocationCommandTests {
  private let target = "https://dev.azure.com/contoso/P/_git/docs?path=/all.yaml"

  private func simulator() -> Simulator {
    Simulator(
      world: world(files: [
        "contoso/P/docs": [
          "/all.yaml": location("all", ["./a.yaml", "./missing.yaml"]), "/a.yaml": component("a"),
        ],
        "contoso/P/web": ["/catalog-info.yaml": component("web")],
      ])
    )
  }

  private func folder(_ base: String) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      integrations:
        azure:
          - credentials:
              - {organizations: [contoso], personalAccessToken: simulator-token}
      crawler:
        endpoints: {dev.azure.com: "\(base)"}
      """,
      to: "app-config.yaml"
    )
    return folder
  }

  private func run(_ arguments: String..., in folder: TemporaryFolder) async throws -> ProgramRun {
    try await ProgramRun(arguments, in: folder, environment: [:])
  }

  @Test func `a check shows what would be read and stores nothing`() async throws {
    try await simulator().serving { base in
      let folder = try folder(base)

      let check = try await run("location", "check", target, "--quiet", in: folder)
      let text = try await run("location", "add", "--dry-run", target, in: folder)
      let json = try await run("location", "check", target, "--json", in: folder)

      // A target is missing.
      #expect(check.code == 1)
      #expect(check.output.isEmpty)
      #expect(
        text.output.split(separator: "\n").map(String.init) == [
          "https://dev.azure.com/contoso/P/_git/docs?path=/a.yaml", "  component:default/a, line 1",
          "https://dev.azure.com/contoso/P/_git/docs?path=/all.yaml", "  location:default/all, line 1",
          "  error: line 8, column 7: there is no file https://dev.azure.com/contoso/P/_git/docs?path=/missing.yaml"
            + " [target-absent]",
          "https://dev.azure.com/contoso/P/_git/docs?path=/missing.yaml (absent)",
          "would be read: 3 files with 2 entities; nothing was stored",
        ]
      )
      let output = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
      #expect((output?["files"] as? [Any])?.count == 3)
      #expect(!FileManager.default.fileExists(atPath: folder.path("catalog.sqlite")))
    }
  }

  @Test func `a location is registered once in any spelling, read by every sync, and taken back`()
    async throws
  {
    try await simulator().serving { base in
      let folder = try folder(base)

      let add = try await run("location", "add", target, in: folder)
      let again = try await run(
        "location",
        "add",
        "https://x@DEV.azure.com/contoso/P/_git/docs?path=%2Fall.yaml",
        in: folder
      )
      let sync = try await run("sync", in: folder)
      let list = try await run("location", "list", in: folder)

      #expect(add.code == 0, "\(add.errors)")
      #expect(add.output.contains("2 added"))
      #expect(again.errors.contains("was registered before"))
      #expect(sync.output.contains("1 added, 0 changed, 0 removed, 2 unchanged"))
      #expect(list.output == "url:\(target) (registered): 2 files, 2 entities\n")
      let json = try await run("location", "list", "--json", in: folder)
      #expect(json.output.contains(#""name" : "generated-e5652ac099502c64a80377237c9f7c40330983ea""#))

      let remove = try await run("location", "remove", target.replacing("P", with: "P"), in: folder)
      let none = try await run("location", "remove", target, in: folder)
      let empty = try await run("location", "list", "--json", in: folder)
      let status = try await run("status", in: folder)

      #expect(remove.output == "removed \(target) and 2 entities that only it led to\n")
      #expect(none.code == 1)
      #expect(none.errors.contains("is not registered"))
      #expect(empty.output.filter { !$0.isWhitespace } == "[]")
      #expect(status.output.contains("1 entities"))
    }
  }

  @Test func `a file that is not there is registered with an error, and one that is no address is refused`()
    async throws
  {
    try await simulator().serving { base in
      let folder = try folder(base)

      let absent = try await run("location", "add", target.replacing("all", with: "none"), in: folder)
      let nonsense = try await run("location", "add", "nonsense", in: folder)
      let elsewhere = try await run(
        "location",
        "check",
        "https://example.com/c/p/_git/r?path=/a.yaml",
        in: folder
      )

      #expect(absent.code == 1)
      #expect(absent.errors.contains("there is no file"))
      #expect(absent.errors.contains("location remove"))
      #expect(nonsense.code == 64)
      #expect(nonsense.errors.contains("'nonsense' is not a URL"))
      #expect(elsewhere.code == 64)
      #expect(elsewhere.errors.contains("add it to integrations.azure"))
    }
  }

  @Test func `a refresh of a file that only a location leads to reads it and what is behind it`() async throws
  {
    let simulator = simulator()
    try await simulator.serving { base in
      let folder = try folder(base)
      _ = try await run("location", "add", target, in: folder)
      setFile(component("a", owner: "new"), "/a.yaml", of: "docs", in: simulator)

      let refresh = try await run(
        "refresh",
        "https://dev.azure.com/contoso/P/_git/docs?path=/a.yaml",
        in: folder
      )

      #expect(refresh.code == 0, "\(refresh.errors)")
      #expect(refresh.output.contains("0 added, 1 changed, 0 removed, 0 unchanged"))
      setFile(component("a", owner: "newer"), "/a.yaml", of: "docs", in: simulator)
      let behind = try await run("refresh", target, in: folder)
      #expect(behind.output.contains("0 added, 1 changed, 0 removed, 1 unchanged"))
    }
  }

  @Test func `a location is read again, with what it leads to and nothing else`() async throws {
    let simulator = simulator()
    try await simulator.serving { base in
      let folder = try folder(base)
      _ = try await run("sync", in: folder)
      _ = try await run("location", "add", target, in: folder)
      setFile(component("a", owner: "new"), "/a.yaml", of: "docs", in: simulator)
      setFile(component("web", owner: "new"), "/catalog-info.yaml", of: "web", in: simulator)

      let refresh = try await run("location", "refresh", target, in: folder)
      #expect(refresh.code == 0, "\(refresh.errors)")
      #expect(refresh.output.contains("0 added, 1 changed, 0 removed, 1 unchanged"), "\(refresh.output)")
      let json = try await run("location", "refresh", "--json", target, in: folder)
      #expect(json.code == 0 && json.output.contains("\"outcome\" : \"complete\""), "\(json.output)")

      setFile(nil, "/all.yaml", of: "docs", in: simulator)
      let gone = try await run("location", "refresh", "--quiet", target, in: folder)
      #expect(gone.code == 1 && gone.output.isEmpty)
      #expect(gone.errors.contains("there is no file"), "\(gone.errors)")
      let unknown = try await run("location", "refresh", target.replacing("all", with: "none"), in: folder)
      #expect(unknown.code == 1)
      #expect(unknown.errors.contains("is no location; 'catalog-crawler location list'"), "\(unknown.errors)")
    }
  }

  @Test func `a running service reads the location for whoever asks`() async throws {
    let simulator = simulator()
    try await simulator.serving { base in
      let crawling = try Crawling(base, more: "  listen: '127.0.0.1:0'\n")
      let folder = crawling.folder
      _ = try await run("location", "add", target, in: folder)
      let service = try await ServiceProcess(in: folder)
      setFile(component("a", owner: "new"), "/a.yaml", of: "docs", in: simulator)

      let refresh = try await run("location", "refresh", target, in: folder)
      #expect(refresh.code == 0)
      #expect(
        refresh.errors.contains("request 1 is answered by the service in process "),
        "\(refresh.errors)"
      )
      #expect(refresh.output.contains("0 added, 1 changed, 0 removed, 1 unchanged"), "\(refresh.output)")
      let noted = try await run("location", "refresh", "--no-wait", "--json", target, in: folder)
      #expect(noted.code == 0 && noted.output == "{\"request\": 2}\n", "\(noted.output)")

      try await service.waitFor("/api/crawler/requests/2") { $0.contains(#""state":"done""#) }
      #expect(await service.stop() == 0)
    }
  }
}
