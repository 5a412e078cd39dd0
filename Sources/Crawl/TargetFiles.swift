import AzureDevOps
import Catalog
import CatalogStore
import Settings

/// A location leads into a repository that answers no questions.
struct UnaskedRepository: Error, CustomStringConvertible {
  let name: String
  let state: ListedRepository.State?

  var description: String {
    let reason = state == .disabled ? "is disabled" : "is in maintenance"
    return "the repository \(name) \(reason): what was read of it before stays"
  }
}

/// Finds out which files a location's target stands for.
struct TargetFiles: Sendable {
  let session: OrganizationSession
  let environment: Crawler.Environment
  let contexts: FileContexts
  /// The rules by which files are judged.
  let rulesVersion: Int64

  /// The visits to the files, with what is stored of them.
  ///
  /// - Throws: `FetchError` when the service does not tell, `PathGlobError` for a pattern that cannot be used,
  ///   and what the database throws.
  func visits(to target: PendingTarget) async throws -> [PlannedVisit] {
    switch target.type {
    case .file: try await localVisits(to: target)
    case .url: try await repositoryVisits(to: target)
    }
  }

  // MARK: - Repositories

  private func repositoryVisits(to target: PendingTarget) async throws -> [PlannedVisit] {
    var url = try RepositoryURL(target.address.text)
    let repository = try await repository(of: url)
    if repository.state == .disabled || repository.state == .maintenance {
      throw UnaskedRepository(name: "\(repository.projectName)/\(repository.name)", state: repository.state)
    }
    // The default branch has one spelling, so that a rule and a location mean the same file.
    if case .branch(let name) = url.version, name == repository.defaultBranch { url.version = nil }
    (url.project, url.repository) = (repository.projectName, repository.name)
    let path = url.path ?? "/"
    guard url.isPattern else {
      return try await visits(repository, url, [(path, nil)], at: nil, target.origin)
    }
    let glob = try PathGlob(path)
    let listing = try await session.client.files(
      repositoryID: repository.guid,
      matching: glob,
      version: url.version
    )
    let files = listing.files.map { ($0.path, $0.blobID as String?) }
    var visits = try await visits(repository, url, files, at: listing.commitID, target.origin)
    visits.batchContents(rulesVersion: rulesVersion)
    return visits
  }

  private func visits(
    _ repository: KnownRepository,
    _ url: RepositoryURL,
    _ files: [(path: String, blobID: String?)],
    at commitID: String?,
    _ origin: FileOrigin
  ) async throws -> [PlannedVisit] {
    let known = try await environment.database.files(
      of: repository.id,
      branch: FileVersion.text(url.version),
      paths: files.map(\.path)
    )
    let knownByPath = Dictionary(known.map { ($0.path, $0) }) { first, _ in first }
    return files.map { path, blobID in
      var url = url
      url.path = path
      return PlannedVisit(
        repository: repository.id,
        repositoryGUID: repository.guid,
        projectName: repository.projectName,
        repositoryName: repository.name,
        path: path,
        version: url.version,
        url: url.text,
        address: url,
        origin: origin,
        isAsked: false,
        listed: blobID.map { .success($0) },
        listedCommit: commitID,
        known: knownByPath[path]
      )
    }
  }

  /// The repository that an address names: the one that this crawl has seen, or the service's answer.
  private func repository(of url: RepositoryURL) async throws -> KnownRepository {
    let known = try await environment.database.repositoryJustListed(
      named: url.repository,
      project: url.project,
      of: session.id
    )
    if let known { return known }
    let row = try await session.client.repository(project: url.project, name: url.repository)
    return try await store(ListedRepository(row))
  }

  private func store(_ repository: ListedRepository) async throws -> KnownRepository {
    let id = try await environment.database.record(repository, alone: session.id, at: environment.now())
    return KnownRepository(
      id: id,
      guid: repository.guid,
      name: repository.name,
      projectName: repository.projectName,
      isFork: repository.isFork,
      size: repository.size,
      defaultBranch: repository.defaultBranch,
      state: repository.state
    )
  }

  // MARK: - This machine

  /// A folder that may be read stands in the place of a repository.
  private func localVisits(to target: PendingTarget) async throws -> [PlannedVisit] {
    let pattern = target.address.text
    let isPattern = PathGlob.isPattern(pattern)
    let paths = isPattern ? try contexts.localFiles.files(matching: pattern) : [pattern]
    var visits: [PlannedVisit] = []
    for path in paths {
      guard let root = contexts.localFiles.root(of: path) else {
        throw FetchError(.forbidden, detail: LocalFiles.fault(path).message)
      }
      let repository = try await store(
        ListedRepository(
          guid: root,
          name: root,
          projectGUID: "local",
          projectName: "local",
          defaultBranch: nil,
          size: 0,
          isFork: false,
          state: .active
        )
      )
      let known = try await environment.database.files(of: repository.id, branch: "", paths: [path])
      visits.append(
        PlannedVisit(
          repository: repository.id,
          repositoryGUID: root,
          projectName: repository.projectName,
          repositoryName: root,
          path: path,
          version: nil,
          url: path,
          address: nil,
          origin: target.origin,
          isAsked: false,
          known: known.first
        )
      )
    }
    return visits
  }
}
