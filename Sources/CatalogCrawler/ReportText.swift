import CatalogStore
import Crawl
import Foundation

/// A crawl's report for people.
enum ReportText {
  static func text(of report: CrawlReport, request: CrawlRequest) -> String {
    var lines: [String] = []
    for organization in report.organizations {
      lines.append("\(organization.name) (\(organization.host)): \(summary(of: organization.counts))")
      if let due = organization.due { lines.append("  \(text(of: due))") }
      if let failure = organization.failure {
        lines.append("  not crawled to its end: \(failure.message); what is stored stays as it was")
      }
      for failure in organization.readFailures {
        let place = "\(organization.name)/\(failure.project)/\(failure.repository) \(failure.path)"
        lines.append("  not read: \(place): \(failure.message); what is stored stays as it was")
      }
      if organization.heldBack.repositories > 0 { lines.append("  \(organization.heldBack.message)") }
      let left = organization.counts.filesFailed - organization.readFailures.count
      if left > 0 { lines.append("  and \(left) more, see the table 'problem' of the database") }
      let problems = organization.problems
      if problems.errors + problems.warnings > 0 {
        lines.append("  in the catalog files: \(problems.errors) errors, \(problems.warnings) warnings")
      }
    }
    if report.isNothingVisited, let scope = request.limits.description {
      lines.append("nothing was visited: no repository in scope fits \(scope)")
    }
    let seconds = String(format: "%.2f", report.seconds)
    lines.append(
      "crawl \(report.crawl) \(report.outcome.rawValue) in \(seconds) s: \(summary(of: report.totals))"
    )
    return lines.joined(separator: "\n")
  }

  /// What was due, and what became of it.
  static func text(of due: DueCounts) -> String {
    var text = "due: \(due.due) repositories, \(due.visited) visited, \(due.left) left over"
    if due.unread > 0 { text += ", \(due.unread) not read" }
    if due.besides > 0 { text += "; \(due.besides) visited besides" }
    if due.isBudgetUsedUp { text += "; the budget of \(due.budget) requests is used up" }
    return text
  }

  static func summary(of counts: OrganizationCounts) -> String {
    "\(counts.requests) requests\(pauses(of: counts)), \(counts.filesAsked) files asked for, "
      + "\(counts.filesFound) found; "
      + "entities: \(counts.entitiesAdded) added, \(counts.entitiesChanged) changed, "
      + "\(counts.entitiesRemoved) removed, \(counts.entitiesUnchanged) unchanged"
  }

  /// What Azure DevOps made wait; empty when it did not.
  private static func pauses(of counts: OrganizationCounts) -> String {
    guard counts.pauses > 0 else { return "" }
    return " (paused \(counts.pauses == 1 ? "once" : "\(counts.pauses) times"), "
      + "\(String(format: "%.0f", counts.pausedSeconds.rounded(.up))) s)"
  }
}
