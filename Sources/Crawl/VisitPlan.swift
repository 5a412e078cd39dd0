import AzureDevOps
import CatalogStore
import Settings

/// One file to ask for.
struct PlannedVisit: Sendable, Equatable {
  var repository: Int64
  var repositoryGUID: String
  var projectName: String
  var repositoryName: String
  var path: String
  /// Nil for the default branch.
  var version: RepositoryURL.Version?
  /// The file's address as a browser shows it; for a file of this machine its path.
  var url: String
  /// The same taken apart; nil for a file of this machine.
  var address: RepositoryURL?
  var origin: FileOrigin
  /// Whether a rule of the settings asks for it; else a location leads to it.
  var isAsked = true
  /// Git's id of the content as a listing has it; nil when the file was not listed.
  var listedBlobID: String?
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
      let version = rule.branch.map(RepositoryURL.Version.branch)
      let isPlanned = visits.contains { $0.path == rule.path && $0.version == version }
      if !isPlanned { visits.append(visit(to: repository, rule.path, version)) }
    }
    return visits
  }

  /// The visits to files that only locations lead to, as far as the limits want them.
  func visitsToUnasked(of repository: KnownRepository) -> [PlannedVisit] {
    guard limits.allows(project: repository.projectName, repository: repository.name) else { return [] }
    return repository.files.compactMap { file in
      guard !file.isAsked, !file.isOutOfScope, let origin = file.origin,
        limits.path.map({ $0 == file.path }) ?? true,
        limits.branch.map({ $0 == file.branch || (file.branch.isEmpty && $0 == repository.defaultBranch) })
          ?? true
      else { return nil }
      var visit = visit(to: repository, file.path, FileVersion.version(file.branch))
      visit.origin = origin
      visit.isAsked = false
      return visit
    }
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

  private func visit(
    to repository: KnownRepository,
    _ path: String,
    _ version: RepositoryURL.Version?
  ) -> PlannedVisit {
    let url = RepositoryURL(
      host: host,
      organization: organization,
      project: repository.projectName,
      repository: repository.name,
      path: path,
      version: version
    )
    let text = url.text
    return PlannedVisit(
      repository: repository.id,
      repositoryGUID: repository.guid,
      projectName: repository.projectName,
      repositoryName: repository.name,
      path: path,
      version: version,
      url: text,
      address: url,
      origin: FileOrigin(source: .organization, location: "url:\(text)"),
      known: repository.files.first { $0.branch == FileVersion.text(version) && $0.path == path }
    )
  }
}
