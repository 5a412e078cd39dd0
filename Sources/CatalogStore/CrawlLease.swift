package import Foundation
import GRDB

/// The right to write the catalog, as the process that has it shows it.
package struct CrawlLease: Sendable, Equatable {
  /// How long it holds when it is not renewed.
  package static let term: TimeInterval = 60
  /// How often it is renewed: three times fail before it is lost.
  package static let renewal: Duration = .seconds(15)

  /// The random text of its holder.
  package let holder: String
  /// The crawl; nil for a change that is none.
  let crawl: Int64?
  private let isResumed: Bool

  init(holder: String, crawl: Int64? = nil, isResumed: Bool = false) {
    self.holder = holder
    self.crawl = crawl
    self.isResumed = isResumed
  }

  /// The crawl when it was cut off before, so that what it has stored needs no second visit; nil when it has just begun.
  var resumedCrawl: Int64? { isResumed ? crawl : nil }

  /// - Throws: `CrawlLeaseError.lost` when another process has taken over.
  func check(_ db: Database) throws {
    let select = try db.cachedStatement(sql: "SELECT 1 FROM crawl_lease WHERE holder = ?")
    guard try Int.fetchOne(select, arguments: [holder]) != nil else { throw CrawlLeaseError.lost }
  }
}

/// A process that may hold the lease.
package struct LeaseHolder: Sendable, Equatable {
  /// Random, so that no two are the same.
  package var id: String
  package var process: ProcessIdentity

  package init(id: String = UUID().uuidString, process: ProcessIdentity = .current) {
    self.id = id
    self.process = process
  }
}

/// The lease as it is stored.
package struct StoredLease: Sendable, Equatable {
  /// The crawl; nil for a command that changes the database without one.
  package var crawl: Int64?
  package var holder: LeaseHolder
  package var since: Date
  package var expiresAt: Date

  package init(crawl: Int64?, holder: LeaseHolder, since: Date, expiresAt: Date) {
    self.crawl = crawl
    self.holder = holder
    self.since = since
    self.expiresAt = expiresAt
  }

  /// Who it is, for people.
  package var description: String {
    let work = crawl.map { "crawl \($0)" } ?? "another command that changes the database"
    let process = holder.process
    return
      "\(work) is under way in process \(process.pid) on \(process.machineName) since \(Timestamp.text(since))"
  }
}

/// Whether the lease can be taken.
package enum LeaseDecision: Sendable, Equatable {
  /// Nobody has it, or the one who asks.
  case free
  /// Whoever had it is gone, or did not renew it in time.
  case dead(StoredLease)
  case busy(StoredLease)

  /// Pure.
  ///
  /// - Parameters:
  ///   - stored: Nil when nobody has it.
  ///   - holder: Who asks.
  ///   - isAlive: Whether a process of this machine still runs; asked only for such.
  package static func decide(
    _ stored: StoredLease?,
    for holder: LeaseHolder,
    at now: Date,
    isAlive: (ProcessIdentity) -> Bool
  ) -> LeaseDecision {
    guard let stored, stored.holder.id != holder.id else { return .free }
    if stored.expiresAt <= now { return .dead(stored) }
    let process = stored.holder.process
    if process.machine == holder.process.machine, !isAlive(process) { return .dead(stored) }
    return .busy(stored)
  }
}

/// Why a process may not write the catalog.
package enum CrawlLeaseError: Error, Equatable, CustomStringConvertible {
  /// Another one crawls.
  case busy(StoredLease)
  /// Another one has taken over, because this one was not heard of for too long.
  case lost

  package var description: String {
    switch self {
    case .busy(let lease):
      "\(lease.description); try again when it is done, or wait for it with --wait"
    case .lost:
      "another process has taken over, because this one was held up for more than "
        + "\(Int(CrawlLease.term)) seconds; what it stored before is kept and continued"
    }
  }
}
