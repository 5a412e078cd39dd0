import AzureDevOps
import Catalog
import CatalogStore

/// What came of one visit.
enum VisitOutcome: Sendable {
  /// The file is as it is stored; nothing is to be written.
  case unchanged
  /// Something is to be written.
  ///
  /// `unread` is what kept a file that a placeholder takes in from being read, so that its entity is as it
  /// was before.
  case found(FileVisit.Finding, unread: FetchError? = nil)
  /// It could not be read; what is stored stays.
  case failed(FetchError)

  /// Whether the file was read, with everything that it takes in, or is positively not there.
  var isRead: Bool {
    switch self {
    case .unchanged: true
    case .found(.failed, _), .failed: false
    case .found(_, let unread): unread == nil
    }
  }

  /// Only an answer that says positively that the file is not there removes anything.
  ///
  /// A branch or a whole repository that is gone may be a missing right, so what was read before stays
  /// (decisions.md 10).
  static func judging(_ error: FetchError, _ visit: PlannedVisit) -> VisitOutcome {
    switch error.meaning {
    case .fileAbsent:
      return absent(visit)
    case .branchAbsent, .repositoryEmpty:
      return visit.known?.blobID == nil ? absent(visit) : .failed(error)
    default:
      return .failed(error)
    }
  }

  private static func absent(_ visit: PlannedVisit) -> VisitOutcome {
    visit.isStoredAsAbsent ? .unchanged : .found(.absent)
  }
}
