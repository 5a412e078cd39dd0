import CatalogStore
import Foundation

/// Collects what the visits of all organizations found and stores it in batches, one transaction each.
///
/// While a batch is written the next one is collected; a second full batch waits for the first, which
/// holds back the crawl when the disk is slower than the network.
actor VisitWriter {
  /// Visits in a transaction.
  ///
  /// Larger batches write no faster (measured: 50 and 200 differ by 5 %), and more is to be done again after
  /// a kill.
  private static let batchSize = 100
  /// Bytes of file content in a transaction.
  private static let batchBytes = 4 << 20

  private let database: CatalogDatabase
  private let crawl: Int64
  private let now: @Sendable () -> Date
  private let observe: @Sendable (CrawlEvent) -> Void
  private var log: LogRule
  private var pending: [FileVisit] = []
  private var pendingBytes = 0
  private var writing: Task<[FileChanges], any Error>?
  private var written: [FileVisit] = []
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
    if pending.count >= Self.batchSize || pendingBytes >= Self.batchBytes { try await write() }
  }

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

  private func write() async throws {
    try await waitForBatch()
    try await keepLogSmall()
    guard !pending.isEmpty else { return }
    let batch = pending
    pending = []
    pendingBytes = 0
    written = batch
    // A task of its own, so that the batch is written to its end even when the crawl is cancelled: what
    // was read is not thrown away. It belongs to this writer, which waits for it.
    writing = Task { [database, crawl, now] in try await database.store(batch, crawl: crawl, at: now()) }
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
      for (visit, change) in zip(written, result) { count(change, for: visit.organization) }
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
