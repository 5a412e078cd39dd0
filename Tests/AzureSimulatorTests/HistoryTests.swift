import Testing

@testable import AzureSimulator

/// What a change of the world does to commits, and the routes that show commits, trees and blobs.
@Suite struct HistoryTests {
  private static let repository = Sample.repository
  private static let first = "3e34fb1b8a20c271454b4fb6138bb4c3b79d2477"
  private static let second = "359bd0c6a22a2d696e5c36f8806e92df7812ce9c"

  /// The sample after `catalog-info.yaml` was changed.
  private func changed() -> Asking {
    let asking = Asking(Sample.world)
    asking.simulator.change {
      $0.organizations[0].projects[0].repositories[0].files["/catalog-info.yaml"] = "kind: API\n"
    }
    return asking
  }

  @Test func `a changed file is a new commit with the old one as parent`() throws {
    let asking = changed()

    let statistics = try #require(asking.get("\(Self.repository)/stats/branches?name=main").json)
    #expect(statistics["commit"]?["commitId"]?.string == Self.second)
    #expect(statistics["commit"]?["treeId"]?.string == "82299d45e82f61433b983e15268c240fc742b7f6")
    #expect(statistics["commit"]?["parents"] == .array([.string(Self.first)]))
  }

  @Test func `a change elsewhere leaves the commit as it is`() {
    let asking = changed()
    asking.simulator.change { $0.organizations[0].projects[0].repositories[1].files = ["/new": "1"] }

    #expect(asking.get("\(Self.repository)/items?path=/a0").json?["commitId"]?.string == Self.second)
    let filled = asking.get("/contoso/Shop/_apis/git/repositories/empty/items?path=/new")
    #expect(filled.status == 200)
  }

  @Test func `the old commit still holds the old content`() {
    let address = "\(Self.repository)/items?path=/catalog-info.yaml&$format=text&versionType=commit"
    let asking = changed()

    #expect(asking.get("\(address)&version=\(Self.first)").text == "kind: Component\n")
    #expect(asking.get("\(address)&version=\(Self.second)").text == "kind: API\n")
    #expect(
      asking.get("\(address)&version=\(Self.second)&versionOptions=firstParent").text == "kind: Component\n"
    )
  }

  @Test func `the same world has the same commit whatever was asked before`() {
    let asking = Asking(Sample.world)
    for path in ["/a0", "/a", "/none"] { _ = asking.get("\(Self.repository)/items?path=\(path)") }

    #expect(asking.get("\(Self.repository)/items?path=/").json?["commitId"]?.string == Self.first)
  }

  @Test(arguments: [
    ("", [second, first]),
    ("$top=1", [second]),
    ("searchCriteria.$top=1&searchCriteria.$skip=1", [first]),
    ("searchCriteria.itemPath=/a0", [first]),
    ("searchCriteria.itemPath=/catalog-info.yaml&$top=1", [second]),
    ("searchCriteria.itemVersion.version=main&searchCriteria.showOldestCommitsFirst=true", [first, second]),
    ("searchCriteria.fromDate=2026-01-05T08:00:30Z", [second]),
    ("searchCriteria.toDate=2026-01-05T08:00:30Z", [first]),
    ("searchCriteria.author=nobody", []),
  ])
  func `commits are listed newest first and by criteria`(query: String, commits: [String]) throws {
    let json = try #require(changed().get("\(Self.repository)/commits?\(query)").json)

    #expect(json.keys == ["count", "value"])
    #expect(json["value"]?.elements.compactMap { $0["commitId"]?.string } == commits)
  }

  @Test func `one commit tells its tree and its changes`() throws {
    let asking = changed()
    let commit = try #require(asking.get("\(Self.repository)/commits/\(Self.second)?changeCount=10").json)
    let changes = try #require(asking.get("\(Self.repository)/commits/\(Self.second)/changes").json)

    #expect(commit["treeId"]?.string == "82299d45e82f61433b983e15268c240fc742b7f6")
    #expect(commit["changes"]?.elements.map { $0["item"]?["path"]?.string } == ["/catalog-info.yaml"])
    #expect(changes["changes"]?[0]?["changeType"]?.string == "edit")
    #expect(changes["changeCounts"]?["Edit"]?.number == 1)
  }

  @Test func `a diff names what changed between two commits`() throws {
    let asking = Asking(Sample.world)
    asking.simulator.change {
      $0.organizations[0].projects[0].repositories[0].files["/a/b/c.txt"] = nil
      $0.organizations[0].projects[0].repositories[0].files["/new/f"] = "1"
      $0.organizations[0].projects[0].repositories[0].files["/a0"] = "changed"
    }
    let query = "baseVersionType=commit&baseVersion=\(Self.first)&targetVersionType=branch&targetVersion=main"
    let json = try #require(asking.get("\(Self.repository)/diffs/commits?\(query)").json)

    let changes = try #require(json["changes"]).elements.map {
      "\($0["changeType"]?.string ?? "") \($0["item"]?["path"]?.string ?? "")"
    }
    #expect(changes == ["edit /a", "delete /a/b", "delete /a/b/c.txt", "edit /a0", "add /new", "add /new/f"])
    #expect(json["allChangesIncluded"] == .bool(true))
    #expect(json["aheadCount"]?.number == 1)
    #expect(json["behindCount"]?.number == 0)
    let page = try #require(asking.get("\(Self.repository)/diffs/commits?\(query)&$top=2&$skip=2").json)
    #expect(page["changes"]?.elements.count == 2)
    #expect(page["allChangesIncluded"] == .bool(false))
  }

  @Test func `a tree lists its entries, and all below when asked`() throws {
    let asking = Asking(Sample.world)
    let tree = "\(Self.repository)/trees/0a7c3911ad24d69c96fdb876faa4e181e369e72e"
    let flat = try #require(asking.get(tree).json)
    let deep = try #require(asking.get("\(tree)?recursive=true").json)

    let paths = { (json: JSONValue) in
      json["treeEntries"]?.elements.compactMap { $0["relativePath"]?.string } ?? []
    }
    #expect(paths(flat) == ["b", "run.sh"])
    #expect(paths(deep) == ["b", "b/c.txt", "run.sh"])
    #expect(deep["treeEntries"]?[2]?["mode"]?.string == "100755")
    #expect(deep["treeEntries"]?[1]?["objectId"]?.string == "c1b0730e0133447badcfd47fd144e254807b06e1")
  }

  @Test(arguments: [
    ("application/json", #"{"objectId":"fa7af8bf5fdd704f73beb3adc5612682a98e1af5","size":1,"url":"#),
    ("text/plain", "z"), ("application/octet-stream", "z"), ("", "z"), ("application/zip", "PK"),
  ])
  func `a blob comes in the form that is accepted`(accept: String, begin: String) {
    let answer = Asking(Sample.world)
      .get("\(Self.repository)/blobs/fa7af8bf5fdd704f73beb3adc5612682a98e1af5", ["accept": accept])

    #expect(answer.status == 200)
    #expect(answer.text.hasPrefix(begin))
  }

  /// A member's name stands 30 bytes behind the beginning, its stored bytes follow (APPNOTE.TXT 4.3.7).
  @Test func `many blobs come in one zip, each under its id`() throws {
    let ids = ["fa7af8bf5fdd704f73beb3adc5612682a98e1af5", "c1b0730e0133447badcfd47fd144e254807b06e1"]
    let body = #"["\#(ids[0])", "\#(ids[1])"]"#
    let answer = Asking(Sample.world).post("\(Self.repository)/blobs?api-version=7.0", body)

    let bytes = answer.wholeBody
    #expect(answer.header("Content-Type") == "application/zip")
    #expect(bytes[30..<71].elementsEqual((ids[0] + "z").utf8))
    #expect(bytes[101..<142].elementsEqual((ids[1] + "x").utf8))
    #expect(bytes.count == 2 * 71 + 2 * (46 + 40) + 22)
  }

  /// Bytes 6 to 9 of a member's head are its flags and its method, 14 to 25 its checksum and sizes (APPNOTE.TXT
  /// 4.3.7); a member with its sizes behind it has zeros there.
  @Test func `a blob that deflate makes smaller is deflated, with its sizes behind it`() throws {
    var world = Sample.world
    world.update("contoso/Shop/web") {
      $0.files["/long"] = World.File(bytes: [UInt8](repeating: 97, count: 1000))
    }
    let asking = Asking(world)
    let id = try #require(asking.get("\(Self.repository)/items?path=/long").json?["objectId"]?.string)

    let bytes = asking.post("\(Self.repository)/blobs?api-version=7.0", #"["\#(id)"]"#).wholeBody

    #expect(Array(bytes[6..<10]) == [8, 8, 8, 0])
    #expect(bytes[14..<26].allSatisfy { $0 == 0 })
    #expect(bytes.count < 30 + 40 + 100 + 16 + 46 + 40 + 22)
    // In the directory, which begins behind the member's checksum and sizes.
    let directory = bytes.count - 22 - 86
    #expect(Array(bytes[directory..<directory + 4]) == [0x50, 0x4B, 1, 2])
    #expect(Array(bytes[directory + 24..<directory + 28]) == [0xE8, 3, 0, 0])
    #expect(Array(bytes[directory - 16..<directory - 12]) == [0x50, 0x4B, 7, 8])
  }

  @Test func `branch statistics tell distance from the base`() throws {
    let asking = Asking(Sample.world)
    let repository = "/contoso/Shop/_apis/git/repositories/branches"
    let all = try #require(asking.get("\(repository)/stats/branches").json)
    let one = try #require(asking.get("\(repository)/stats/branches/feature/x").json)

    #expect(
      all["value"]?.elements.compactMap { $0["name"]?.string } == ["dev", "feature/x", "main", "main-2"]
    )
    #expect(all["value"]?[2]?["isBaseVersion"] == .bool(true))
    #expect(one["name"]?.string == "feature/x")
    #expect(one["aheadCount"]?.number == 1)
    #expect(one["behindCount"]?.number == 1)
  }

  @Test func `a repository that is renamed keeps its id, and the old name is gone`() throws {
    let old = World(organizations: [
      .init("o", projects: [.init("p", repositories: [.init("a", files: ["/f": "1"])])])
    ])
    let asking = Asking(old)
    let id = try #require(asking.get("/o/p/_apis/git/repositories/a").json?["id"]?.string)
    asking.simulator.change {
      $0.organizations[0].projects[0].repositories[0].name = "b"
      $0.organizations[0].projects[0].repositories[0].renamedFrom = "a"
    }

    #expect(asking.get("/o/p/_apis/git/repositories/b").json?["id"]?.string == id)
    #expect(asking.get("/o/p/_apis/git/repositories/a").typeKey == "GitRepositoryNotFoundException")
  }
}
