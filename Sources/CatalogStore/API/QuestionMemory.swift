import GRDB
import Synchronization

/// What was counted since the catalog last changed, so that the pages of one question do not count again.
///
/// A connection knows by itself whether the database is as it was the last time it looked (SQLite's `data_version`),
/// and says so within the read that needs it: what is remembered is right for exactly that moment.
final class QuestionMemory: Sendable {
  /// More than this many answers are not kept.
  private static let capacity = 1_000

  /// What one connection has counted.
  private struct Shelf {
    var version: Int64
    var counts: [String: Int] = [:]
    var facets: [String: [FacetValue]] = [:]
  }

  private let shelves = Mutex<[ObjectIdentifier: Shelf]>([:])

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

    func count(_ kind: String, _ question: SQLText, _ count: () throws -> Int) throws -> Int {
      let key = "\(kind) \(question.sql) \(question.values)"
      if let known = memory.shelves.withLock({ $0[connection]?.counts[key] }) { return known }
      let new = try count()
      memory.shelves.withLock { shelves in
        guard shelves[connection]?.counts.count ?? 0 < capacity else { return }
        shelves[connection]?.counts[key] = new
      }
      return new
    }

    func facet(_ question: SQLText, _ read: () throws -> [FacetValue]) throws -> [FacetValue] {
      let key = "\(question.sql) \(question.values)"
      if let known = memory.shelves.withLock({ $0[connection]?.facets[key] }) { return known }
      let new = try read()
      // What has many values is not kept: a memory of bounded size.
      guard new.count <= 1_000 else { return new }
      memory.shelves.withLock { shelves in
        guard shelves[connection]?.facets.count ?? 0 < capacity / 10 else { return }
        shelves[connection]?.facets[key] = new
      }
      return new
    }
  }
}
