package import Foundation
import GRDB

/// A stored repository, with what is known of its files.
package struct KnownRepository: Sendable, Equatable {
  package var id: Int64
  package var guid: String
  package var name: String
  package var projectName: String
  package var isFork: Bool
  /// Nil when it has no branches.
  package var defaultBranch: String?
  package var files: [KnownFile]

  package init(
    id: Int64,
    guid: String,
    name: String,
    projectName: String,
    isFork: Bool,
    defaultBranch: String?,
    files: [KnownFile]
  ) {
    self.id = id
    self.guid = guid
    self.name = name
    self.projectName = projectName
    self.isFork = isFork
    self.defaultBranch = defaultBranch
    self.files = files
  }
}

/// A stored file, as far as a visit needs it to tell whether anything is new.
package struct KnownFile: Sendable, Equatable {
  package var id: Int64
  /// Empty for the default branch.
  package var branch: String
  package var path: String
  package var url: String
  /// Git's id of the stored content; nil when the file is absent or was never read.
  package var blobID: String?
  package var isAbsent: Bool
  package var rulesVersion: Int64
  /// Whether it could not be read the last time.
  package var hasReadProblem: Bool
  package var entityCount: Int
  /// Whether no rule asked for it the last time.
  package var isOutOfScope: Bool

  package init(
    id: Int64,
    branch: String,
    path: String,
    url: String,
    blobID: String?,
    isAbsent: Bool,
    rulesVersion: Int64,
    hasReadProblem: Bool,
    entityCount: Int,
    isOutOfScope: Bool = false
  ) {
    self.id = id
    self.branch = branch
    self.path = path
    self.url = url
    self.blobID = blobID
    self.isAbsent = isAbsent
    self.rulesVersion = rulesVersion
    self.hasReadProblem = hasReadProblem
    self.entityCount = entityCount
    self.isOutOfScope = isOutOfScope
  }
}

extension CatalogDatabase {
  /// A page of the repositories of an organization that answer questions, in the order of their ids.
  ///
  /// - Parameters:
  ///   - after: The id of the last repository of the page before; 0 begins.
  ///   - limit: How many at most; fewer means that there are no more.
  package func repositories(
    of organization: Int64,
    after: Int64,
    limit: Int
  ) async throws -> [KnownRepository] {
    try await pool.read { db in
      var repositories = try Row.fetchAll(
        db,
        sql: """
          SELECT r.id, r.guid, r.name, p.name AS project_name, r.is_fork, r.default_branch
          FROM repository r JOIN project p ON p.id = r.project_id
          WHERE r.organization_id = ? AND r.id > ? AND r.state IN ('active', 'empty')
          ORDER BY r.id LIMIT ?
          """,
        arguments: [organization, after, limit]
      ).map { row in
        KnownRepository(
          id: row[0],
          guid: row[1],
          name: row[2],
          projectName: row[3],
          isFork: row[4],
          defaultBranch: row[5],
          files: []
        )
      }
      guard let first = repositories.first, let last = repositories.last else { return [] }
      let files = try Row.fetchCursor(
        db,
        sql: """
          SELECT f.repository_id, f.branch, f.path, f.url, f.blob_id, f.state, f.rules_version,
            EXISTS (SELECT 1 FROM problem WHERE file_id = f.id AND class = 'read'),
            (SELECT count(*) FROM entity WHERE file_id = f.id), f.id, f.out_of_scope_since IS NOT NULL
          FROM file f WHERE f.repository_id BETWEEN ? AND ? ORDER BY f.repository_id
          """,
        arguments: [first.id, last.id]
      )
      var position = 0
      while let row = try files.next() {
        let id: Int64 = row[0]
        while position < repositories.count, repositories[position].id < id { position += 1 }
        guard position < repositories.count else { break }
        guard repositories[position].id == id else { continue }
        let file = KnownFile(
          id: row[9],
          branch: row[1],
          path: row[2],
          url: row[3],
          blobID: row[4],
          isAbsent: row[5] as String == "absent",
          rulesVersion: row[6],
          hasReadProblem: row[7],
          entityCount: row[8],
          isOutOfScope: row[10]
        )
        repositories[position].files.append(file)
      }
      return repositories
    }
  }

  /// Marks files that no rule asks for any more, and takes the mark from those that are asked for again.
  ///
  /// What a marked file says is kept, but a file that is still looked at goes before it.
  package func markScope(left: [Int64], returned: [Int64], at now: Date) async throws {
    try await pool.write { db in
      for (files, since) in [(left, Timestamp.text(now)), (returned, nil)] {
        for file in files {
          try db.execute(
            sql: "UPDATE file SET out_of_scope_since = ? WHERE id = ?",
            arguments: [since, file]
          )
          if since != nil {
            try db.execute(sql: "DELETE FROM problem WHERE file_id = ? AND class = 'read'", arguments: [file])
          }
          try RefHolders(db: db).electShared(where: "f.id = ?", [file])
        }
      }
    }
  }
}
