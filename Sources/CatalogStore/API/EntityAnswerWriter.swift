import Catalog
import GRDB
import YAML

/// Writes entities as the API answers them: the stored document with what the catalog knows besides
/// (facts/backstage-catalog.md 7.8).
struct EntityAnswerWriter {
  private static let columns =
    "SELECT id, ref, json, uid, etag, orphan_since IS NOT NULL, file_id FROM entity"

  private let db: Database
  private let fields: FieldProjection?
  /// Whether relations and problems are seen in what is asked for; the etag is made of them.
  private let needsAdditions: Bool
  private var whole: [UInt8] = []
  /// What is written so far.
  var json: [UInt8] = []

  init(_ db: Database, _ fields: FieldProjection?) {
    self.db = db
    self.fields = fields
    needsAdditions =
      fields.map { $0.reaches("relations") || $0.reaches("status") || $0.reaches("metadata.etag") } ?? true
  }

  /// Appends the entity with this id.
  ///
  /// - Returns: False when there is none.
  mutating func append(id: Int64) throws -> Bool {
    try append("\(Self.columns) WHERE id = ?", .integer(id))
  }

  /// Appends the entity that holds a ref.
  ///
  /// - Parameter ref: In lower case.
  /// - Returns: False when there is none.
  mutating func append(ref: String) throws -> Bool {
    try append("\(Self.columns) WHERE ref = ? AND is_holder = 1", .text(ref))
  }

  private mutating func append(_ sql: String, _ value: SQLValue) throws -> Bool {
    var isFound = false
    var (id, file, ref) = (Int64(0), Int64(0), "")
    var additions = EntityAdditions(etag: "")
    var document: [UInt8] = []
    try db.rows(sql, [value]) { row in
      isFound = true
      (id, file, ref) = (row.integer(0), row.integer(6), row.string(1))
      additions = EntityAdditions(
        uid: row.optionalString(3),
        etag: row.string(4),
        isOrphan: row.integer(5) == 1
      )
      document = Array(row.bytes(2))
      return false
    }
    guard isFound else { return false }
    if needsAdditions {
      additions.relations = try relations(of: id, ref)
      additions.statusItems = try statusItems(of: id, ref, file)
    }
    if let fields {
      whole.removeAll(keepingCapacity: true)
      document.withUnsafeBufferPointer { EntityDocument.append($0, additions, to: &whole) }
      whole.withUnsafeBufferPointer { fields.append($0, to: &json) }
    } else {
      document.withUnsafeBufferPointer { EntityDocument.append($0, additions, to: &json) }
    }
    return true
  }

  /// From both ends, each once, by type and target.
  private func relations(of id: Int64, _ ref: String) throws -> [UInt8] {
    var json: [UInt8] = []
    try db.rows(
      """
      SELECT type, target_ref FROM relation WHERE entity_id = ?1
      UNION
      SELECT t.inverse, s.ref FROM relation r CROSS JOIN relation_type t ON t.type = r.type
        CROSS JOIN entity s ON s.id = r.entity_id AND s.is_holder = 1
      WHERE r.target_ref = ?2
      ORDER BY 1, 2
      """,
      [.integer(id), .text(ref)]
    ) { row in
      if !json.isEmpty { json.append(UInt8(ascii: ",")) }
      json.append(contentsOf: #"{"type":"#.utf8)
      JSONText.appendString(row.bytes(0), to: &json)
      json.append(contentsOf: #","targetRef":"#.utf8)
      JSONText.appendString(row.bytes(1), to: &json)
      json.append(UInt8(ascii: "}"))
      return true
    }
    return json
  }

  /// What is wrong with the entity, with its file as a whole, and with the targets it names.
  private func statusItems(of id: Int64, _ ref: String, _ file: Int64) throws -> [UInt8] {
    var json: [UInt8] = []
    try db.rows(
      """
      SELECT p.severity, p.class, p.message, p.rule, p.line, p.column FROM problem p
      WHERE p.file_id = ?1 AND (p.ref = ?2 OR p.ref IS NULL AND (p.target_id IS NULL
        OR EXISTS (SELECT 1 FROM location_target t WHERE t.id = p.target_id AND t.entity_id = ?3)))
      ORDER BY p.line, p.column, p.id
      """,
      [.integer(file), .text(ref), .integer(id)]
    ) { row in
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
