/// Which entities are meant, by their search rows (facts/backstage-catalog.md 7.10, 9.2, 9.4).
///
/// Keys and values are compared in lower case; they are given in any.
package indirect enum EntityPredicate: Sendable, Hashable {
  /// Every one of them holds; with none of them everything is meant.
  case all([EntityPredicate])
  /// One of them holds; with none of them nothing is meant.
  case any([EntityPredicate])
  case not(EntityPredicate)
  /// There is a row with the key, null too.
  case exists(key: String)
  /// There is a row with the key and one of the values.
  case values(key: String, [String])
  /// There is a row with the key and a value that begins so.
  case prefix(key: String, String)
  /// There is a row with one of the keys and a value that has the text in it.
  case text(keys: [String], String)

  /// Every entity.
  package static let everything = EntityPredicate.all([])
}

extension EntityPredicate {
  /// The same with keys and values in lower case, and without parts that say nothing.
  var normalized: EntityPredicate {
    switch self {
    case .all(let parts):
      let parts = parts.map(\.normalized).filter { $0 != .everything }
      return parts.count == 1 ? parts[0] : .all(parts)
    case .any(let parts):
      let parts = parts.map(\.normalized)
      return parts.count == 1 ? parts[0] : .any(parts)
    case .not(let part): return .not(part.normalized)
    case .exists(let key): return .exists(key: key.lowercased())
    case .values(let key, let values):
      var seen: Set<String> = []
      return .values(
        key: key.lowercased(),
        values.map { $0.lowercased() }.filter { seen.insert($0).inserted }
      )
    case .prefix(let key, let text): return .prefix(key: key.lowercased(), text.lowercased())
    case .text(let keys, let text): return .text(keys: keys.map { $0.lowercased() }, text.lowercased())
    }
  }
}
