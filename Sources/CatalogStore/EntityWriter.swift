import Catalog
import GRDB
import GRDBSQLite

/// Makes the entities of one file what its documents say, within the transaction of its batch.
struct EntityWriter {
  private struct Stored {
    var id: Int64
    var json: String
    var line: Int
    var isStale: Bool
    var isDenied: Bool
    var changedAt: String
    var kind: String
    var type: String?
    var hasUID: Bool
  }

  let file: Int64
  /// The crawl that is under way; new claims count from it.
  let crawl: Int64
  /// Whether the rules are not those that the stored entities were made by.
  var isRejudged = false
  /// As the database writes it.
  let now: String
  let db: Database
  /// Of the transaction.
  let additions: Additions

  private var holders: RefHolders { RefHolders(db: db, crawl: crawl) }

  /// - Parameter isNewFile: Whether the file was never stored before, so that it has no entities.
  func write(_ documents: [CatalogDocument], isNewFile: Bool) throws -> FileChanges {
    var changes = FileChanges()
    var left = isNewFile ? [:] : try storedEntities()
    var isAnyUnidentified = false
    var invalidRefs: Set<String> = []
    var deniedRefs: Set<String> = []
    for document in documents {
      switch document.content {
      case .entity(let entity):
        try write(entity, over: left.removeValue(forKey: entity.ref.description), &changes)
      case .denied(let ref):
        deniedRefs.insert(ref.description)
      case .invalid(let claimed?):
        invalidRefs.insert(claimed.description)
      case .invalid(nil):
        isAnyUnidentified = true
      }
    }
    // What a document that cannot be read stood for is not known, so nothing of this file is removed; the
    // last good state stays and says that it is old.
    for (ref, stored) in left.sorted(by: { $0.key < $1.key }) {
      if deniedRefs.contains(ref) {
        // The settings put it out of scope, which is no reason to lose it at once (decisions.md 10).
        if !stored.isDenied { try markOrphan(stored.id, ref: ref) }
        changes.unchanged += 1
      } else if isAnyUnidentified || invalidRefs.contains(ref) {
        if !stored.isStale { try markStale(stored.id) }
        changes.unchanged += 1
      } else {
        try remove(stored.id, ref: ref)
        changes.removed += 1
      }
    }
    return changes
  }

  /// Removes every entity of the file and returns how many there were.
  func removeAll() throws -> Int {
    let stored = try storedEntities()
    for (ref, entity) in stored.sorted(by: { $0.key < $1.key }) { try remove(entity.id, ref: ref) }
    return stored.count
  }

  private func storedEntities() throws -> [String: Stored] {
    let select = try db.cachedStatement(
      sql: """
        SELECT ref, id, json, line, stale_since IS NOT NULL, changed_at, orphan_since IS NOT NULL, kind, type,
          uid IS NOT NULL
        FROM entity WHERE file_id = ?
        """
    )
    var stored: [String: Stored] = [:]
    let rows = try Row.fetchCursor(select, arguments: [file])
    while let row = try rows.next() {
      stored[row[0]] = Stored(
        id: row[1],
        json: row[2],
        line: row[3],
        isStale: row[4],
        isDenied: row[6],
        changedAt: row[5],
        kind: row[7],
        type: row[8],
        hasUID: row[9]
      )
    }
    return stored
  }

  private func write(_ entity: Entity, over stored: Stored?, _ changes: inout FileChanges) throws {
    guard let stored else {
      try insert(entity)
      changes.added += 1
      return
    }
    if stored.isDenied { try unmarkOrphan(stored.id, ref: entity.ref.description) }
    // Byte by byte: Swift's strings are equal when they only look the same.
    if stored.json.utf8.elementsEqual(entity.json) {
      changes.unchanged += 1
      if isRejudged { return try update(stored, entity, changedAt: stored.changedAt) }
      if entity.location != nil { try LocationTargetWriter(db: db).write(entity.location, of: stored.id) }
      guard stored.line != entity.line || stored.isStale else { return }
      try db.cachedStatement(sql: "UPDATE entity SET line = ?, stale_since = NULL WHERE id = ?")
        .execute(arguments: [entity.line, stored.id])
    } else {
      changes.changed += 1
      try update(stored, entity, changedAt: now)
    }
  }

  private func update(_ stored: Stored, _ entity: Entity, changedAt: String) throws {
    let id = stored.id
    additions.noteChange(of: id)
    var values = values(of: entity, changedAt: changedAt)
    values.append(id)
    // What indexes are made of is set only when it has changed: SQLite writes an index for each column that is set.
    if !ChangeJournal.isSame(stored.kind, entity.kind) || !ChangeJournal.isSame(stored.type, entity.type) {
      var indexed = StatementValues()
      for text in [entity.kind, entity.type] { indexed.append(text) }
      indexed.append(id)
      try indexed.execute(db.cachedStatement(sql: "UPDATE entity SET kind = ?, type = ? WHERE id = ?"), db)
    }
    let update = try db.cachedStatement(
      sql: """
        UPDATE entity SET line = ?, stale_since = NULL, api_version = ?, namespace = ?, name = ?, title = ?,
          description = ?, lifecycle = ?, owner = ?, system = ?, domain = ?, json = ?, etag = ?, changed_at = ?
        WHERE id = ?
        """
    )
    try values.execute(update, db)
    if !stored.hasUID {
      try db.cachedStatement(sql: "UPDATE entity SET uid = ? WHERE id = ?")
        .execute(arguments: [try uid(of: entity.ref), id])
    }
    try replaceRelations(of: entity, id)
    try LocationTargetWriter(db: db).write(entity.location, of: id)
  }

  /// Writes the relations that are not stored yet, and removes those that are not stated any more.
  private func replaceRelations(of entity: Entity, _ id: Int64) throws {
    let stated = entity.statedRelations.map { WrittenRelation(type: $0.type, target: $0.target.description) }
    let rows = try Row.fetchAll(
      db.cachedStatement(sql: "SELECT type, target_ref FROM relation WHERE entity_id = ?"),
      arguments: [id]
    )
    let stored = rows.map { WrittenRelation(type: $0[0], target: $0[1]) }
    let gone = Set(stored).subtracting(stated)
    for relation in gone {
      try db.cachedStatement(sql: "DELETE FROM relation WHERE entity_id = ? AND type = ? AND target_ref = ?")
        .execute(arguments: [id, relation.type, relation.target])
    }
    let known = Set(stored)
    let new = stated.filter { !known.contains($0) }
    for relation in new { try insert(relation.type, to: relation.target, of: id) }
    if !gone.isEmpty || !new.isEmpty { additions.noteTouched([id]) }
  }

  private func insert(_ relation: String, to target: String, of id: Int64) throws {
    var values = StatementValues()
    values.append(id)
    values.append(relation)
    values.append(target)
    // One at a time: of a statement that adds several, SQLite keeps what there was before (see `Additions`).
    let insert = try db.cachedStatement(
      sql: "INSERT INTO relation (entity_id, type, target_ref) VALUES (?, ?, ?)"
    )
    try values.execute(insert, db)
    additions.note(target: target)
  }

  private func uid(of ref: EntityRef) throws -> String {
    let times = try db.cachedStatement(sql: "SELECT times FROM removed_ref WHERE ref = ?")
    return ref.uid(incarnation: try Int.fetchOne(times, arguments: [ref.description]) ?? 0)
  }

  /// What is stored under a name that something is about to come under.
  private func known(_ ref: String) throws -> KnownName {
    let name = try db.firstRow(KnownName.select, ref) { KnownName(row: $0) }
    return name ?? KnownName()
  }

  private func insert(_ entity: Entity) throws {
    let ref = entity.ref.description
    let known = try known(ref)
    let uid = entity.ref.uid(incarnation: known.hasGone ? try holders.beforeInsertion(of: ref) : 0)
    var values = values(of: entity, changedAt: now)
    for text in [entity.kind, entity.type] { values.append(text) }
    values.append(file)
    values.append(ref)
    values.append(known.isClaimed ? 0 : 1)
    values.append(crawl)
    values.append(uid)
    let insert = try db.cachedStatement(
      sql: """
        INSERT INTO entity (line, api_version, namespace, name, title, description, lifecycle, owner, system,
          domain, json, etag, changed_at, kind, type, file_id, ref, is_holder, claimed_in_crawl, uid)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    )
    try values.execute(insert, db)
    let id = db.lastInsertedRowID
    additions.note(id, rows: entity.searchRows, uid: uid)
    for relation in entity.statedRelations {
      try self.insert(relation.type, to: relation.target.description, of: id)
    }
    if entity.location != nil { try LocationTargetWriter(db: db).write(entity.location, of: id) }
    guard !known.isClaimed else { return try holders.elect(ref) }
    if known.isMissing {
      try db.cachedStatement(sql: "DELETE FROM missing_ref WHERE ref = ?").execute(arguments: [ref])
    }
    // What was removed or changed before knows what there was.
    if !known.isPending { additions.note(ref) }
  }

  /// All but the kind and the type.
  private func values(of entity: Entity, changedAt: String) -> StatementValues {
    var values = StatementValues(textBytes: entity.json.count + 1_024)
    values.append(Int64(entity.line))
    for text in [
      entity.apiVersion, entity.namespace, entity.name, entity.title, entity.description, entity.lifecycle,
      entity.owner, entity.system, entity.domain,
    ] {
      values.append(text)
    }
    values.append(utf8: entity.json)
    values.append(entity.etag)
    values.append(changedAt)
    return values
  }

  private func markStale(_ id: Int64) throws {
    try db.cachedStatement(sql: "UPDATE entity SET stale_since = ? WHERE id = ?")
      .execute(arguments: [now, id])
  }

  private func markOrphan(_ id: Int64, ref: String) throws {
    try db.cachedStatement(sql: "UPDATE entity SET orphan_since = ?, orphaned_in_crawl = ? WHERE id = ?")
      .execute(arguments: [now, crawl, id])
    additions.noteTouched([id])
    try holders.elect(ref)
  }

  private func unmarkOrphan(_ id: Int64, ref: String) throws {
    try db.cachedStatement(
      sql: "UPDATE entity SET orphan_since = NULL, orphaned_in_crawl = NULL WHERE id = ?"
    ).execute(arguments: [id])
    additions.noteTouched([id])
    try holders.elect(ref)
  }

  private func remove(_ id: Int64, ref: String) throws {
    try holders.remove(id, ref: ref)
  }
}

/// A relation byte by byte: Swift's strings are equal when they only look the same.
private struct WrittenRelation: Hashable {
  let type: String
  let target: String

  static func == (left: WrittenRelation, right: WrittenRelation) -> Bool {
    left.type.utf8.elementsEqual(right.type.utf8) && left.target.utf8.elementsEqual(right.target.utf8)
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(type)
    hasher.combine(target)
  }
}

/// What the tables hold under a name.
private struct KnownName {
  /// Whether other documents claim it.
  var isClaimed = false
  /// Whether something of the name has gone before.
  var hasGone = false
  /// Whether relations lead to it while nothing holds it.
  var isMissing = false
  /// Whether the transaction, or another program, has changed or removed what held it.
  var isPending = false

  static let select = """
    SELECT EXISTS (SELECT 1 FROM entity WHERE ref = ?1), EXISTS (SELECT 1 FROM removed_ref WHERE ref = ?1),
      EXISTS (SELECT 1 FROM missing_ref WHERE ref = ?1),
      EXISTS (SELECT 1 FROM pending_change WHERE subject = 'entity' AND name = ?1)
    """
}

extension KnownName {
  /// - Parameter row: Of `select`.
  fileprivate init(row: OpaquePointer) {
    func isTrue(_ column: Int32) -> Bool { sqlite3_column_int64(row, column) != 0 }
    self.init(isClaimed: isTrue(0), hasGone: isTrue(1), isMissing: isTrue(2), isPending: isTrue(3))
  }
}
