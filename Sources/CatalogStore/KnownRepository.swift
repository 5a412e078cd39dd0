import Foundation
import GRDB

/// A stored repository, with what is known of its files.
package struct KnownRepository: Sendable, Equatable {
  package var id: Int64
  package var guid: String
  package var name: String
  package var projectName: String
  package var isFork: Bool
  /// Bytes, as Azure DevOps says it.
  package var size: Int
  /// Nil when it has no branches.
  package var defaultBranch: String?
  /// Nil when it is not known.
  package var state: ListedRepository.State?
  package var files: [KnownFile]
  /// The folders that paths with wildcards were looked for below.
  package var folders: [KnownFolder]

  package init(
    id: Int64,
    guid: String,
    name: String,
    projectName: String,
    isFork: Bool,
    size: Int = 0,
    defaultBranch: String?,
    state: ListedRepository.State? = .active,
    files: [KnownFile] = [],
    folders: [KnownFolder] = []
  ) {
    self.id = id
    self.guid = guid
    self.name = name
    self.projectName = projectName
    self.isFork = isFork
    self.size = size
    self.defaultBranch = defaultBranch
    self.state = state
    self.files = files
    self.folders = folders
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
  /// Whether a rule of the settings asked for it the last time.
  package var isAsked: Bool
  /// Nil when the file was never read by a program that knows origins.
  package var origin: FileOrigin?
  /// The commit that it was read at; nil when it is not known.
  package var commitID: String?
  /// The `ETag` that came with it; nil as a rule.
  package var etag: String?
  /// The files that its placeholders take in, by address.
  package var inclusions: [Inclusion]
  /// The crawl that last found it to be other than it was stored; nil when that is not known.
  package var storedInCrawl: Int64?

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
    isOutOfScope: Bool = false,
    isAsked: Bool = true,
    origin: FileOrigin? = nil,
    commitID: String? = nil,
    etag: String? = nil,
    inclusions: [Inclusion] = [],
    storedInCrawl: Int64? = nil
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
    self.isAsked = isAsked
    self.origin = origin
    self.commitID = commitID
    self.etag = etag
    self.inclusions = inclusions
    self.storedInCrawl = storedInCrawl
  }
}

extension KnownRepository {
  /// What `init(_:)` reads, of repositories `r` and their projects `p`; a condition is to follow.
  static let select = """
    SELECT r.id, r.guid, r.name, p.name, r.is_fork, r.default_branch, r.state, r.size
    FROM repository r JOIN project p ON p.id = r.project_id
    """

  /// - Parameter row: Of `select`.
  init(_ row: Row) {
    self.init(
      id: row[0],
      guid: row[1],
      name: row[2],
      projectName: row[3],
      isFork: row[4],
      size: row[7],
      defaultBranch: row[5],
      state: ListedRepository.State(rawValue: row[6])
    )
  }
}

extension CatalogDatabase {
  /// A page of the repositories of an organization that answer questions, in the order of their ids.
  ///
  /// - Parameters:
  ///   - after: The id of the last repository of the page before; 0 begins.
  ///   - limit: How many at most. There are fewer when they have many files, and none only behind the last one.
  package func repositories(
    of organization: Int64,
    after: Int64,
    limit: Int
  ) async throws -> [KnownRepository] {
    try await pool.read { db in
      var repositories = try Row.fetchAll(
        db,
        sql: """
          \(KnownRepository.select)
          WHERE r.organization_id = ? AND r.id > ? AND r.state IN ('active', 'empty')
          ORDER BY r.id LIMIT ?
          """,
        arguments: [organization, after, limit]
      ).map(KnownRepository.init)
      try Self.cut(&repositories, db)
      guard let first = repositories.first, let last = repositories.last else { return [] }
      var position = 0
      try Self.files(db, where: "f.repository_id BETWEEN ? AND ?", [first.id, last.id]) { repository, file in
        while position < repositories.count, repositories[position].id < repository { position += 1 }
        guard position < repositories.count, repositories[position].id == repository else { return }
        repositories[position].files.append(file)
      }
      position = 0
      try Self.folders(db, of: first.id...last.id) { repository, folder in
        while position < repositories.count, repositories[position].id < repository { position += 1 }
        guard position < repositories.count, repositories[position].id == repository else { return }
        repositories[position].folders.append(folder)
      }
      return repositories
    }
  }

  /// The most files of a page, but for those of its first repository.
  static let pageFiles = 2_000

  /// Leaves out the last repositories of a page whose files would be too many.
  private static func cut(_ repositories: inout [KnownRepository], _ db: Database) throws {
    guard let first = repositories.first, let last = repositories.last else { return }
    let counts = try Row.fetchCursor(
      db.cachedStatement(
        sql: """
          SELECT repository_id, count(*) FROM file WHERE repository_id BETWEEN ? AND ?
          GROUP BY repository_id ORDER BY repository_id
          """
      ),
      arguments: [first.id, last.id]
    )
    var files = 0
    while let row = try counts.next() {
      files += row[1]
      guard files > pageFiles, row[0] as Int64 > first.id else { continue }
      let end: Int64 = row[0]
      repositories.removeAll { $0.id >= end }
      return
    }
  }

  /// The repository of that name, without its files; nil when this crawl has not seen one.
  ///
  /// What an earlier crawl saw under a name may be another repository by now.
  ///
  /// Names compare without regard to letter case, as far as ASCII goes.
  package func repositoryJustListed(
    named name: String,
    project: String,
    of organization: Int64
  ) async throws -> KnownRepository? {
    try await pool.writeWithoutTransaction { db in
      try Row.fetchOne(
        db,
        sql: """
          \(KnownRepository.select)
          WHERE p.organization_id = ?1 AND p.name = ?2 COLLATE NOCASE AND r.name = ?3 COLLATE NOCASE
            AND (?1, r.id) IN temp.listed
          LIMIT 1
          """,
        arguments: [organization, project, name]
      ).map(KnownRepository.init)
    }
  }

  /// The id in Azure DevOps of the repository that had that name when it was seen last; nil when none had.
  ///
  /// Names compare as above.
  package func repositoryGUID(
    named name: String,
    project: String,
    host: String,
    organization: String
  ) async throws -> String? {
    try await pool.read { db in
      try String.fetchOne(
        db,
        sql: """
          SELECT r.guid FROM organization o JOIN project p ON p.organization_id = o.id
            JOIN repository r ON r.project_id = p.id
          WHERE o.host = ? AND o.name = ? AND p.name = ? COLLATE NOCASE AND r.name = ? COLLATE NOCASE
            AND r.state <> 'unlisted'
          LIMIT 1
          """,
        arguments: [host, organization, project, name]
      )
    }
  }

  /// What is known of files of a repository.
  ///
  /// - Parameter paths: Nil for all.
  package func files(
    of repository: Int64,
    branch: String,
    paths: [String]
  ) async throws -> [KnownFile] {
    try await pool.read { db in
      var files: [KnownFile] = []
      for path in paths {
        let condition = "f.repository_id = ? AND f.branch = ? AND f.path = ?"
        try Self.files(db, where: condition, [repository, branch, path]) { files.append($1) }
      }
      return files
    }
  }

  /// Hands over files in the order of their repositories.
  static func files(
    _ db: Database,
    where condition: String,
    _ arguments: StatementArguments,
    _ take: (_ repository: Int64, KnownFile) -> Void
  ) throws {
    let rows = try Row.fetchCursor(
      db.cachedStatement(
        sql: """
          SELECT f.repository_id, f.branch, f.path, f.url, f.blob_id, f.state, f.rules_version,
            EXISTS (SELECT 1 FROM problem WHERE file_id = f.id AND class = 'read' AND target_id IS NULL),
            (SELECT count(*) FROM entity WHERE file_id = f.id), f.id, f.out_of_scope_since IS NOT NULL,
            f.is_asked, f.origin, f.origin_source, f.commit_id,
            EXISTS (SELECT 1 FROM inclusion WHERE file_id = f.id), f.stored_in_crawl, f.etag
          FROM file f WHERE \(condition) ORDER BY f.repository_id, f.id
          """
      ),
      arguments: arguments
    )
    let inclusions = try db.cachedStatement(
      sql: "SELECT address, blob_id FROM inclusion WHERE file_id = ? ORDER BY address"
    )
    while let row = try rows.next() {
      let id: Int64 = row[9]
      let source = (row[13] as String?).flatMap(FileOrigin.Source.init)
      let origin = source.flatMap { source in
        (row[12] as String?).map { FileOrigin(source: source, location: $0) }
      }
      var file = KnownFile(
        id: id,
        branch: row[1],
        path: row[2],
        url: row[3],
        blobID: row[4],
        isAbsent: row[5] as String == "absent",
        rulesVersion: row[6],
        hasReadProblem: row[7],
        entityCount: row[8],
        isOutOfScope: row[10],
        isAsked: row[11],
        origin: origin,
        commitID: row[14],
        etag: row[17],
        storedInCrawl: row[16]
      )
      if row[15] {
        file.inclusions = try Row.fetchAll(inclusions, arguments: [id]).map {
          Inclusion(address: $0[0], blobID: $0[1])
        }
      }
      take(row[0], file)
    }
  }

  /// Notes which known files no rule asks for any more, and which are asked for again; forgets the folders that
  /// no rule looks below any more.
  ///
  /// What comes of it is seen when the crawl is over: a location may lead to the file.
  package func markScope(left: [Int64], returned: [Int64], folders: [Int64] = []) async throws {
    try await pool.write { db in
      for (files, isAsked) in [(left, false), (returned, true)] {
        for file in files {
          try db.execute(sql: "UPDATE file SET is_asked = ? WHERE id = ?", arguments: [isAsked, file])
        }
      }
      for folder in folders { try db.execute(sql: "DELETE FROM folder WHERE id = ?", arguments: [folder]) }
    }
  }
}
