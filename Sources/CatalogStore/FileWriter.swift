import Catalog
import GRDB
import GRDBSQLite

/// Writes what one visit found, within the transaction of its batch.
struct FileWriter {
  let visit: FileVisit
  /// The crawl that is under way; new claims count from it.
  let crawl: Int64
  /// As the database writes it.
  let now: String
  let db: Database
  /// Of the transaction.
  let additions: Additions

  func write() throws -> FileChanges {
    switch visit.finding {
    case .content(let file, let tag, let inclusions): return try write(file, tag, inclusions)
    case .absent: return try writeAbsence()
    case .sameAt(let commitID):
      if let id = try fileID() {
        try db.cachedStatement(sql: "UPDATE file SET commit_id = ?, stored_in_crawl = ? WHERE id = ?")
          .execute(arguments: [commitID, crawl, id])
        try owner(id).replace(class: .read, with: [], db, at: now)
      }
      return FileChanges()
    case .readableAgain:
      if let id = try fileID() { try owner(id).replace(class: .read, with: [], db, at: now) }
      return FileChanges()
    case .failed(let failure): return try writeFailure(failure)
    }
  }

  private func write(_ file: CatalogFile, _ tag: VersionTag, _ inclusions: [Inclusion]) throws -> FileChanges
  {
    let before = try storedFile()
    let id = try upsertFile(tag, known: before?.id)
    var entities = entityWriter(id)
    entities.isRejudged = before.map { $0.rulesVersion != tag.rulesVersion } ?? false
    var changes = try entities.write(file.documents, isNewFile: before == nil)
    if let before, before.url != visit.url { try RefHolders(db: db).electShared(where: "f.id = ?", [id]) }
    changes.isFileChanged = before?.blobID != tag.blobID
    let ofDocuments = file.documents.flatMap { document in
      document.problems.map { StoredProblem($0, ref: document.ref, in: file) }
    }
    let problems = file.fileProblems.map { StoredProblem($0, ref: nil, in: file) } + ofDocuments
    if before != nil || !problems.isEmpty {
      try owner(id).replace(class: .content, with: problems, db, at: now)
    }
    if before != nil || visit.unread != nil {
      let problems = visit.unread.map { [StoredProblem($0)] } ?? []
      try owner(id).replace(class: .read, with: problems, db, at: now)
    }
    try write(inclusions, of: id, isNewFile: before == nil)
    return changes
  }

  private func write(_ inclusions: [Inclusion], of file: Int64, isNewFile: Bool) throws {
    if !isNewFile {
      try db.cachedStatement(sql: "DELETE FROM inclusion WHERE file_id = ?").execute(arguments: [file])
    }
    for inclusion in inclusions {
      try db.cachedStatement(sql: "INSERT INTO inclusion (file_id, address, blob_id) VALUES (?, ?, ?)")
        .execute(arguments: [file, inclusion.address, inclusion.blobID])
    }
  }

  private func writeAbsence() throws -> FileChanges {
    let before = try storedFile()
    let id: Int64
    if let before {
      id = before.id
      try db.cachedStatement(
        sql: """
          UPDATE file SET state = 'absent', blob_id = NULL, commit_id = NULL, etag = NULL, size = NULL,
            checked_at = ?, url = ?, origin = ?, origin_source = ?, stored_in_crawl = ?
          WHERE id = ?
          """
      ).execute(arguments: [
        now, visit.url, visit.origin.location, visit.origin.source.rawValue, crawl, id,
      ])
      try write([], of: id, isNewFile: false)
    } else {
      id = try insertFile(state: "absent")
    }
    guard before != nil else { return FileChanges() }
    var changes = FileChanges()
    changes.removed = try entityWriter(id).removeAll()
    changes.isFileChanged = before?.blobID != nil
    try owner(id).replace(class: .content, with: [], db, at: now)
    try owner(id).replace(class: .read, with: [], db, at: now)
    return changes
  }

  private func writeFailure(_ failure: ReadFailure) throws -> FileChanges {
    let id = try fileID() ?? insertFile(state: "unread")
    try owner(id).replace(class: .read, with: [StoredProblem(failure)], db, at: now)
    return FileChanges()
  }

  private func entityWriter(_ file: Int64) -> EntityWriter {
    EntityWriter(file: file, crawl: crawl, now: now, db: db, additions: additions)
  }

  private func owner(_ file: Int64) -> ProblemOwner {
    ProblemOwner(organization: visit.organization, repository: visit.repository, file: file)
  }

  private func fileID() throws -> Int64? { try storedFile()?.id }

  private struct Stored {
    var id: Int64
    var blobID: String?
    var url: String
    var rulesVersion: Int64
  }

  private func storedFile() throws -> Stored? {
    let select = try db.cachedStatement(
      sql:
        "SELECT id, blob_id, url, rules_version FROM file WHERE repository_id = ? AND branch = ? AND path = ?"
    )
    var values = StatementValues()
    values.append(visit.repository)
    for text in [visit.branch, visit.path] { values.append(text) }
    return try values.firstRow(of: select, db) { row in
      Stored(
        id: sqlite3_column_int64(row, 0),
        blobID: Column.text(row, 1),
        url: Column.text(row, 2) ?? "",
        rulesVersion: sqlite3_column_int64(row, 3)
      )
    }
  }

  private func insertFile(state: String) throws -> Int64 {
    try db.cachedStatement(
      sql: """
        INSERT INTO file (repository_id, branch, path, state, checked_at, url, origin, origin_source, is_asked,
          stored_in_crawl)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    ).execute(arguments: [
      visit.repository, visit.branch, visit.path, state, now, visit.url, visit.origin.location,
      visit.origin.source.rawValue, visit.isAsked, crawl,
    ])
    return db.lastInsertedRowID
  }

  private func upsertFile(_ tag: VersionTag, known: Int64?) throws -> Int64 {
    var values = StatementValues()
    for number in [tag.rulesVersion, Int64(tag.size), crawl] { values.append(number) }
    for text in [
      tag.blobID, tag.commitID, tag.etag, now, visit.url, visit.origin.location, visit.origin.source.rawValue,
    ] {
      values.append(text)
    }
    if let known {
      values.append(known)
      let update = try db.cachedStatement(
        sql: """
          UPDATE file SET state = 'present', rules_version = ?, size = ?, stored_in_crawl = ?, blob_id = ?,
            commit_id = ?, etag = ?, checked_at = ?, url = ?, origin = ?, origin_source = ?
          WHERE id = ?
          """
      )
      try values.execute(update, db)
      return known
    }
    for number in [visit.repository, visit.isAsked ? 1 : 0] { values.append(number) }
    for text in [visit.branch, visit.path] { values.append(text) }
    let insert = try db.cachedStatement(
      sql: """
        INSERT INTO file (state, rules_version, size, stored_in_crawl, blob_id, commit_id, etag, checked_at, url,
          origin, origin_source, repository_id, is_asked, branch, path)
        VALUES ('present', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    )
    try values.execute(insert, db)
    let id = db.lastInsertedRowID
    try ChangeJournal.noteAdded(file: visit.url, db, now: now)
    return id
  }
}
