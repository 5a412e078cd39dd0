import CatalogStore
import Foundation

/// Keeps the numbers of the whole catalog, so that no page waits for them to be counted.
actor CensusKeeper {
  /// How long numbers are good enough while a crawl changes them, in seconds: counting a million entities takes a
  /// tenth of a second, which is then a hundredth of the time.
  private static let goodFor: TimeInterval = 10

  private let database: CatalogDatabase
  private var census: CatalogCensus?
  private var mark = ""
  private var countedAt = Date.distantPast
  private var counting: Task<CatalogCensus?, Never>?

  init(_ database: CatalogDatabase) { self.database = database }

  /// The numbers as they were counted last; nil while those of a large catalog are counted for the first time.
  ///
  /// Those of a small one are always those of now.
  func numbers(at now: Date) async throws -> CatalogCensus? {
    let (database, newest) = (database, try database.censusMark())
    if let census, mark == newest { return census }
    let isLarge = try database.isLargeCatalog()
    if let census, isLarge, now.timeIntervalSince(countedAt) < Self.goodFor { return census }
    if counting == nil {
      countedAt = now
      let text = Timestamp.text(now)
      // Belongs to no request: the one that began it does not wait for it. Without an answer the next one asks anew.
      counting = Task(executorPreference: WaitingExecutor.pages) { try? database.census(at: text) }
    }
    guard let counting else { return census }
    if isLarge {
      Task { await keep(counting, newest) }
      return census
    }
    await keep(counting, newest)
    return census
  }

  private func keep(_ task: Task<CatalogCensus?, Never>, _ newest: String) async {
    let counted = await task.value
    guard counting == task else { return }
    counting = nil
    guard let counted else { return }
    (census, mark) = (counted, newest)
  }
}
