import AzureDevOps
import Testing

@Suite("How well an address is told of events")
struct HookHealthTests {
  private static let url = "https://catalog.example/webhooks/azure-devops"

  private static func subscription(
    _ event: String,
    _ project: String,
    _ status: String = "enabled",
    url: String = url
  ) -> HookSubscription {
    HookSubscription(
      id: "\(event)/\(project)/\(url)",
      eventType: event,
      projectID: project,
      url: url,
      status: status
    )
  }

  /// Every kind of event of the projects `a` and `b`, without those that are named.
  private static func all(without names: [String] = []) -> [HookSubscription] {
    ["a", "b"].flatMap { project in HookPlan.eventTypes.map { subscription($0, project) } }
      .filter { !names.contains("\($0.eventType)/\($0.projectID)") }
  }

  private static func health(_ existing: [HookSubscription]) -> HookHealth {
    HookHealth(of: url, projects: ["a", "b"], existing: existing)
  }

  @Test("is well when each project has each event, also by one subscription for all projects")
  func well() {
    #expect(Self.health(Self.all()).isWell)
    #expect(Self.health(Self.all()).wanted == 10)
    let pushes = Self.all(without: ["git.push/a", "git.push/b"])
    #expect(Self.health(pushes).missing == 2)
    #expect(Self.health(pushes + [Self.subscription("git.push", "")]).isWell)
    #expect(Self.health(pushes + [Self.subscription("git.push", "", url: Self.url + "/")]).isWell)
  }

  @Test("counts what is missing, given up and failing; a second one that is well makes up for it")
  func faults() {
    let rest = Self.all(without: ["git.push/a", "git.push/b", "git.repo.created/a", "git.repo.deleted/b"])
    let found = Self.health(
      rest + [
        Self.subscription("git.push", "a", "disabledBySystem"),
        Self.subscription("git.push", "b", "onProbation"),
        Self.subscription("git.repo.created", "a", "disabledByUser"),
        Self.subscription("git.repo.deleted", "b", url: "https://other.example/webhooks/azure-devops"),
      ]
    )

    #expect(found.missing == 1)
    #expect(found.disabled == ["disabledBySystem": 1, "disabledByUser": 1])
    #expect(found.onProbation == 1)
    #expect(!found.isWell)
    #expect(Self.health(Self.all() + [Self.subscription("git.push", "a", "disabledBySystem")]).isWell)
    #expect(Self.health(Self.all() + [Self.subscription("git.push", "a", "onProbation")]).isWell)
  }

  @Test("knows the addresses of services by their path, the best one first")
  func addresses() {
    let other = "https://a.example/webhooks/azure-devops"
    let existing =
      Self.all() + [
        Self.subscription("git.push", "a", url: other),
        Self.subscription("git.push", "a", url: "https://ci.example/"),
      ]

    let found = HookHealth.all(endingIn: "/webhooks/azure-devops", projects: ["a", "b"], existing: existing)

    #expect(found.map(\.url) == [Self.url, other])
    #expect(found.map(\.missing) == [0, 9])
    #expect(HookHealth.all(endingIn: "/webhooks/azure-devops", projects: ["a"], existing: []).isEmpty)
  }
}
