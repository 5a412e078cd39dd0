package import Foundation
import GRDB

/// A stored folder that a path with wildcards was looked for below.
package struct KnownFolder: Sendable, Equatable {
  package var id: Int64
  /// As in `KnownFile`.
  package var branch: String
  /// The path with its wildcards.
  package var pattern: String
  /// Git's id of the folder when it was last listed; nil when it was not there.
  package var treeID: String?
  /// Stands for the paths and blob ids of the files in it that match; nil when it was never listed.
  package var filesID: String?
  package var rulesVersion: Int64
  /// The commit at which it was like this; nil when that is not known.
  package var commitID: String?
  /// How many files and folders its list had; 0 when that is not known.
  package var itemCount: Int
  /// Whether it could not be listed the last time.
  package var hasReadProblem: Bool

  package init(
    id: Int64,
    branch: String,
    pattern: String,
    treeID: String?,
    filesID: String?,
    rulesVersion: Int64,
    commitID: String? = nil,
    itemCount: Int = 0,
    hasReadProblem: Bool
  ) {
    self.id = id
    self.branch = branch
    self.pattern = pattern
    self.treeID = treeID
    self.filesID = filesID
    self.rulesVersion = rulesVersion
    self.commitID = commitID
    self.itemCount = itemCount
    self.hasReadProblem = hasReadProblem
  }
}

/// A folder when all files in it are known.
package struct FolderState: Sendable, Equatable {
  /// As in `KnownFolder`, like everything below.
  package var treeID: String?
  package var filesID: String
  package var rulesVersion: Int64
  package var commitID: String?
  package var itemCount: Int

  package init(
    treeID: String?,
    filesID: String,
    rulesVersion: Int64,
    commitID: String? = nil,
    itemCount: Int = 0
  ) {
    self.treeID = treeID
    self.filesID = filesID
    self.rulesVersion = rulesVersion
    self.commitID = commitID
    self.itemCount = itemCount
  }
}

/// What a look below a folder found that is not what is stored.
package struct FolderVisit: Sendable, Equatable {
  /// What the folder is by now.
  package enum Finding: Sendable, Equatable {
    /// All files in it are known; without a `treeID` it is not there.
    case listed(FolderState)
    /// As it is stored, but it could not be listed the last time.
    case listableAgain
    /// It could not be listed: what is stored stays.
    case failed(ReadFailure)
  }

  package var repository: Int64
  package var branch: String
  package var pattern: String
  package var finding: Finding

  package init(repository: Int64, branch: String, pattern: String, finding: Finding) {
    self.repository = repository
    self.branch = branch
    self.pattern = pattern
    self.finding = finding
  }
}

extension CatalogDatabase {
  /// Stores looks below folders, all in one transaction.
  ///
  /// It does not matter whether the files are stored before or after: what stands here is true of git's tree, and
  /// is compared with the stored files whenever it is used.
  package func store(_ visits: [FolderVisit], of organization: Int64, at now: Date) async throws {
    guard !visits.isEmpty else { return }
    let now = Timestamp.text(now)
    try await pool.write { db in
      for visit in visits { try Self.store(visit, of: organization, db, now: now) }
    }
  }

  private static func store(
    _ visit: FolderVisit,
    of organization: Int64,
    _ db: Database,
    now: String
  ) throws {
    var problems: [StoredProblem] = []
    switch visit.finding {
    case .listed(let state):
      try db.cachedStatement(
        sql: """
          INSERT INTO folder (repository_id, branch, pattern, tree_id, files_id, rules_version, commit_id, item_count)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?)
          ON CONFLICT (repository_id, branch, pattern) DO UPDATE SET
            tree_id = excluded.tree_id, files_id = excluded.files_id, rules_version = excluded.rules_version,
            commit_id = excluded.commit_id, item_count = excluded.item_count
          """
      ).execute(arguments: [
        visit.repository, visit.branch, visit.pattern, state.treeID, state.filesID, state.rulesVersion,
        state.commitID, state.itemCount,
      ])
    case .listableAgain:
      break
    case .failed(let failure):
      problems = [StoredProblem(failure)]
      try db.cachedStatement(
        sql: """
          INSERT OR IGNORE INTO folder (repository_id, branch, pattern, rules_version) VALUES (?, ?, ?, 0)
          """
      ).execute(arguments: [visit.repository, visit.branch, visit.pattern])
    }
    let select = try db.cachedStatement(
      sql: "SELECT id FROM folder WHERE repository_id = ? AND branch = ? AND pattern = ?"
    )
    guard
      let folder = try Int64.fetchOne(select, arguments: [visit.repository, visit.branch, visit.pattern])
    else { return }
    let owner = ProblemOwner(organization: organization, repository: visit.repository, folder: folder)
    try owner.replace(class: .read, with: problems, db, at: now)
  }

  /// Hands over folders in the order of their repositories.
  static func folders(
    _ db: Database,
    of repositories: ClosedRange<Int64>,
    _ take: (_ repository: Int64, KnownFolder) -> Void
  ) throws {
    let rows = try Row.fetchCursor(
      db.cachedStatement(
        sql: """
          SELECT repository_id, id, branch, pattern, tree_id, files_id, rules_version,
            EXISTS (SELECT 1 FROM problem WHERE folder_id = folder.id), commit_id, coalesce(item_count, 0)
          FROM folder WHERE repository_id BETWEEN ? AND ? ORDER BY repository_id, id
          """
      ),
      arguments: [repositories.lowerBound, repositories.upperBound]
    )
    while let row = try rows.next() {
      let folder = KnownFolder(
        id: row[1],
        branch: row[2],
        pattern: row[3],
        treeID: row[4],
        filesID: row[5],
        rulesVersion: row[6],
        commitID: row[8],
        itemCount: row[9],
        hasReadProblem: row[7]
      )
      take(row[0], folder)
    }
  }
}
