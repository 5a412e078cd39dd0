import Catalog
import GRDB
import YAML

/// Writes entities as the API answers them: the stored document with what the catalog knows besides
/// (facts/backstage-catalog.md 7.8).
struct EntityAnswerWriter {
  private let db: Database
  private let statements: Statements
  private let fields: FieldProjection?
  /// Whether relations and problems are seen in what is asked for; the etag is made of them.
  private let needsAdditions: Bool
  private var whole: [UInt8] = []
  /// What is written so far.
  var json: [UInt8] = []

  /// - Throws: What the database throws.
  init(_ db: Database, _ fields: FieldProjection?) throws {
    self.db = db
    statements = try Statements(db)
    self.fields = fields
    needsAdditions =
      fields.map { $0.reaches("relations") || $0.reaches("status") || $0.reaches("metadata.etag") } ?? true
  }

  /// Appends the entity with this id.
  ///
  /// - Returns: False when there is none.
  mutating func append(id: Int64) throws -> Bool {
    try append(statements.byID, .integer(id))
  }

  /// Appends the entity that holds a ref.
  ///
  /// - Parameter ref: In lower case.
  /// - Returns: False when there is none.
  mutating func append(ref: String) throws -> Bool {
    try append(statements.byRef, .text(ref))
  }

  /// Appends the entities of a page, with commas between them, until there are so many bytes.
  ///
  /// - Parameter isBackward: Whether the last ones come first, when not all of them do.
  /// - Returns: The places of those that were appended, at least one where there are any.
  mutating func append(
    _ places: [EntityPlace],
    upTo size: Int,
    isBackward: Bool
  ) throws -> [EntityPlace] {
    guard isBackward else {
      var count = 0
      for place in places where json.count < size {
        let length = json.count
        if length > 0 { json.append(UInt8(ascii: ",")) }
        // Only another program leaves search rows of an entity that is gone.
        if try !append(id: place.id) { json.removeLast(json.count - length) }
        count += 1
      }
      return Array(places.prefix(count))
    }
    var pieces: [Range<Int>] = []
    var count = 0
    for place in places.reversed() where json.count < size {
      let start = json.count
      if try append(id: place.id) { pieces.append(start..<json.count) }
      count += 1
    }
    json = Array(pieces.reversed().map { json[$0] }.joined(separator: [UInt8(ascii: ",")]))
    return places.suffix(count)
  }

  private mutating func append(_ statement: Statement, _ value: SQLValue) throws -> Bool {
    var isFound = false
    try db.rows(statement, [value]) { row in
      isFound = true
      var additions = EntityAdditions(
        uid: row.optionalString(3),
        etag: row.string(4),
        isOrphan: row.integer(5) == 1
      )
      if needsAdditions {
        let (id, ref) = (row.integer(0), row.string(1))
        additions.relations = try relations(of: id, ref)
        // Files with problems are few.
        if row.integer(7) == 1 { additions.statusItems = try statusItems(of: id, ref, row.integer(6)) }
      }
      append(row.bytes(2), additions)
      return false
    }
    return isFound
  }

  private mutating func append(_ document: UnsafeBufferPointer<UInt8>, _ additions: EntityAdditions) {
    guard let fields else {
      EntityDocument.append(document, additions, to: &json)
      return
    }
    whole.removeAll(keepingCapacity: true)
    EntityDocument.append(document, additions, to: &whole)
    whole.withUnsafeBufferPointer { fields.append($0, to: &json) }
  }

  /// From both ends, each once, by type and target.
  private func relations(of id: Int64, _ ref: String) throws -> [UInt8] {
    var relations = EntityRelations()
    func add(_ row: RawRow) -> Bool {
      relations.append(type: row.bytes(0), target: row.bytes(1))
      return true
    }
    try db.rows(statements.stated, [.integer(id)], add)
    let stated = relations.count
    try db.rows(statements.inverse, [.text(ref)], add)
    // Less work than to have SQLite unite them.
    if relations.count > stated { relations.sort() }
    return relations.json
  }

  /// What is wrong with the entity, with its file as a whole, and with the targets it names.
  private func statusItems(of id: Int64, _ ref: String, _ file: Int64) throws -> [UInt8] {
    var json: [UInt8] = []
    try db.rows(statements.problems, [.integer(file), .text(ref), .integer(id)]) { row in
      if !json.isEmpty { json.append(UInt8(ascii: ",")) }
      let name = row.string(1) == "content" ? "InputError" : "ServiceUnavailableError"
      let message = row.string(2)
      json.append(contentsOf: #"{"type":"backstage.io/catalog-processing","level":"#.utf8)
      JSONText.appendString(row.bytes(0), to: &json)
      json.append(contentsOf: ",\"message\":\(JSONText.string("\(name): \(message)"))".utf8)
      json.append(contentsOf: ",\"error\":{\"name\":\"\(name)\",\"message\":\(JSONText.string(message))".utf8)
      json.append(contentsOf: ",\"rule\":\(JSONText.string(row.string(3)))".utf8)
      if !row.isNull(4) { json.append(contentsOf: ",\"line\":\(row.integer(4))".utf8) }
      if !row.isNull(5) { json.append(contentsOf: ",\"column\":\(row.integer(5))".utf8) }
      json.append(contentsOf: "}}".utf8)
      return true
    }
    return json
  }
}

extension EntityAnswerWriter {
  /// What is asked for each entity, found once for all that are written.
  private struct Statements {
    let byID: Statement
    let byRef: Statement
    let stated: Statement
    let inverse: Statement
    let problems: Statement

    init(_ db: Database) throws {
      let columns = """
        SELECT id, ref, json, uid, etag, orphan_since IS NOT NULL, file_id,
          EXISTS (SELECT 1 FROM problem p WHERE p.file_id = entity.file_id)
        FROM entity
        """
      byID = try db.cachedStatement(sql: "\(columns) WHERE id = ?")
      byRef = try db.cachedStatement(sql: "\(columns) WHERE ref = ? AND is_holder = 1")
      stated = try db.cachedStatement(
        sql: "SELECT type, target_ref FROM relation WHERE entity_id = ? ORDER BY type, target_ref"
      )
      inverse = try db.cachedStatement(
        sql: """
          SELECT t.inverse, s.ref FROM relation r CROSS JOIN relation_type t ON t.type = r.type
            CROSS JOIN entity s ON s.id = r.entity_id AND s.is_holder = 1
          WHERE r.target_ref = ?
          """
      )
      problems = try db.cachedStatement(
        sql: """
          SELECT p.severity, p.class, p.message, p.rule, p.line, p.column FROM problem p
          WHERE p.file_id = ?1 AND (p.ref = ?2 OR p.ref IS NULL AND (p.target_id IS NULL
            OR EXISTS (SELECT 1 FROM location_target t WHERE t.id = p.target_id AND t.entity_id = ?3)))
          ORDER BY p.line, p.column, p.id
          """
      )
    }
  }
}

/// The relations of an entity as they are answered.
///
/// Their texts lie one behind the other, and are compared byte by byte.
private struct EntityRelations {
  private struct Place {
    var type: Range<Int>
    var target: Range<Int>
  }

  private var texts: [UInt8] = []
  private var places: [Place] = []

  var count: Int { places.count }

  mutating func append(type: UnsafeBufferPointer<UInt8>, target: UnsafeBufferPointer<UInt8>) {
    let start = texts.count
    texts.append(contentsOf: type)
    let middle = texts.count
    texts.append(contentsOf: target)
    places.append(Place(type: start..<middle, target: middle..<texts.count))
  }

  /// By type and target.
  mutating func sort() {
    let texts = texts
    texts.withUnsafeBufferPointer { texts in
      places.sort { left, right in
        if texts[left.type].elementsEqual(texts[right.type]) {
          return texts[left.target].lexicographicallyPrecedes(texts[right.target])
        }
        return texts[left.type].lexicographicallyPrecedes(texts[right.type])
      }
    }
  }

  /// With commas between them, each once.
  var json: [UInt8] {
    var json: [UInt8] = []
    texts.withUnsafeBufferPointer { texts in
      var last: Place?
      for place in places {
        if let last, Self.isSame(place, last, texts) { continue }
        if last != nil { json.append(UInt8(ascii: ",")) }
        json.append(contentsOf: #"{"type":"#.utf8)
        JSONText.appendString(UnsafeBufferPointer(rebasing: texts[place.type]), to: &json)
        json.append(contentsOf: #","targetRef":"#.utf8)
        JSONText.appendString(UnsafeBufferPointer(rebasing: texts[place.target]), to: &json)
        json.append(UInt8(ascii: "}"))
        last = place
      }
    }
    return json
  }

  private static func isSame(_ left: Place, _ right: Place, _ texts: UnsafeBufferPointer<UInt8>) -> Bool {
    texts[left.type].elementsEqual(texts[right.type]) && texts[left.target].elementsEqual(texts[right.target])
  }
}
