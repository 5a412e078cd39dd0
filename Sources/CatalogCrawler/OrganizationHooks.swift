import AzureDevOps
import Settings

/// The projects of an organization that the settings name, and the subscriptions that Azure DevOps has.
struct OrganizationHooks: Sendable {
  /// By name.
  let projects: [ProjectRow]
  /// To every address, of every project.
  let subscriptions: [HookSubscription]

  /// Asks for both: a request for each 1,000 projects, and one for each kind of event.
  init(_ client: AzureDevOpsClient, _ organization: ScopedOrganization) async throws(FetchError) {
    projects = try await client.projects()
      .filter { project in organization.rules.contains { $0.project.matches(project.name) } }
      .sorted { ($0.name.lowercased(), $0.id) < ($1.name.lowercased(), $1.id) }
    var subscriptions: [HookSubscription] = []
    for type in HookPlan.eventTypes { subscriptions += try await client.subscriptions(to: type) }
    self.subscriptions = subscriptions
  }
}
