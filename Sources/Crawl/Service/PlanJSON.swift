/// A plan for programs; the shape is documented in `docs/commands.md`.
package struct PlanJSON: Encodable, Sendable {
  package struct Step: Encodable, Sendable {
    package var path: String
    package var branch: String?
    package var way: String
    package var requests: Int
  }

  package struct Organization: Encodable, Sendable {
    package var host: String
    package var name: String
    package var failure: String?
    package var repositories: Int
    package var newRepositories: Int
    package var missingRepositories: Int
    package var closedRepositories: Int
    package var listRequests: Int
    package var steps: [Step]
    package var locationRequests: Int
    package var maxPlaceholderRequests: Int
    package var leavingFiles: Int
    package var leavingEntities: Int
    package var requests: Int
    package var requestsPerSecond: Double?
    package var seconds: Double?
  }

  package var organizations: [Organization]
  package var requests: Int

  package init(_ plans: [OrganizationPlan]) {
    organizations = plans.map { plan in
      Organization(
        host: plan.host,
        name: plan.name,
        failure: plan.failure,
        repositories: plan.repositories,
        newRepositories: plan.newRepositories,
        missingRepositories: plan.missingRepositories,
        closedRepositories: plan.closedRepositories,
        listRequests: plan.listRequests,
        steps: plan.steps.map {
          Step(path: $0.path, branch: $0.branch, way: $0.way.rawValue, requests: $0.requests)
        },
        locationRequests: plan.locationRequests,
        maxPlaceholderRequests: plan.placeholderRequests,
        leavingFiles: plan.leavingFiles,
        leavingEntities: plan.leavingEntities,
        requests: plan.requests,
        requestsPerSecond: plan.rate?.perSecond,
        seconds: plan.seconds
      )
    }
    requests = plans.reduce(0) { $0 + $1.requests }
  }
}
