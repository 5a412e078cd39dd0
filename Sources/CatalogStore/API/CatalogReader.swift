package import Catalog
import Foundation
package import GRDB
import Locks

/// Answers the questions of the API, each from one moment of the database and on a connection that only reads.
///
/// One for the life of a service: it remembers what it has counted since the catalog last changed.
package struct CatalogReader: Sendable {
  let memory = QuestionMemory()
  /// Questions for facets, as hashes, whose answers are not kept.
  let unshared = Guarded<Set<Int>>([])
  /// For what may take long.
  private let questions: ReadingConnections
  /// For what takes some microseconds: it does not wait behind questions.
  private let lookUps: ReadingConnections
  /// How long the database may work on one question.
  let timeLimit: Duration
  /// A page has no more entities when it has so many bytes.
  let pageSize: Int

  /// - Parameter pageSize: Bytes from which on an entity is the last one of a page: some thousand usual ones.
  package init(
    _ database: CatalogDatabase,
    timeLimit: Duration = .seconds(20),
    pageSize: Int = 16 << 20
  ) {
    let processors = ProcessInfo.processInfo.activeProcessorCount
    questions = ReadingConnections(path: database.path, usual: min(4, processors), limit: 4)
    lookUps = ReadingConnections(path: database.path, usual: 1, limit: 2, together: 32)
    self.timeLimit = timeLimit
    self.pageSize = pageSize
  }

  /// Asks what may take long.
  ///
  /// - Parameter alone: As in `ReadingConnections.read`.
  /// - Throws: `CatalogQuestionError.tookTooLong`, `CancellationError`, and what the body and the database throw.
  package func read<Value: Sendable>(
    alone: Int? = nil,
    _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws -> Value {
    let deadline = QuestionDeadline(timeLimit)
    return try await withTaskCancellationHandler {
      try await questions.read(alone: alone) { db in try deadline.watching(db) { try body(db) } }
    } onCancel: {
      deadline.cancel()
    }
  }

  /// Looks up so little by indexes that it has no limit of time.
  package func lookUp<Value: Sendable>(
    _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws -> Value {
    try await lookUps.read(body)
  }
}

extension CatalogReader {
  /// The entity that holds a ref, as JSON; nil when nothing does.
  package func entity(_ ref: EntityRef) async throws -> [UInt8]? {
    let ref = ref.description
    return try await lookUp { db in
      var writer = try EntityAnswerWriter(db, nil)
      return try writer.append(ref: ref) ? writer.json : nil
    }
  }

  /// The entity with this uid, as JSON; nil when there is none.
  package func entity(uid: String) async throws -> [UInt8]? {
    try await read { db in
      guard let id = try Self.id(ofUID: uid, db) else { return nil }
      var writer = try EntityAnswerWriter(db, nil)
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
      var writer = try EntityAnswerWriter(db, fields)
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

  /// A page of entities: as many as are asked for, or fewer when they are large.
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
    return try await read { [memory, pageSize] db in
      let sql = PredicateSQL(db: db, memory: try memory.access(db))
      let few = try sql.few(predicate)
      let total =
        try knownTotal ?? few?.count
        ?? (countsAll ? sql.count(predicate) : min(sql.estimate(predicate) ?? .max, .max))
      var page = EntityPage()
      if countsAll { page.total = total }
      guard limit > 0 else { return page }
      let reader = PageReader(
        db: db,
        sql: sql,
        predicate: predicate,
        order: question.order,
        few: few,
        total: total
      )
      let found = try reader.page(start, limit: limit)
      var writer = try EntityAnswerWriter(db, question.fields)
      let isBackward = if case .before = start { true } else { false }
      let places = try writer.append(found.places, upTo: pageSize, isBackward: isBackward)
      page.json = writer.json
      page.count = places.count
      page.first = places.first
      page.last = places.last
      page.hasMore = found.hasMore || places.count < found.places.count
      return page
    }
  }

  /// The numbers of all entities that are meant, in order: for answers that are too long for one read.
  package func ids(_ question: EntityQuestion, offset: Int, limit: Int?) async throws -> [Int64] {
    let predicate = question.predicate.normalized
    return try await read { [memory] db in
      let sql = PredicateSQL(db: db, memory: try memory.access(db))
      let few = try sql.few(predicate)
      let total = try few?.count ?? sql.count(predicate)
      let reader = PageReader(
        db: db,
        sql: sql,
        predicate: predicate,
        order: question.order,
        few: few,
        total: total
      )
      return try reader.page(.offset(offset), limit: limit ?? max(1, total)).places.map(\.id)
    }
  }

  /// Entities by their numbers, as JSON with commas between them, as many from the first on as have the size of a page;
  /// those that are gone meanwhile are left out.
  ///
  /// - Returns: Also how many of the numbers were seen to: at least one.
  package func entities(_ ids: ArraySlice<Int64>, fields: FieldProjection?) async throws
    -> (json: [UInt8], count: Int)
  {
    try await read { [pageSize] db in
      var writer = try EntityAnswerWriter(db, fields)
      var count = 0
      for id in ids where writer.json.count < pageSize {
        let length = writer.json.count
        if length > 0 { writer.json.append(UInt8(ascii: ",")) }
        if try !writer.append(id: id) { writer.json.removeLast(writer.json.count - length) }
        count += 1
      }
      return (writer.json, count)
    }
  }
}
