import AzureDevOps
import CatalogStore
import Settings

/// Finds out which files of one repository are to be visited when rules of it have wildcards.
struct RepositorySearch: Sendable {
  let plan: VisitPlan
  let repository: KnownRepository
  let searches: [PatternSearch]

  /// What the searches of a repository came to.
  struct Result: Sendable {
    /// Each file once, whichever rules ask for it.
    var visits: [PlannedVisit]
    var folders: [FolderVisit] = []
    /// What could not be searched, and searches that found nothing.
    var tally = Tally()
    /// Why the whole organization does not answer.
    var failure: FetchError?
  }

  /// Searches one pattern after the other.
  ///
  /// - Parameter more: Visits that are planned besides, whatever the searches find.
  func run(_ client: AzureDevOpsClient, more: [PlannedVisit]) async -> Result {
    var result = Result(visits: more)
    for search in searches {
      let (listing, commitID): (FolderListing?, String?)
      switch await client.outcome(of: search) {
      case .unchanged(let commit): (listing, commitID) = (nil, commit)
      case .listed(let found): (listing, commitID) = (found, found.commitID)
      case .failed(let error):
        if error.endsOrganization {
          let place = "\(repository.projectName)/\(repository.name) \(search.pattern.text)"
          result.failure = error.at(place)
          return result
        }
        result.tally.count(error, search)
        result.folders.append(FolderVisit(search, .failed(ReadFailure(error))))
        continue
      }
      if let finding = search.finding(listing) { result.folders.append(FolderVisit(search, finding)) }
      let found = plan.visits(search, finding: listing, at: commitID)
      if found.isEmpty { result.tally.counts.filesAsked += 1 }
      for visit in found { result.add(visit) }
    }
    result.visits.batchContents(rulesVersion: plan.rulesVersion)
    return result
  }
}

extension RepositorySearch.Result {
  /// Adds a visit that a listing speaks of; one to the same file that is planned already is told the same.
  fileprivate mutating func add(_ visit: PlannedVisit) {
    if let place = visits.firstIndex(where: { $0.path == visit.path && $0.version == visit.version }) {
      guard visits[place].listed == nil else { return }
      (visits[place].listed, visits[place].listedCommit) = (visit.listed, visit.listedCommit)
    } else {
      visits.append(visit)
    }
  }
}

extension FolderVisit {
  fileprivate init(_ search: PatternSearch, _ finding: Finding) {
    self.init(
      repository: search.repository.id,
      branch: FileVersion.text(search.version),
      pattern: search.pattern.text,
      finding: finding
    )
  }
}
