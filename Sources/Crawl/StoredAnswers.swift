import AzureDevOps
import CatalogStore

// What Azure DevOps has answered, as it is stored.

extension FileVisit {
  /// What is to be written of a visit; nil when everything is as it is stored.
  init?(_ visit: PlannedVisit, _ organization: Int64, _ outcome: VisitOutcome) {
    let (finding, unread): (Finding, FetchError?)
    switch outcome {
    case .unchanged: return nil
    case .found(let found, let error): (finding, unread) = (found, error)
    case .failed(let error): (finding, unread) = (.failed(ReadFailure(error)), nil)
    }
    self.init(
      organization: organization,
      repository: visit.repository,
      branch: FileVersion.text(visit.version),
      path: visit.path,
      url: visit.url,
      origin: visit.origin,
      isAsked: visit.isAsked,
      finding: finding,
      unread: unread.map(ReadFailure.init)
    )
  }
}

extension ReadFailure {
  init(_ error: FetchError) { self.init(rule: error.meaning.rawValue, message: error.description) }
}

extension ListedRepository {
  init(_ row: RepositoryRow) {
    let state: State =
      row.isDisabled
      ? .disabled : row.isInMaintenance ? .maintenance : row.defaultBranch == nil ? .empty : .active
    self.init(
      guid: row.id,
      name: row.name,
      projectGUID: row.projectID,
      projectName: row.projectName,
      defaultBranch: row.defaultBranch,
      size: row.size,
      isFork: row.isFork,
      state: state
    )
  }
}
