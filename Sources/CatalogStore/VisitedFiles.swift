/// What a crawl has visited of an organization before it was cut off.
package struct VisitedFiles: Sendable, Equatable {
  package var crawl: Int64
  /// All files of the repositories up to this id.
  package var through: Int64

  package init(crawl: Int64, through: Int64) {
    self.crawl = crawl
    self.through = through
  }

  /// Whether a file needs no second visit: it was visited, and nothing is left to be read of it.
  package func contains(_ file: KnownFile, of repository: Int64, rulesVersion: Int64) -> Bool {
    guard repository <= through || file.storedInCrawl == crawl, !file.hasReadProblem else { return false }
    if file.isAbsent { return true }
    return file.blobID != nil && file.rulesVersion == rulesVersion
      && file.inclusions.allSatisfy { $0.blobID != nil }
  }
}
