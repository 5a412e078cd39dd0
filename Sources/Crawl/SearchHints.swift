import AzureDevOps
import CatalogStore
import Settings

/// Asks Code Search which repositories have new or changed catalog files, so that they are visited before the others.
///
/// Its index lags behind and leaves much out, so it is believed about nothing: what it does not name is visited after
/// what it names (facts/azure-devops-api.md 2.13, 8.1).
struct SearchHints: Sendable {
  /// How many repositories are preferred at most.
  private static let maxRepositories = 2_000

  let session: OrganizationSession
  let rules: [DiscoveryRule]
  let environment: Crawler.Environment

  /// What is asked for, and which of the files that are found are wanted.
  struct Query: Sendable, Equatable {
    var search: CodeSearchQuery
    /// The path, or a pattern of it.
    var path: String

    func wants(_ path: String) -> Bool {
      PathGlob.isPattern(self.path)
        ? (try? PathGlob(self.path))?.matches(path) ?? false  // the settings were checked
        : self.path == path
    }
  }

  /// The questions for rules, each once.
  static func queries(for rules: [DiscoveryRule]) -> [Query] {
    var queries: [Query] = []
    for rule in rules {
      let name = rule.path.split(separator: "/").last.map(String.init) ?? rule.path
      // Wildcards of Code Search are others than those of a pattern: what can be asked for is the name.
      let isPattern = PathGlob.isPattern(rule.path)
      if isPattern, PathGlob.isPattern("/" + name) { continue }
      let search: CodeSearchQuery =
        isPattern ? .name(name, branch: rule.branch) : .path(rule.path, branch: rule.branch)
      let query = Query(search: search, path: rule.path)
      if !queries.contains(query) { queries.append(query) }
    }
    return queries
  }

  /// The ids in Azure DevOps of repositories with files that are not as they are stored, in the order of the answers.
  ///
  /// Whatever keeps Code Search from telling costs only the hints.
  ///
  /// - Throws: What the database throws.
  func repositories() async throws -> [String] {
    let address = session.client.address.forSearch { environment.settings.baseURL(forHost: $0) }
    var found: [String] = []
    var seen: Set<String> = []
    for query in Self.queries(for: rules) {
      var hits: [CodeSearchHit] = []
      do throws(FetchError) {
        let outcome = try await session.client.codeSearch(query.search, at: address) { page in
          hits += page.filter { query.wants($0.path) }
        }
        if case .unavailable(let obstacle) = outcome { return say("\(obstacle)", found) }
      } catch {
        return say("\(error)", found)
      }
      for repository in try await environment.database.differing(hits.map(StoredHit.init), of: session.id)
      where seen.insert(repository).inserted && found.count < Self.maxRepositories {
        found.append(repository)
      }
    }
    return found
  }

  private func say(_ reason: String, _ found: [String]) -> [String] {
    guard !Task.isCancelled else { return found }
    environment.observe(
      .warning("\(session.name): \(reason); its repositories are visited in no special order")
    )
    return found
  }
}

extension StoredHit {
  init(_ hit: CodeSearchHit) {
    self.init(repositoryGUID: hit.repositoryID, path: hit.path, branch: hit.branch, blobID: hit.blobID)
  }
}
