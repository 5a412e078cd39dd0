/// What a crawl was asked for.
package enum CrawlCommand: String, Sendable, Codable {
  case sync
  case refresh
}

/// How a crawl ended.
package enum CrawlOutcome: String, Sendable {
  /// Not ended yet, or killed.
  case running
  /// Everything was read.
  case complete
  /// Something could not be read and is as it was before.
  case partial
  /// No organization could be listed.
  case failed
  /// It was asked to stop.
  case interrupted
}

/// What a crawl did in one organization.
package struct OrganizationCounts: Sendable, Equatable {
  /// Requests sent to Azure DevOps, sign-in not counted.
  package var requests = 0
  /// How often Azure DevOps made an organization wait; pauses that overlap are one.
  package var pauses = 0
  /// For how many seconds together no request could be sent to an organization.
  package var pausedSeconds = 0.0
  /// 0 when a refresh did not ask for the list.
  package var repositoriesListed = 0
  /// Files asked for: one for each repository and rule that wants it.
  package var filesAsked = 0
  /// Asked for, but they could not be read.
  package var filesFailed = 0
  /// Files that are there.
  package var filesFound = 0
  /// Files whose content or presence is not what it was.
  package var filesChanged = 0
  package var entitiesAdded = 0
  package var entitiesChanged = 0
  package var entitiesRemoved = 0
  package var entitiesUnchanged = 0

  package init() {}

  package static func + (a: OrganizationCounts, b: OrganizationCounts) -> OrganizationCounts {
    var sum = a
    sum.requests += b.requests
    sum.pauses += b.pauses
    sum.pausedSeconds += b.pausedSeconds
    sum.repositoriesListed += b.repositoriesListed
    sum.filesAsked += b.filesAsked
    sum.filesFailed += b.filesFailed
    sum.filesFound += b.filesFound
    sum.filesChanged += b.filesChanged
    sum.entitiesAdded += b.entitiesAdded
    sum.entitiesChanged += b.entitiesChanged
    sum.entitiesRemoved += b.entitiesRemoved
    sum.entitiesUnchanged += b.entitiesUnchanged
    return sum
  }
}

/// Why something could not be read: what it means and the sentence for people.
package struct ReadFailure: Sendable, Equatable {
  /// A short stable word, such as `sign-in`.
  package var rule: String
  package var message: String

  package init(rule: String, message: String) {
    self.rule = rule
    self.message = message
  }
}
