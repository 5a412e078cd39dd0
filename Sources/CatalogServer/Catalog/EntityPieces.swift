import Catalog
import CatalogStore

/// What is left to be written of an array of entities.
enum EntityPieces: Sendable {
  /// By ref: a page that is read, and those behind it. Nil when that was the last one.
  case pages(EntityQuestion, EntityPage?)
  /// By their numbers: in an order that has no place to go on from only these are held.
  case numbers([Int64], from: Int, FieldProjection?)
  /// By their refs: what is read of them, and those behind. Nil when there are no more.
  case refs([UInt8]?, rest: ArraySlice<EntityRef?>, EntityPredicate, FieldProjection?)

  /// So many refs are read at a time: each may be the same large entity.
  static let refsAtATime = 50

  /// The next entities as JSON, with commas between them; nil when there are no more.
  mutating func next(_ reader: CatalogReader, _ chunk: Int) async throws -> [UInt8]? {
    switch self {
    case .pages(_, nil): return nil
    case .pages(let question, let page?):
      var next: EntityPage?
      if page.hasMore, let last = page.last {
        next = try await reader.page(question, from: .after(last), limit: chunk, countsAll: false)
      }
      self = .pages(question, next)
      return page.json
    case .refs(nil, _, _, _): return nil
    case .refs(let json?, let rest, let predicate, let fields):
      let refs = rest.prefix(Self.refsAtATime)
      let next =
        refs.isEmpty ? nil : try await reader.entities(Array(refs), predicate, fields: fields)
      self = .refs(next, rest: rest.dropFirst(refs.count), predicate, fields)
      return json
    case .numbers(let ids, let start, let fields):
      guard start < ids.count else { return nil }
      let end = min(start + chunk, ids.count)
      let (json, count) = try await reader.entities(ids[start..<end], fields: fields)
      self = .numbers(ids, from: start + count, fields)
      return json
    }
  }
}
