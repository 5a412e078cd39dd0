import CatalogStore
import Foundation
import Locks

/// Collects what the visits of all organizations found and stores it in batches, one transaction each.
///
/// While a batch is written the next one is collected; a second full batch waits for the first, which
/// holds back the crawl when the disk is slower than the network.
actor VisitWriter {
  /// The most visits in a transaction.
  ///
  /// More are no quicker (measured with 100, 200 and 400), take memory, and are to be done again after a kill.
  private static let maxBatchSize = 100
  /// Bytes of file content in a transaction.
  private static let batchBytes = 4 << 20

  private let database: CatalogDatabase
  private let crawl: Int64
  private let now: @Sendable () -> Date
  /// Small at first, so that a short crawl that is cut off has not been in vain, and doubled with each batch.
  private var batchSize = 8
  /// How far the visits are, by organization.
  private var marks: [Int64: Guarded<VisitMark>] = [:]
  private var storedMarks: [Int64: Int64] = [:]
  private let observe: @Sendable (CrawlEvent) -> Void
  private var log: LogRule
  private var pending: [FileVisit] = []
  private var pendingBytes = 0
  /// What `refresh --due` is done with.
  private var pendingRepositories: [VisitedRepository] = []
  private var writing: Task<[FileChanges], any Error>?
  /// The organizations of the visits that are being written.
  private var written: [Int64] = []
  private var changes: [Int64: OrganizationCounts] = [:]

  init(
    database: CatalogDatabase,
    crawl: Int64,
    now: @escaping @Sendable () -> Date,
    log: LogRule = LogRule(),
    observe: @escaping @Sendable (CrawlEvent) -> Void = { _ in }
  ) {
    self.database = database
    self.crawl = crawl
    self.now = now
    self.log = log
    self.observe = observe
  }

  /// Stores a visit, together with others.
  ///
  /// - Throws: When the database fails; the crawl ends then.
  func add(_ visit: FileVisit) async throws {
    pending.append(visit)
    if case .content(_, let tag, _) = visit.finding { pendingBytes += tag.size }
    if pending.count >= batchSize || pendingBytes >= Self.batchBytes { try await write() }
  }

  /// Notes repositories whose visits are made and were added before.
  ///
  /// - Throws: When the database fails; the crawl ends then.
  func add(_ repositories: [VisitedRepository]) async throws {
    pendingRepositories += repositories
    if pendingRepositories.count >= batchSize { try await write() }
  }

  /// Stores from now on with every batch how far the visits of an organization are.
  func follow(_ mark: Guarded<VisitMark>, of organization: Int64) { marks[organization] = mark }

  /// Stores everything that waits.
  func flush() async throws {
    try await write()
    try await waitForBatch()
  }

  /// Stores everything that waits, and returns what the visits of an organization changed since it was asked
  /// last.
  func finish(_ organization: Int64) async throws -> OrganizationCounts {
    try await flush()
    return changes.removeValue(forKey: organization) ?? OrganizationCounts()
  }

  /// Begins to store everything that waits, and how far the visits are.
  func write() async throws {
    try await keepLogSmall()
    // Last: the actor is open to others at every wait, and a batch that is under way must not be forgotten.
    try await waitForBatch()
    // Whatever is behind a mark was handed over before it was passed: it is stored, or in this batch.
    let reached = marks.mapValues { mark in mark.withLock { $0.take() } }
      .filter { $0.value > storedMarks[$0.key] ?? 0 }
    guard !pending.isEmpty || !reached.isEmpty || !pendingRepositories.isEmpty else { return }
    storedMarks.merge(reached) { $1 }
    batchSize = min(batchSize * 2, Self.maxBatchSize)
    let (batch, repositories) = (pending, pendingRepositories)
    (pending, pendingRepositories) = ([], [])
    pendingBytes = 0
    written = batch.map(\.organization)
    // A task of its own, so that the batch is written to its end even when the crawl is cancelled: what
    // was read is not thrown away. It belongs to this writer, which waits for it.
    writing = Task { [database, crawl, now] in
      let changes =
        batch.isEmpty && reached.isEmpty
        ? [] : try await database.store(batch, crawl: crawl, visitedThrough: reached, at: now())
      // Behind their files: a kill in between leaves them due.
      if !repositories.isEmpty { try await database.store(repositories, at: now()) }
      return changes
    }
  }

  /// Sees that the write-ahead log does not grow because of readers, and says when it does all the same.
  private func keepLogSmall() async throws {
    let size = database.logSize
    guard log.isDue(size) else { return }
    // Others come here meanwhile, and need not try too.
    _ = log.note(size)
    let left = try await database.emptyLog()
    if log.note(left) { observe(.logHeld(bytes: left)) }
  }

  private func waitForBatch() async throws {
    // The actor is open to others while it waits: look again each time.
    while let task = writing {
      let result = try await task.value
      guard writing == task else { continue }
      writing = nil
      for (organization, change) in zip(written, result) { count(change, for: organization) }
    }
  }

  private func count(_ change: FileChanges, for organization: Int64) {
    var counts = changes[organization] ?? OrganizationCounts()
    counts.entitiesAdded += change.added
    counts.entitiesChanged += change.changed
    counts.entitiesRemoved += change.removed
    counts.entitiesUnchanged += change.unchanged
    if change.isFileChanged { counts.filesChanged += 1 }
    changes[organization] = counts
  }
}
