import AzureDevOps
import CatalogStore
import Settings

/// One file to ask for: a rule applied to a repository.
struct PlannedVisit: Sendable, Equatable {
  var repository: Int64
  var repositoryGUID: String
  var projectName: String
  var repositoryName: String
  var path: String
  /// Nil for the default branch.
  var branch: String?
  /// The file's address as a browser shows it.
  var url: String
  /// What is stored of it; nil when it was never asked for.
  var known: KnownFile?
}

/// Decides which files of which repositories of one organization are asked for.
///
/// Pure.
struct VisitPlan: Sendable {
  let host: String
  let organization: String
  let rules: [DiscoveryRule]
  let limits: CrawlLimits
  let program: ProgramSettings

  /// The visits to a repository: none when no rule wants it.
  func visits(to repository: KnownRepository) -> [PlannedVisit] {
    let (project, name) = (repository.projectName, repository.name)
    guard limits.allows(project: project, repository: name),
      program.selects(organization: organization, project: project, repository: name)
    else { return [] }
    var visits: [PlannedVisit] = []
    for rule in rules where wants(rule, repository) {
      let isPlanned = visits.contains { $0.path == rule.path && $0.branch == rule.branch }
      if !isPlanned { visits.append(visit(to: repository, by: rule)) }
    }
    return visits
  }

  private func wants(_ rule: DiscoveryRule, _ repository: KnownRepository) -> Bool {
    guard rule.project.matches(repository.projectName), rule.repository.matches(repository.name) else {
      return false
    }
    if rule.skipForks, repository.isFork { return false }
    // A repository without branches has no files; one branch that a rule names may have come meanwhile.
    if repository.defaultBranch == nil, rule.branch == nil { return false }
    if let path = limits.path, path != rule.path { return false }
    if let branch = limits.branch, branch != rule.branch ?? repository.defaultBranch { return false }
    return true
  }

  private func visit(to repository: KnownRepository, by rule: DiscoveryRule) -> PlannedVisit {
    let url = RepositoryURL(
      host: host,
      organization: organization,
      project: repository.projectName,
      repository: repository.name,
      path: rule.path,
      version: rule.branch.map(RepositoryURL.Version.branch)
    )
    return PlannedVisit(
      repository: repository.id,
      repositoryGUID: repository.guid,
      projectName: repository.projectName,
      repositoryName: repository.name,
      path: rule.path,
      branch: rule.branch,
      url: url.text,
      known: repository.files.first { $0.branch == rule.branch ?? "" && $0.path == rule.path }
    )
  }
}
