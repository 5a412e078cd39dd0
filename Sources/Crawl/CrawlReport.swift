package import CatalogStore

/// What came of a crawl.
package struct CrawlReport: Sendable {
  /// The crawl's id in the database.
  package var crawl: Int64
  package var command: CrawlCommand
  package var outcome: CrawlOutcome
  package var seconds: Double
  /// Sorted by host and name.
  package var organizations: [OrganizationReport]
  /// Whether only what is due was wanted, which may be nothing.
  package var isOfDue = false

  package init(
    crawl: Int64,
    command: CrawlCommand,
    outcome: CrawlOutcome,
    seconds: Double,
    organizations: [OrganizationReport],
    isOfDue: Bool = false
  ) {
    self.crawl = crawl
    self.command = command
    self.outcome = outcome
    self.seconds = seconds
    self.organizations = organizations
    self.isOfDue = isOfDue
  }

  /// All organizations together.
  package var totals: OrganizationCounts {
    organizations.reduce(OrganizationCounts()) { $0 + $1.counts }
  }

  package var problems: ProblemCounts {
    organizations.reduce(ProblemCounts()) { $0 + $1.problems }
  }

  /// What the command exits with (decisions.md 6): 0 when everything was read, 2 when something was not,
  /// 1 when no organization could be listed, 130 when it was asked to stop.
  package var exitCode: Int32 {
    switch outcome {
    case .complete: isNothingVisited ? 1 : 0
    case .partial: 2
    case .failed, .running: 1
    case .interrupted: 130
    }
  }

  /// Whether a refresh of something particular met nothing.
  package var isNothingVisited: Bool {
    command == .refresh && !isOfDue && totals.filesAsked == 0
      && organizations.allSatisfy { $0.failure == nil }
  }

  static func outcome(of organizations: [OrganizationReport], isCancelled: Bool) -> CrawlOutcome {
    if isCancelled { return .interrupted }
    if !organizations.contains(where: \.isListed) { return .failed }
    return organizations.allSatisfy(\.isComplete) ? .complete : .partial
  }
}

/// What came of a crawl in one organization.
package struct OrganizationReport: Sendable {
  package var host: String
  package var name: String
  package var counts: OrganizationCounts
  /// Whether its repositories could be listed, or were known.
  package var isListed: Bool
  /// Why it could not be crawled to its end; nil when it could.
  package var failure: ReadFailure?
  /// Repositories with entities that are not listed any more and are kept: until Azure DevOps shows that they are
  /// gone, or an operator says so.
  package var heldBack: HeldBackRemovals
  /// The files that could not be read; at most 1,000 of them, `counts` has the number.
  package var readFailures: [RepositoryFailure]
  /// What a refresh of what is due came to; nil for every other crawl.
  package var due: DueCounts?
  /// The organization's open problems after the crawl.
  package var problems: ProblemCounts

  var isComplete: Bool { failure == nil && counts.filesFailed == 0 && heldBack.repositories == 0 }
}

/// A file that could not be read.
package struct RepositoryFailure: Sendable, Equatable {
  package var project: String
  package var repository: String
  package var path: String
  package var rule: String
  package var message: String
}
