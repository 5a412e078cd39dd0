package import Foundation
import GRDB

extension CatalogDatabase {
  /// Finds what nothing leads to any more, at the end of a crawl of everything.
  ///
  /// A file is led to when a rule of the settings asks for it, or when a chain of locations reaches it that
  /// begins in such a file, in the settings, or at a registered location; files that lead only to each other
  /// are not (facts/backstage-catalog.md 7.6). What is not is marked, and removed when it stayed so for a
  /// number of crawls (decisions.md 10).
  ///
  /// - Parameters:
  ///   - keepCrawls: How many crawls it is kept.
  ///   - organizations: Those of the settings: no rule asks for anything in the others. Nil leaves the others out of it.
  /// - Returns: How many entities were removed, by organization.
  package func sweepOrphans(
    crawl: Int64,
    keepCrawls: Int,
    organizations: [Int64]? = nil,
    at now: Date
  ) async throws -> [Int64: Int] {
    let now = Timestamp.text(now)
    // Not cut off: what is marked here follows from what is stored already.
    return try await regardless { db in
      let sweep = OrphanSweep(db: db, now: now)
      if let organizations { try sweep.leaveOut(organizationsBut: organizations) }
      try sweep.mark(crawl: crawl)
      let removed = try sweep.removeOld(crawl: crawl, keepCrawls: keepCrawls)
      try ChangeJournal(db: db, crawl: crawl, now: now, additions: sweep.additions).write()
      return removed
    }
  }
}

extension CatalogDatabase {
  /// Takes the mark from what something leads to again, at the end of a crawl of everything in which something could
  /// not be read, so that nothing more can be marked.
  package func unmarkOrphans(crawl: Int64, at now: Date) async throws {
    let now = Timestamp.text(now)
    try await regardless { db in
      let sweep = OrphanSweep(db: db, now: now)
      try sweep.unmark()
      try ChangeJournal(db: db, crawl: crawl, now: now, additions: sweep.additions).write()
    }
  }
}

/// Marks and removes what nothing leads to.
struct OrphanSweep {
  let db: Database
  let now: String
  /// Of the transaction: the marks are noted there.
  let additions = Additions()

  /// The files that neither a rule nor a location leads to.
  func unreachedFiles() throws -> Set<Int64> {
    try Set(
      Int64.fetchAll(
        db,
        sql: """
          WITH RECURSIVE reached (file_id) AS (
            SELECT lf.file_id FROM location_target t JOIN location_file lf ON lf.target_id = t.id
            WHERE t.location_id IS NOT NULL
            UNION
            SELECT lf.file_id FROM location_target t JOIN entity e ON e.id = t.entity_id
              JOIN file f ON f.id = e.file_id JOIN location_file lf ON lf.target_id = t.id
            WHERE f.is_asked = 1 AND (e.orphan_since IS NULL OR f.out_of_scope_since IS NOT NULL)
            UNION
            SELECT lf.file_id FROM reached r JOIN file f ON f.id = r.file_id
              JOIN entity e ON e.file_id = f.id JOIN location_target t ON t.entity_id = e.id
              JOIN location_file lf ON lf.target_id = t.id
            WHERE (e.orphan_since IS NULL OR f.out_of_scope_since IS NOT NULL)
          )
          SELECT id FROM file WHERE is_asked = 0 AND id NOT IN (SELECT file_id FROM reached)
          """
      )
    )
  }

  /// Sees to organizations that the settings do not name any more: no crawl asks them, so that no rule asks for their
  /// files, nothing is looked for below their folders, and what once kept them from being read never comes to an end.
  func leaveOut(organizationsBut named: [Int64]) throws {
    let others = try Int64.fetchAll(db, sql: "SELECT id FROM organization ORDER BY id")
    for organization in Set(others).subtracting(named).sorted() {
      try db.execute(
        sql: """
          UPDATE file SET is_asked = 0
          WHERE is_asked = 1 AND repository_id IN (SELECT id FROM repository WHERE organization_id = ?)
          """,
        arguments: [organization]
      )
      try db.execute(
        sql:
          "DELETE FROM folder WHERE repository_id IN (SELECT id FROM repository WHERE organization_id = ?)",
        arguments: [organization]
      )
      // Of its files and of targets others see to.
      try db.execute(
        sql: """
          DELETE FROM problem WHERE organization_id = ? AND class = 'read' AND repository_id IS NULL
            AND file_id IS NULL AND target_id IS NULL
          """,
        arguments: [organization]
      )
    }
  }

  /// Marks the files that nothing leads to, and takes the mark from those that something leads to again.
  func mark(crawl: Int64) throws {
    let unreached = try unreachedFiles()
    let marked = try markedFiles()
    try mark(unreached, of: marked, since: now, crawl: crawl)
    try mark(marked.subtracting(unreached), of: marked, since: nil, crawl: crawl)
  }

  /// Takes the mark from files that something leads to again: that is seen also where something else could not be read.
  func unmark() throws {
    let marked = try markedFiles()
    guard !marked.isEmpty else { return }
    try mark(marked.subtracting(unreachedFiles()), of: marked, since: nil, crawl: 0)
  }

  private func markedFiles() throws -> Set<Int64> {
    try Set(Int64.fetchAll(db, sql: "SELECT id FROM file WHERE out_of_scope_since IS NOT NULL"))
  }

  /// - Parameter since: Nil to take the mark away.
  private func mark(_ files: Set<Int64>, of marked: Set<Int64>, since: String?, crawl: Int64) throws {
    for file in files.sorted() {
      if since != nil {
        // Files of older databases have the mark, and their entities have none.
        let new = try Int64.fetchAll(
          db,
          sql: """
            UPDATE entity SET orphan_since = ?, orphaned_in_crawl = ? WHERE file_id = ? AND orphan_since IS NULL
            RETURNING id
            """,
          arguments: [now, crawl, file]
        )
        additions.noteTouched(new)
        guard !marked.contains(file) || !new.isEmpty else { continue }
      } else {
        // One that the rules forbid was marked at another time, and stays so.
        additions.noteTouched(
          try Int64.fetchAll(
            db,
            sql: """
              UPDATE entity SET orphan_since = NULL, orphaned_in_crawl = NULL
              WHERE file_id = ?1 AND orphan_since = (SELECT out_of_scope_since FROM file WHERE id = ?1)
              RETURNING id
              """,
            arguments: [file]
          )
        )
      }
      try db.execute(
        sql:
          "UPDATE file SET out_of_scope_since = iif(?1 IS NULL, NULL, coalesce(out_of_scope_since, ?1)) WHERE id = ?2",
        arguments: [since, file]
      )
      // What is not asked any more cannot be unread either.
      if since != nil {
        try db.execute(sql: "DELETE FROM problem WHERE file_id = ? AND class = 'read'", arguments: [file])
      }
      try RefHolders(db: db).electShared(where: "f.id = ?", [file])
    }
  }

  /// Removes what was marked so many crawls ago.
  func removeOld(crawl: Int64, keepCrawls: Int) throws -> [Int64: Int] {
    let last = try Int64.fetchOne(
      db,
      sql: """
        SELECT id FROM crawl
        WHERE command = 'sync' AND id <= ?1 AND (outcome = 'complete' OR id = ?1)
        ORDER BY id DESC LIMIT 1 OFFSET ?2
        """,
      arguments: [crawl, keepCrawls]
    )
    try removeEmptyFiles()
    guard let last else { return [:] }
    let old = try Row.fetchAll(
      db,
      sql: """
        SELECT e.id, e.ref, r.organization_id, f.id, f.out_of_scope_since IS NOT NULL
        FROM entity e JOIN file f ON f.id = e.file_id JOIN repository r ON r.id = f.repository_id
        WHERE e.orphan_since IS NOT NULL AND e.orphaned_in_crawl <= ? ORDER BY e.ref, e.id
        """,
      arguments: [last]
    )
    var removed: [Int64: Int] = [:]
    for row in old {
      try RefHolders(db: db, crawl: crawl).remove(row[0], ref: row[1])
      removed[row[2], default: 0] += 1
    }
    try removeEmptyFiles()
    return removed
  }

  /// Removes the files that nothing leads to and that hold nothing: one that is asked for again must be read as if
  /// it were new.
  private func removeEmptyFiles() throws {
    try db.execute(
      sql: """
        DELETE FROM file WHERE out_of_scope_since IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM entity WHERE file_id = file.id)
        """
    )
  }

  /// Removes files with what they hold.
  ///
  /// - Returns: How many entities went.
  func removeFiles(_ files: Set<Int64>) throws -> Int {
    var removed = 0
    for file in files.sorted() {
      let refs = try String.fetchAll(db, sql: "SELECT ref FROM entity WHERE file_id = ?", arguments: [file])
      try db.execute(sql: "DELETE FROM file WHERE id = ?", arguments: [file])
      for ref in refs { try RefHolders(db: db).afterRemoval(of: ref) }
      removed += refs.count
    }
    return removed
  }
}
