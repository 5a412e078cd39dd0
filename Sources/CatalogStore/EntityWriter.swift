import Catalog
import GRDB

/// Makes the entities of one file what its documents say, within the transaction of its batch.
struct EntityWriter {
  private struct Stored {
    var id: Int64
    var json: String
    var line: Int
    var isStale: Bool
    var isDenied: Bool
    var changedAt: String
  }

  let file: Int64
  /// The crawl that is under way; new claims count from it.
  let crawl: Int64
  /// Whether the rules are not those that the stored entities were made by.
  var isRejudged = false
  /// As the database writes it.
  let now: String
  let db: Database

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
        SELECT ref, id, json, line, stale_since IS NOT NULL, changed_at, orphan_since IS NOT NULL
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
        changedAt: row[5]
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
      if isRejudged { return try update(stored.id, entity, changedAt: stored.changedAt) }
      if entity.location != nil { try LocationTargetWriter(db: db).write(entity.location, of: stored.id) }
      guard stored.line != entity.line || stored.isStale else { return }
      try db.cachedStatement(sql: "UPDATE entity SET line = ?, stale_since = NULL WHERE id = ?")
        .execute(arguments: [entity.line, stored.id])
    } else {
      changes.changed += 1
      try update(stored.id, entity, changedAt: now)
    }
  }

  private func update(_ id: Int64, _ entity: Entity, changedAt: String) throws {
    var values = values(of: entity, changedAt: changedAt)
    values.append(id)
    let update = try db.cachedStatement(
      sql: """
        UPDATE entity SET line = ?, stale_since = NULL, api_version = ?, kind = ?, namespace = ?, name = ?,
          title = ?, description = ?, type = ?, lifecycle = ?, owner = ?, system = ?, domain = ?, json = ?,
          etag = ?, changed_at = ?
        WHERE id = ?
        """
    )
    try values.execute(update, db)
    try db.cachedStatement(sql: "UPDATE entity SET uid = ? WHERE id = ? AND uid IS NULL")
      .execute(arguments: [try uid(of: entity.ref), id])
    try db.cachedStatement(sql: "DELETE FROM relation WHERE entity_id = ?").execute(arguments: [id])
    try insertRelations(of: entity, id)
    try LocationTargetWriter(db: db).write(entity.location, of: id)
  }

  /// For one relation, for two, and so on.
  private static let insertRelationsSQL = (1...8).map { count in
    "INSERT INTO relation (entity_id, type, target_ref) VALUES "
      + repeatElement("(?, ?, ?)", count: count).joined(separator: ", ")
  }

  private func insertRelations(of entity: Entity, _ id: Int64) throws {
    var left = entity.statedRelations[...]
    while !left.isEmpty {
      var values = StatementValues()
      let some = left.prefix(Self.insertRelationsSQL.count)
      for relation in some {
        values.append(id)
        values.append(relation.type)
        values.append(relation.target.description)
      }
      try values.execute(db.cachedStatement(sql: Self.insertRelationsSQL[some.count - 1]), db)
      left = left.dropFirst(some.count)
    }
  }

  private func uid(of ref: EntityRef) throws -> String {
    let times = try db.cachedStatement(sql: "SELECT times FROM removed_ref WHERE ref = ?")
    return ref.uid(incarnation: try Int.fetchOne(times, arguments: [ref.description]) ?? 0)
  }

  private func insert(_ entity: Entity) throws {
    let ref = entity.ref.description
    let others = try db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM entity WHERE ref = ?)")
    let isClaimed = try Bool.fetchOne(others, arguments: [ref]) ?? false
    let incarnation = try holders.beforeInsertion(of: ref)
    var values = values(of: entity, changedAt: now)
    values.append(file)
    values.append(ref)
    values.append(isClaimed ? 0 : 1)
    values.append(crawl)
    values.append(entity.ref.uid(incarnation: incarnation))
    let insert = try db.cachedStatement(
      sql: """
        INSERT INTO entity (line, api_version, kind, namespace, name, title, description, type, lifecycle,
          owner, system, domain, json, etag, changed_at, file_id, ref, is_holder, claimed_in_crawl, uid)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    )
    try values.execute(insert, db)
    let id = db.lastInsertedRowID
    try insertRelations(of: entity, id)
    if entity.location != nil { try LocationTargetWriter(db: db).write(entity.location, of: id) }
    if isClaimed { try holders.elect(ref) } else { try ChangeJournal.noteAdded(ref, db) }
  }

  private func values(of entity: Entity, changedAt: String) -> StatementValues {
    var values = StatementValues()
    values.append(Int64(entity.line))
    for text in [
      entity.apiVersion, entity.kind, entity.namespace, entity.name, entity.title, entity.description,
      entity.type,
      entity.lifecycle, entity.owner, entity.system, entity.domain,
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
    try holders.elect(ref)
  }

  private func unmarkOrphan(_ id: Int64, ref: String) throws {
    try db.cachedStatement(
      sql: "UPDATE entity SET orphan_since = NULL, orphaned_in_crawl = NULL WHERE id = ?"
    ).execute(arguments: [id])
    try holders.elect(ref)
  }

  private func remove(_ id: Int64, ref: String) throws {
    try holders.remove(id, ref: ref)
  }
}
