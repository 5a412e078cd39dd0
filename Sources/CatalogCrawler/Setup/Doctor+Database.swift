import CatalogStore
import Foundation

extension Doctor {
  /// A last crawl that is older is warned of.
  private static let maxCrawlAge: TimeInterval = 7 * 86_400
  /// Less room on the disk is warned of, in bytes.
  private static let minRoom: Int64 = 1 << 30
  /// A larger write-ahead log is warned of, in bytes.
  private static let maxLog: Int64 = 256 << 20

  /// What is to be said of the database file.
  func database() async -> [Finding] {
    guard FileManager.default.fileExists(atPath: databasePath) else {
      return [
        Finding(
          "database",
          databasePath,
          .warning,
          "there is none yet",
          next: "run 'catalog-crawler sync', which makes it"
        )
      ]
    }
    var findings: [Finding] = []
    let database: CatalogDatabase
    do {
      database = try CatalogDatabase.openForReading(at: databasePath)
      findings.append(
        Finding("schema", nil, .ok, "\(CatalogDatabase.schemaVersion), which this program reads")
      )
    } catch {
      let text = StoreError(error, path: databasePath)?.description ?? "\(error)"
      return [
        Finding(
          "database",
          databasePath,
          .problem,
          text,
          next: "see what the message says; docs/reliability.md tells how a backup is put in its place"
        )
      ]
    }
    findings.append(await sizes(of: database))
    findings.append(await holder(of: database))
    findings.append(await lastCrawl(of: database))
    findings.append(await soundness())
    return findings
  }

  private func sizes(of database: CatalogDatabase) async -> Finding {
    let size = (try? await database.size()) ?? 0  // a size that cannot be told is no fault of its own
    let attributes = try? FileManager.default.attributesOfFileSystem(forPath: databasePath)
    let free = (attributes?[.systemFreeSize] as? NSNumber)?.int64Value
    let room = free.map { ", \(Self.megabytes($0)) free on its disk" } ?? ""
    let text = "\(Self.megabytes(size)), write-ahead log \(Self.megabytes(database.logSize))\(room)"
    if let free, free < max(Self.minRoom, size) {
      return Finding(
        "database",
        databasePath,
        .warning,
        text,
        next: "make room: a migration and 'database vacuum' need as much again as the database has"
      )
    }
    guard database.logSize <= Self.maxLog else {
      return Finding(
        "database",
        databasePath,
        .warning,
        text,
        next: "a program keeps a question open: end it, and the next crawl makes the log small"
      )
    }
    return Finding("database", databasePath, .ok, text)
  }

  private func holder(of database: CatalogDatabase) async -> Finding {
    do {
      guard let lease = try await database.lease() else {
        return Finding("lease", nil, .ok, "nobody crawls now")
      }
      let decision = LeaseDecision.decide(
        lease,
        for: LeaseHolder(),
        at: Date(),
        isAlive: ProcessIdentity.isAlive
      )
      guard case .dead = decision else { return Finding("lease", nil, .ok, lease.description) }
      return Finding(
        "lease",
        nil,
        .warning,
        "\(lease.description); that process is gone",
        next: "nothing: the next crawl takes over and goes on"
      )
    } catch {
      return Finding("lease", nil, .notChecked, "\(error)")
    }
  }

  private func lastCrawl(of database: CatalogDatabase) async -> Finding {
    // What cannot be read is told of above.
    guard let crawl = try? await database.crawls(limit: 1).first else {
      return Finding("last crawl", nil, .warning, "there was none", next: "run 'catalog-crawler sync'")
    }
    let text = "crawl \(crawl.id), \(crawl.command), \(crawl.outcome), began \(crawl.startedAt)"
    if crawl.outcome == CrawlOutcome.failed.rawValue || crawl.outcome == CrawlOutcome.partial.rawValue {
      return Finding(
        "last crawl",
        nil,
        .warning,
        text,
        next: "'catalog-crawler status' and 'catalog-crawler report problems' say what could not be read"
      )
    }
    let age = Timestamp.date(crawl.startedAt).map { Date().timeIntervalSince($0) } ?? 0
    guard age <= Self.maxCrawlAge else {
      return Finding(
        "last crawl",
        nil,
        .warning,
        text,
        next: "run 'catalog-crawler sync', or look why its timer does not"
      )
    }
    return Finding("last crawl", nil, .ok, text)
  }

  private func soundness() async -> Finding {
    guard isThorough else { return Finding("database check", nil, .notChecked, "left out by --quick") }
    do {
      let findings = try await CatalogDatabase.openForMaintenance(at: databasePath).check()
      let faults = findings.flatMap { finding in finding.faults.map { "\(finding.name): \($0)" } }
      guard let first = faults.first else {
        return Finding("database check", nil, .ok, "the file is whole and agrees with itself")
      }
      return Finding(
        "database check",
        nil,
        .problem,
        faults.count == 1 ? first : "\(first), and \(faults.count - 1) more",
        next:
          "'catalog-crawler database check' tells all; put a backup in its place, or delete the file and sync"
      )
    } catch {
      let text = StoreError(error, path: databasePath)?.description ?? "\(error)"
      return Finding("database check", nil, .notChecked, text)
    }
  }

  private static func megabytes(_ bytes: Int64) -> String {
    bytes < 10 << 20 ? "\((bytes + 1023) >> 10) KB" : "\(bytes >> 20) MB"
  }
}
