import Testing

@testable import Settings

/// Which organizations are crawled (decisions.md 1).
@Suite struct ScopeTests {
  @Test func `without providers the organizations of the credentials are crawled whole`() throws {
    let settings = try SettingsFixture.read(
      """
      integrations:
        azure:
          - host: server.example
            credentials: [{organizations: [Local], personalAccessToken: t}]
          - credentials:
              - {organizations: [zeta, Alpha], clientId: system-assigned}
              - {personalAccessToken: t}
      """
    )

    #expect(
      settings.scope == [
        ScopedOrganization(host: "dev.azure.com", name: "Alpha"),
        ScopedOrganization(host: "dev.azure.com", name: "zeta"),
        ScopedOrganization(host: "server.example", name: "Local"),
      ]
    )
    #expect(
      settings.scope[0].rules == [
        DiscoveryRule(provider: nil, project: .any, repository: .any, path: "/catalog-info.yaml", branch: nil)
      ]
    )
  }

  @Test func `a provider keeps credentials from naming organizations`() throws {
    let settings = try SettingsFixture.read(
      """
      integrations: {azure: [{credentials: [{organizations: [other], personalAccessToken: t}]}]}
      catalog:
        providers:
          azureDevOps:
            b: {organization: MINE, project: p2, branch: main, skipForkedRepos: true}
            a: {organization: mine, project: p1, repository: 'service-*', path: x.yaml}
      """
    )

    #expect(
      settings.scope == [
        ScopedOrganization(
          host: "dev.azure.com",
          name: "mine",
          rules: [
            DiscoveryRule(
              provider: "a",
              project: NamePattern("p1"),
              repository: NamePattern("service-*"),
              path: "/x.yaml"
            ),
            DiscoveryRule(provider: "b", project: NamePattern("p2"), branch: "main", skipForks: true),
          ]
        )
      ]
    )
  }

  @Test func `a provider asks for each of its paths on each of its branches`() throws {
    let settings = try SettingsFixture.read(
      """
      catalog:
        providers:
          azureDevOps:
            a:
              organization: mine
              project: p
              path: [/a.yaml, 'docs/**/b.yaml']
              branch: [main, release]
              maxRepositorySize: 1000
      """
    )

    let rules = try #require(settings.scope.first?.rules)
    #expect(rules.map(\.path) == ["/a.yaml", "/a.yaml", "/docs/**/b.yaml", "/docs/**/b.yaml"])
    #expect(rules.map(\.branch) == ["main", "release", "main", "release"])
    #expect(rules.allSatisfy { $0.maxRepositorySize == 1000 })
  }

  @Test func `crawler.organizations come on top and cost no rule twice`() throws {
    let settings = try SettingsFixture.read(
      """
      integrations: {azure: [{host: server.example}]}
      catalog: {providers: {azureDevOps: {p: {organization: mine, project: '*'}}}}
      crawler: {organizations: [Mine, more, {host: server.example, name: Local}, {name: last}]}
      """
    )

    #expect(
      settings.scope.map(\.host) == ["dev.azure.com", "dev.azure.com", "dev.azure.com", "server.example"]
    )
    #expect(settings.scope.map(\.name) == ["last", "mine", "more", "Local"])
    #expect(settings.scope.map(\.rules.count) == [1, 1, 1, 1])
    #expect(settings.scope.map { $0.rules[0].provider } == [nil, "p", nil, nil])
  }

  @Test func `the host of one organization names it`() throws {
    let settings = try SettingsFixture.read(
      "integrations: {azure: [{host: org1.visualstudio.com, credentials: [{personalAccessToken: t}]}]}"
    )

    #expect(settings.scope == [ScopedOrganization(host: "org1.visualstudio.com", name: "org1")])
  }

  @Test func `no organization at all draws a warning`() throws {
    let settings = try SettingsFixture.read("crawler: {}")

    #expect(settings.scope.isEmpty)
    #expect(settings.warnings.map { $0.message.hasPrefix("no organization is named") } == [true])
  }
}
