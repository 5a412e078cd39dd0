import AzureDevOps
import Catalog
import CatalogStore
import Settings
import Testing

@testable import Crawl

/// What an answer means for what is stored.
struct VisitOutcomeTests {
  private let rules = JudgingRules(ProgramSettings().yaml)
  private var tighter: YAMLSettings {
    var settings = ProgramSettings().yaml
    settings.maxBytes = 1024
    return settings
  }
  private let url = "https://dev.azure.com/o/p/_git/r?path=/c"

  private func known(
    blob: String? = "b1",
    isAbsent: Bool = false,
    rules: Int64? = nil,
    problem: Bool = false,
    url: String? = nil
  ) -> KnownFile {
    KnownFile(
      id: 1,
      branch: "",
      path: "/c",
      url: url ?? self.url,
      blobID: blob,
      isAbsent: isAbsent,
      rulesVersion: rules ?? self.rules.version,
      hasReadProblem: problem,
      entityCount: 1
    )
  }

  private func outcome(_ answer: Result<RepositoryFile, FetchError>, _ known: KnownFile?) -> String {
    let visit = PlannedVisit(
      repository: 1,
      repositoryGUID: "g",
      projectName: "p",
      repositoryName: "r",
      path: "/c",
      branch: nil,
      url: url,
      known: known
    )
    switch VisitOutcome(answer: answer, visit: visit, rules: rules) {
    case .unchanged: return "unchanged"
    case .failed: return "failed"
    case .found(.content): return "content"
    case .found(.absent): return "absent"
    case .found(.readableAgain): return "readable again"
    case .found(.failed): return "found failed"
    }
  }

  private func file(_ blob: String) -> Result<RepositoryFile, FetchError> {
    .success(RepositoryFile(path: "/c", blobID: blob, commitID: nil, etag: nil, content: []))
  }

  @Test func `equal blob ids mean that nothing is written`() {
    #expect(outcome(file("b1"), known()) == "unchanged")
    #expect(outcome(file("b1"), known(problem: true)) == "readable again")
  }

  @Test func `new content, other rules or limits and a new address are written`() {
    #expect(outcome(file("b2"), known()) == "content")
    #expect(outcome(file("b1"), nil) == "content")
    #expect(outcome(file("b1"), known(rules: JudgingRules(tighter).version)) == "content")
    #expect(outcome(file("b1"), known(url: "https://dev.azure.com/o/old/_git/r?path=/c")) == "content")
  }

  @Test func `an absent file is written once`() {
    let absent = FetchError(.fileAbsent, detail: "")

    #expect(outcome(.failure(absent), known()) == "absent")
    #expect(outcome(.failure(absent), nil) == "absent")
    #expect(outcome(.failure(absent), known(blob: nil, isAbsent: true)) == "unchanged")
    #expect(outcome(.failure(absent), known(blob: nil, isAbsent: true, problem: true)) == "absent")
  }

  @Test(arguments: [FetchError.Meaning.branchAbsent, .repositoryEmpty])
  func `a branch that is gone proves nothing about a file that was there`(meaning: FetchError.Meaning) {
    let error = FetchError(meaning, detail: "")

    #expect(outcome(.failure(error), known()) == "failed")
    #expect(outcome(.failure(error), nil) == "absent")
    #expect(outcome(.failure(error), known(blob: nil, isAbsent: true)) == "unchanged")
  }

  @Test(arguments: [
    FetchError.Meaning.repositoryUnavailable, .projectUnavailable, .signIn, .forbidden, .organizationUnknown,
    .organizationStopped, .throttled, .serviceTrouble, .broken, .unreachable, .cancelled,
  ])
  func `every other failure keeps what is stored`(meaning: FetchError.Meaning) {
    let error = FetchError(meaning, detail: "")

    #expect(outcome(.failure(error), known()) == "failed")
    #expect(outcome(.failure(error), nil) == "failed")
    #expect(outcome(.failure(error), known(blob: nil, isAbsent: true)) == "failed")
  }
}
