import GRDB

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

extension CatalogDatabase {
  /// The repository with an id; nil when it is not known.
  ///
  /// - Parameter guid: As Azure DevOps writes it, in either case.
  package func repositoryPlace(guid: String) async throws -> RepositoryPlace? {
    try await pool.read { db in
      // By organization, as the index has it; the id alone would be looked for in every row.
      let row = try Row.fetchOne(
        db,
        sql: """
          SELECT r.id, o.host, o.name AS organization, p.name AS project, r.name AS repository, r.default_branch
          FROM organization o CROSS JOIN repository r ON r.organization_id = o.id AND r.guid = ?
          JOIN project p ON p.id = r.project_id
          """,
        arguments: [guid.lowercased()]
      )
      guard let row else { return nil }
      let branches = try String.fetchSet(
        db,
        sql: "SELECT DISTINCT branch FROM file WHERE repository_id = ? AND branch <> ''",
        arguments: [row["id"] as Int64]
      )
      return RepositoryPlace(
        host: row["host"],
        organization: row["organization"],
        project: row["project"],
        repository: row["repository"],
        defaultBranch: row["default_branch"],
        branches: branches
      )
    }
  }
}
