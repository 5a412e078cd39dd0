import Foundation
import Testing

@testable import AzureSimulator

@Suite struct WorldFolderTests {
  private let folder = TemporaryFolder()

  @Test func `a folder of organizations, projects and repositories is served`() throws {
    try folder.write("contoso/My Shop/{t}$ [é]/catalog-info.yaml", "kind: Component\n")
    try folder.write("contoso/My Shop/{t}$ [é]/.git/config", "secret")
    try folder.makeFolder("contoso/My Shop/nothing")
    let asking = Asking(try Simulator(folder: folder.address))

    let address = "/contoso/My%20Shop/_apis/git/repositories/%7Bt%7D$%20[%C3%A9]"
    #expect(
      asking.get("\(address)/items?path=/catalog-info.yaml", ["accept": ""]).text == "kind: Component\n"
    )
    #expect(asking.get("\(address)/items?path=/.git/config").status == 404)
    let empty = asking.get("/contoso/My%20Shop/_apis/git/repositories/nothing")
    #expect(empty.status == 200 && empty.json?["defaultBranch"] == nil)
  }

  @Test func `world.json says what files cannot`() throws {
    for name in ["a", "b", "c", "d", "e"] { try folder.write("o/p/\(name)/f", name) }
    try folder.write(
      "world.json",
      """
      {"organizations": {"o": {"tokens": ["first", "second"]}},
       "repositories": {"o/p/a": {"id": "11111111-2222-3333-4444-555555555555", "defaultBranch": "trunk"},
        "o/p/b": {"disabled": true}, "o/p/c": {"empty": true, "forkOf": "p/a"},
        "o/p/d": {"maintenance": true}, "O/P/E": {"renamedFrom": "old"}}}
      """
    )
    var asking = Asking(try Simulator(folder: folder.address))
    #expect(asking.get("/o/_apis/git/repositories").status == 203)
    asking.headers["authorization"] = Asking.basic("second")

    let rows = try #require(asking.get("/o/_apis/git/repositories").json?["value"]).elements
    #expect(rows[0]["id"]?.string == "11111111-2222-3333-4444-555555555555")
    #expect(rows[0]["defaultBranch"]?.string == "refs/heads/trunk")
    #expect(rows[1]["isDisabled"] == .bool(true))
    #expect(rows[2]["defaultBranch"] == nil && rows[2]["isFork"] == .bool(true))
    #expect(rows[3]["isInMaintenance"] == .bool(true))
    let old = World(organizations: [.init("o", projects: [.init("p", repositories: [.init("old")])])])
    #expect(rows[4]["id"]?.string == old.repositoryID(organization: "o", project: "p", repository: "old"))
  }

  @Test func `a change on disk is a new commit`() throws {
    try folder.write("o/p/r/f", "one")
    let watched = try FolderWatch.open(folder.address)
    let asking = Asking(watched.1)
    let address = "/o/p/_apis/git/repositories/r/items?path=/f&includeContent=true"
    let before = try #require(asking.get(address).json)

    try folder.write("o/p/r/f", "other")
    watched.0.lookAgain()
    watched.0.takeChanges { world in asking.simulator.change { $0 = world } }

    let after = try #require(asking.get(address).json)
    #expect(before["content"]?.string == "one")
    #expect(after["content"]?.string == "other")
    #expect(after["commitId"] != before["commitId"])
    let commits = try #require(asking.get("/o/p/_apis/git/repositories/r/commits").json)
    #expect(commits["value"]?[1]?["commitId"] == before["commitId"])
  }

  @Test func `nothing is handed over when nothing changed`() throws {
    try folder.write("o/p/r/f", "one")
    let watched = try FolderWatch.open(folder.address)
    watched.0.lookAgain()
    watched.0.takeChanges { _ in Issue.record("a world was handed over") }
  }

  @Test func `a folder that is not there and a wrong world.json are errors that name the file`() throws {
    let missing = folder.address.appending(path: "none")
    #expect(throws: WorldFolderError.self) { _ = try Simulator(folder: missing) }
    try folder.write("world.json", "[]")
    let error = #expect(throws: WorldFolderError.self) { _ = try Simulator(folder: folder.address) }
    #expect(error?.description.contains("world.json: expected {organizations") == true)
  }
}

/// A folder that goes away with its last user.
final class TemporaryFolder: Sendable {
  let address = FileManager.default.temporaryDirectory.appending(path: "azure-simulator-\(UUID().uuidString)")

  init() {
    try? FileManager.default.createDirectory(at: address, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(at: address)
  }

  func write(_ path: String, _ text: String) throws {
    let file = address.appending(path: path)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(),
      withIntermediateDirectories: true
    )
    try Data(text.utf8).write(to: file)
  }

  func makeFolder(_ path: String) throws {
    try FileManager.default.createDirectory(
      at: address.appending(path: path),
      withIntermediateDirectories: true
    )
  }
}
