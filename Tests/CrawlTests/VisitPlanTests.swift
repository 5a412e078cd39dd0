import AzureDevOps
import CatalogStore
import Settings
import Testing

@testable import Crawl

struct VisitPlanTests {
  private func repository(
    _ name: String,
    project: String = "P",
    branch: String? = "main",
    isFork: Bool = false
  ) -> KnownRepository {
    KnownRepository(
      id: 1,
      guid: "g",
      name: name,
      projectName: project,
      isFork: isFork,
      defaultBranch: branch,
      files: []
    )
  }

  private func plan(
    _ rules: [DiscoveryRule],
    limits: CrawlLimits = CrawlLimits(),
    program: ProgramSettings = .init()
  ) -> VisitPlan {
    VisitPlan(host: "dev.azure.com", organization: "contoso", rules: rules, limits: limits, program: program)
  }

  @Test func `without providers every repository is asked for one file on its default branch`() {
    let visits = plan([.everything]).visits(to: repository("api"))

    #expect(visits.map(\.path) == ["/catalog-info.yaml"])
    #expect(visits.map(\.version) == [nil])
    #expect(visits.map(\.url) == ["https://dev.azure.com/contoso/P/_git/api?path=/catalog-info.yaml"])
  }

  @Test func `several rules ask for several files, and one file is asked for once`() {
    let rules = [
      DiscoveryRule(provider: "a"), DiscoveryRule(provider: "b", repository: NamePattern("api*")),
      DiscoveryRule(provider: "c", path: "/other.yaml"), DiscoveryRule(provider: "d", branch: "release"),
    ]

    let visits = plan(rules).visits(to: repository("api"))

    #expect(visits.map(\.path) == ["/catalog-info.yaml", "/other.yaml", "/catalog-info.yaml"])
    #expect(visits.map(\.version) == [nil, nil, .branch("release")])
  }

  @Test(arguments: [
    (DiscoveryRule(project: NamePattern("Q")), "P", "api", false, 0),
    (DiscoveryRule(project: NamePattern("p")), "P", "api", false, 1),
    (DiscoveryRule(repository: NamePattern("svc-*")), "P", "api", false, 0),
    (DiscoveryRule(skipForks: true), "P", "api", true, 0),
    (DiscoveryRule(skipForks: true), "P", "api", false, 1),
  ])
  func `a rule asks only what it names`(
    rule: DiscoveryRule,
    project: String,
    name: String,
    isFork: Bool,
    count: Int
  ) {
    let visits = plan([rule]).visits(to: repository(name, project: project, isFork: isFork))

    #expect(visits.count == count)
  }

  @Test(arguments: [(1000, 1), (999, 0)])
  func `a repository that is larger than a rule wants is left out`(limit: Int, count: Int) {
    var large = repository("api")
    large.size = 1000

    #expect(plan([DiscoveryRule(maxRepositorySize: limit)]).visits(to: large).count == count)
  }

  @Test func `a repository without branches is asked only on a branch that a rule names`() {
    let empty = repository("new", branch: nil)

    #expect(plan([.everything]).visits(to: empty).isEmpty)
    #expect(plan([DiscoveryRule(branch: "release")]).visits(to: empty).count == 1)
  }

  @Test func `excluded repositories are not asked`() {
    var program = ProgramSettings()
    program.exclude = [RepositorySelector(repository: NamePattern("*-archive"))]
    let plan = plan([.everything], program: program)

    #expect(plan.visits(to: repository("old-archive")).isEmpty)
    #expect(plan.visits(to: repository("api")).count == 1)
  }

  @Test(arguments: [
    (CrawlLimits(project: "p"), 1), (CrawlLimits(project: "q"), 0), (CrawlLimits(repository: "API"), 1),
    (CrawlLimits(repository: "api2"), 0), (CrawlLimits(path: "/catalog-info.yaml"), 1),
    (CrawlLimits(path: "/x"), 0), (CrawlLimits(branch: "main"), 1), (CrawlLimits(branch: "release"), 0),
  ])
  func `a refresh visits only what it is limited to`(limits: CrawlLimits, count: Int) {
    #expect(plan([.everything], limits: limits).visits(to: repository("api")).count == count)
  }
}
