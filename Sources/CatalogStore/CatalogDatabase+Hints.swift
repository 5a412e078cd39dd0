import GRDB

/// A file that a search has found, as it was when its repository was indexed.
package struct StoredHit: Sendable, Equatable {
  package var repositoryGUID: String
  package var path: String
  package var branch: String
  /// Git's id of the content.
  package var blobID: String

  package init(repositoryGUID: String, path: String, branch: String, blobID: String) {
    self.repositoryGUID = repositoryGUID
    self.path = path
    self.branch = branch
    self.blobID = blobID
  }
}

extension CatalogDatabase {
  /// The repositories with hits that are not as they are stored, each for its first such hit, in the order of the hits.
  package func differing(_ hits: [StoredHit], of organization: Int64) async throws -> [String] {
    guard !hits.isEmpty else { return [] }
    return try await pool.read { db in
      let isStored = try db.cachedStatement(
        sql: """
          SELECT EXISTS (
            SELECT 1 FROM repository r JOIN file f ON f.repository_id = r.id
            WHERE r.organization_id = ?1 AND r.guid = ?2 AND f.path = ?3 AND f.blob_id = ?4
              AND f.branch IN (?5, iif(r.default_branch = ?5, '', ?5)))
          """
      )
      var seen: Set<String> = []
      var repositories: [String] = []
      for hit in hits where !seen.contains(hit.repositoryGUID) {
        let arguments: StatementArguments = [
          organization, hit.repositoryGUID, hit.path, hit.blobID, hit.branch,
        ]
        if try Bool.fetchOne(isStored, arguments: arguments) ?? false { continue }
        seen.insert(hit.repositoryGUID)
        repositories.append(hit.repositoryGUID)
      }
      return repositories
    }
  }

  /// The repositories with these ids in Azure DevOps that answer questions, in the order of the ids.
  package func repositories(of organization: Int64, guids: [String]) async throws -> [KnownRepository] {
    try await pool.read { db in
      let select = try db.cachedStatement(
        sql: KnownRepository.select
          + " WHERE r.organization_id = ? AND r.guid = ? AND r.state IN ('active', 'empty')"
      )
      return try guids.compactMap { guid in
        guard let row = try Row.fetchOne(select, arguments: [organization, guid]) else { return nil }
        var repository = KnownRepository(row)
        try Self.addContents(to: &repository, repository.id, db)
        return repository
      }
    }
  }
}
