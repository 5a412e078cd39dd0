import Catalog
import GRDB
import GRDBSQLite

/// Writes what follows from the changes of a transaction, before it commits: history, search rows and the version.
///
/// The triggers of the schema note in `pending_change` what a transaction touches first and what was there; here
/// that is compared with what there is at its end. Whatever changes or removes entities therefore needs to know
/// nothing of it, except that the transaction goes through `CatalogDatabase.change`; whatever adds something says so
/// by `Additions` or `noteAdded`.
struct ChangeJournal {
  let db: Database
  /// The crawl that the changes belong to; nil for a command outside of one.
  let crawl: Int64?
  /// As the database writes it.
  let now: String
  var additions = Additions()

  func write() throws {
    let any = try db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM pending_change)")
    let isAnyPending = try Bool.fetchOne(any) == true
    guard isAnyPending || !additions.isEmpty else { return }
    var search = try SearchRowWriter(db)
    if isAnyPending { try writePending(&search) }
    let added = try addedEntities()
    try write(added, &search)
    try search.finish()
    try writeWords(added.map(\.id), isAnyPending: isAnyPending)
    try additions.writeMissingRefs(db)
    try CatalogVersion.write(added: added.map(\.id), touched: additions.touched, db)
    if isAnyPending { try db.cachedStatement(sql: "DELETE FROM pending_change").execute() }
  }

  private func writePending(_ search: inout SearchRowWriter) throws {
    // What became of an addition later in the transaction is a part of it.
    for ref in additions.refs {
      try db.cachedStatement(sql: "DELETE FROM pending_change WHERE subject = 'entity' AND name = ?")
        .execute(arguments: [ref])
    }
    try db.cachedStatement(
      sql: """
        INSERT INTO history (crawl_id, at, subject, name, change, before)
        SELECT ?, ?, subject, name, 'removed', before FROM pending_change WHERE subject <> 'entity'
        ORDER BY subject, name
        """
    ).execute(arguments: [crawl, now])
    try writeEntities(&search)
  }

  /// Makes the index of words follow, with one statement for all: after each one it writes what it holds in memory.
  private func writeWords(_ added: [Int64], isAnyPending: Bool) throws {
    if isAnyPending {
      try db.cachedStatement(
        sql: """
          INSERT INTO entity_fts (entity_fts, rowid, name, title, description, tags, owner)
          SELECT 'delete', entity_id, json_extract(before, '$.metadata.name'), json_extract(before, '$.metadata.title'),
            json_extract(before, '$.metadata.description'), json_extract(before, '$.metadata.tags'),
            json_extract(before, '$.spec.owner')
          FROM pending_change WHERE subject = 'entity' AND entity_id IS NOT NULL ORDER BY entity_id
          """
      ).execute()
    }
    try db.cachedStatement(
      sql: """
        INSERT INTO entity_fts (rowid, name, title, description, tags, owner)
        SELECT id, name, title, description, tags, owner FROM entity_text
        WHERE id IN (
          SELECT value FROM json_each(?)
          UNION ALL
          SELECT e.id FROM pending_change p JOIN entity e ON e.ref = p.name AND e.is_holder = 1
          WHERE p.subject = 'entity')
        ORDER BY id
        """
    ).execute(arguments: ["[\(added.map(String.init).joined(separator: ","))]"])
  }

  /// The entities that hold the refs that were added, in the order of their ids; none for a ref that has gone again.
  private func addedEntities() throws -> [(id: Int64, ref: String)] {
    let select = "SELECT id FROM entity WHERE ref = ? AND is_holder = 1"
    return try additions.refs.compactMap { ref in
      try db.firstRow(select, ref) { (id: sqlite3_column_int64($0, 0), ref: ref) }
    }.sorted { $0.id < $1.id }
  }

  private func write(_ added: [(id: Int64, ref: String)], _ search: inout SearchRowWriter) throws {
    let history = try EntityHistoryWriter(db: db, crawl: crawl, now: now)
    for (id, ref) in added {
      if let rows = additions.rows[id] {
        try search.add(rows.ofDocument, of: id)
        try search.add(SearchRows.ofUID(rows.uid), of: id)
      } else if let stored = try document(id) {
        try search.replace(nil, by: stored)
      }
      try history.writeAdded(ref) { try document(id)?.json }
    }
  }

  /// A document as it is stored.
  private func document(_ entity: Int64) throws -> SearchRowWriter.Document? {
    let select = try db.cachedStatement(sql: "SELECT json, uid FROM entity WHERE id = ?")
    let row = try Row.fetchOne(select, arguments: [entity])
    return row.map { SearchRowWriter.Document(entity: entity, json: $0[0], uid: $0[1]) }
  }

  private func writeEntities(_ search: inout SearchRowWriter) throws {
    let pending = try db.cachedStatement(
      sql: """
        SELECT p.name, p.entity_id, p.before, p.uid, e.id, e.json, e.uid
        FROM pending_change p LEFT JOIN entity e ON e.ref = p.name AND e.is_holder = 1
        WHERE p.subject = 'entity' ORDER BY e.id, p.name
        """
    )
    let history = try EntityHistoryWriter(db: db, crawl: crawl, now: now)
    // Removals come first: the id of an entity that is gone may be that of a new one.
    let gone = try Row.fetchCursor(
      db.cachedStatement(
        sql: """
          SELECT p.entity_id, p.before, p.uid
          FROM pending_change p LEFT JOIN entity e ON e.ref = p.name AND e.is_holder = 1
          WHERE p.subject = 'entity' AND p.entity_id IS NOT NULL AND p.entity_id IS NOT e.id ORDER BY p.entity_id
          """
      )
    )
    while let row = try gone.next() {
      try search.replace(.init(entity: row[0], json: row[1], uid: row[2]), by: nil)
    }
    let rows = try Row.fetchCursor(pending)
    while let row = try rows.next() {
      let (before, after): (String?, String?) = (row[2], row[5])
      let isSameEntity = row[1] as Int64? == row[4] as Int64?
      try search.replace(
        isSameEntity ? before.map { .init(entity: row[1], json: $0, uid: row[3]) } : nil,
        by: after.map { .init(entity: row[4], json: $0, uid: row[6]) }
      )
      if !Self.isSame(before, after) { try history.write(row[0], before: before, after: after) }
    }
  }

  /// Writes down that the content of a file is there.
  ///
  /// - Parameter now: As the database writes it.
  static func noteAdded(file url: String, _ db: Database, now: String) throws {
    var values = StatementValues()
    for text in [now, url] { values.append(text) }
    let insert = try db.cachedStatement(
      sql: """
        INSERT INTO history (crawl_id, at, subject, name, change)
        VALUES ((SELECT crawl_id FROM crawl_lease), ?, 'file', ?, 'added')
        """
    )
    try values.execute(insert, db)
  }

  /// Writes down that a repository was added.
  ///
  /// - Parameter now: As the database writes it.
  static func noteAdded(repository guid: String, of organization: Int64, _ db: Database, now: String) throws {
    var values = StatementValues()
    for text in [now, guid] { values.append(text) }
    values.append(organization)
    let insert = try db.cachedStatement(
      sql: """
        INSERT INTO history (crawl_id, at, subject, name, change)
        SELECT (SELECT crawl_id FROM crawl_lease), ?, 'repository',
          host || '/' || name || '/' || ?, 'added'
        FROM organization WHERE id = ?
        """
    )
    try values.execute(insert, db)
  }

  /// Byte by byte: Swift's strings are equal when they only look the same.
  static func isSame(_ left: String?, _ right: String?) -> Bool {
    guard let left, let right else { return left == nil && right == nil }
    return left.utf8.elementsEqual(right.utf8)
  }

  /// The crawl that is under way: the one that may write; nil when there is none.
  static func runningCrawl(_ db: Database) throws -> Int64? {
    try Int64.fetchOne(db.cachedStatement(sql: "SELECT crawl_id FROM crawl_lease"))
  }
}

/// Writes changes of entities to `history`.
///
/// A ref has one row for each crawl: what one crawl does twice, because the document that holds the ref at first is not
/// the one that holds it at last, is one change, and none when it comes to nothing (decisions.md 11).
private struct EntityHistoryWriter {
  private let db: Database
  private let crawl: Int64?
  private let now: String
  private let insert: Statement

  init(db: Database, crawl: Int64?, now: String) throws {
    self.db = db
    self.crawl = crawl
    self.now = now
    insert = try db.cachedStatement(
      sql: """
        INSERT INTO history (crawl_id, at, subject, name, change, before, changed_paths)
        VALUES (?, ?, 'entity', ?, ?, ?, ?)
        """
    )
  }

  func write(_ ref: String, before: String?, after: String?) throws {
    guard let earlier = try earlierRow(of: ref) else {
      return try insert(ref, before: before, after: after)
    }
    try update(earlier, after: after)
  }

  /// The same for an entity that nothing was before.
  ///
  /// - Parameter after: Asked for when it was something earlier in the crawl.
  func writeAdded(_ ref: String, after: () throws -> String?) throws {
    guard let earlier = try earlierRow(of: ref) else {
      return try insert(ref, before: nil, change: "added", changedPaths: nil)
    }
    try update(earlier, after: after())
  }

  private func insert(_ ref: String, before: String?, after: String?) throws {
    try insert(
      ref,
      before: before,
      change: Self.change(before, after),
      changedPaths: Self.changedPaths(before, after)
    )
  }

  private func insert(_ ref: String, before: String?, change: String, changedPaths: String?) throws {
    var values = StatementValues()
    values.append(crawl)
    for text in [now, ref, change, before, changedPaths] { values.append(text) }
    try values.execute(insert, db)
  }

  private func update(_ earlier: (id: Int64, before: String?), after: String?) throws {
    let (id, base) = earlier
    if ChangeJournal.isSame(base, after) {
      try db.cachedStatement(sql: "DELETE FROM history WHERE id = ?").execute(arguments: [id])
    } else {
      try db.cachedStatement(sql: "UPDATE history SET change = ?, changed_paths = ? WHERE id = ?")
        .execute(arguments: [Self.change(base, after), Self.changedPaths(base, after), id])
    }
  }

  /// What this crawl has written of the ref so far.
  private func earlierRow(of ref: String) throws -> (id: Int64, before: String?)? {
    guard let crawl else { return nil }
    let last = """
      SELECT id, crawl_id FROM history WHERE name = ? AND subject = 'entity' ORDER BY id DESC LIMIT 1
      """
    let row = try db.firstRow(last, ref) { (sqlite3_column_int64($0, 0), sqlite3_column_int64($0, 1)) }
    // Another crawl may have written since, when this one was cut off: what it found stays.
    guard let (id, other) = row, other == crawl else { return nil }
    let before = try db.cachedStatement(sql: "SELECT before FROM history WHERE id = ?")
    return (id, try String.fetchOne(before, arguments: [id]))
  }

  private static func change(_ before: String?, _ after: String?) -> String {
    before == nil ? "added" : after == nil ? "removed" : "changed"
  }

  private static func changedPaths(_ before: String?, _ after: String?) -> String? {
    guard let before, let after else { return nil }
    return JSONArray.text(ChangedPaths.between(Array(before.utf8), Array(after.utf8)))
  }
}
