package import Foundation
import GRDB
import GRDBSQLite

/// A repository as the service lists it.
package struct ListedRepository: Sendable, Equatable {
  /// Why a repository is asked for files or not; the values are those of the table.
  package enum State: String, Sendable {
    case active
    case empty
    case disabled
    case maintenance
    /// The last complete list did not have it.
    case unlisted

    /// Whether it answers questions.
    var isAsked: Bool { self == .active || self == .empty }
  }

  package var guid: String
  package var name: String
  package var projectGUID: String
  package var projectName: String
  package var defaultBranch: String?
  package var size: Int
  package var isFork: Bool
  package var state: State

  package init(
    guid: String,
    name: String,
    projectGUID: String,
    projectName: String,
    defaultBranch: String?,
    size: Int,
    isFork: Bool,
    state: State
  ) {
    self.guid = guid
    self.name = name
    self.projectGUID = projectGUID
    self.projectName = projectName
    self.defaultBranch = defaultBranch
    self.size = size
    self.isFork = isFork
    self.state = state
  }
}

extension CatalogDatabase {
  /// Begins a listing of an organization: forgets what an earlier one of this process has seen.
  package func beginListing(of organization: Int64) async throws {
    try await pool.writeWithoutTransaction { db in
      try Self.createListed(db)
      try db.execute(sql: "DELETE FROM temp.listed WHERE organization_id = ?", arguments: [organization])
      try db.execute(sql: "DELETE FROM temp.list_reader WHERE organization_id = ?", arguments: [organization])
    }
  }

  /// What a listing has seen lives beside the database and not in it: a listing that finds nothing new writes
  /// nothing.
  static func createListed(_ db: Database) throws {
    try db.execute(
      sql: """
        CREATE TEMP TABLE IF NOT EXISTS listed (
          organization_id INTEGER NOT NULL, repository_id INTEGER NOT NULL,
          PRIMARY KEY (organization_id, repository_id)
        ) WITHOUT ROWID;
        -- Who has read a list to its end.
        CREATE TEMP TABLE IF NOT EXISTS list_reader (organization_id INTEGER PRIMARY KEY, identity TEXT NOT NULL);
        """
    )
  }

  /// Stores a repository that is known by a question of its own and not by a list, and returns its id.
  ///
  /// Another one that was known by its name has left: it is `unlisted` from now on. One that a complete list does
  /// not have is `unlisted` too and stays so, whatever it answers: else it would be another thing behind every list.
  package func record(
    _ repository: ListedRepository,
    alone organization: Int64,
    at now: Date
  ) async throws -> Int64 {
    let now = Timestamp.text(now)
    return try await change(at: now) { db in
      var recorder = ListingRecorder(organization: organization, now: now, db: db)
      var repository = repository
      if try recorder.isMissing(repository) { repository.state = .unlisted }
      let id = try recorder.record(repository)
      try db.execute(
        sql: """
          UPDATE repository SET state = 'unlisted', changed_at = ?2
          WHERE project_id = (SELECT project_id FROM repository WHERE id = ?1) AND id <> ?1
            AND name = ?3 COLLATE NOCASE AND state <> 'unlisted'
          """,
        arguments: [id, now, repository.name]
      )
      if db.changesCount > 0 {
        try RefHolders(db: db).electShared(
          where: "r.organization_id = ? AND r.changed_at = ?",
          [organization, now]
        )
      }
      // It is there: no list that it is missing from counts. One that stays `unlisted` is left out of what is missing
      // for as long as this crawl has seen it.
      if repository.state != .unlisted {
        try db.execute(sql: "DELETE FROM missing_repository WHERE repository_id = ?", arguments: [id])
      } else {
        // When it is asked about, another list will not have had it either: the next one need not be counted.
        try db.execute(
          sql: """
            INSERT OR IGNORE INTO missing_repository (repository_id, listings, identity)
            SELECT ?, 2, identity FROM temp.list_reader WHERE organization_id = ?
            """,
          arguments: [id, organization]
        )
      }
      return id
    }
  }

  /// Stores a part of a listing; rows that are as they were are not written.
  ///
  /// What follows from a repository that is there is stored with it: the list may be cut off.
  package func record(
    _ repositories: [ListedRepository],
    of organization: Int64,
    at now: Date
  ) async throws {
    let now = Timestamp.text(now)
    try await change(at: now) { db in
      var recorder = ListingRecorder(organization: organization, now: now, db: db)
      for repository in repositories { try recorder.record(repository) }
    }
  }

  /// Ends a listing that was read to its end: what it did not have becomes `unlisted`, and stays.
  ///
  /// - Parameter identity: Who read it; another one than before begins to count anew how many lists a repository
  ///   is missing from.
  package func finishListing(of organization: Int64, by identity: String, at now: Date) async throws {
    let now = Timestamp.text(now)
    let crawl = pool.lease?.crawl
    try await change(at: now) { db in
      try db.execute(
        sql: """
          UPDATE repository SET state = 'unlisted', changed_at = ?
          WHERE organization_id = ? AND state <> 'unlisted'
            AND id NOT IN (SELECT repository_id FROM temp.listed WHERE organization_id = ?)
          """,
        arguments: [now, organization, organization]
      )
      try Self.countMissing(of: organization, by: identity, crawl: crawl, db)
      try db.execute(
        sql: "INSERT OR REPLACE INTO temp.list_reader VALUES (?, ?)",
        arguments: [organization, identity]
      )
      // Also since the list before, by one that was cut off.
      let isChanged = try Bool.fetchOne(
        db,
        sql: """
          SELECT EXISTS (
            SELECT 1 FROM organization o JOIN repository r ON r.organization_id = o.id
            WHERE o.id = ?1 AND (r.changed_at = ?2 OR r.changed_at > coalesce(o.listed_at, '')))
          """,
        arguments: [organization, now]
      )
      if isChanged == true { try Self.followListing(of: organization, db, now: now) }
    }
  }

  /// What follows from repositories that have changed.
  private static func followListing(of organization: Int64, _ db: Database, now: String) throws {
    // What is not asked any more cannot be unread either.
    try db.execute(
      sql: """
        DELETE FROM problem WHERE class = 'read' AND repository_id IN (
          SELECT id FROM repository WHERE organization_id = ? AND state NOT IN ('active', 'empty'))
        """,
      arguments: [organization]
    )
    try RefHolders(db: db).electShared(
      where: "r.organization_id = ? AND r.changed_at = ?",
      [organization, now]
    )
    try removeEmptyProjects(of: organization, db)
    try db.execute(sql: "UPDATE organization SET listed_at = ? WHERE id = ?", arguments: [now, organization])
  }
}

/// Compares listed repositories with the stored ones and writes the differences.
private struct ListingRecorder {
  private static let unlisted = "unlisted"

  let organization: Int64
  let now: String
  let db: Database
  private var projects: [String: Int64] = [:]

  init(organization: Int64, now: String, db: Database) {
    self.organization = organization
    self.now = now
    self.db = db
  }

  /// - Returns: The repository's id.
  @discardableResult
  mutating func record(_ repository: ListedRepository) throws -> Int64 {
    let id = try store(repository)
    var values = StatementValues()
    for number in [organization, id] { values.append(number) }
    try values.execute(db.cachedStatement(sql: "INSERT OR IGNORE INTO temp.listed VALUES (?, ?)"), db)
    return id
  }

  /// Whether a repository that answers is one that the list of this crawl, or the last one that was read, lacks.
  func isMissing(_ repository: ListedRepository) throws -> Bool {
    let known = try Row.fetchOne(
      db,
      sql: """
        SELECT r.state = 'unlisted' AND o.listed_at IS NOT NULL
        FROM repository r JOIN organization o ON o.id = r.organization_id
        WHERE r.organization_id = ? AND r.guid = ?
        """,
      arguments: [organization, repository.guid]
    )
    if let known { return known[0] }
    return try Bool.fetchOne(
      db,
      sql: "SELECT EXISTS (SELECT 1 FROM temp.list_reader WHERE organization_id = ?)",
      arguments: [organization]
    ) ?? false
  }

  private mutating func store(_ repository: ListedRepository) throws -> Int64 {
    let project = try projectID(of: repository)
    let select = try db.cachedStatement(
      sql: """
        SELECT id, project_id, name, default_branch, size, is_fork, state FROM repository
        WHERE organization_id = ? AND guid = ?
        """
    )
    var values = StatementValues()
    values.append(organization)
    values.append(repository.guid)
    let known = try values.firstRow(of: select, db) { row in
      (
        id: sqlite3_column_int64(row, 0), isSame: isSame(row, repository, project: project),
        wasUnlisted: Column.isSame(row, 6, Self.unlisted)
      )
    }
    guard let known else { return try insert(repository, project: project) }
    if !known.isSame {
      try update(known.id, repository, project: project)
      if known.wasUnlisted, repository.state != .unlisted { try takeBack(known.id) }
      if !repository.state.isAsked { try forgetUnread(known.id) }
    }
    return known.id
  }

  /// Sees to a repository that is listed again after it was missing.
  private func takeBack(_ id: Int64) throws {
    try db.execute(sql: "DELETE FROM missing_repository WHERE repository_id = ?", arguments: [id])
    try RefHolders(db: db).electShared(where: "r.id = ?", [id])
  }

  /// What is not asked any more cannot be unread either.
  private func forgetUnread(_ id: Int64) throws {
    try db.execute(sql: "DELETE FROM problem WHERE repository_id = ? AND class = 'read'", arguments: [id])
  }

  private func isSame(_ row: OpaquePointer, _ repository: ListedRepository, project: Int64) -> Bool {
    sqlite3_column_int64(row, 1) == project && Column.isSame(row, 2, repository.name)
      && Column.isSame(row, 3, repository.defaultBranch)
      && sqlite3_column_int64(row, 4) == repository.size
      && (sqlite3_column_int64(row, 5) != 0) == repository.isFork
      && Column.isSame(row, 6, repository.state.rawValue)
  }

  /// Byte by byte: Swift's strings are equal when they only look the same.
  private func isSame(_ stored: String?, _ listed: String?) -> Bool {
    stored.map { Array($0.utf8) } == listed.map { Array($0.utf8) }
  }

  private func insert(_ repository: ListedRepository, project: Int64) throws -> Int64 {
    let insert = try db.cachedStatement(
      sql: """
        INSERT INTO repository (organization_id, project_id, size, is_fork, guid, name, default_branch, state,
          changed_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    )
    var values = StatementValues()
    for number in [organization, project, Int64(repository.size), repository.isFork ? 1 : 0] {
      values.append(number)
    }
    for text in [repository.guid, repository.name, repository.defaultBranch, repository.state.rawValue, now] {
      values.append(text)
    }
    try values.execute(insert, db)
    let id = db.lastInsertedRowID
    try ChangeJournal.noteAdded(repository: repository.guid, of: organization, db, now: now)
    return id
  }

  private func update(_ id: Int64, _ repository: ListedRepository, project: Int64) throws {
    try db.cachedStatement(
      sql: """
        UPDATE repository SET project_id = ?, name = ?, default_branch = ?, size = ?, is_fork = ?,
          state = ?, changed_at = ?
        WHERE id = ?
        """
    ).execute(arguments: [
      project, repository.name, repository.defaultBranch, repository.size, repository.isFork,
      repository.state.rawValue, now, id,
    ])
  }

  private mutating func projectID(of repository: ListedRepository) throws -> Int64 {
    if let id = projects[repository.projectGUID] { return id }
    let known = try Row.fetchOne(
      db,
      sql: "SELECT id, name FROM project WHERE organization_id = ? AND guid = ?",
      arguments: [organization, repository.projectGUID]
    )
    let id: Int64
    if let known {
      id = known[0]
      if !isSame(known[1], repository.projectName) {
        try db.execute(
          sql: "UPDATE project SET name = ? WHERE id = ?",
          arguments: [repository.projectName, id]
        )
      }
    } else {
      try db.execute(
        sql: "INSERT INTO project (organization_id, guid, name) VALUES (?, ?, ?)",
        arguments: [organization, repository.projectGUID, repository.projectName]
      )
      id = db.lastInsertedRowID
    }
    projects[repository.projectGUID] = id
    return id
  }
}
