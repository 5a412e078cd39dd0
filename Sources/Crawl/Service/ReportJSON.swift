package import CatalogStore
import Foundation

/// A crawl's report for programs, and for those that have asked another process for the crawl.
///
/// The shape is documented in `docs/commands.md`; members are added, never renamed.
package struct ReportJSON: Codable, Sendable {
  package var crawl: Int64
  package var command: CrawlCommand
  package var outcome: String
  package var seconds: Double
  package var organizations: [Organization]
  package var totals: Counts
  package var problems: Problems
  /// Whether only what is due was wanted; absent when not.
  package var ofDue: Bool?

  package init(_ report: CrawlReport) {
    crawl = report.crawl
    command = report.command
    outcome = report.outcome.rawValue
    seconds = report.seconds
    organizations = report.organizations.map(Organization.init)
    totals = Counts(report.totals)
    problems = Problems(report.problems)
    ofDue = report.isOfDue ? true : nil
  }

  /// The text that is kept of a report, and read again by `report(_:)`.
  package static func text(of report: CrawlReport) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(ReportJSON(report)) else {  // plain values always encode
      preconditionFailure("a report of numbers and strings could not be written as JSON")
    }
    return String(decoding: data, as: UTF8.self)
  }

  /// The report that a text was made of; nil when it is none.
  package static func report(_ text: String) -> CrawlReport? {
    guard let value = try? JSONDecoder().decode(ReportJSON.self, from: Data(text.utf8)) else { return nil }
    return value.report
  }

  private var report: CrawlReport {
    CrawlReport(
      crawl: crawl,
      command: command,
      outcome: CrawlOutcome(rawValue: outcome) ?? .failed,
      seconds: seconds,
      organizations: organizations.map(\.report),
      isOfDue: ofDue ?? false
    )
  }
}

extension ReportJSON {
  package struct Organization: Codable, Sendable {
    package var host: String
    package var name: String
    package var failure: Failure?
    package var counts: Counts
    package var problems: Problems
    package var unread: [Unread]
    package var removalsHeldBack: Int
    /// Why that many repositories are kept; absent when there are none.
    package var removalsHeldBackMessage: String?
    /// Absent when its repositories could be listed, or were known.
    package var unlisted: Bool?
    /// Only of a refresh of what is due.
    package var due: Due?

    init(_ report: OrganizationReport) {
      host = report.host
      name = report.name
      failure = report.failure.map { Failure(rule: $0.rule, message: $0.message) }
      counts = Counts(report.counts)
      removalsHeldBack = report.heldBack.repositories
      removalsHeldBackMessage = report.heldBack.message.isEmpty ? nil : report.heldBack.message
      unlisted = report.isListed ? nil : true
      problems = Problems(report.problems)
      due = report.due.map(Due.init)
      unread = report.readFailures.map {
        Unread(
          project: $0.project,
          repository: $0.repository,
          path: $0.path,
          rule: $0.rule,
          message: $0.message
        )
      }
    }

    fileprivate var report: OrganizationReport {
      OrganizationReport(
        host: host,
        name: name,
        counts: counts.counts,
        isListed: unlisted != true,
        failure: failure.map { ReadFailure(rule: $0.rule, message: $0.message) },
        heldBack: HeldBackRemovals(repositories: removalsHeldBack, message: removalsHeldBackMessage ?? ""),
        readFailures: unread.map {
          RepositoryFailure(
            project: $0.project,
            repository: $0.repository,
            path: $0.path,
            rule: $0.rule,
            message: $0.message
          )
        },
        due: due?.counts,
        problems: ProblemCounts(unread: problems.unread, errors: problems.errors, warnings: problems.warnings)
      )
    }
  }

  package struct Due: Codable, Sendable {
    package var budget: Int
    package var repositories: Int
    package var visited: Int
    package var unread: Int
    package var left: Int
    package var besides: Int
    package var isBudgetUsedUp: Bool

    init(_ due: DueCounts) {
      budget = due.budget
      repositories = due.due
      visited = due.visited
      unread = due.unread
      left = due.left
      besides = due.besides
      isBudgetUsedUp = due.isBudgetUsedUp
    }

    fileprivate var counts: DueCounts {
      var counts = DueCounts(budget: budget)
      counts.due = repositories
      counts.visited = visited
      counts.unread = unread
      counts.besides = besides
      counts.isBudgetUsedUp = isBudgetUsedUp
      return counts
    }
  }

  package struct Failure: Codable, Sendable {
    package var rule: String
    package var message: String
  }

  package struct Unread: Codable, Sendable {
    package var project: String
    package var repository: String
    package var path: String
    package var rule: String
    package var message: String
  }

  package struct Counts: Codable, Sendable {
    package var requests: Int
    /// How often Azure DevOps made it wait; nil in reports of versions that did not note it, as `pausedSeconds`.
    package var pauses: Int?
    package var pausedSeconds: Double?
    package var repositories: [String: Int]
    package var files: [String: Int]
    package var entities: [String: Int]

    package init(_ counts: OrganizationCounts) {
      requests = counts.requests
      pauses = counts.pauses
      pausedSeconds = counts.pausedSeconds
      repositories = ["listed": counts.repositoriesListed]
      files = [
        "asked": counts.filesAsked, "found": counts.filesFound, "changed": counts.filesChanged,
        "failed": counts.filesFailed,
      ]
      entities = [
        "added": counts.entitiesAdded, "changed": counts.entitiesChanged,
        "removed": counts.entitiesRemoved, "unchanged": counts.entitiesUnchanged,
      ]
    }

    fileprivate var counts: OrganizationCounts {
      var counts = OrganizationCounts()
      counts.requests = requests
      counts.pauses = pauses ?? 0
      counts.pausedSeconds = pausedSeconds ?? 0
      counts.repositoriesListed = repositories["listed"] ?? 0
      counts.filesAsked = files["asked"] ?? 0
      counts.filesFound = files["found"] ?? 0
      counts.filesChanged = files["changed"] ?? 0
      counts.filesFailed = files["failed"] ?? 0
      counts.entitiesAdded = entities["added"] ?? 0
      counts.entitiesChanged = entities["changed"] ?? 0
      counts.entitiesRemoved = entities["removed"] ?? 0
      counts.entitiesUnchanged = entities["unchanged"] ?? 0
      return counts
    }
  }

  package struct Problems: Codable, Sendable {
    package var unread: Int
    package var errors: Int
    package var warnings: Int

    package init(_ counts: ProblemCounts) {
      unread = counts.unread
      errors = counts.errors
      warnings = counts.warnings
    }
  }
}
