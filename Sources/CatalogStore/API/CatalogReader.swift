package import Catalog
import GRDB

/// Answers the questions of the API, each from one moment of the database and on a connection that only reads.
///
/// One for the life of a service: it remembers what it has counted since the catalog last changed.
package struct CatalogReader: Sendable {
  let database: CatalogDatabase
  let memory = QuestionMemory()
  /// How long the database may work on one question.
  let timeLimit: Duration

  package init(_ database: CatalogDatabase, timeLimit: Duration = .seconds(20)) {
    self.database = database
    self.timeLimit = timeLimit
  }

  func read<Value: Sendable>(
    _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws -> Value {
    try await database.pool.read { [timeLimit] db in
      try QuestionDeadline.with(timeLimit, db) { try body(db) }
    }
  }
}

extension CatalogReader {
  /// The entity that holds a ref, as JSON; nil when nothing does.
  package func entity(_ ref: EntityRef) async throws -> [UInt8]? {
    let ref = ref.description
    // Has no limit: it is two look-ups.
    return try await database.pool.read { db in
      var writer = EntityAnswerWriter(db, nil)
      return try writer.append(ref: ref) ? writer.json : nil
    }
  }

  /// The entity with this uid, as JSON; nil when there is none.
  package func entity(uid: String) async throws -> [UInt8]? {
    try await read { db in
      guard let id = try Self.id(ofUID: uid, db) else { return nil }
      var writer = EntityAnswerWriter(db, nil)
      return try writer.append(id: id) ? writer.json : nil
    }
  }

  /// The ref of the entity with this uid; nil when there is none.
  package func ref(ofUID uid: String) async throws -> EntityRef? {
    try await read { db in
      guard let id = try Self.id(ofUID: uid, db) else { return nil }
      var ref: String?
      try db.rows("SELECT ref FROM entity WHERE id = ?", [.integer(id)]) { row in
        ref = row.string(0)
        return false
      }
      return ref.flatMap { try? EntityRef($0) }  // What is stored was read as a ref.
    }
  }

  /// Found by its search row: the table of entities has no index of uids.
  static func id(ofUID uid: String, _ db: Database) throws -> Int64? {
    try db.number(
      """
      SELECT v.entity_id FROM search_key k CROSS JOIN search_value v ON v.key_id = k.id
      WHERE k.key = 'metadata.uid' AND v.value = ?
      """,
      [.text(uid.lowercased())]
    )
  }

  /// Entities by their refs, as the elements of a JSON array: `null` for one that is not there or is not meant.
  ///
  /// - Parameter refs: Nil for what is no ref.
  package func entities(
    _ refs: [EntityRef?],
    _ predicate: EntityPredicate,
    fields: FieldProjection?
  ) async throws -> [UInt8] {
    let predicate = predicate.normalized
    return try await read { [memory] db in
      var isMeant = PredicateSQL.Test.always
      if predicate != .everything {
        isMeant = try PredicateSQL(db: db, memory: memory.access(db)).test(predicate, "e.id")
      }
      var writer = EntityAnswerWriter(db, fields)
      for (index, ref) in refs.enumerated() {
        if index > 0 { writer.json.append(UInt8(ascii: ",")) }
        guard let ref, try Self.isMeant(ref.description, isMeant, db), try writer.append(ref: ref.description)
        else {
          writer.json.append(contentsOf: "null".utf8)
          continue
        }
      }
      return writer.json
    }
  }

  private static func isMeant(_ ref: String, _ test: PredicateSQL.Test, _ db: Database) throws -> Bool {
    switch test {
    case .always: return true
    case .never: return false
    case .sql(let text):
      let question = "SELECT e.id FROM entity e WHERE e.ref = ? AND e.is_holder = 1 AND " + text
      return try db.number(question.sql, [.text(ref)] + question.values) != nil
    }
  }

  /// A page of entities.
  ///
  /// - Parameters:
  ///   - limit: How many at most; with 0 there are none, and no places.
  ///   - knownTotal: How many there are when that was counted before; they are not counted again then.
  ///   - countsAll: Whether `total` is wanted.
  package func page(
    _ question: EntityQuestion,
    from start: PageStart = .offset(0),
    limit: Int,
    knownTotal: Int? = nil,
    countsAll: Bool = true
  ) async throws -> EntityPage {
    let predicate = question.predicate.normalized
    return try await read { [memory] db in
      let sql = PredicateSQL(db: db, memory: try memory.access(db))
      let total =
        try knownTotal
        ?? (countsAll ? sql.count(predicate) : min(sql.estimate(predicate) ?? .max, .max))
      var page = EntityPage()
      if countsAll { page.total = total }
      guard limit > 0 else { return page }
      let reader = PageReader(db: db, sql: sql, predicate: predicate, order: question.order, total: total)
      let found = try reader.page(start, limit: limit)
      var writer = EntityAnswerWriter(db, question.fields)
      for place in found.places {
        if page.count > 0 { writer.json.append(UInt8(ascii: ",")) }
        guard try writer.append(id: place.id) else { continue }
        page.count += 1
      }
      page.json = writer.json
      page.first = found.places.first
      page.last = found.places.last
      page.hasMore = found.hasMore
      return page
    }
  }

  /// The numbers of all entities that are meant, in order: for answers that are too long for one read.
  package func ids(_ question: EntityQuestion, offset: Int, limit: Int?) async throws -> [Int64] {
    let predicate = question.predicate.normalized
    return try await read { [memory] db in
      let sql = PredicateSQL(db: db, memory: try memory.access(db))
      let total = try sql.count(predicate)
      let reader = PageReader(db: db, sql: sql, predicate: predicate, order: question.order, total: total)
      return try reader.page(.offset(offset), limit: limit ?? max(1, total)).places.map(\.id)
    }
  }

  /// Entities by their numbers, as JSON with commas between them; those that are gone meanwhile are left out.
  package func entities(_ ids: some Sequence<Int64> & Sendable, fields: FieldProjection?) async throws
    -> [UInt8]
  {
    try await read { db in
      var writer = EntityAnswerWriter(db, fields)
      for id in ids {
        let length = writer.json.count
        if length > 0 { writer.json.append(UInt8(ascii: ",")) }
        if try !writer.append(id: id) { writer.json.removeLast(writer.json.count - length) }
      }
      return writer.json
    }
  }
}
