import AzureDevOps
import Catalog
import CatalogStore

/// What came of one visit.
enum VisitOutcome: Sendable {
  /// The file is as it is stored; nothing is to be written.
  case unchanged
  /// Something is to be written.
  case found(FileVisit.Finding)
  /// It could not be read; what is stored stays.
  case failed(FetchError)

  /// Compares an answer with what is stored.
  ///
  /// - Parameter rules: What a content is judged by.
  init(
    answer: Result<RepositoryFile, FetchError>,
    visit: PlannedVisit,
    rules: JudgingRules
  ) {
    switch answer {
    case .success(let file):
      self = Self.comparing(file, visit, rules)
    case .failure(let error):
      self = Self.judging(error, visit)
    }
  }

  private static func comparing(
    _ file: RepositoryFile,
    _ visit: PlannedVisit,
    _ rules: JudgingRules
  ) -> VisitOutcome {
    if let known = visit.known, known.blobID == file.blobID, known.url == visit.url,
      known.rulesVersion == rules.version
    {
      return known.hasReadProblem ? .found(.readableAgain) : .unchanged
    }
    let tag = VersionTag(
      blobID: file.blobID,
      commitID: file.commitID,
      etag: file.etag,
      size: file.content.count,
      rulesVersion: rules.version
    )
    return .found(.content(CatalogFile.read(file.content, limits: rules.limits), tag))
  }

  /// Only an answer that says positively that the file is not there removes anything.
  ///
  /// A branch or a whole repository that is gone may be a missing right, so what was read before stays
  /// (decisions.md 10).
  private static func judging(_ error: FetchError, _ visit: PlannedVisit) -> VisitOutcome {
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
    guard let known = visit.known, known.isAbsent, !known.hasReadProblem, known.url == visit.url else {
      return .found(.absent)
    }
    return .unchanged
  }
}
