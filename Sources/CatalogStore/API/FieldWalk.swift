import GRDB

/// Goes through entities in the order of one search key: those with a value by the value, then those without by id.
struct FieldWalk {
  let db: Database
  /// In lower case.
  let key: String
  /// Nil when no entity ever had the key: all are without a value.
  let keyID: Int64?
  /// Whether no entity can have two values.
  let isSingle: Bool
  let isDescending: Bool
  /// Of `e.id`.
  let test: SQLText
  let limit: Int

  private var places: [EntityPlace] = []
  private var skipped = 0

  init(
    db: Database,
    key: String,
    keyID: Int64?,
    isSingle: Bool,
    isDescending: Bool,
    test: SQLText,
    limit: Int
  ) {
    self.db = db
    self.key = key
    self.keyID = keyID
    self.isSingle = isSingle
    self.isDescending = isDescending
    self.test = test
    self.limit = limit
  }

  /// So many places as there are, up to the limit, in the direction that they are asked in.
  mutating func places(_ start: PageStart) throws -> [EntityPlace] {
    switch start {
    case .offset(let count):
      skipped = count
      try values(beyond: nil, isDescending)
      try nulls(beyond: nil, isDescending)
    case .after(let place):
      if place.value != nil {
        try values(beyond: place, isDescending)
        try nulls(beyond: nil, isDescending)
      } else {
        try nulls(beyond: place.id, isDescending)
      }
    case .before(let place):
      if place.value == nil {
        try nulls(beyond: place.id, !isDescending)
        try values(beyond: nil, !isDescending)
      } else {
        try values(beyond: place, !isDescending)
      }
    }
    return places
  }

  private mutating func take(_ place: EntityPlace) -> Bool {
    if skipped > 0 {
      skipped -= 1
      return true
    }
    places.append(place)
    return places.count < limit
  }

  private mutating func values(beyond place: EntityPlace?, _ isDown: Bool) throws {
    guard let keyID, places.count < limit else { return }
    var text = SQLText(
      "SELECT e.value, e.id FROM (SELECT value, entity_id AS id FROM search_value WHERE key_id = ?) e WHERE ",
      [.integer(keyID)]
    )
    text = text + test
    if let place, let value = place.value {
      text =
        text
        + SQLText(" AND (e.value, e.id) \(isDown ? "<" : ">") (?, ?)", [.text(value), .integer(place.id)])
    }
    text = text + (isDown ? " ORDER BY e.value DESC, e.id DESC" : " ORDER BY e.value, e.id")
    // Another statement is asked for each row, never this one.
    try db.rows(text.sql, text.values) { row in
      let place = EntityPlace(value: row.string(0), id: row.integer(1))
      if !isSingle {
        let first = try SortValue.of(place.id, key, last: isDescending, db)
        guard let first, first.utf8.elementsEqual((place.value ?? "").utf8) else { return true }
      }
      return take(place)
    }
  }

  private mutating func nulls(beyond id: Int64?, _ isDown: Bool) throws {
    guard places.count < limit else { return }
    var text = SQLText("SELECT e.id FROM entity e WHERE e.is_holder = 1 AND ") + test
    if let keyID {
      text =
        text
        + SQLText(
          " AND e.id NOT IN (SELECT entity_id FROM search_value WHERE key_id = ?)",
          [.integer(keyID)]
        )
    }
    if let id { text = text + SQLText(" AND e.id \(isDown ? "<" : ">") ?", [.integer(id)]) }
    text = text + " ORDER BY e.id\(isDown ? " DESC" : "")"
    try db.rows(text.sql, text.values) { row in take(EntityPlace(value: nil, id: row.integer(0))) }
  }
}
