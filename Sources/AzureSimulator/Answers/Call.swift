import NIOCore

/// One request of an organization's member, with everything its answer depends on.
///
/// The answers are functions of this value: the same call has the same answer.
struct Call: Sendable {
  let request: SimulatorRequest
  let route: Route
  let organization: OrganizationIndex
  /// The organization as Code Search knows it; nil when it was not there then.
  let indexed: OrganizationIndex?
  let history: History
  let hooks: HookStore
  let options: SimulatorOptions
  let stamp: Stamp
  /// Scheme and host for the addresses in the answer.
  let base: String

  var query: Query { request.query }

  /// The answer, errors included.
  func answer() -> SimulatorResponse {
    do throws(ServiceError) {
      return try target()
    } catch {
      return failure(error)
    }
  }

  private func target() throws(ServiceError) -> SimulatorResponse {
    switch route.target {
    case .locations(let area): return locations(area)
    case .resourceAreas(let id): return try resourceAreas(id)
    case .connectionData: return try connectionData()
    case .projects: return try projects()
    case .project(let name): return try project(name)
    case .repositories: return try repositories()
    case .deletedRepositories: return try deletedRepositories(inRecycleBin: false)
    case .recycleBin: return try deletedRepositories(inRecycleBin: true)
    case .repository(let name, let part): return try answer(part, of: name)
    case .codeSearch: return try codeSearch()
    case .subscriptions(let id): return try subscriptions(id)
    case .unknown: return unknownRoute()
    }
  }

  private func answer(_ part: Route.Part, of name: String) throws(ServiceError) -> SimulatorResponse {
    guard isServed(part) else { return unknownRoute() }
    let version = try APIVersion(of: request)
    let repository = try repository(name)
    switch part {
    case .itself: return self.repository(repository, version)
    case .items(let path): return try items(path, repository, version)
    case .itemsBatch: return try itemsBatch(repository, version)
    case .refs(let filter): return try refs(filter, repository, version)
    case .branchStatistics(let name): return try branchStatistics(name, repository, version)
    case .commits: return try commits(repository, version)
    case .commit(let id): return try commit(id, repository, version)
    case .changes(let id): return try changes(id, repository, version)
    case .tree(let id): return try tree(id, repository, version)
    case .blob(let id): return try blob(id, repository, version)
    case .blobs: return try blobs(repository, version)
    case .annotatedTag(let id): throw .objectMissing(id)
    case .diffs: return try diffs(repository, version)
    }
  }

  /// Only these two are posted to; all else is read.
  private func isServed(_ part: Route.Part) -> Bool {
    switch part {
    case .itemsBatch, .blobs: request.method == "POST"
    default: request.method == "GET" || request.method == "HEAD"
    }
  }

  /// The repository a path names.
  /// - Throws: TF200016 or VS800075 for the project, TF401019 for the repository, also when it is disabled
  ///   (facts/azure-devops-api.md 6), TF401027 without the permission to read.
  private func repository(_ nameOrID: String) throws(ServiceError) -> RepositoryIndex {
    let project = try route.project.map { name throws(ServiceError) in try self.project(named: name) }
    guard let found = organization.repository(nameOrID, project: project), !found.project.project.isHidden,
      found.repository.access != .invisible, !found.repository.isDisabled
    else { throw .repositoryMissing(nameOrID) }
    if found.repository.access == .denied { throw .repositoryDenied(stamp.user) }
    if found.repository.isInMaintenance { throw .repositoryInMaintenance(found.name) }
    return found
  }

  /// The project a path names.
  func project(named nameOrID: String) throws(ServiceError) -> ProjectIndex {
    guard let found = organization.project(nameOrID), !found.project.isHidden else {
      throw GUID(nameOrID) == nil ? .projectMissing(name: nameOrID) : .projectMissing(id: nameOrID)
    }
    return found
  }
}

// MARK: - Addresses in answers

extension Call {
  /// `{base}/{organization}`, or the base alone where the host names the organization.
  var organizationAddress: String {
    base.hasSuffix(".visualstudio.com") ? base : "\(base)/\(PercentEncoding.encoded(organization.name))"
  }

  func address(of project: ProjectIndex) -> String {
    "\(organizationAddress)/_apis/projects/\(project.id)"
  }

  func address(of repository: RepositoryIndex) -> String {
    "\(organizationAddress)/\(repository.project.id)/_apis/git/repositories/\(repository.id)"
  }

  /// The address a person opens, by names.
  func webAddress(of repository: RepositoryIndex) -> String {
    "\(organizationAddress)/\(PercentEncoding.encoded(repository.project.project.name))"
      + "/_git/\(PercentEncoding.encoded(repository.name))"
  }
}
