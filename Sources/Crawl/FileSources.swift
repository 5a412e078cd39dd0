import AzureDevOps
import Catalog
import CatalogStore
import Settings

/// Where the files of a crawl come from: repositories of any configured organization, and this machine.
struct FileSources: Sendable {
  let contexts: FileContexts
  let database: CatalogDatabase
  let maxFileBytes: Int
  /// The client for an organization, whose requests count as those of the organization that asks.
  let client: @Sendable (_ host: String, _ organization: String) -> AzureDevOpsClient

  /// Reads the file that a visit is to.
  func file(of visit: PlannedVisit, _ client: AzureDevOpsClient) async throws(FetchError) -> RepositoryFile {
    if visit.address == nil { return try contexts.localFiles.read(visit.url, maxBytes: maxFileBytes) }
    return try await client.file(repositoryID: visit.repositoryGUID, path: visit.path, version: visit.version)
  }

  /// Reads the file that a visit is to; nil when the service says that it is the one whose tag is given.
  ///
  /// - Parameter etag: Nil to have it in any case.
  func file(
    of visit: PlannedVisit,
    _ client: AzureDevOpsClient,
    unless etag: String?
  ) async throws(FetchError) -> RepositoryFile? {
    guard let etag, visit.address != nil else { return try await file(of: visit, client) }
    let answer = try await client.file(
      repositoryID: visit.repositoryGUID,
      path: visit.path,
      version: visit.version,
      unless: etag
    )
    switch answer {
    case .read(let file): return file
    case .unchanged: return nil
    }
  }

  func context(of visit: PlannedVisit) -> FileContext {
    guard let address = visit.address else {
      return contexts.context(forLocal: visit.url, origin: visit.origin)
    }
    return contexts.context(for: address, text: visit.url, origin: visit.origin)
  }

  /// Whether an address is of the repository that is visited, at the same version.
  func isOfSameRepository(_ address: String, as visit: PlannedVisit) -> Bool {
    guard let address = self.address(address), let visited = visit.address else { return false }
    return address.isOfSameRepository(as: visited)
  }

  /// Reads a file that a visited one takes in.
  ///
  /// - Parameter commitID: Where the visited file was read: files of the same repository are read there too,
  ///   so that all are of one state; nil when that is not known.
  func file(
    at address: String,
    for visit: PlannedVisit,
    commitID: String?,
    _ client: AzureDevOpsClient
  ) async -> Result<RepositoryFile, FetchError> {
    do throws(FetchError) {
      guard let url = self.address(address) else {
        return .success(try contexts.localFiles.read(address, maxBytes: maxFileBytes))
      }
      let path = url.path ?? "/"
      if let visited = visit.address, url.isOfSameRepository(as: visited) {
        let version = commitID.map(RepositoryURL.Version.commit) ?? visit.version
        return .success(
          try await client.file(repositoryID: visit.repositoryGUID, path: path, version: version)
        )
      }
      return await foreignFile(at: url, path, for: visit)
    } catch {
      return .failure(error)
    }
  }

  /// Reads a file of a repository that something takes in which is in no file itself.
  func included(_ address: String) async -> IncludedFile {
    guard let url = self.address(address) else {
      return .failed(rule: "placeholder-file", message: "only files of repositories are read")
    }
    do throws(FetchError) {
      let client = self.client(url.host, url.organization)
      return .content(try await file(at: url, url.path ?? "/", client).content)
    } catch {
      return .failed(rule: "placeholder-file", message: error.description)
    }
  }

  /// Reads a file of another repository, maybe of another organization.
  private func foreignFile(
    at url: RepositoryURL,
    _ path: String,
    for visit: PlannedVisit
  ) async -> Result<RepositoryFile, FetchError> {
    do throws(FetchError) {
      let client = self.client(url.host, url.organization)
      return .success(try await file(at: url, path, client))
    } catch {
      var error = error
      let own = visit.address.map { ($0.host, $0.organization.lowercased()) }
      error.isOfAnotherOrganization =
        error.meaning != .cancelled && own.map { $0 != (url.host, url.organization.lowercased()) } ?? true
      return .failure(error)
    }
  }

  private func file(
    at url: RepositoryURL,
    _ path: String,
    _ client: AzureDevOpsClient
  ) async throws(FetchError) -> RepositoryFile {
    if let guid = await knownGUID(of: url) {
      do throws(FetchError) {
        return try await client.file(repositoryID: guid, path: path, version: url.version)
      } catch {
        // What had the name is gone, and another one may have it by now.
        guard error.meaning == .repositoryUnavailable else { throw error }
      }
    }
    let guid = try await client.repository(project: url.project, name: url.repository).id
    return try await client.file(repositoryID: guid, path: path, version: url.version)
  }

  private func knownGUID(of url: RepositoryURL) async -> String? {
    do {
      return try await database.repositoryGUID(
        named: url.repository,
        project: url.project,
        host: url.host,
        organization: url.organization
      )
    } catch {
      // The service knows as well; a database that fails is noticed by whoever writes.
      return nil
    }
  }

  private func address(_ text: String) -> RepositoryURL? {
    // Addresses were read before; a path of this machine is none.
    text.hasPrefix("/") ? nil : try? RepositoryURL(text)
  }
}

extension RepositoryURL {
  func isOfSameRepository(as other: RepositoryURL) -> Bool {
    host == other.host && organization.lowercased() == other.organization.lowercased()
      && project.lowercased() == other.project.lowercased()
      && repository.lowercased() == other.repository.lowercased() && version == other.version
  }
}
