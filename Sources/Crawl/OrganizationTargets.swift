import CatalogStore
import Settings

/// The parts of a request that are in one organization, and what they come to there.
struct OrganizationTargets: Sendable {
  let organization: ScopedOrganization
  let session: OrganizationSession
  let request: CrawlRequest
  let environment: Crawler.Environment

  var limits: [CrawlLimits] {
    let endpoint = environment.settings.baseURL(forHost: organization.host)
    return request.targets.filter {
      $0.allows(host: organization.host, organization: organization.name, endpoint: endpoint)
    }
  }

  /// A refresh of repositories that are known needs no list.
  var needListing: Bool {
    get async throws {
      guard let named = try await repositories() else { return true }
      return named.contains(where: \.isEmpty)
    }
  }

  /// The repositories that each part names, by their ids in Azure DevOps, none for those that are not known; nil when a
  /// part names none.
  func repositories() async throws -> [[String]]? {
    let limits = limits
    let references = limits.compactMap(\.reference)
    guard references.count == limits.count else { return nil }
    return try await environment.database.repositoryGUIDs(references, of: session.id)
  }

  /// What a repository is called that is wanted by its id; nil when it is wanted by its name, or not known.
  func knownName(_ limits: CrawlLimits) async throws -> (project: String, repository: String)? {
    guard let guid = limits.repositoryID else { return nil }
    return try await environment.database.repositories(of: session.id, guids: [guid.lowercased()]).first
      .map { ($0.projectName, $0.name) }
  }

  /// What any part of the request wants.
  func plan(rulesVersion: Int64) -> VisitPlan {
    var plans = limits.map { limits in
      VisitPlan(
        host: organization.host,
        organization: organization.name,
        rules: organization.rules,
        limits: limits,
        program: environment.settings.crawler,
        rulesVersion: rulesVersion
      )
    }
    precondition(!plans.isEmpty, "an organization is crawled because a part of the request is in it")
    var plan = plans.removeFirst()
    plan.others = plans
    return plan
  }
}
