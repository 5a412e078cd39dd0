import GRDB
import Locks

/// What was counted, for all connections, so that the pages of one question do not count again.
///
/// It is told with the version of the catalog that it is of (`CatalogVersion`), which each read sees for its own moment:
/// what is remembered of another version is not told, but for what only chooses between ways to the same answer. Of a
/// large count it is also remembered which entities were counted; when the catalog has changed, those that were changed
/// are looked at again, and not all.
final class QuestionMemory: Sendable {
  /// More than this many answers are not kept: the memory begins anew then, since what comes again comes soon.
  private static let capacity = 1_000
  /// What is asked with more bytes than this is not kept: values of the catalog have two hundred characters.
  private static let maxQuestionSize = 16 << 10
  /// So many bytes of sets are kept: sixty of a million entities.
  private static let setCapacity = 8 << 20
  /// Facets with more values than this are not kept: a memory of bounded size.
  private static let maxFacetValues = 1_000
  /// An estimate is made anew when the catalog has changed so often.
  private static let estimateVersions: Int64 = 20

  private struct Count {
    var version: Int64
    var count: Int
    /// Nil for a small count, one that cannot be followed, and one that was asked for only once.
    var entities: EntitySet?
  }

  private struct Facets: Hashable {
    var keys: [SQLValue]
    var test: SQLText
  }

  private struct State {
    var counts: [SQLText: Count] = [:]
    /// Bytes of the sets of `counts`.
    var setSize = 0
    var few: [SQLText: (version: Int64, entities: [Int64])] = [:]
    var estimates: [SQLText: (version: Int64, count: Int)] = [:]
    var facets: [Facets: (version: Int64, values: [[FacetValue]])] = [:]
  }

  private let state = Guarded(State())
  /// Which entities they are is kept of counts from here on; fewer are counted anew as fast.
  private let largeCount: Int

  init(largeCount: Int = 1_000) { self.largeCount = largeCount }

  /// Whether facets are kept for those who ask again.
  static func isKept(_ facets: [[FacetValue]]) -> Bool {
    facets.reduce(0) { $0 + $1.count } <= maxFacetValues
  }

  /// Begins a read.
  func access(_ db: Database) throws -> Access {
    Access(memory: self, db: db, version: try CatalogVersion.current(db))
  }

  /// The memory as one read has it.
  struct Access {
    fileprivate let memory: QuestionMemory
    fileprivate let db: Database
    /// Of the catalog that the read sees.
    fileprivate let version: Int64

    /// How many entities a test finds.
    ///
    /// - Parameters:
    ///   - test: Of the entity `e`.
    ///   - source: A statement with all of them in its column `id`, perhaps more than once; nil where none is followed:
    ///     `test` is then no matter of single entities, or has no statement.
    ///   - count: Counts them.
    func count(_ test: SQLText, following source: SQLText?, _ count: () throws -> Int) throws -> Int {
      let known = memory.state.withLock { $0.counts[test] }
      if let known, known.version == version { return known.count }
      let new = try followed(known, test) ?? counted(known, following: source, count)
      // A read of an earlier moment does not replace what a later one has found.
      if known?.version ?? .min < version, isKept(test) { memory.keep(new, test) }
      return new.count
    }

    /// The entities that a test finds, where they are few.
    ///
    /// - Parameter find: Nil when they are too many.
    func few(_ test: SQLText, _ find: () throws -> [Int64]?) throws -> [Int64]? {
      let known = memory.state.withLock { $0.few[test] }
      if let known, known.version == version { return known.entities }
      let new = try find()
      guard let new, known?.version ?? .min < version, isKept(test) else { return new }
      memory.state.withLock { state in
        if state.few.count >= capacity { state.few = [:] }
        state.few[test] = (version, new)
      }
      return new
    }

    private func isKept(_ question: SQLText) -> Bool { question.size <= maxQuestionSize }

    /// How many rows a statement has, about: as it was some versions ago.
    func estimate(_ rows: SQLText, _ count: () throws -> Int) throws -> Int {
      let known = memory.state.withLock { $0.estimates[rows] }
      if let known, abs(version - known.version) < estimateVersions { return known.count }
      let new = try count()
      guard isKept(rows) else { return new }
      memory.state.withLock { state in
        if state.estimates.count >= capacity { state.estimates = [:] }
        state.estimates[rows] = (version, new)
      }
      return new
    }

    /// The values of keys among the entities that a test finds.
    ///
    /// - Parameter keys: In lower case.
    func facets(
      _ keys: [String],
      _ test: SQLText,
      _ read: () throws -> [[FacetValue]]
    ) throws -> [[FacetValue]] {
      let facets = Facets(keys: keys.map(SQLValue.text), test: test)
      let known = memory.state.withLock { $0.facets[facets] }
      if let known, known.version == version { return known.values }
      let new = try read()
      guard known?.version ?? .min < version, isKept(test), QuestionMemory.isKept(new) else {
        return new
      }
      memory.state.withLock { state in
        if state.facets.count >= capacity / 10 { state.facets = [:] }
        state.facets[facets] = (version, new)
      }
      return new
    }
  }

  private func keep(_ count: Count, _ test: SQLText) {
    state.withLock { state in
      let size = (count.entities?.size ?? 0) - (state.counts[test]?.entities?.size ?? 0)
      if state.counts.count >= Self.capacity || state.setSize + size > Self.setCapacity {
        (state.counts, state.setSize) = ([:], 0)
      }
      state.setSize += (count.entities?.size ?? 0) - (state.counts[test]?.entities?.size ?? 0)
      state.counts[test] = count
    }
  }
}

extension QuestionMemory.Access {
  /// What was counted of an earlier version, with the entities that were changed since looked at again; nil when that
  /// is not possible, or no less work than to count.
  private func followed(_ known: QuestionMemory.Count?, _ test: SQLText) throws -> QuestionMemory.Count? {
    guard var known, known.version < version, var entities = known.entities,
      let changed = try CatalogVersion.changed(after: known.version, to: version, db),
      changed.count < known.count / 2
    else { return nil }
    known.entities = nil
    for id in changed { entities.remove(id) }
    var isHeld = true
    let text =
      SQLText(
        "SELECT e.id FROM entity e WHERE e.id IN (\(CatalogVersion.entities)) AND e.is_holder = 1 AND ",
        [.integer(known.version)]
      ) + test
    try db.rows(text.sql, text.values) { row in
      isHeld = entities.insert(row.integer(0))
      return isHeld
    }
    guard isHeld else { return nil }
    return QuestionMemory.Count(version: version, count: entities.count, entities: entities)
  }

  /// Counts; what is asked for again though the catalog changes is collected, to be followed from then on.
  private func counted(
    _ known: QuestionMemory.Count?,
    following source: SQLText?,
    _ count: () throws -> Int
  ) throws -> QuestionMemory.Count {
    guard let source, let known, known.version < version, known.count >= memory.largeCount else {
      return QuestionMemory.Count(version: version, count: try count())
    }
    var (entities, isHeld) = (EntitySet(), true)
    try db.rows("SELECT id FROM (" + source.sql + ")", source.values) { row in
      isHeld = entities.insert(row.integer(0))
      return isHeld
    }
    guard isHeld else { return QuestionMemory.Count(version: version, count: try count()) }
    return QuestionMemory.Count(version: version, count: entities.count, entities: entities)
  }
}

/// Numbers of entities, one bit for each number up to the largest.
struct EntitySet: Sendable, Equatable {
  /// Numbers from here on are not held; a set has two megabytes at most.
  private static let end: Int64 = 1 << 24

  private var words: [UInt64] = []
  private(set) var count = 0

  /// In bytes.
  var size: Int { words.count * 8 }

  /// - Returns: False for a number that is too large to be held.
  mutating func insert(_ id: Int64) -> Bool {
    guard (0..<Self.end).contains(id) else { return false }
    let (word, bit) = Self.place(id)
    if word >= words.count { words += repeatElement(0, count: word + 1 - words.count) }
    if words[word] & bit == 0 { count += 1 }
    words[word] |= bit
    return true
  }

  mutating func remove(_ id: Int64) {
    guard (0..<Self.end).contains(id) else { return }
    let (word, bit) = Self.place(id)
    guard word < words.count, words[word] & bit != 0 else { return }
    count -= 1
    words[word] &= ~bit
  }

  private static func place(_ id: Int64) -> (word: Int, bit: UInt64) { (Int(id) / 64, 1 << UInt64(id % 64)) }
}
