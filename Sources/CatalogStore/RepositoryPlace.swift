/// Where a repository is that Azure DevOps names by its id.
package struct RepositoryPlace: Sendable, Equatable {
  package var host: String
  package var organization: String
  package var project: String
  package var repository: String
  /// Without `refs/heads/`; nil for a repository without branches.
  package var defaultBranch: String?
  /// Other branches that files are read from, without `refs/heads/`.
  package var branches: Set<String>

  package init(
    host: String,
    organization: String,
    project: String,
    repository: String,
    defaultBranch: String? = nil,
    branches: Set<String> = []
  ) {
    self.host = host
    self.organization = organization
    self.project = project
    self.repository = repository
    self.defaultBranch = defaultBranch
    self.branches = branches
  }
}
