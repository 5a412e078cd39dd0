import AzureDevOps
import CatalogStore

/// What a crawl has counted in one organization so far.
struct Tally {
  /// Failures that are kept word by word; beyond that they are counted, and all of them are in the database.
  private static let maxFailures = 1_000

  var counts = OrganizationCounts()
  /// Whether it is known which repositories there are.
  var isListed = false
  var failures: [RepositoryFailure] = []
  /// Repositories that left the list and keep what they hold; nil when the list was not asked for.
  var heldBack: Int?
  /// Whether a repository that was thought to be known does not answer.
  private(set) var isRepositoryUnavailable = false

  /// Forgets what was counted of visits, so that they can be made again.
  mutating func forgetVisits() {
    let listed = counts.repositoriesListed
    counts = OrganizationCounts()
    counts.repositoriesListed = listed
    failures = []
    isRepositoryUnavailable = false
  }

  mutating func count(_ outcome: VisitOutcome, _ visit: PlannedVisit) {
    counts.filesAsked += 1
    switch outcome {
    case .unchanged, .found(.readableAgain, _), .found(.sameAt, _):
      if visit.known?.blobID != nil { counts.filesFound += 1 }
      counts.entitiesUnchanged += visit.known?.entityCount ?? 0
    case .found(.content, let unread):
      counts.filesFound += 1
      if let unread { count(unread, visit) }
    case .found(.absent, _), .found(.failed, _):
      break
    case .failed(let error):
      switch error.meaning {
      case .repositoryUnavailable, .projectUnavailable: isRepositoryUnavailable = true
      default: break
      }
      counts.entitiesUnchanged += visit.known?.entityCount ?? 0
      count(error, visit)
    }
  }

  /// Counts something that could not be read.
  mutating func count(_ error: FetchError, _ visit: PlannedVisit) {
    count(
      RepositoryFailure(
        project: visit.projectName,
        repository: visit.repositoryName,
        path: visit.path,
        rule: error.meaning.rawValue,
        message: error.fullDescription
      )
    )
  }

  mutating func count(_ failure: RepositoryFailure) {
    counts.filesFailed += 1
    if failures.count < Self.maxFailures { failures.append(failure) }
  }
}

extension VisitOutcome {
  /// What is to be written, or nil.
  var finding: FileVisit.Finding? {
    switch self {
    case .unchanged: nil
    case .found(let finding, _): finding
    case .failed(let error):
      .failed(ReadFailure(rule: error.meaning.rawValue, message: error.description))
    }
  }
}
