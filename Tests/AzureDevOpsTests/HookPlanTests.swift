import AzureDevOps
import Testing

@Suite("What is to be done about subscriptions")
struct HookPlanTests {
  private static let url = "https://catalog.example/webhooks/azure-devops"

  private func subscription(
    _ id: String,
    _ type: String,
    _ project: String = "p",
    url: String = url,
    status: String = "enabled"
  ) -> HookSubscription {
    HookSubscription(id: id, eventType: type, projectID: project, url: url, status: status)
  }

  private func all(_ project: String) -> [HookSubscription] {
    HookPlan.eventTypes.map { subscription("\(project)-\($0)", $0, project) }
  }

  @Test("where nothing is, everything is made, for each project and event")
  func first() {
    let plan = HookPlan(installing: Self.url, projects: ["p", "q"], existing: [], renew: false)
    #expect(plan.steps.count == 10)
    #expect(plan.steps.allSatisfy { $0.action == .create && $0.existing.isEmpty })
    #expect(Set(plan.steps.map(\.eventType)) == Set(HookPlan.eventTypes))
  }

  @Test("done twice, nothing is done; a project more is all that is made")
  func again() {
    let same = HookPlan(installing: Self.url, projects: ["p"], existing: all("p"), renew: false)
    #expect(same.steps.allSatisfy { $0.action == .keep })
    let more = HookPlan(installing: Self.url + "/", projects: ["p", "q"], existing: all("p"), renew: false)
    #expect(
      more.steps.map(\.action) == Array(repeating: .keep, count: 5) + Array(repeating: .create, count: 5)
    )
  }

  @Test("what is disabled, there twice, or to be renewed is replaced; what is in doubt is left")
  func replaced() {
    let existing = [
      subscription("1", "git.push", status: "disabledBySystem"), subscription("2", "git.repo.created"),
      subscription("3", "git.repo.created"), subscription("4", "git.repo.deleted", status: "onProbation"),
      subscription("5", "git.repo.renamed", url: "https://other.example/webhooks/azure-devops"),
      subscription("6", "git.repo.statuschanged", "other"),
    ]
    let plan = HookPlan(installing: Self.url, projects: ["p"], existing: existing, renew: false)
    #expect(
      plan.steps == [
        .init(.replace, "git.push", "p", existing: ["1"]),
        .init(.replace, "git.repo.created", "p", existing: ["2", "3"]),
        .init(.keep, "git.repo.deleted", "p", existing: ["4"]),
        .init(.create, "git.repo.renamed", "p"),
        .init(.create, "git.repo.statuschanged", "p"),
      ]
    )
    let renewed = HookPlan(installing: Self.url, projects: ["p"], existing: all("p"), renew: true)
    #expect(renewed.steps.allSatisfy { $0.action == .replace && $0.existing.count == 1 })
  }

  @Test("all that is sent to the address is removed, whatever the project, and nothing else")
  func removed() {
    let existing = all("q") + all("p") + [subscription("x", "git.push", url: "https://other.example/hook")]
    let plan = HookPlan(removing: Self.url, existing: existing)
    #expect(plan.steps.count == 10 && plan.steps.allSatisfy { $0.action == .delete })
    #expect(!plan.steps.contains { $0.existing == ["x"] })
    #expect(plan.steps.first?.projectID == "p")
  }
}
