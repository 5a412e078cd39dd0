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
  /// - Parameter read: Reads a content that is not stored yet.
  init(
    answer: Result<RepositoryFile, FetchError>,
    visit: PlannedVisit,
    read: ([UInt8]) -> CatalogFile
  ) {
    switch answer {
    case .success(let file):
      self = Self.comparing(file, visit, read)
    case .failure(let error):
      self = Self.judging(error, visit)
    }
  }

  private static func comparing(
    _ file: RepositoryFile,
    _ visit: PlannedVisit,
    _ read: ([UInt8]) -> CatalogFile
  ) -> VisitOutcome {
    if let known = visit.known, known.blobID == file.blobID, known.url == visit.url,
      known.rulesVersion == CatalogFile.rulesVersion
    {
      return known.hasReadProblem ? .found(.readableAgain) : .unchanged
    }
    let tag = VersionTag(
      blobID: file.blobID,
      commitID: file.commitID,
      etag: file.etag,
      size: file.content.count
    )
    return .found(.content(read(file.content), tag))
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
