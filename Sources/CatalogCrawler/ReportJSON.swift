import CatalogStore
import Crawl
import Foundation

/// A crawl's report for programs.
///
/// The shape is documented in `docs/commands.md`; members are added, never renamed.
enum ReportJSON {
  static func text(of report: CrawlReport) -> String { JSONOutput.text(of: Report(report)) }

  private struct Report: Encodable {
    var crawl: Int64
    var command: String
    var outcome: String
    var seconds: Double
    var organizations: [Organization]
    var totals: Counts
    var problems: Problems

    init(_ report: CrawlReport) {
      crawl = report.crawl
      command = report.command.rawValue
      outcome = report.outcome.rawValue
      seconds = report.seconds
      organizations = report.organizations.map(Organization.init)
      totals = Counts(report.totals)
      problems = Problems(report.problems)
    }
  }

  private struct Organization: Encodable {
    var host: String
    var name: String
    var failure: Failure?
    var counts: Counts
    var problems: Problems
    var unread: [Unread]
    var removalsHeldBack: Int
    var due: Due?

    init(_ report: OrganizationReport) {
      host = report.host
      name = report.name
      failure = report.failure.map { Failure(rule: $0.rule, message: $0.message) }
      counts = Counts(report.counts)
      removalsHeldBack = report.heldBack.repositories
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
  }

  private struct Due: Encodable {
    var budget: Int
    var repositories: Int
    var visited: Int
    var unread: Int
    var left: Int
    var besides: Int
    var isBudgetUsedUp: Bool

    init(_ due: DueCounts) {
      budget = due.budget
      repositories = due.due
      visited = due.visited
      unread = due.unread
      left = due.left
      besides = due.besides
      isBudgetUsedUp = due.isBudgetUsedUp
    }
  }

  private struct Failure: Encodable {
    var rule: String
    var message: String
  }

  private struct Unread: Encodable {
    var project: String
    var repository: String
    var path: String
    var rule: String
    var message: String
  }

  struct Counts: Encodable {
    var requests: Int
    var repositories: [String: Int]
    var files: [String: Int]
    var entities: [String: Int]

    init(_ counts: OrganizationCounts) {
      requests = counts.requests
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
  }

  struct Problems: Encodable {
    var unread: Int
    var errors: Int
    var warnings: Int

    init(_ counts: ProblemCounts) {
      unread = counts.unread
      errors = counts.errors
      warnings = counts.warnings
    }
  }
}

/// JSON as the commands print it: readable, keys sorted.
enum JSONOutput {
  static func text(of value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(value) else {  // plain values always encode
      preconditionFailure("a report of numbers and strings could not be written as JSON")
    }
    return String(decoding: data, as: UTF8.self)
  }
}
