import Testing

@testable import AzureSimulator

/// The service's own limits (facts/azure-devops-api.md 4.1, 4.2).
@Suite struct ServiceMeterTests {
  private func asking(_ meter: MeterOptions, _ world: World = Sample.world) -> Asking {
    Asking(world, SimulatorOptions(meter: meter))
  }

  private static let projects = "/contoso/_apis/projects"

  @Test func `a budget is told near its end, overdrawn late, and then refused, until it slides out`() {
    let asking = asking(MeterOptions(budget: 10, overdraft: 0.2, longestDelay: .seconds(30)))
    let answers = (0..<14).map { asking.get(Self.projects, after: .seconds($0)) }

    #expect(answers.map(\.status) == Array(repeating: 200, count: 12) + [429, 429])
    // A fifth of ten units is near the end: from the ninth request on, which leaves one.
    #expect(answers[..<8].allSatisfy { $0.header("X-RateLimit-Remaining") == nil })
    #expect(answers[8].header("X-RateLimit-Remaining") == "1")
    #expect(answers[8].header("X-RateLimit-Limit") == "10")
    #expect(answers[8].header("X-RateLimit-Resource") == "Core")
    #expect(answers[8].header("Retry-After") == nil && answers[8].header("X-RateLimit-Delay") == nil)
    #expect(answers[8].header("X-RateLimit-Reset") == "\(1_767_600_000 + 300)")
    #expect(answers[9].header("X-RateLimit-Remaining") == "0")
    #expect(answers[10].header("X-RateLimit-Delay") == "15.000" && answers[10].delay == .seconds(15))
    #expect(answers[11].header("X-RateLimit-Delay") == "30.000")
    // At second 12 the requests of the seconds 0 to 2 must go, the last of them at 302.
    #expect(answers[12].header("Retry-After") == "290")
    #expect(answers[12].typeKey == "RequestBlockedException")
    #expect(answers[13].header("Retry-After") == "289")
    #expect(asking.get(Self.projects, after: .seconds(302)).header("Retry-After") == nil)
    #expect(asking.simulator.requests.delayed == 2)
    #expect(asking.simulator.requests.blocked == 2)
    #expect(asking.simulator.requests.units == 13)
  }

  @Test func `routes have prices`() {
    let asking = asking(MeterOptions(budget: 10, price: 0.25, prices: ["projects": 4]))
    for _ in 0..<2 { _ = asking.get(Self.projects) }
    let answer = asking.get(Sample.repository + "/items?path=/a0")

    #expect(answer.header("X-RateLimit-Remaining") == "1.75")
    #expect(asking.simulator.requests.units == 8.25)
  }

  @Test func `the headers may be left out`() {
    let asking = asking(MeterOptions(budget: 2, overdraft: 0, sendsHeaders: false))
    let answers = (0..<3).map { _ in asking.get(Self.projects) }

    #expect(answers.map(\.status) == [200, 200, 429])
    for answer in answers {
      #expect(answer.headers.allSatisfy { !$0.name.hasPrefix("X-RateLimit") && $0.name != "Retry-After" })
    }
  }

  @Test(arguments: [(false, 200), (true, 429)])
  func `an identity has a budget for each organization, or one for all`(spans: Bool, status: Int) {
    let other = World.Token("second", user: "second@example.com")
    let world = World(organizations: [
      .init("a", tokens: ["simulator-token", other]), .init("b"),
    ])
    let asking = asking(MeterOptions(budget: 1, overdraft: 0, spansOrganizations: spans), world)
    #expect(asking.get("/a/_apis/projects").status == 200)
    #expect(asking.get("/a/_apis/projects").status == 429)

    #expect(asking.get("/b/_apis/projects", after: .seconds(1)).status == status)
    #expect(
      asking.get("/a/_apis/projects", ["authorization": Asking.basic("second")]).status == 200
    )
    #expect(asking.simulator.requests.insideRetryAfter == (spans ? 1 : 0))
  }

  @Test func `who is not known, and what fails by the script, costs nothing`() {
    let rule = FaultRule(numbers: .nth(2), answer: .serverError)
    let asking = Asking(Sample.world, SimulatorOptions(faults: [rule], meter: MeterOptions()))

    _ = asking.get(Self.projects, ["authorization": ""])
    _ = asking.get(Self.projects)

    #expect(asking.simulator.requests.units == 0)
  }

  @Test func `what the meter did is told over HTTP, and only when there is one`() {
    let asking = asking(MeterOptions(budget: 1, overdraft: 0))
    for _ in 0..<2 { _ = asking.get(Self.projects) }

    #expect(
      asking.get("/__simulator/requests").text.hasSuffix(#""meter":{"units":1,"delayed":0,"blocked":1}}"#)
    )
  }
}
