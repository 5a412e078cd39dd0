import CatalogStore
import YAML

/// Reads filters (facts/backstage-catalog.md 9.4) and the predicates of newer versions (9.2).
enum FilterGrammar {
  /// So many statements or conditions may a question have: SQLite takes no deeper SQL than some hundreds.
  static let maxParts = 200
  /// So many values may one condition have.
  static let maxValues = 1_000
  /// So many values may all conditions of a question have together.
  static let maxAllValues = 10_000
  /// So deep may conditions be within one another: SQLite's parser holds a hundred symbols.
  static let maxDepth = 18

  /// How much a predicate has of what is bounded.
  struct Extent {
    var parts = 0
    var values = 0

    /// - Throws: `APIError` 400 when it is too much.
    mutating func add(parts more: Int = 0, values: Int = 0) throws(APIError) {
      parts += more
      self.values += values
      guard parts <= maxParts else { throw .input("a query may have \(maxParts) conditions") }
      guard self.values <= maxAllValues else {
        throw .input("a query may have \(maxAllValues) values in all")
      }
    }
  }

  /// - Parameter filters: Those of one question: one of them must hold.
  /// - Throws: `APIError` 400 for a statement without a key.
  static func predicate(_ filters: [String]) throws(APIError) -> EntityPredicate {
    var groups: [EntityPredicate] = []
    var parts = 0
    for filter in filters {
      let group = try self.group(filter, &parts)
      // One that says nothing is as if it were not there.
      if group != .everything { groups.append(group) }
    }
    return groups.isEmpty ? .everything : groups.count == 1 ? groups[0] : .any(groups)
  }

  private static func group(_ filter: String, _ parts: inout Int) throws(APIError) -> EntityPredicate {
    var keys: [String] = []
    var values: [String: [String]] = [:]
    for statement in filter.split(separator: ",") {
      let text = trimmed(statement)
      if text.isEmpty { continue }
      let sides = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let key = trimmed(sides[0]).lowercased()
      guard !key.isEmpty else {
        throw .input(
          "invalid filter, '\(text.prefix(100))' is not a valid statement (expected a key before '=')"
        )
      }
      if values[key] == nil {
        parts += 1
        guard parts <= maxParts else { throw .input("a filter may have \(maxParts) different keys") }
        keys.append(key)
        values[key] = []
      }
      if sides.count == 2 { values[key]?.append(trimmed(sides[1])) }
      guard values[key]?.count ?? 0 <= maxValues else {
        throw .input("a filter may have \(maxValues) values of one key")
      }
    }
    return .all(
      keys.map { key in
        guard let values = values[key], !values.isEmpty else { return .exists(key: key) }
        return .values(key: key, values)
      }
    )
  }

  private static func trimmed(_ text: some StringProtocol) -> String {
    var scalars = Substring(text).unicodeScalars[...]
    while let first = scalars.first, first.properties.isWhitespace { scalars.removeFirst() }
    while let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() }
    return String(scalars)
  }

  // MARK: - Predicates

  /// - Parameter query: The object that a body has as `query`.
  /// - Throws: `APIError` 400 for what is no predicate.
  static func predicate(query: YAMLNode) throws(APIError) -> EntityPredicate {
    guard query.kind == .mapping else { throw .input("invalid query, expected an object") }
    var extent = Extent()
    let predicate = try predicate(query, &extent)
    guard predicate.depth <= maxDepth else {
      throw .input("the conditions of the query are nested too deep")
    }
    return predicate
  }

  private static func predicate(
    _ node: YAMLNode,
    _ extent: inout Extent
  ) throws(APIError) -> EntityPredicate {
    guard node.kind == .mapping else {
      throw .input("invalid query, expected an object within \(node.text.prefix(50))")
    }
    var all: [EntityPredicate] = []
    // One that says nothing costs something too.
    if node.count == 0 { try extent.add(parts: 1) }
    for (key, value) in node.pairs {
      try extent.add(parts: 1)
      switch key.text {
      case "$all": all.append(try combined(value, "$all", &extent, { .all($0) }))
      case "$any": all.append(try combined(value, "$any", &extent, { .any($0) }))
      case "$not": all.append(.not(try predicate(value, &extent)))
      case let name where name.hasPrefix("$"):
        throw .input("invalid query, unknown operator '\(name.prefix(50))'")
      case let name: all.append(try condition(name, value, &extent))
      }
    }
    return .all(all)
  }

  private static func combined(
    _ node: YAMLNode,
    _ name: String,
    _ extent: inout Extent,
    _ combine: ([EntityPredicate]) -> EntityPredicate
  ) throws(APIError) -> EntityPredicate {
    guard node.kind == .sequence else { throw .input("invalid query, expected an array for \(name)") }
    var predicates: [EntityPredicate] = []
    for element in node.elements { predicates.append(try predicate(element, &extent)) }
    // Of none of them nothing is meant, by either.
    return predicates.isEmpty ? .any([]) : combine(predicates)
  }

  private static func condition(
    _ key: String,
    _ node: YAMLNode,
    _ extent: inout Extent
  ) throws(APIError) -> EntityPredicate {
    guard node.kind == .mapping else { return .values(key: key, [try scalar(node, key)]) }
    // The first one is counted as the condition.
    try extent.add(parts: max(0, node.count - 1))
    var all: [EntityPredicate] = []
    for (name, value) in node.pairs {
      switch name.text {
      case "$exists":
        guard let isThere = value.boolean else {
          throw .input("invalid query, expected true or false for $exists")
        }
        all.append(isThere ? .exists(key: key) : .not(.exists(key: key)))
      case "$in":
        guard value.kind == .sequence, value.count <= maxValues else {
          throw .input("invalid query, expected an array of at most \(maxValues) values for $in")
        }
        try extent.add(values: value.count)
        var values: [String] = []
        for element in value.elements { values.append(try scalar(element, key)) }
        all.append(.values(key: key, values))
      case "$contains": all.append(.values(key: key, [try scalar(value, key)]))
      case "$hasPrefix":
        guard let prefix = value.string else {
          throw .input("invalid query, expected a string for $hasPrefix")
        }
        all.append(.prefix(key: key, prefix))
      case let other:
        throw .input("invalid query, unknown operator '\(other.prefix(50))' for '\(key.prefix(100))'")
      }
    }
    guard !all.isEmpty else { throw .input("invalid query, no operator for '\(key.prefix(100))'") }
    return .all(all)
  }

  private static func scalar(_ node: YAMLNode, _ key: String) throws(APIError) -> String {
    switch node.kind {
    case .string, .integer, .float, .boolean: return node.text
    case .null, .mapping, .sequence:
      throw .input("invalid query, expected a string, number or boolean for '\(key.prefix(100))'")
    }
  }
}

extension EntityPredicate {
  /// How many conditions are within one another.
  var depth: Int {
    switch self {
    case .all(let parts), .any(let parts): 1 + (parts.map(\.depth).max() ?? 0)
    case .not(let part): 1 + part.depth
    case .exists, .values, .prefix, .text: 1
    }
  }
}
