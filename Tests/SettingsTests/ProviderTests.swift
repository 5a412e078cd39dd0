import Testing

@testable import Settings

/// `catalog.providers.azureDevOps` (facts/backstage-azure.md 5.1; 9, cases 114 to 117).
@Suite struct ProviderTests {
  private func read(_ provider: String) throws -> ProviderSettings? {
    try SettingsFixture.read("catalog: {providers: {azureDevOps: {p: {\(provider)}}}}").providers.first
  }

  private func problems(_ provider: String) -> [String] {
    SettingsFixture.problems("catalog: {providers: {azureDevOps: {p: {\(provider)}}}}")
  }

  @Test(arguments: [
    ("project: p", "organization"), ("organization: o", "project"),
    ("organization: o, project: ''", "project"),
  ])
  func `F114: organization and project must be there`(provider: String, key: String) {
    let problems = problems(provider)

    #expect(problems.count == 1)
    #expect(problems.first?.contains("catalog.providers.azureDevOps.p.\(key): ") == true)
  }

  @Test func `F115: everything else has a default`() throws {
    let provider = try #require(try read("organization: o, project: p"))

    #expect(provider.id == "p")
    #expect(provider.host == "dev.azure.com")
    #expect(provider.organization == "o")
    #expect(provider.project.text == "p")
    #expect(provider.repository.text == "*")
    #expect(provider.paths == ["/catalog-info.yaml"])
    #expect(provider.branches.isEmpty)
    #expect(provider.schedule == nil)
    #expect(!provider.skipForkedRepos)
  }

  @Test func `F116: a host without integration is refused by name`() {
    let problems = problems("host: h.com, organization: o, project: p")

    #expect(problems.count == 1)
    #expect(
      problems.first?.contains("azureDevOps.p.host: there is no Azure integration for host h.com") == true
    )
  }

  @Test func `F117: a scope is global or local`() {
    let problems = problems("organization: o, project: p, schedule: {frequency: PT1H, scope: cluster}")

    #expect(problems.count == 1)
    #expect(problems.first?.hasSuffix("schedule.scope: got 'cluster', wanted 'global' or 'local'") == true)
  }

  @Test func `all keys are read`() throws {
    let text = """
      integrations: {azure: [{host: server.example:8080}]}
      catalog:
        providers:
          azureDevOps:
            mine:
              host: server.example:8080
              organization: tfs/Collection
              project: '"My Project"'
              repository: service-*
              path: src/*/catalog-info.yaml
              branch: topic/x
              skipForkedRepos: true
              discoveryMethod: listing
              schedule:
                frequency: {cron: '0 */6 * * *'}
                timeout: {minutes: 50}
                initialDelay: 15 seconds
                scope: local
      """

    let provider = try #require(try SettingsFixture.read(text).providers.first)

    #expect(provider.host == "server.example:8080")
    #expect(provider.organization == "tfs/Collection")
    #expect(provider.project.text == "My Project")
    #expect(provider.repository.text == "service-*")
    #expect(provider.paths == ["/src/*/catalog-info.yaml"])
    #expect(provider.branches == ["topic/x"])
    #expect(provider.skipForkedRepos)
    #expect(provider.discoveryMethod == "listing")
    #expect(
      provider.schedule
        == ProviderSchedule(
          frequency: .cron("0 */6 * * *"),
          timeout: .seconds(3000),
          initialDelay: .seconds(15),
          isLocal: true
        )
    )
  }

  @Test func `a single provider needs no id`() throws {
    let text = "catalog: {providers: {azureDevOps: {organization: o, project: p}}}"

    #expect(try SettingsFixture.read(text).providers.map(\.id) == ["default"])
  }

  @Test func `providers are sorted by id, and one may be called organization`() throws {
    let text = """
      catalog:
        providers:
          azureDevOps:
            organization: {organization: o, project: p}
            a: {organization: o, project: q}
      """

    #expect(try SettingsFixture.read(text).providers.map(\.id) == ["a", "organization"])
  }

  @Test(arguments: [
    ("frequency: PT30M", ScheduleFrequency.every(.seconds(1800))),
    ("frequency: {minutes: 5, seconds: 1}", .every(.seconds(301))),
    ("frequency: {trigger: manual}", .manual),
    ("frequency: {cron: '*/5 * * * *'}", .cron("*/5 * * * *")),
  ])
  func `a frequency is a duration, a cron line or manual`(schedule: String, frequency: ScheduleFrequency)
    throws
  {
    let provider = try read("organization: o, project: p, schedule: {\(schedule)}")

    #expect(provider?.schedule?.frequency == frequency)
  }

  @Test(arguments: [
    "timeout: PT1M", "frequency: often", "frequency: 5", "frequency: {cron: soon}", "frequency: {hour: 1}",
    "frequency: {trigger: never}", "frequency: {}",
  ])
  func `a schedule that says nothing is refused`(schedule: String) {
    let problems = problems("organization: o, project: p, schedule: {\(schedule)}")

    #expect(!problems.isEmpty)
    #expect(problems.allSatisfy { $0.contains("azureDevOps.p.schedule.frequency") })
  }

  @Test(arguments: ["/a/+(b|c)/*.yaml", "/a/{1..3}/*", "/[[:alpha:]]/*"])
  func `a path with wildcards is a pattern that can be used`(path: String) {
    let problems = problems("organization: o, project: p, path: '\(path)'")

    #expect(problems.count == 1)
    #expect(
      problems.first?.contains("azureDevOps.p.path: got '\(path)', wanted a path or a pattern: ") == true
    )
  }

  @Test(arguments: [
    ("'services/*/catalog-info.yaml'", "/services/*/catalog-info.yaml"), ("'**/x.yaml'", "/**/x.yaml"),
    ("'/a{b}+(c).yaml'", "/a{b}+(c).yaml"),
  ])
  func `a path begins at the root, and without wildcards it is meant literally`(text: String, path: String)
    throws
  {
    #expect(try read("organization: o, project: p, path: \(text)")?.paths == [path])
  }

  @Test(arguments: [
    ("path: []", "p.path: got an empty list, wanted at least one element"),
    ("path: [/a.yaml, 7]", "p.path[1]: "), ("branch: [main, '']", "p.branch[1]: "),
    ("path: [/a/+(b|c)/*.yaml]", "p.path[0]: got '/a/+(b|c)/*.yaml', wanted a path or a pattern: "),
    ("maxRepositorySize: 0", "p.maxRepositorySize: "), ("maxRepositorySize: 1 GB", "p.maxRepositorySize: "),
  ])
  func `what stands in a list is checked like what stands alone`(text: String, problem: String) {
    let problems = problems("organization: o, project: p, \(text)")

    #expect(problems.count == 1)
    #expect(problems.first?.contains(problem) == true, "\(problems)")
  }

  @Test func `a branch whose variable is not set is refused, not overlooked`() {
    let problems = problems("organization: o, project: p, branch: '${NONE}'")

    #expect(problems.count == 1)
    #expect(
      problems.first?.contains("p.branch: got nothing: the environment variable NONE") == true
    )
  }
}
