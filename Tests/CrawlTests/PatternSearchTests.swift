import AzureDevOps
import CatalogStore
import Settings
import Testing

@testable import Crawl

/// Paths with wildcards: what is searched, and what follows from it.
struct PatternSearchTests {
  private static let pattern = "/services/*/catalog-info.yaml"

  private func file(
    _ path: String,
    _ blobID: String?,
    branch: String = "",
    isAsked: Bool = true,
    url: String? = nil
  ) -> KnownFile {
    KnownFile(
      id: Int64(path.utf8.count),
      branch: branch,
      path: path,
      url: url ?? "https://dev.azure.com/contoso/P/_git/api?path=\(path)",
      blobID: blobID,
      isAbsent: blobID == nil,
      rulesVersion: 7,
      hasReadProblem: false,
      entityCount: 1,
      isAsked: isAsked
    )
  }

  private func folder(
    _ treeID: String?,
    _ files: [ItemRow]?,
    rulesVersion: Int64 = 7,
    hasReadProblem: Bool = false
  ) -> KnownFolder {
    KnownFolder(
      id: 1,
      branch: "",
      pattern: Self.pattern,
      treeID: treeID,
      filesID: files.map(PatternSearch.filesID),
      rulesVersion: rulesVersion,
      hasReadProblem: hasReadProblem
    )
  }

  private func repository(_ files: [KnownFile] = [], _ folders: [KnownFolder] = []) -> KnownRepository {
    KnownRepository(
      id: 1,
      guid: "g",
      name: "api",
      projectName: "P",
      isFork: false,
      defaultBranch: "main",
      files: files,
      folders: folders
    )
  }

  private func plan(
    _ rules: [DiscoveryRule] = [DiscoveryRule(path: pattern)],
    limits: CrawlLimits = CrawlLimits()
  ) -> VisitPlan {
    VisitPlan(
      host: "dev.azure.com",
      organization: "contoso",
      rules: rules,
      limits: limits,
      program: .init(),
      rulesVersion: 7
    )
  }

  private let rowA = ItemRow(path: "/services/a/catalog-info.yaml", blobID: "aa")
  private let rowB = ItemRow(path: "/services/b/catalog-info.yaml", blobID: "bb")

  @Test(arguments: [
    // What was stored, as (tree, listed files), what the tree is now, and whether that is the same.
    ("t", ["aa"], "t", true), ("t", ["aa"], "u", false), ("t", ["aa"], nil, false),
    // Another content was read since, or one was not read: the tree that was listed is not what is stored.
    ("t", ["xx"], "t", false), ("t", ["aa", "bb"], "t", false), ("t", [], "t", false),
    // Without a tree, too.
    (nil, ["aa"], nil, true), (nil, [], nil, false),
  ])
  func `a folder is as stored when its tree and its stored files are`(
    listed: String?,
    blobs: [String],
    now: String?,
    isSame: Bool
  ) throws {
    let rows = blobs.enumerated().map { index, blob in
      ItemRow(path: ["/services/a/catalog-info.yaml", "/services/b/catalog-info.yaml"][index], blobID: blob)
    }
    let known = repository(
      [file("/services/a/catalog-info.yaml", "aa"), file("/services/a/other.yaml", "zz")],
      [folder(listed, rows)]
    )

    let search = try #require(plan().searches(of: known).first)

    #expect(search.isAsStored(treeID: now) == isSame)
  }

  @Test func `other rules, or a folder that was never listed, are to be listed again`() throws {
    let files = [file("/services/a/catalog-info.yaml", "aa")]
    for folders in [[], [folder("t", [rowA], rulesVersion: 6)], [folder("t", nil)]] {
      let search = try #require(plan().searches(of: repository(files, folders)).first)

      #expect(!search.isAsStored(treeID: "t"))
      #expect(
        search.finding(FolderListing(treeID: "t", files: [rowA]))
          == .listed(FolderState(treeID: "t", filesID: PatternSearch.filesID([rowA]), rulesVersion: 7))
      )
    }
  }

  @Test func `what is stored of a folder already is not written`() throws {
    let files = [file("/services/a/catalog-info.yaml", "aa")]
    let same = try #require(plan().searches(of: repository(files, [folder("t", [rowA, rowB])])).first)
    let troubled = try #require(
      plan().searches(of: repository(files, [folder("t", [rowA], hasReadProblem: true)])).first
    )

    #expect(same.finding(FolderListing(treeID: "t", files: [rowB, rowA])) == nil)
    #expect(same.finding(nil) == nil)
    #expect(troubled.finding(nil) == .listableAgain)
  }

  @Test func `a listing says what is there, what is new, and what is gone`() throws {
    let known = repository([
      file("/services/a/catalog-info.yaml", "aa"), file("/services/gone/catalog-info.yaml", "gg"),
      file("/services/long-gone/catalog-info.yaml", nil),
      file("/services/renamed-and-gone/catalog-info.yaml", nil, url: "https://old"),
      file("/services/a/catalog-info.yaml", "br", branch: "release"),
    ])
    let plan = plan()
    let search = try #require(plan.searches(of: known).first)

    let visits = plan.visits(search, finding: FolderListing(treeID: "t", files: [rowA, rowB]))

    #expect(
      visits.map(\.path) == [
        "/services/a/catalog-info.yaml", "/services/b/catalog-info.yaml", "/services/gone/catalog-info.yaml",
        "/services/renamed-and-gone/catalog-info.yaml",
      ]
    )
    #expect(visits.map { try? $0.listed?.get() } == ["aa", "bb", nil, nil])
    #expect(visits[0].known?.blobID == "aa" && visits[1].known == nil)
    #expect(visits[1].url == "https://dev.azure.com/contoso/P/_git/api?path=/services/b/catalog-info.yaml")
    #expect(visits[1].isAsked && visits[1].origin.source == .organization)
    for visit in visits[2...] {
      guard case .failure(let error) = visit.listed else {
        Issue.record("\(visit.path) is there")
        continue
      }
      #expect(error.meaning == .fileAbsent)
    }
  }

  @Test func `without a listing the stored files are as they were`() throws {
    let known = repository([
      file("/services/a/catalog-info.yaml", "aa"), file("/services/gone/catalog-info.yaml", nil),
    ])
    let plan = plan()
    let search = try #require(plan.searches(of: known).first)

    let visits = plan.visits(search, finding: nil)

    #expect(visits.map(\.path) == ["/services/a/catalog-info.yaml"])
    #expect(visits.map { try? $0.listed?.get() } == ["aa"])
  }

  @Test func `a pattern is searched once for each branch, and its files are not guessed`() {
    let rules = [
      DiscoveryRule(provider: "a", path: Self.pattern),
      DiscoveryRule(provider: "b", repository: NamePattern("ap*"), path: Self.pattern),
      DiscoveryRule(provider: "c", path: Self.pattern, branch: "release"),
      DiscoveryRule(provider: "d", path: "/**/catalog-info.yaml"), DiscoveryRule(provider: "e"),
      DiscoveryRule(provider: "f", repository: NamePattern("web"), path: "/x/*.yaml"),
    ]
    let plan = plan(rules)

    let searches = plan.searches(of: repository())

    #expect(searches.map(\.pattern.text) == [Self.pattern, Self.pattern, "/**/catalog-info.yaml"])
    #expect(searches.map(\.version) == [nil, .branch("release"), nil])
    #expect(searches.map(\.pattern.literalPrefix) == ["/services", "/services", "/"])
    #expect(plan.visits(to: repository()).map(\.path) == ["/catalog-info.yaml"])
  }

  @Test(arguments: [
    ("/services/x/catalog-info.yaml", 1), ("/services/x/y/catalog-info.yaml", 0), ("/catalog-info.yaml", 0),
  ])
  func `one file that a pattern finds is asked for without a search`(path: String, count: Int) {
    let plan = plan(limits: CrawlLimits(path: path))

    #expect(plan.searches(of: repository()).isEmpty)
    #expect(plan.visits(to: repository()).map(\.path) == Array(repeating: path, count: count))
  }

  @Test func `nothing is searched in a repository that no rule wants`() {
    var program = ProgramSettings()
    program.exclude = [RepositorySelector(repository: NamePattern("api"))]
    let plan = VisitPlan(
      host: "dev.azure.com",
      organization: "contoso",
      rules: [DiscoveryRule(path: Self.pattern)],
      limits: CrawlLimits(),
      program: program
    )

    #expect(plan.searches(of: repository()).isEmpty)
  }

  @Test func `the order of files and where paths end do not change what stands for them`() {
    #expect(PatternSearch.filesID([rowA, rowB]) == PatternSearch.filesID([rowB, rowA]))
    #expect(
      PatternSearch.filesID([ItemRow(path: "/a", blobID: "bc")])
        != PatternSearch.filesID([ItemRow(path: "/ab", blobID: "c")])
    )
    #expect(PatternSearch.filesID([rowA]) != PatternSearch.filesID([]))
  }
}
