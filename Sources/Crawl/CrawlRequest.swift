import AzureDevOps
package import Catalog
package import CatalogStore
import Settings

/// What a crawl is asked to do.
package struct CrawlRequest: Sendable, Equatable, Codable {
  package var command: CrawlCommand
  package var limits: CrawlLimits
  /// The other parts that are visited in the same crawl; empty for none.
  package var others: [CrawlLimits] = []
  /// Whether repositories that left the list are taken to be gone.
  package var acceptsRemovals = false
  /// Only this location and what it leads to; nil for the organizations that the limits leave.
  package var location: Int64?
  /// Only what is due, within a budget; nil for everything that the limits leave.
  package var due: DueRefresh?

  /// Everything in the settings.
  package static let sync = CrawlRequest(command: .sync, limits: CrawlLimits())

  /// Only one location and what it leads to.
  ///
  /// - Parameters:
  ///   - id: Its id in the database.
  ///   - address: What it names, for the report.
  package static func location(_ id: Int64, _ address: FileAddress) -> CrawlRequest {
    let url = try? RepositoryURL(address.text)  // A file of this machine is none.
    let limits = CrawlLimits(
      host: url?.host,
      organization: url?.organization,
      project: url?.project,
      repository: url?.repository,
      path: url?.path
    )
    return CrawlRequest(command: .refresh, limits: limits, location: id)
  }

  /// What is asked for, in one spelling for the same thing: what a crawl that was cut off is found again by.
  ///
  /// - Parameters:
  ///   - organizations: What the settings and the request come to.
  ///   - contexts: What the settings say of files.
  ///   - program: What the settings say of repositories besides.
  func text(
    _ organizations: [ScopedOrganization],
    _ contexts: FileContexts,
    _ program: ProgramSettings
  ) -> String {
    var parts = [command.rawValue]
    func add(_ name: String, _ value: String?) { if let value { parts.append("\(name)=\(value)") } }
    for limits in targets {
      add("host", limits.host?.lowercased())
      add("organization", limits.organization?.lowercased())
      add("project", limits.project?.lowercased())
      add("repository", limits.repository?.lowercased())
      add("id", limits.repositoryID?.lowercased())
      add("path", limits.path)
      add("branch", limits.branch)
    }
    add("location", location.map { "\($0)" })
    add("accept-removals", acceptsRemovals ? "yes" : nil)
    add("due", due.map { "\($0)" })
    let version = JudgingRules(program.yaml, contexts: contexts).version
    let settings = "\(organizations) \(program.include) \(program.exclude) \(version)"
    return (parts + ["settings=\(JudgingRules.hash(settings))"]).joined(separator: " ")
  }

  /// Only what is due of what the limits leave.
  package static func refresh(due: DueRefresh, _ limits: CrawlLimits) -> CrawlRequest {
    var request = CrawlRequest.refresh(limits)
    request.due = due
    return request
  }

  /// Only what the limits leave.
  package static func refresh(_ limits: CrawlLimits) -> CrawlRequest {
    CrawlRequest(command: .refresh, limits: limits)
  }

  /// What any of several limits leave, in one crawl; nil when there are none.
  ///
  /// Repositories that are known need no list: k of them cost a request for each of their files.
  package static func refresh(_ limits: [CrawlLimits]) -> CrawlRequest? {
    guard let first = limits.first else { return nil }
    var request = CrawlRequest.refresh(first)
    for other in limits.dropFirst() where !request.targets.contains(other) { request.others.append(other) }
    return request
  }

  /// Every part that is visited, in the order in which they were asked for.
  package var targets: [CrawlLimits] { [limits] + others }

  /// What is limited, as people write it; nil for everything.
  package var scope: String? {
    guard !others.isEmpty else { return limits.description }
    let named = targets.prefix(3).map { $0.description ?? "everything" }.joined(separator: "; ")
    return targets.count > 3 ? "\(named); and \(targets.count - 3) more" : named
  }
}

/// Which part of the settings' scope a refresh visits.
///
/// Names compare without regard to letter case; nil means any.
package struct CrawlLimits: Sendable, Hashable, Codable {
  package var host: String?
  package var organization: String?
  package var project: String?
  package var repository: String?
  /// The repository's id in Azure DevOps, which outlives its names.
  package var repositoryID: String?
  /// One file of that repository, with a slash before it.
  package var path: String?
  /// The branch that the file is asked on; nil for the rule's own.
  package var branch: String?

  package init(
    host: String? = nil,
    organization: String? = nil,
    project: String? = nil,
    repository: String? = nil,
    repositoryID: String? = nil,
    path: String? = nil,
    branch: String? = nil
  ) {
    self.host = host
    self.organization = organization
    self.project = project
    self.repository = repository
    self.repositoryID = repositoryID
    self.path = path
    self.branch = branch
  }

  /// As people write it; nil when there is no limit.
  package var description: String? {
    let parts = [
      organization.map { "organization \($0)" }, project.map { "project \($0)" },
      (repository ?? repositoryID).map { "repository \($0)" }, path.map { "file \($0)" },
      branch.map { "branch \($0)" },
    ].compactMap(\.self)
    return parts.isEmpty ? nil : parts.joined(separator: ", ")
  }

  /// Whether an organization may be the one that is meant.
  ///
  /// `NAME.visualstudio.com` and `dev.azure.com/NAME` are two addresses of one organization.
  func allows(host: String, organization: String, endpoint: String) -> Bool {
    guard Self.isSame(self.organization, organization) else { return false }
    guard let wanted = self.host?.lowercased() else { return true }
    let hosted = "\(organization.lowercased()).visualstudio.com"
    let hosts =
      [host.lowercased()]
      + ([AzureHost.services, hosted].contains(host.lowercased()) ? [AzureHost.services, hosted] : [])
    return hosts.contains(wanted) || endpoint.lowercased().hasSuffix("://\(wanted)")
  }

  /// The repository that is meant; nil when none is named.
  var reference: RepositoryReference? {
    repositoryID.map { .id($0) } ?? repository.map { .name(project: project, repository: $0) }
  }

  /// An id says which repository is meant, whatever it is called by now.
  func allows(_ repository: KnownRepository) -> Bool {
    guard let repositoryID else {
      return allows(project: repository.projectName, repository: repository.name)
    }
    return repositoryID.lowercased() == repository.guid.lowercased()
  }

  func allows(project: String, repository: String) -> Bool {
    Self.isSame(self.project, project) && Self.isSame(self.repository, repository)
  }

  private static func isSame(_ limit: String?, _ name: String) -> Bool {
    limit.map { $0.lowercased() == name.lowercased() } ?? true
  }
}
