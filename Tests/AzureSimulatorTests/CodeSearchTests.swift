import Testing

@testable import AzureSimulator

/// The simulator's Code Search (facts/azure-devops-api.md 2.13).
struct CodeSearchTests {
  private static let search = "/contoso/_apis/search/codesearchresults?api-version=7.1"
  private static let fork = World.Repository("fork", files: ["/catalog-info.yaml": "x"], forkOf: "Shop/web")

  private static func body(_ text: String, _ more: String = "") -> String {
    #"{"searchText":"\#(text)","$skip":0,"$top":1000\#(more)}"#
  }

  private func paths(_ answer: SimulatorResponse) -> [String] {
    (answer.json?["results"]?.elements ?? []).compactMap { row in
      guard let path = row["path"]?.string, let name = row["repository"]?["name"]?.string else { return nil }
      return name + path
    }
  }

  @Test(arguments: [
    // Neither forks, disabled ones, nor what the caller may not read; "repair" is indexed though.
    (
      "path:/catalog-info.yaml", "",
      [
        "branches/catalog-info.yaml", "new name/catalog-info.yaml", "repair/catalog-info.yaml",
        "web/catalog-info.yaml",
      ]
    ),
    ("path:CATALOG-* repo:web", "", ["web/catalog-info.yaml"]),
    ("path:/a", "", ["web/a/b/c.txt", "web/a/run.sh"]),
    ("file:?.txt", "", ["web/a/b/c.txt"]), ("ext:sh", "", ["web/a/run.sh"]),
    ("repo:w* #!/BIN", "", ["web/a/run.sh"]),
    (#"path:/f proj:\"Second Project (é)\""#, "", ["{t}$ [1]/f"]),
    ("file:f", #","filters":{"Branch":["dev"]}"#, []),
    ("kind:", "", ["web/catalog-info.yaml"]),
    ("ext:yaml", #","filters":{"Project":["shop"],"Repository":["WEB"]}"#, ["web/catalog-info.yaml"]),
    ("ext:txt", #","filters":{"Project":["Shop"],"Repository":["web"],"Path":["/a/b"]}"#, ["web/a/b/c.txt"]),
    ("path:/none", "", []),
  ])
  func `a query finds the files it describes`(text: String, more: String, found: [String]) {
    let answer = Asking(Sample.world).post(Self.search, Self.body(text, more))

    #expect(answer.status == 200)
    #expect(paths(answer).sorted() == found)
    #expect(answer.json?["count"]?.number == found.count)
  }

  @Test func `a hit has the blob and the commit of the file`() throws {
    let answer = Asking(Sample.world).post(Self.search, Self.body("path:/catalog-info.yaml repo:web"))

    let hit = try #require(answer.json?["results"]?[0])
    #expect(hit["contentId"]?.string == "8524aaf14a12f0fb7346501e6d6ac86270ba0ab5")
    #expect(hit["versions"]?[0]?["changeId"]?.string == "3e34fb1b8a20c271454b4fb6138bb4c3b79d2477")
    #expect(hit["versions"]?[0]?["branchName"]?.string == "main")
  }

  @Test func `a project in the address narrows the search, and must be there`() {
    let asking = Asking(Sample.world)
    let body = Self.body("file:f")

    #expect(paths(asking.post("/contoso/Shop/_apis/search/codesearchresults?api-version=7.1", body)).isEmpty)
    #expect(
      asking.post("/contoso/None/_apis/search/codesearchresults?api-version=7.1", body).typeKey
        == "ProjectDoesNotExistWithNameException"
    )
  }

  @Test func `branches beyond the default one are found when they are searchable`() {
    var world = Sample.world
    world.update("contoso/Shop/branches") { $0.searchableBranches = ["dev"] }
    let body = Self.body("file:f", #","filters":{"Branch":["dev"]}"#)

    #expect(paths(Asking(world).post(Self.search, body)) == ["branches/f"])
  }

  /// The window of facts/azure-devops-api.md 2.13, and what is no query at all.
  @Test(arguments: [
    (#"{"searchText":"ext:sh","$skip":1001,"$top":1}"#, 400),
    (#"{"searchText":"ext:sh","$skip":-1,"$top":1}"#, 400),
    (#"{"searchText":"ext:sh","$skip":0,"$top":1001}"#, 400),
    (#"{"searchText":"ext:sh","$skip":0,"$top":0}"#, 400),
    (#"{"searchText":"ext:sh","$skip":1000,"$top":1000}"#, 200), (#"{"searchText":"  "}"#, 400), ("{}", 400),
    ("", 400),
    (#"{"searchText":"x","filters":{"Repository":["web"]}}"#, 400),
    (#"{"searchText":"x","filters":{"Project":["Shop"],"Path":["/"]}}"#, 400),
    (#"{"searchText":"x","filters":{"Owner":["x"]}}"#, 400),
    (#"{"searchText":"x","$orderBy":[{"field":"size","sortOrder":"ASC"}]}"#, 400),
  ])
  func `a query outside the rules is refused`(body: String, status: Int) {
    #expect(Asking(Sample.world).post(Self.search, body).status == status)
  }

  @Test func `only posts with a version are answered`() {
    let asking = Asking(Sample.world)

    #expect(asking.get(Self.search).status == 404)
    #expect(
      asking.post("/contoso/_apis/search/codesearchresults", Self.body("x")).typeKey
        == "VssVersionNotSpecifiedException"
    )
  }

  @Test func `pages are cut from the ordered hits, and the count is of all`() {
    let asking = Asking(.generated(.init(repositories: 30, projects: 3)))
    let order = #","$orderBy":[{"field":"path","sortOrder":"DESC"}]"#
    let search = "/org1/_apis/search/codesearchresults?api-version=7.1"
    let page = #"{"searchText":"path:/*","$skip":25,"$top":10\#(order)}"#

    let answer = asking.post(search, page)

    #expect(answer.json?["count"]?.number == 60)
    #expect(paths(answer).count { $0.hasSuffix("/catalog-info.yaml") } == 5)
    #expect(paths(answer).count { $0.hasSuffix("/README.md") } == 0 + 5)
  }

  @Test func `without an order the hits come in any`() {
    let asking = Asking(.generated(.init(repositories: 30)), SimulatorOptions(shuffleSeed: 5))
    let search = "/org1/_apis/search/codesearchresults?api-version=7.1"

    let (one, other) = (
      asking.post(search, Self.body("ext:yaml")), asking.post(search, Self.body("ext:yaml"))
    )

    #expect(paths(one) != paths(other))
    #expect(paths(one).sorted() == paths(other).sorted())
  }

  @Test func `what was changed is found when the lag is over, and what was deleted until then`() {
    let asking = Asking(Sample.world, SimulatorOptions(searchLag: .seconds(600)))
    let search = { (text: String, seconds: Int) in
      asking.send("POST", Self.search, body: Self.body(text), after: .seconds(seconds))
    }
    let before = paths(search("file:catalog-info.yaml", 0))
    let old = search("repo:web file:catalog-info.yaml", 0).json?["results"]?[0]
    asking.simulator.change { world in
      world.update("contoso/Shop/web") { $0.files["/catalog-info.yaml"] = "kind: API\n" }
      world.update("contoso/Shop/branches") { $0.files["/catalog-info.yaml"] = nil }
      world.update("contoso/Shop/repair") { $0.files["/new/catalog-info.yaml"] = "x" }
      world.deleteRepository("contoso/Shop/new name")
    }

    #expect(paths(search("file:catalog-info.yaml", 590)) == before)
    #expect(search("repo:web file:catalog-info.yaml", 590).json?["results"]?[0] == old)
    let after = search("file:catalog-info.yaml", 610)
    #expect(
      paths(after).sorted() == [
        "repair/catalog-info.yaml", "repair/new/catalog-info.yaml", "web/catalog-info.yaml",
      ]
    )
    #expect(
      search("repo:web file:catalog-info.yaml", 610).json?["results"]?[0]?["contentId"] != old?["contentId"]
    )
  }

  @Test func `a renamed repository is found under its new name at once, and all else after an update`() {
    let asking = Asking(Sample.world, SimulatorOptions(searchLag: .seconds(600)))
    asking.simulator.change { world in
      world.renameRepository("contoso/Shop/web", to: "shop-window")
      world.update("contoso/Shop/shop-window") { $0.files["/new.sh"] = "x" }
    }

    #expect(paths(asking.post(Self.search, Self.body("ext:sh"))) == ["shop-window/a/run.sh"])
    asking.simulator.updateSearch()
    #expect(paths(asking.post(Self.search, Self.body("ext:sh"))).count == 2)
  }

  @Test func `a service without Code Search, without permission or without an index says so`() {
    let ask = { (state: CodeSearchState) in
      Asking(Sample.world, SimulatorOptions(codeSearch: state)).post(Self.search, Self.body("ext:sh"))
    }

    #expect(ask(.notInstalled).status == 404)
    #expect(ask(.forbidden).status == 403)
    let answer = ask(.notIndexed(infoCode: 2))
    #expect(answer.json?["infoCode"]?.number == 2)
    #expect(answer.json?["count"]?.number == 0)
  }

  @Test func `searches are counted by themselves`() {
    let asking = Asking(Sample.world)
    _ = asking.post(Self.search, Self.body("ext:sh"))

    #expect(asking.simulator.requests.byRoute == ["codeSearch": 1])
  }
}
