import AzureDevOps
import CatalogStore
import Settings

/// What a crawl has counted in one organization so far.
struct Tally {
  /// Failures that are kept word by word; beyond that they are counted, and all of them are in the database.
  private static let maxFailures = 1_000

  var counts = OrganizationCounts()
  /// Whether it is known which repositories there are.
  var isListed = false
  var failures: [RepositoryFailure] = []
  /// Whether the list was read to its end.
  var hasList = false
  /// Repositories that left the list and keep what they hold; nil when the list was not asked for.
  var heldBack: HeldBackRemovals?
  /// What a refresh of what is due came to; nil for every other crawl.
  var due: DueCounts?
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
      note(error)
      counts.entitiesUnchanged += visit.known?.entityCount ?? 0
      count(error, visit)
    }
  }

  /// Counts a search that could not be made: as one file that could not be read.
  mutating func count(_ error: FetchError, _ search: PatternSearch) {
    counts.filesAsked += 1
    note(error)
    counts.entitiesUnchanged += search.files.reduce(0) { $0 + $1.entityCount }
    count(
      RepositoryFailure(
        project: search.repository.projectName,
        repository: search.repository.name,
        path: search.pattern.text,
        rule: error.meaning.rawValue,
        message: error.fullDescription
      )
    )
  }

  /// Takes in what was counted elsewhere.
  mutating func add(_ other: Tally) {
    counts = counts + other.counts
    failures += other.failures.prefix(max(0, Self.maxFailures - failures.count))
    isRepositoryUnavailable = isRepositoryUnavailable || other.isRepositoryUnavailable
  }

  private mutating func note(_ error: FetchError) {
    switch error.meaning {
    case .repositoryUnavailable, .projectUnavailable: isRepositoryUnavailable = true
    default: break
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
