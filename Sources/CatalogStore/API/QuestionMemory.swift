import GRDB
import Locks

/// What was counted since the catalog last changed, so that the pages of one question do not count again.
///
/// A connection knows by itself whether the database is as it was the last time it looked (SQLite's `data_version`),
/// and says so within the read that needs it: what is remembered is right for exactly that moment.
final class QuestionMemory: Sendable {
  /// More than this many answers are not kept: the memory begins anew then, since what comes again comes soon.
  private static let capacity = 1_000

  /// What one connection has counted.
  private struct Shelf {
    var version: Int64
    var counts: [Count: Int] = [:]
    var facets: [Facet: [FacetValue]] = [:]
  }

  private struct Count: Hashable {
    var isExact: Bool
    var question: SQLText
  }

  private struct Facet: Hashable {
    var key: String
    var predicate: EntityPredicate
  }

  private let shelves = Guarded<[ObjectIdentifier: Shelf]>([:])

  /// Begins a read.
  func access(_ db: Database) throws -> Access {
    let version = try db.number("PRAGMA data_version") ?? 0
    let connection = ObjectIdentifier(db)
    shelves.withLock { shelves in
      if shelves[connection]?.version != version { shelves[connection] = Shelf(version: version) }
    }
    return Access(memory: self, connection: connection)
  }

  /// The memory as one read has it.
  struct Access {
    fileprivate let memory: QuestionMemory
    fileprivate let connection: ObjectIdentifier

    /// - Parameter isExact: False for a count that goes only so far.
    func count(_ question: SQLText, isExact: Bool, _ count: () throws -> Int) throws -> Int {
      let key = Count(isExact: isExact, question: question)
      if let known = memory.shelves.withLock({ $0[connection]?.counts[key] }) { return known }
      let new = try count()
      memory.shelves.withLock { shelves in
        if shelves[connection]?.counts.count ?? 0 >= capacity { shelves[connection]?.counts = [:] }
        shelves[connection]?.counts[key] = new
      }
      return new
    }

    func facet(
      _ name: String,
      _ predicate: EntityPredicate,
      _ read: () throws -> [FacetValue]
    ) throws -> [FacetValue] {
      let key = Facet(key: name, predicate: predicate)
      if let known = memory.shelves.withLock({ $0[connection]?.facets[key] }) { return known }
      let new = try read()
      // What has many values is not kept: a memory of bounded size.
      guard new.count <= 1_000 else { return new }
      memory.shelves.withLock { shelves in
        if shelves[connection]?.facets.count ?? 0 >= capacity / 10 { shelves[connection]?.facets = [:] }
        shelves[connection]?.facets[key] = new
      }
      return new
    }
  }
}
