import GRDB

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
