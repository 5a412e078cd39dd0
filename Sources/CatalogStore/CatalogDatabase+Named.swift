import GRDB

/// Which repository is meant.
package enum RepositoryReference: Sendable, Equatable {
  /// Its id in Azure DevOps.
  case id(String)
  /// Its name, and the one of its project, or nil for any. Letter case does not matter, as far as ASCII goes.
  case name(project: String?, repository: String)
}

extension CatalogDatabase {
  /// The ids in Azure DevOps of the repositories that are meant and answer questions, as the last list had them.
  ///
  /// - Returns: For each reference the ids, none when it is not known; in the order of the references.
  package func repositoryGUIDs(
    _ references: [RepositoryReference],
    of organization: Int64
  ) async throws -> [[String]] {
    try await pool.read { db in
      let select = try db.cachedStatement(
        sql: """
          SELECT r.guid FROM repository r JOIN project p ON p.id = r.project_id
          WHERE r.organization_id = ?1 AND r.state IN ('active', 'empty') AND r.name = ?2 COLLATE NOCASE
            AND (?3 IS NULL OR p.name = ?3 COLLATE NOCASE)
          ORDER BY r.id
          """
      )
      let check = try db.cachedStatement(
        sql: """
          SELECT guid FROM repository WHERE organization_id = ? AND guid = ? AND state IN ('active', 'empty')
          """
      )
      return try references.map { reference in
        switch reference {
        case .id(let guid): try String.fetchAll(check, arguments: [organization, guid.lowercased()])
        case .name(let project, let repository):
          try String.fetchAll(select, arguments: [organization, repository, project])
        }
      }
    }
  }
}
