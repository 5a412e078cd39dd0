import GRDB

/// Decides which of several documents a ref stands for.
///
/// The holder is a function of the claims as they are: one that is still looked at before one that is not
/// (its repository left the list, or nothing leads to it any more), then the oldest claim, then the smallest
/// address. Whoever changes one of these elects again, so the order of changes does not matter.
struct RefHolders {
  let db: Database
  /// The crawl that is under way; nil for what no crawl does, or does last.
  var crawl: Int64?

  /// Makes the best claim of a ref its holder; nothing is written when it is already.
  func elect(_ ref: String) throws {
    let best = try db.cachedStatement(
      sql: """
        SELECT e.id, e.is_holder FROM entity e
        JOIN file f ON f.id = e.file_id JOIN repository r ON r.id = f.repository_id
        WHERE e.ref = ?
        ORDER BY r.state = 'unlisted' OR f.out_of_scope_since IS NOT NULL OR e.orphan_since IS NOT NULL,
          e.claimed_in_crawl, f.url, e.id
        LIMIT 1
        """
    )
    guard let row = try Row.fetchOne(best, arguments: [ref]), !(row[1] as Bool) else { return }
    let id: Int64 = row[0]
    try db.cachedStatement(sql: "UPDATE entity SET is_holder = 0 WHERE ref = ? AND is_holder = 1")
      .execute(arguments: [ref])
    try db.cachedStatement(sql: "UPDATE entity SET is_holder = 1 WHERE id = ?").execute(arguments: [id])
  }

  /// Removes a document's entity; another document that claims its ref takes its place at once.
  ///
  /// When there is none, the name is gone: what comes back under it is another incarnation.
  func remove(_ entity: Int64, ref: String) throws {
    try db.cachedStatement(sql: "DELETE FROM entity WHERE id = ?").execute(arguments: [entity])
    try afterRemoval(of: ref)
  }

  /// Sees to a ref after a document of it is gone.
  func afterRemoval(of ref: String) throws {
    try elect(ref)
    try db.cachedStatement(
      sql: """
        INSERT INTO removed_ref (ref, times, crawl_id) SELECT ?1, 1, ?2
        WHERE NOT EXISTS (SELECT 1 FROM entity WHERE ref = ?1)
        ON CONFLICT (ref) DO UPDATE SET times = times + 1, crawl_id = excluded.crawl_id
        """
    ).execute(arguments: [ref, crawl])
  }

  /// Sees to a name before something comes under it.
  ///
  /// What went in the same crawl has moved from one file to another, and whether it was seen to go first depends on
  /// the order of answers: then it was never gone.
  ///
  /// - Returns: How often everything of the name has gone.
  func beforeInsertion(of ref: String) throws -> Int {
    let select = try db.cachedStatement(sql: "SELECT times, crawl_id FROM removed_ref WHERE ref = ?")
    guard let row = try Row.fetchOne(select, arguments: [ref]) else { return 0 }
    let times: Int = row[0]
    guard let crawl, row[1] as Int64? == crawl else { return times }
    try db.execute(
      sql: "UPDATE removed_ref SET times = times - 1, crawl_id = NULL WHERE ref = ?",
      arguments: [ref]
    )
    try db.execute(sql: "DELETE FROM removed_ref WHERE ref = ? AND times = 0", arguments: [ref])
    return times - 1
  }

  /// Elects for every ref that a file of certain ones claims together with another file.
  ///
  /// - Parameter files: A condition on the table `file` (as `f`) and its repository (as `r`).
  func electShared(where files: String, _ arguments: StatementArguments) throws {
    let refs = try String.fetchAll(
      db,
      sql: """
        SELECT DISTINCT e.ref FROM entity e
        JOIN file f ON f.id = e.file_id JOIN repository r ON r.id = f.repository_id
        WHERE \(files) AND EXISTS (SELECT 1 FROM entity other WHERE other.ref = e.ref AND other.id <> e.id)
        """,
      arguments: arguments
    )
    for ref in refs { try elect(ref) }
  }
}
