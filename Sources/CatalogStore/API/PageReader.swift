import Catalog
import GRDB

/// Finds the entities of one page, within one read.
///
/// Either the order is gone through and each entity tested, which is fast where many are meant, or those that are
/// meant are collected and put into order, which is fast where there are few. A million entities are never sorted.
struct PageReader {
  /// Up to so many are collected when only their ids or refs are put into order.
  private static let sorted = 5_000
  /// Keys with one value an entity: no document has to be looked at.
  private static let singleKeys: Set<String> = [
    "kind", "apiversion", "metadata.name", "metadata.namespace", "metadata.uid",
  ]

  let db: Database
  let sql: PredicateSQL
  let predicate: EntityPredicate
  let order: EntityOrder
  /// The entities that are meant, in the order of their ids, where they are few.
  let few: [Int64]?
  /// How many entities are meant, or about how many.
  let total: Int

  struct Found {
    var places: [EntityPlace] = []
    var hasMore = false
  }

  /// - Parameter limit: At least 1.
  func page(_ start: PageStart, limit: Int) throws -> Found {
    var found = Found()
    switch order {
    case .id, .ref: found.places = try plain(start, limit: limit + 1)
    case .fields(let fields) where fields.count == 1:
      found.places = try byField(fields[0], start, limit: limit + 1)
    case .fields(let fields): found.places = try byFields(fields, start, limit: limit + 1)
    }
    if found.places.count > limit {
      found.hasMore = true
      found.places.removeLast()
    }
    if case .before = start { found.places.reverse() }
    return found
  }

  // MARK: - By id and by ref

  private func plain(_ start: PageStart, limit: Int) throws -> [EntityPlace] {
    let isByRef = order == .ref
    var (offset, comparison, direction) = (0, SQLText(""), "ASC")
    let column = isByRef ? "e.ref" : "e.id"
    switch start {
    case .offset(let count): offset = count
    case .after(let place):
      comparison = SQLText(" AND \(column) > ?", [isByRef ? .text(place.value ?? "") : .integer(place.id)])
    case .before(let place):
      direction = "DESC"
      comparison = SQLText(" AND \(column) < ?", [isByRef ? .text(place.value ?? "") : .integer(place.id)])
    }
    let end = SQLText(
      " ORDER BY \(column) \(direction) LIMIT ? OFFSET ?",
      [.integer(Int64(limit)), .integer(Int64(offset))]
    )
    let columns = isByRef ? "e.id, e.ref" : "e.id, NULL"
    let text: SQLText
    if !isByRef, let few { return Self.page(of: few, start, limit: limit) }
    if !isByRef, let leaf = try leaf() {
      // The rows of one value are in the order of ids.
      text =
        "SELECT e.id, NULL FROM (\(leaf.rows.sql)" + SQLText(") e WHERE ", leaf.rows.values) + leaf.test
        + comparison + end
    } else if total <= Self.sorted, let source = try sql.source(predicate) {
      text =
        "SELECT \(columns) FROM (SELECT DISTINCT id FROM (" + source.text
        + ")) m CROSS JOIN entity e ON e.id = m.id WHERE TRUE" + comparison + end
    } else {
      switch try sql.test(predicate, "e.id") {
      case .never: return []
      case .always: text = "SELECT \(columns) FROM entity e WHERE e.is_holder = 1" + comparison + end
      case .sql(let test):
        text = "SELECT \(columns) FROM entity e WHERE e.is_holder = 1 AND " + test + comparison + end
      }
    }
    var places: [EntityPlace] = []
    try db.rows(text.sql, text.values) { row in
      places.append(EntityPlace(value: row.optionalString(1), id: row.integer(0)))
      return true
    }
    return places
  }

  private static func page(of few: [Int64], _ start: PageStart, limit: Int) -> [EntityPlace] {
    let ids: [Int64]
    switch start {
    case .offset(let count): ids = Array(few.dropFirst(count).prefix(limit))
    case .after(let place): ids = Array(few.drop { $0 <= place.id }.prefix(limit))
    case .before(let place): ids = few.prefix { $0 < place.id }.suffix(limit).reversed()
    }
    return ids.map { EntityPlace(value: nil, id: $0) }
  }

  /// The condition that is one value of one key and leaves the fewest entities, and a test of the others; nil when the
  /// best condition is none such.
  private func leaf() throws -> (rows: SQLText, test: SQLText)? {
    var parts = [predicate]
    if case .all(let all) = predicate { parts = all }
    guard let driver = try sql.driver(of: parts), case .values(let key, let values) = parts[driver],
      values.count == 1, !key.hasPrefix(RelationKey.prefix), key != EntityOrphan.key,
      let rows = try sql.source(parts[driver])
    else { return nil }
    parts.remove(at: driver)
    switch try sql.test(.all(parts), "e.id") {
    case .always: return (rows.text, SQLText("TRUE"))
    case .never: return (rows.text, SQLText("FALSE"))
    case .sql(let test): return (rows.text, test)
    }
  }

  // MARK: - By one field

  private func byField(_ field: EntityOrder.Field, _ start: PageStart, limit: Int) throws -> [EntityPlace] {
    let key = field.key.lowercased()
    if let few { return try inOrder(few, key, field, start, limit: limit) }
    guard let test = try test("e.id") else { return [] }
    var walk = FieldWalk(
      db: db,
      key: key,
      keyID: try sql.keyID(key),
      isSingle: Self.singleKeys.contains(key),
      isDescending: field.isDescending,
      test: test,
      limit: limit
    )
    return try walk.places(start)
  }

  /// Nil when nothing is meant.
  private func test(_ id: String) throws -> SQLText? {
    switch try sql.test(predicate, id) {
    case .always: SQLText("TRUE")
    case .never: nil
    case .sql(let text): text
    }
  }

  private func inOrder(
    _ few: [Int64],
    _ key: String,
    _ field: EntityOrder.Field,
    _ start: PageStart,
    limit: Int
  ) throws -> [EntityPlace] {
    var places = try few.map { id in
      EntityPlace(value: try SortValue.of(id, key, last: field.isDescending, db), id: id)
    }
    var (isBackward, skipped, border) = (false, 0, EntityPlace?.none)
    switch start {
    case .offset(let count): skipped = count
    case .after(let place): border = place
    case .before(let place): (border, isBackward) = (place, true)
    }
    places.sort { $0.isBefore($1, descending: field.isDescending) }
    if isBackward { places.reverse() }
    if let border {
      places = places.filter { place in
        isBackward
          ? place.isBefore(border, descending: field.isDescending)
          : border.isBefore(place, descending: field.isDescending)
      }
    }
    return Array(places.dropFirst(skipped).prefix(limit))
  }

  // MARK: - By several fields

  private func byFields(
    _ fields: [EntityOrder.Field],
    _ start: PageStart,
    limit: Int
  ) throws -> [EntityPlace] {
    guard case .offset(let offset) = start, let test = try test("e.id") else { return [] }
    var text: SQLText
    if let source = try sql.source(predicate) {
      text = "SELECT e.id FROM (SELECT DISTINCT id FROM (" + source.text + ")) e"
    } else {
      text = SQLText("SELECT e.id FROM entity e")
    }
    var order: [String] = []
    for (index, field) in fields.enumerated() {
      let keyID = try sql.keyID(field.key.lowercased()) ?? 0
      let value = field.isDescending ? "max(value)" : "min(value)"
      text =
        text
        + SQLText(
          """
           LEFT JOIN (SELECT entity_id, \(value) AS value FROM search_value WHERE key_id = ? GROUP BY entity_id) s\(index)
          ON s\(index).entity_id = e.id
          """,
          [.integer(keyID)]
        )
      order.append("s\(index).value IS NULL, s\(index).value \(field.isDescending ? "DESC" : "ASC")")
    }
    text =
      text + " WHERE " + (try sql.source(predicate) == nil ? "e.is_holder = 1 AND " + test : SQLText("TRUE"))
    text =
      text
      + SQLText(
        " ORDER BY \(order.joined(separator: ", ")), e.id LIMIT ? OFFSET ?",
        [.integer(Int64(limit)), .integer(Int64(offset))]
      )
    var places: [EntityPlace] = []
    try db.rows(text.sql, text.values) { row in
      places.append(EntityPlace(value: nil, id: row.integer(0)))
      return true
    }
    return places
  }
}

extension EntityPlace {
  /// Whether it comes before another one: nulls last, then by value, then by id; ids go the way of the values.
  fileprivate func isBefore(_ other: EntityPlace, descending: Bool) -> Bool {
    switch (value, other.value) {
    case (_?, nil): return true
    case (nil, _?): return false
    case (nil, nil): return descending ? id > other.id : id < other.id
    case (let value?, let otherValue?):
      if value.utf8.elementsEqual(otherValue.utf8) { return descending ? id > other.id : id < other.id }
      return value.utf8.lexicographicallyPrecedes(otherValue.utf8) != descending
    }
  }
}

/// The value by which an entity is put into order.
enum SortValue {
  /// Of several values the first, or the last where the order goes down.
  ///
  /// Read out of the document: no index leads from an entity to its search rows.
  static func of(_ id: Int64, _ key: String, last: Bool, _ db: Database) throws -> String? {
    var value: String?
    try db.rows("SELECT json, uid FROM entity WHERE id = ?", [.integer(id)]) { row in
      for (new, _) in SearchRows.of(row.bytes(0), uid: row.optionalString(1)).values(ofKey: key) {
        let isBetter = value.map { new.utf8.lexicographicallyPrecedes($0.utf8) != last } ?? true
        if isBetter { value = new }
      }
      return false
    }
    return value
  }
}
