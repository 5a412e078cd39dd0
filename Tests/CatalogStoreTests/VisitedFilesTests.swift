import CatalogStore
import Testing

/// What a crawl that was cut off need not visit again.
struct VisitedFilesTests {
  private let done = VisitedFiles(crawl: 7, through: 10)

  private func file(hasReadProblem: Bool = false, rulesVersion: Int64 = 1, crawl: Int64? = nil) -> KnownFile {
    KnownFile(
      id: 1,
      branch: "",
      path: "/c",
      url: "https://x",
      blobID: "b",
      isAbsent: false,
      rulesVersion: rulesVersion,
      hasReadProblem: hasReadProblem,
      entityCount: 1,
      storedInCrawl: crawl
    )
  }

  @Test func `a file up to the mark, or stored by the crawl, is done`() {
    #expect(done.contains(file(), of: 10, rulesVersion: 1))
    #expect(!done.contains(file(), of: 11, rulesVersion: 1))
    #expect(done.contains(file(crawl: 7), of: 11, rulesVersion: 1))
    #expect(!done.contains(file(crawl: 6), of: 11, rulesVersion: 1))
  }

  @Test func `one that could not be read, or was judged by other rules, is not`() {
    #expect(!done.contains(file(hasReadProblem: true), of: 10, rulesVersion: 1))
    #expect(!done.contains(file(hasReadProblem: true, crawl: 7), of: 11, rulesVersion: 1))
    #expect(!done.contains(file(rulesVersion: 2), of: 10, rulesVersion: 1))
  }
}
