import AzureDevOps
import AzureSimulator
import Credentials
import Foundation
import Settings
import TestSupport
import Testing
import Transport

/// The client's cheaper ways to read, against the simulator and over sockets.
@Suite(.timeLimit(.minutes(1)))
struct ReadingPlansTests {
  private static let catalog = String(repeating: "kind: Component\n", count: 40)

  private static func world(repositories: Int = 1, files: [String: String] = [:]) -> World {
    let more = files.mapValues { World.File(bytes: $0.utf8) }
    let rows = (0..<repositories).map { number in
      World.Repository(
        "r\(number)",
        files: World.Files(
          more.merging(["/catalog-info.yaml": World.File(bytes: catalog.utf8)]) { one, _ in one }
        )
      )
    }
    return World(organizations: [.init("contoso", projects: [.init("P é", repositories: rows)])])
  }

  private func reading(
    _ simulator: Simulator,
    _ body: (AzureDevOpsClient, _ search: OrganizationAddress, _ id: String) async throws -> Void
  ) async throws {
    try await simulator.serving { base in
      let folder = try TemporaryFolder()
      try folder.write(
        "integrations: {azure: [{credentials: [{organizations: [contoso], personalAccessToken: simulator-token}]}]}\n",
        to: "c.yaml"
      )
      let settings = try SettingsFiles.read(explicit: [folder.path("c.yaml")], folder: "/", environment: [:])
      let curl = CurlClient()
      defer { curl.close() }
      let send: Send = { request throws(TransportError) in try await curl.send(request) }
      let clock = RecordingClock()
      let limiter = RateLimiter(LimiterRules(concurrency: 4), clock: clock, jitter: { 0 })
      let address = OrganizationAddress(host: "dev.azure.com", name: "contoso", endpoint: base)
      let client = AzureDevOpsClient(
        address: address,
        authorizer: Authorizer(settings: settings, environment: [:], send: send),
        pacing: RequestPacing(limiter: limiter, retry: RetryRule(), clock: clock, jitter: { 0 }),
        send: send
      )
      let id = simulator.world.repositoryID(organization: "contoso", project: "P é", repository: "r0")
      try await body(client, address.forSearch { _ in base }, try #require(id))
    }
  }

  private static let id = "contoso/P é/r0"

  // MARK: - Conditions

  @Test(arguments: [(ETagMode.none, false), (.honoured, true), (.ignored, false)])
  func `a condition is asked where there was a tag, and both answers are right`(
    mode: ETagMode,
    isSpared: Bool
  ) async throws {
    let simulator = Simulator(world: Self.world(), options: SimulatorOptions(etags: mode))
    try await reading(simulator) { client, _, id in
      let first = try await client.file(repositoryID: id, path: "/catalog-info.yaml", version: nil)
      let again = try await client.file(
        repositoryID: id,
        path: "/catalog-info.yaml",
        version: nil,
        unless: first.etag
      )
      simulator.change { $0.update(Self.id) { $0.files["/catalog-info.yaml"] = "kind: API\n" } }
      let changed = try await client.file(
        repositoryID: id,
        path: "/catalog-info.yaml",
        version: nil,
        unless: first.etag
      )

      #expect((first.etag == nil) == (mode == .none))
      #expect(again == (isSpared ? .unchanged : .read(first)))
      guard case .read(let file) = changed else { return #expect(Bool(false), "\(changed)") }
      #expect(file.content == Array("kind: API\n".utf8))
      #expect(simulator.requests.total == 3)
    }
  }

  // MARK: - gzip

  @Test func `answers in gzip are read as if they were not`() async throws {
    let simulator = Simulator(world: Self.world(), options: SimulatorOptions(compresses: true))
    try await reading(simulator) { client, _, id in
      let file = try await client.file(repositoryID: id, path: "/catalog-info.yaml", version: nil)

      #expect(file.content == Array(Self.catalog.utf8))
    }
  }

  // MARK: - Many blobs

  @Test(arguments: [2, 100, 101, 250])
  func `many files cost one request for each hundred`(count: Int) async throws {
    let names = (0..<count).map { "/f\($0)" }
    // Half of them is smaller deflated, half is not.
    let texts = names.map { $0.hasSuffix("1") ? String(repeating: $0, count: 500) : $0 }
    let simulator = Simulator(world: Self.world(files: Dictionary(uniqueKeysWithValues: zip(names, texts))))
    try await reading(simulator) { client, _, id in
      let rows = try await client.files(repositoryID: id, below: "/", version: nil) { $0.hasPrefix("/f") }
        .files
      let found = Locked<[String: [UInt8]]>([:])
      try await client.blobs(repositoryID: id, ids: rows.map(\.blobID)) { id, content in
        found.withLock { $0[id] = try? content.get() }
      }

      let contents = found.withLock { $0 }
      #expect(rows.count == count)
      #expect(contents.count == count)
      #expect(Set(contents.values.map { String(decoding: $0, as: UTF8.self) }) == Set(texts))
      // A hundred and one: the last one is asked for as it is, in one request too.
      #expect(simulator.requests.byRoute["blobs"] == (count + 99) / 100)
    }
  }

  @Test func `one content that is gone does not keep the others from being read`() async throws {
    let simulator = Simulator(world: Self.world(files: ["/a": "1", "/b": "2"]))
    let gone = String(repeating: "0", count: 40)
    try await reading(simulator) { client, _, id in
      let rows = try await client.files(repositoryID: id, below: "/", version: nil) { _ in true }.files
      let found = Locked<[String: Bool]>([:])
      try await client.blobs(repositoryID: id, ids: rows.map(\.blobID) + [gone]) { id, content in
        found.withLock { $0[id] = (try? content.get()) != nil }
      }

      #expect(found.withLock { $0.values.count { $0 } } == 3)
      #expect(found.withLock { $0[gone] } == false)
    }
  }

  @Test(arguments: [
    FaultAnswer.unavailable(retryAfter: 2), .connectionReset, .connectionCutInBody,
    .tooManyRequests(retryAfter: 2),
    .wrongJSON,
  ])
  func `a fault of the zip request heals`(fault: FaultAnswer) async throws {
    let simulator = Simulator(world: Self.world(files: ["/a": "1", "/b": "2"]))
    simulator.setFaults([FaultRule(route: "blobs", numbers: .nth(1), answer: fault)])
    try await reading(simulator) { client, _, id in
      let rows = try await client.files(repositoryID: id, below: "/", version: nil) { _ in true }.files
      let found = Locked(0)
      try await client.blobs(repositoryID: id, ids: rows.map(\.blobID)) { _, content in
        if (try? content.get()) != nil { found.withLock { $0 += 1 } }
      }

      #expect(found.withLock { $0 } == 3)
      #expect(simulator.requests.byRoute["blobs"] == 2)
    }
  }

  // MARK: - Changes

  @Test func `changes since a commit are told in one request`() async throws {
    let simulator = Simulator(world: Self.world(files: ["/a.yaml": "1", "/b.yaml": "2", "/c.txt": "3"]))
    try await reading(simulator) { client, _, id in
      let before = try await client.file(repositoryID: id, path: "/a.yaml", version: nil)
      simulator.change { world in
        world.update(Self.id) {
          $0.files["/a.yaml"] = "other"
          $0.files["/b.yaml"] = nil
          $0.files["/sub/d.yaml"] = "new"
          $0.files["/c.txt"] = "other"
        }
      }
      simulator.resetRequests()
      let found = try await client.changes(
        repositoryID: id,
        since: try #require(before.commitID),
        to: .branch("main")
      ) { $0.hasSuffix(".yaml") }

      let changes = try #require(found)
      #expect(simulator.requests.byRoute == ["diffs": 1])
      #expect(changes.files.map(\.path).sorted() == ["/a.yaml", "/b.yaml", "/sub/d.yaml"])
      #expect(changes.files.filter { $0.blobID == nil }.map(\.path) == ["/b.yaml"])
      let now = try await client.file(repositoryID: id, path: "/a.yaml", version: nil)
      #expect(changes.files.first { $0.path == "/a.yaml" }?.blobID == now.blobID)
      #expect(changes.commitID == now.commitID)
    }
  }

  @Test func `more changes than a page are told too, and of a lost commit none`() async throws {
    let many = Dictionary(uniqueKeysWithValues: (0..<1500).map { ("/f\($0).yaml", "\($0)") })
    let simulator = Simulator(world: Self.world())
    try await reading(simulator) { client, _, id in
      let before = try await client.file(repositoryID: id, path: "/catalog-info.yaml", version: nil)
      simulator.change { world in
        world.update(Self.id) { $0.files = World.Files(many.mapValues { World.File(bytes: $0.utf8) }) }
      }
      let commit = try #require(before.commitID)
      let changes = try await client.changes(repositoryID: id, since: commit, to: nil) { _ in true }
      #expect(changes?.files.count == 1501)
      #expect(simulator.requests.byRoute["diffs"] == 2)
      let lost = String(repeating: "0", count: 40)
      let none = try await client.changes(repositoryID: id, since: lost, to: nil) { _ in true }
      #expect(none == nil)
    }
  }

  // MARK: - Code Search

  private func search(
    _ client: AzureDevOpsClient,
    _ address: OrganizationAddress,
    _ query: CodeSearchQuery = .path("/catalog-info.yaml")
  ) async throws -> (outcome: CodeSearchOutcome, hits: [CodeSearchHit]) {
    let hits = Locked<[CodeSearchHit]>([])
    let outcome = try await client.codeSearch(query, at: address) { page in hits.withLock { $0 += page } }
    return (outcome, hits.withLock { $0 })
  }

  @Test func `a search finds each catalog file with its blob`() async throws {
    let simulator = Simulator(world: Self.world(repositories: 3))
    try await reading(simulator) { client, address, id in
      let file = try await client.file(repositoryID: id, path: "/catalog-info.yaml", version: nil)
      for query in [
        CodeSearchQuery.path("/catalog-info.yaml"), .name("catalog-info.yaml"),
        .path("/*.yaml", project: "P é"),
        .path("/catalog-info.yaml", branch: "main"),
      ] {
        let (outcome, hits) = try await search(client, address, query)

        #expect(outcome == .answered(total: 3, isWhole: true))
        let hit = try #require(hits.first { $0.repositoryID == id })
        #expect(hit.blobID == file.blobID)
        #expect(hit.commitID == file.commitID)
        #expect(hit.path == "/catalog-info.yaml")
        #expect(hit.branch == "main")
      }
    }
  }

  @Test(arguments: [(1000, 1, true), (1001, 2, true), (2000, 2, true), (2001, 2, false)])
  func `a search reaches two thousand hits`(repositories: Int, requests: Int, isWhole: Bool) async throws {
    let simulator = Simulator(world: Self.world(repositories: repositories))
    try await reading(simulator) { client, address, _ in
      let (outcome, hits) = try await search(client, address)

      #expect(outcome == .answered(total: repositories, isWhole: isWhole))
      #expect(hits.count == min(repositories, 2000))
      #expect(Set(hits.map(\.repositoryID)).count == hits.count)
      #expect(simulator.requests.byRoute == ["codeSearch": requests])
    }
  }

  @Test func `an index that lags behind tells what was`() async throws {
    let simulator = Simulator(
      world: Self.world(repositories: 2),
      options: SimulatorOptions(searchLag: .seconds(3600))
    )
    try await reading(simulator) { client, address, id in
      let before = try await search(client, address).hits
      simulator.change { world in
        world.update(Self.id) { $0.files["/catalog-info.yaml"] = nil }
        world.update("contoso/P é/r1") { $0.files["/catalog-info.yaml"] = "kind: API\n" }
      }
      let lagging = try await search(client, address).hits
      simulator.updateSearch()
      let current = try await search(client, address).hits

      #expect(lagging == before)
      #expect(current.count == 1)
      #expect(current.first?.repositoryID != id)
      #expect(current.first?.blobID != before.first?.blobID)
    }
  }

  @Test(arguments: [
    (CodeSearchState.notInstalled, CodeSearchObstacle.notInstalled), (.forbidden, .forbidden),
    (.notIndexed(infoCode: 6), .notIndexed(infoCode: 6)),
  ])
  func `a service that does not search says so`(state: CodeSearchState, obstacle: CodeSearchObstacle)
    async throws
  {
    let simulator = Simulator(world: Self.world(), options: SimulatorOptions(codeSearch: state))
    try await reading(simulator) { client, address, _ in
      let (outcome, _) = try await search(client, address)

      #expect(outcome == .unavailable(obstacle))
      #expect(simulator.requests.total == 1)
    }
  }
}
