import AzureDevOps
import Catalog
import CatalogStore
import Credentials
import Settings
import TestSupport
import Testing
import Transport

@testable import Crawl

/// What an answer means for what is stored.
struct VisitOutcomeTests {
  private let rules: JudgingRules
  private let judge: VisitJudge
  private let client: AzureDevOpsClient
  private let folder: TemporaryFolder
  private var tighter: YAMLSettings {
    var settings = ProgramSettings().yaml
    settings.maxBytes = 1024
    return settings
  }
  private let url = "https://dev.azure.com/o/p/_git/r?path=/c"
  private let origin = FileOrigin(
    source: .organization,
    location: "url:https://dev.azure.com/o/p/_git/r?path=/c"
  )

  init() throws {
    folder = try TemporaryFolder()
    let contexts = try FileContexts(CrawlerSettings())
    let send: Send = { _ throws(TransportError) in throw .cancelled }
    let client = AzureDevOpsClient(
      address: OrganizationAddress(host: "dev.azure.com", name: "o", endpoint: "https://dev.azure.com"),
      authorizer: Authorizer(settings: CrawlerSettings(), environment: [:], send: send),
      send: send
    )
    rules = JudgingRules(ProgramSettings().yaml, contexts: contexts)
    self.client = client
    judge = VisitJudge(
      rules: rules,
      sources: FileSources(
        contexts: contexts,
        database: try CatalogDatabase.open(at: folder.path("catalog.sqlite")),
        maxFileBytes: 1_000_000,
        client: { _, _ in client }
      ),
      texts: TextCache()
    )
  }

  private func known(
    blob: String? = "b1",
    isAbsent: Bool = false,
    rules: Int64? = nil,
    problem: Bool = false,
    url: String? = nil,
    origin: FileOrigin? = nil
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
      entityCount: 1,
      origin: origin ?? self.origin
    )
  }

  private func outcome(_ answer: Result<RepositoryFile, FetchError>, _ known: KnownFile?) async -> String {
    let visit = PlannedVisit(
      repository: 1,
      repositoryGUID: "g",
      projectName: "p",
      repositoryName: "r",
      path: "/c",
      version: nil,
      url: url,
      origin: origin,
      known: known
    )
    switch await judge.outcome(of: visit, answer, client) {
    case .unchanged: return "unchanged"
    case .failed: return "failed"
    case .found(.content, _): return "content"
    case .found(.sameAt, _): return "same at another commit"
    case .found(.absent, _): return "absent"
    case .found(.readableAgain, _): return "readable again"
    case .found(.failed, _): return "found failed"
    }
  }

  private func file(_ blob: String) -> Result<RepositoryFile, FetchError> {
    .success(RepositoryFile(path: "/c", blobID: blob, commitID: nil, etag: nil, content: []))
  }

  @Test func `equal blob ids mean that nothing is written`() async throws {
    #expect(await outcome(file("b1"), known()) == "unchanged")
    #expect(await outcome(file("b1"), known(problem: true)) == "readable again")
  }

  @Test func `new content, other rules or limits and a new address are written`() async throws {
    let tighterVersion = JudgingRules(tighter, contexts: try FileContexts(CrawlerSettings())).version
    let elsewhere = FileOrigin(source: .registered, location: "url:https://dev.azure.com/o/p/_git/r?path=/a")

    #expect(await outcome(file("b2"), known()) == "content")
    #expect(await outcome(file("b1"), known(origin: elsewhere)) == "content")
    #expect(await outcome(file("b1"), nil) == "content")
    #expect(await outcome(file("b1"), known(rules: tighterVersion)) == "content")
    #expect(await outcome(file("b1"), known(url: "https://dev.azure.com/o/old/_git/r?path=/c")) == "content")
  }

  @Test func `an absent file is written once`() async throws {
    let absent = FetchError(.fileAbsent, detail: "")

    #expect(await outcome(.failure(absent), known()) == "absent")
    #expect(await outcome(.failure(absent), nil) == "absent")
    #expect(await outcome(.failure(absent), known(blob: nil, isAbsent: true)) == "unchanged")
    #expect(await outcome(.failure(absent), known(blob: nil, isAbsent: true, problem: true)) == "absent")
  }

  @Test(arguments: [FetchError.Meaning.branchAbsent, .repositoryEmpty])
  func `a branch that is gone proves nothing about a file that was there`(meaning: FetchError.Meaning) async {
    let error = FetchError(meaning, detail: "")

    #expect(await outcome(.failure(error), known()) == "failed")
    #expect(await outcome(.failure(error), nil) == "absent")
    #expect(await outcome(.failure(error), known(blob: nil, isAbsent: true)) == "unchanged")
  }

  @Test(arguments: [
    FetchError.Meaning.repositoryUnavailable, .projectUnavailable, .signIn, .forbidden, .organizationUnknown,
    .organizationStopped, .throttled, .serviceTrouble, .broken, .unreachable, .cancelled,
  ])
  func `every other failure keeps what is stored`(meaning: FetchError.Meaning) async {
    let error = FetchError(meaning, detail: "")

    #expect(await outcome(.failure(error), known()) == "failed")
    #expect(await outcome(.failure(error), nil) == "failed")
    #expect(await outcome(.failure(error), known(blob: nil, isAbsent: true)) == "failed")
  }
}
