import Testing

@testable import AzureSimulator

@Suite struct CountingTests {
  @Test func `requests are counted by route and by organization`() {
    let asking = Asking(Sample.world)
    let targets = [
      "/contoso/_apis/git/repositories", "/CONTOSO/_apis/git/repositories",
      "\(Sample.repository)/items?path=/a0",
      "\(Sample.repository)/items?path=/none", "/contoso/_apis/projects", "/contoso/_apis/projects/Shop",
      "\(Sample.repository)", "\(Sample.repository)/refs", "\(Sample.repository)/stats/branches",
      "\(Sample.repository)/commits", "/nobody/_apis/git/repositories", "/contoso/what",
    ]
    for target in targets { _ = asking.get(target) }
    _ = asking.get("/__simulator/requests")

    let counts = asking.simulator.requests
    #expect(counts.total == 12)
    #expect(
      counts.byRoute == [
        "repositories": 3, "items": 2, "projects": 1, "project": 1, "repository": 1, "refs": 1,
        "branchStatistics": 1, "commits": 1, "unknown": 1,
      ]
    )
    #expect(counts.byOrganization == ["contoso": 11, "nobody": 1])
    asking.simulator.resetRequests()
    #expect(asking.simulator.requests == RequestCounts())
  }

  /// The window of `Retry-After: 2` goes from 1 s to 3 s; the first 50 ms are for what was under way.
  @Test(arguments: [(1020, 0), (1100, 1), (2999, 1), (3000, 0), (9000, 0)])
  func `a request inside a Retry-After window is counted`(milliseconds: Int, count: Int) {
    let rule = FaultRule(numbers: .nth(1), answer: .tooManyRequests(retryAfter: 2))
    let asking = Asking(Sample.world, SimulatorOptions(faults: [rule]))
    _ = asking.get("/contoso/_apis/projects", after: .seconds(1))
    _ = asking.get("/contoso/_apis/projects", after: .milliseconds(milliseconds))

    #expect(asking.simulator.requests.insideRetryAfter == count)
  }

  @Test func `a window is for one organization and one user`() {
    let token = World.Token("second", user: "second@example.com")
    let world = World(organizations: [
      .init("a", tokens: ["simulator-token", token]), .init("b"),
    ])
    let rule = FaultRule(numbers: .nth(1), answer: .delayed(retryAfter: 60))
    let asking = Asking(world, SimulatorOptions(faults: [rule]))
    _ = asking.get("/a/_apis/projects")
    _ = asking.get("/b/_apis/projects", after: .seconds(1))
    _ = asking.get("/a/_apis/projects", ["authorization": Asking.basic("second")], after: .seconds(1))
    #expect(asking.simulator.requests.insideRetryAfter == 0)
    _ = asking.get("/A/_apis/projects", after: .seconds(1))
    #expect(asking.simulator.requests.insideRetryAfter == 1)
  }

  @Test func `a delayed answer opens its window when it is sent`() {
    let rule = FaultRule(numbers: .nth(1), answer: .delayed(retryAfter: 10, by: .seconds(5)))
    let asking = Asking(Sample.world, SimulatorOptions(faults: [rule]))
    _ = asking.get("/contoso/_apis/projects")
    _ = asking.get("/contoso/_apis/projects", after: .seconds(4))
    #expect(asking.simulator.requests.insideRetryAfter == 0)
    _ = asking.get("/contoso/_apis/projects", after: .seconds(14))
    #expect(asking.simulator.requests.insideRetryAfter == 1)
  }

  @Test func `the counts and the world are told over HTTP, and counts are reset`() throws {
    let asking = Asking(
      World(organizations: [.init("o", projects: [.init("p", repositories: [.init("r")])])])
    )
    _ = asking.get("/o/_apis/projects")
    let counts = asking.get("/__simulator/requests")
    let world = try #require(asking.get("/__simulator/world").json)

    #expect(
      counts.text
        == #"{"total":1,"byRoute":{"projects":1},"byOrganization":{"o":1},"maxConnections":0,"insideRetryAfter":0}"#
    )
    let project = try #require(world["organizations"]?[0]?["projects"]?[0])
    #expect(project["name"]?.string == "p")
    #expect(project["repositories"]?[0]?["id"]?.string?.count == 36)
    #expect(asking.send("POST", "/__simulator/requests/reset").status == 204)
    #expect(asking.simulator.requests.total == 0)
    #expect(
      asking.get("/__status").text.hasPrefix(
        "Active connections: 0 \nserver accepts handled requests\n 0 0 1 \n"
      )
    )
    #expect(asking.get("/__what").status == 404)
  }
}
