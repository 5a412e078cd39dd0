import Testing

@testable import AzureSimulator

@Suite struct ListTests {
  private let asking = Asking(Sample.world)

  @Test func `the organization's list has every readable repository of every project`() throws {
    let answer = asking.get("/contoso/_apis/git/repositories?api-version=7.0")

    let json = try #require(answer.json)
    #expect(json.keys == ["value", "count"])
    #expect(
      json["value"]?.elements.compactMap { $0["name"]?.string }
        == ["web", "empty", "off", "repair", "fork", "new name", "branches", "{t}$ [1]"]
    )
    #expect(json["count"]?.number == 8)
    #expect(answer.header("Vary") == nil)
    guard case .stream = answer.body else {
      Issue.record("the list is not streamed")
      return
    }
  }

  @Test func `a project's list has the repositories of that project`() {
    let answer = asking.get("/contoso/Second%20Project%20(%C3%A9)/_apis/git/repositories")

    #expect(answer.json?["value"]?.elements.compactMap { $0["name"]?.string } == ["{t}$ [1]"])
  }

  @Test func `optional keys are absent, not null`() throws {
    let rows = try #require(asking.get("/contoso/_apis/git/repositories").json?["value"]).elements

    #expect(rows[0]["defaultBranch"]?.string == "refs/heads/main")
    #expect(rows[1].keys.contains("defaultBranch") == false)
    #expect(rows[0].keys.contains("isFork") == false)
    #expect(rows[2]["isDisabled"] == .bool(true))
    #expect(rows[3]["isInMaintenance"] == .bool(true))
    #expect(rows[4]["isFork"] == .bool(true))
  }

  @Test func `addresses repeat scheme and host of the request and encode names`() throws {
    let row = try #require(
      asking.get("/contoso/_apis/git/repositories", ["host": "localhost:8400"]).json?["value"]?[7]
    )

    #expect(
      row["remoteUrl"]?.string
        == "http://contoso@localhost:8400/contoso/Second%20Project%20%28%C3%A9%29/_git/%7Bt%7D%24%20%5B1%5D"
    )
    #expect(
      row["project"]?["url"]?.string?.hasPrefix("http://localhost:8400/contoso/_apis/projects/") == true
    )
  }

  @Test func `a configured base is used instead of the host`() throws {
    let asking = Asking(Sample.world, SimulatorOptions(baseURL: "https://dev.azure.com"))

    let row = try #require(asking.get("/contoso/_apis/git/repositories").json?["value"]?[0])
    #expect(row["webUrl"]?.string == "https://dev.azure.com/contoso/Shop/_git/web")
  }

  @Test func `on the legacy host the organization is in the host`() {
    let host = ["host": "contoso.visualstudio.com"]

    #expect(asking.get("/_apis/git/repositories", host).status == 200)
    let answer = asking.get("/DefaultCollection/Shop/_apis/git/repositories/web", host)
    #expect(answer.json?["webUrl"]?.string == "http://contoso.visualstudio.com/Shop/_git/web")
  }

  @Test func `a shuffled list has the same rows in another order`() throws {
    let world = World.generated(.init(repositories: 20))
    let names = { (options: SimulatorOptions) in
      Asking(world, options).get("/org1/_apis/git/repositories").json?["value"]?.elements
        .compactMap { $0["name"]?.string } ?? []
    }

    let plain = names(.init())
    let one = names(.init(shuffleSeed: 1))
    #expect(plain == plain.sorted() && plain.count == 20)
    #expect(one != plain && one.sorted() == plain)
    #expect(one == names(.init(shuffleSeed: 1)))
    #expect(one != names(.init(shuffleSeed: 2)))
  }

  /// 64 rows are one piece; the joints between pieces must not show.
  @Test(arguments: [0, 1, 63, 64, 65, 128, 200])
  func `a streamed list of any length is whole JSON`(count: Int) throws {
    let answer = Asking(.generated(.init(repositories: count))).get("/org1/_apis/git/repositories")

    let json = try JSONValue(text: answer.text)
    #expect(json["value"]?.elements.count == count)
    #expect(json["count"]?.number == count)
  }

  /// facts/azure-devops-api.md 2.1: the token is the number of rows given, and absent at the end.
  @Test(arguments: [
    ("$top=2", ["p1", "p2"], "2"),
    ("$top=2&continuationToken=2", ["p3", "p4"], "4"),
    ("%24top=2&$skip=4", ["p5"], nil),
    ("$top=5", ["p1", "p2", "p3", "p4", "p5"], nil),
    ("$top=1&continuationToken=9", [], nil),
    ("stateFilter=deleted", [], nil),
  ])
  func `projects come a page at a time`(query: String, names: [String], token: String?) throws {
    let world = World(organizations: [.init("o", projects: (1...5).map { .init("p\($0)") })])
    let answer = Asking(world).get("/o/_apis/projects?\(query)")

    let json = try #require(answer.json)
    #expect(json.keys == ["count", "value"])
    #expect(json["value"]?.elements.compactMap { $0["name"]?.string } == names)
    #expect(json["count"]?.number == names.count)
    #expect(answer.header("x-ms-continuationtoken") == token)
    #expect(answer.header("Vary") == "Accept-Encoding")
  }

  /// facts/azure-devops-api.md 2.6: the filter is a prefix and rows come in name order.
  @Test(arguments: [
    ("", ["heads/dev", "heads/feature/x", "heads/main", "heads/main-2", "tags/v1"], nil),
    ("filter=heads/main", ["heads/main", "heads/main-2"], nil),
    ("filter=heads%2Fmain&$top=1", ["heads/main"], "1"),
    ("filter=heads/none", [], nil),
    ("filter=tags/", ["tags/v1"], nil),
    ("filterContains=ain", ["heads/main", "heads/main-2"], nil),
    ("$top=2&continuationToken=2", ["heads/main", "heads/main-2"], "4"),
    ("continuationToken=4", ["tags/v1"], nil),
  ])
  func `refs are filtered, sorted and paged`(query: String, names: [String], token: String?) throws {
    let answer = asking.get("/contoso/Shop/_apis/git/repositories/branches/refs?\(query)")

    let json = try #require(answer.json)
    #expect(json.keys == ["value", "count"])
    #expect(json["value"]?.elements.compactMap { $0["name"]?.string } == names.map { "refs/\($0)" })
    #expect(answer.header("x-ms-continuationtoken") == token)
    #expect(answer.header("Vary") == nil)
  }

  @Test func `an empty repository has an empty list of refs`() {
    let answer = asking.get("/contoso/Shop/_apis/git/repositories/empty/refs")

    #expect(answer.status == 200)
    #expect(answer.text == #"{"value":[],"count":0}"#)
  }

  @Test func `resource areas are empty, or name this host`() {
    let server = asking.get("/contoso/_apis/ResourceAreas?api-version=5.0-preview.1")
    let hosted = Asking(Sample.world, SimulatorOptions(listsResourceAreas: true))
      .get("/contoso/_apis/resourceareas?api-version=7.2-preview.1")

    #expect(server.text == #"{"count":0,"value":[]}"#)
    #expect(
      hosted.json?["value"]?.elements.map { $0["locationUrl"]?.string }
        == [
          "http://dev.example.com/contoso/", "http://dev.example.com/contoso/",
          "http://dev.example.com/contoso/",
        ]
    )
  }

  @Test(arguments: [
    ("/contoso/_apis", 27), ("/contoso/_apis?allHostTypes=True", 27), ("/contoso/_apis/git", 22),
    ("/CONTOSO/_APIS/LOCATION", 2), ("/contoso/_apis/none", 0),
  ])
  func `the table of resources is given whole or for one area`(address: String, count: Int) throws {
    let answer = asking.send("OPTIONS", address)

    let json = try #require(answer.json)
    #expect(json["value"]?.elements.count == count)
    #expect(json.keys.first == "value")
    #expect(answer.header("Content-Type") == "application/json; charset=utf-8")
  }
}
