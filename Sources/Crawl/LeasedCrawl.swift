import CatalogStore
import Foundation

/// Takes the lease for a crawl, says all the while that the crawl is still there, and gives the lease back.
struct LeasedCrawl: Sendable {
  private let environment: Crawler.Environment

  init(_ environment: Crawler.Environment) { self.environment = environment }

  /// Crawls with the lease.
  ///
  /// - Parameter work: Gets the environment whose database is the crawl's own, and the crawl's id.
  /// - Throws: `CrawlLeaseError` when another process has the lease or takes it, and what the work throws.
  func run<Value: Sendable>(
    _ start: CrawlStart,
    _ work: @escaping @Sendable (Crawler.Environment, Int64) async throws -> Value
  ) async throws -> Value {
    let begun = try await environment.database.begin(start, as: environment.holder, at: environment.now())
    var leased = environment
    leased.database = begun.database
    do {
      return try await withThrowingTaskGroup(of: Value?.self) { [leased] group in
        group.addTask {
          try await Self.renew(leased)
          return nil
        }
        group.addTask { try await work(leased, begun.id) }
        defer { group.cancelAll() }
        while let value = try await group.next() { if let value { return value } }
        throw CancellationError()
      }
    } catch {
      // It would be found to be dead in the end; whoever comes next need not wait for that.
      try? await begun.database.releaseLease()
      throw error
    }
  }

  /// Renews the lease until it is given back, or the task is cancelled.
  ///
  /// A database that is busy is asked again the next time: the lease holds for longer than that.
  ///
  /// - Throws: `CrawlLeaseError.lost`; whatever the crawl does is in vain then.
  private static func renew(_ environment: Crawler.Environment) async throws {
    while !Task.isCancelled {
      do {
        try await environment.leaseClock.sleep(for: CrawlLease.renewal)
        guard try await environment.database.renewLease(at: environment.now()) else { return }
      } catch let error as CrawlLeaseError {
        throw error
      } catch {}
    }
  }
}
