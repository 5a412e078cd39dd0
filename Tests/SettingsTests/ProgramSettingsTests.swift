import Testing

@testable import Settings

/// The key `crawler` (decisions.md 2 to 5).
@Suite struct ProgramSettingsTests {
  private func problems(_ crawler: String) -> [String] {
    SettingsFixture.problems("crawler: {\(crawler)}")
  }

  @Test func `everything has a default`() throws {
    let crawler = try SettingsFixture.read("").crawler

    #expect(crawler.database == nil)
    #expect(crawler.listen == ListenAddress(host: "127.0.0.1", port: 7007))
    #expect(crawler.concurrency == 16)
    #expect(crawler.organizations.isEmpty)
    #expect(crawler.endpoints.isEmpty)
    #expect(crawler.allowPlainHTTP.isEmpty)
    #expect(crawler.timeouts.connect == .seconds(10))
    #expect(crawler.timeouts.idle == .seconds(60))
    #expect(crawler.timeouts.total == .seconds(120))
    #expect(crawler.caFile == nil)
    #expect(crawler.proxy == nil)
    #expect(crawler.limits.requestsPerMinute == nil)
    #expect(crawler.limits.maxWait == .seconds(300))
    #expect(!crawler.limits.shareIdentityPause)
    #expect(crawler.include.isEmpty && crawler.exclude.isEmpty)
    #expect(crawler.orphanKeepCrawls == 3)
    #expect(crawler.removalMaxShare == 0.25)
    #expect(crawler.resumeFor == .seconds(86_400))
    #expect(crawler.fileRoots.isEmpty)
    #expect(crawler.yaml.maxBytes == 5_242_880)
    #expect(crawler.yaml.maxDepth == 100)
    #expect(crawler.yaml.maxAliases == 10_000)
    #expect(crawler.historyKeepDays == 400)
    #expect(!crawler.codeSearch)
    #expect(crawler.api.tokens.isEmpty && crawler.api.tls == nil)
    #expect(crawler.shutdownTimeout == .seconds(30))
    #expect(crawler.schedule.sync == nil && crawler.schedule.refresh == nil)
  }

  @Test func `every key is read`() throws {
    let crawler = try SettingsFixture.read(
      """
      crawler:
        database: data/catalog.db
        listen: '[::1]:9000'
        concurrency: 128
        organizations: [o]
        endpoints: {dev.azure.com: 'http://127.0.0.1:8400/'}
        allowPlainHTTP: [server.example:8080]
        timeouts: {connect: PT5S, idle: 30s, total: {minutes: 2, seconds: 5}}
        tls: {caFile: /etc/ca.pem}
        proxy: http://user:pw@proxy.example:3128
        limits: {requestsPerMinute: 600, maxWait: 2 minutes, shareIdentityPause: true}
        include: [service-*]
        exclude: [{project: Old}]
        orphans: {keepCrawls: 7}
        removals: {maxShare: 10%}
        resumeFor: 12h
        locations: {fileRoots: [catalogs, /srv]}
        yaml: {maxBytes: 2048, maxDepth: 20, maxAliases: 0}
        history: {keepDays: 365}
        codeSearch: true
        api:
          tokens: [{name: portal, token: 0123456789abcdef, scope: write}]
          tls: {certificateFile: cert.pem, keyFile: key.pem}
        shutdownTimeout: 5s
        schedule: {sync: {cron: '0 3 * * *'}, refresh: 5 minutes}
      """
    ).crawler

    #expect(crawler.database == "/config/data/catalog.db")
    #expect(crawler.listen == ListenAddress(host: "::1", port: 9000))
    #expect(crawler.concurrency == 128)
    #expect(crawler.organizations == [OrganizationSettings(host: "dev.azure.com", name: "o")])
    #expect(crawler.endpoints == ["dev.azure.com": "http://127.0.0.1:8400"])
    #expect(crawler.allowPlainHTTP == ["server.example:8080"])
    #expect(crawler.timeouts.connect == .seconds(5))
    #expect(crawler.timeouts.idle == .seconds(30))
    #expect(crawler.timeouts.total == .seconds(125))
    #expect(crawler.caFile == "/etc/ca.pem")
    #expect(crawler.proxy?.reveal() == "http://user:pw@proxy.example:3128")
    #expect(crawler.limits.requestsPerMinute == 600)
    #expect(crawler.limits.maxWait == .seconds(120))
    #expect(crawler.limits.shareIdentityPause)
    #expect(crawler.include == [RepositorySelector(repository: NamePattern("service-*"))])
    #expect(crawler.exclude == [RepositorySelector(project: NamePattern("Old"))])
    #expect(crawler.orphanKeepCrawls == 7)
    #expect(crawler.removalMaxShare == 0.1)
    #expect(crawler.resumeFor == .seconds(43_200))
    #expect(crawler.fileRoots == ["/config/catalogs", "/srv"])
    #expect(crawler.yaml == YAMLSettings(maxBytes: 2048, maxDepth: 20, maxAliases: 0))
    #expect(crawler.historyKeepDays == 365)
    #expect(crawler.codeSearch)
    #expect(
      crawler.api.tokens == [APIToken(name: "portal", hash: TokenHash(of: "0123456789abcdef"), scope: .admin)]
    )
    #expect(crawler.api.tls == TLSFiles(certificateFile: "/config/cert.pem", keyFile: "/config/key.pem"))
    #expect(crawler.shutdownTimeout == .seconds(5))
    #expect(crawler.schedule.sync == .cron("0 3 * * *"))
    #expect(crawler.schedule.refresh == .every(.seconds(300)))
  }

  @Test(arguments: [
    ("concurency: 3", "crawler.concurency: unknown key; did you mean 'concurrency'?"),
    ("Database: x", "crawler.Database: unknown key; did you mean 'database'?"),
    ("CODESEARCH: x", "crawler.CODESEARCH: unknown key; did you mean 'codeSearch'?"),
    ("nonsense: x", "crawler.nonsense: unknown key"),
    ("timeouts: {conect: 1s}", "crawler.timeouts.conect: unknown key; did you mean 'connect'?"),
    ("limits: {maxwait: 1s}", "crawler.limits.maxwait: unknown key; did you mean 'maxWait'?"),
    ("orphans: {x: 1}", "crawler.orphans.x: unknown key"),
    (
      "organizations: [{name: a, hosts: b}]",
      "crawler.organizations[0].hosts: unknown key; did you mean 'host'?"
    ),
    ("exclude: [{repo: a}]", "crawler.exclude[0].repo: unknown key"),
  ])
  func `an unknown key is refused`(text: String, message: String) {
    let problems = problems(text)

    #expect(problems.contains { $0.hasSuffix(message) }, "\(problems)")
  }

  @Test func `unknown keys elsewhere are Backstage's business`() throws {
    let text = """
      app: {title: x}
      catalog: {orphanStrategy: delete, providers: {github: {a: 1}, azureDevOps: {p: {organization: o, project: p, x: 1}}}}
      integrations: {github: [], azure: [{host: dev.azure.com, commitSigningKey: k, retry: {maxRetries: 3}}]}
      """

    #expect(try SettingsFixture.read(text).providers.count == 1)
  }

  @Test(arguments: [
    ("concurrency: 0", "concurrency: got 0, wanted a number from 1 to 128"),
    ("concurrency: 129", "concurrency: got 129, wanted a number from 1 to 128"),
    ("concurrency: 1.5", "concurrency: got number, wanted whole number"),
    ("timeouts: {connect: 2h}", "timeouts.connect: got 2 h, wanted a duration from 1 ms to 1 h"),
    ("timeouts: {connect: 30}", "timeouts.connect: got number, wanted duration like"),
    ("timeouts: {total: 20s}", "timeouts.total: got 20 s, wanted at least as much as for connect and idle"),
    ("timeouts: 30s", "timeouts: got string, wanted object"),
    ("removals: {maxShare: 1.5}", "removals.maxShare: got 1.5, wanted a share from 0 to 1"),
    ("removals: {maxShare: much}", "removals.maxShare: got much, wanted a share from 0 to 1"),
    ("codeSearch: yes", "codeSearch: got string, wanted boolean"),
    ("listen: here", "listen: got 'here', wanted HOST:PORT"),
    ("listen: '::1:80'", "listen: got '::1:80', wanted HOST:PORT with an IPv6 address in brackets"),
    ("organizations: mine", "organizations: got string, wanted array"),
    ("organizations: [7]", "organizations[0]: got number, wanted string or object"),
    ("organizations: [{host: h.com, name: a}]", "there is no Azure integration for host h.com"),
    ("organizations: [{}]", "organizations[0].name: missing required value"),
    ("include: ['a//b']", "include[0]: got 'a//b', wanted REPOSITORY, PROJECT/REPOSITORY or"),
    ("include: [{}]", "include[0]: got an object without keys"),
    ("api: {tokens: [{name: a, token: short}]}", "token: got a token of 5 characters, wanted at least 16"),
    ("api: {tls: {keyFile: a}}", "api.tls.certificateFile: missing required value"),
    ("database: '${NONE}'", "database: got nothing: the environment variable NONE is not set"),
    ("timeouts: '${NONE}'", "timeouts: got nothing: the environment variable NONE is not set"),
    ("codeSearch: '${NONE}'", "codeSearch: got nothing: the environment variable NONE is not set"),
    ("exclude: ['${NONE}']", "exclude[0]: got nothing: the environment variable NONE is not set"),
    ("organizations: [{name: '${NONE}'}]", "[0].name: got nothing: the environment variable NONE is not set"),
    ("schedule: {sync: daily}", "schedule.sync: got string, wanted duration like"),
  ])
  func `a wrong value is refused with what was wanted`(text: String, message: String) {
    let problems = problems(text)

    #expect(problems.count == 1)
    #expect(problems.first?.contains(message) == true, "\(problems)")
  }

  @Test func `all problems are found at once, each with its line`() {
    let problems = SettingsFixture.problems(
      """
      integrations:
        azure:
          - host: 7
      catalog:
        providers:
          azureDevOps:
            p: {organization: o}
      crawler:
        concurrency: 0
        databse: x
      """
    )

    #expect(
      problems == [
        "app-config.yaml:3:13: integrations.azure[0].host: got number, wanted string",
        "app-config.yaml:7:10: catalog.providers.azureDevOps.p.project: missing required value",
        "app-config.yaml:10:3: crawler.databse: unknown key; did you mean 'database'?",
        "app-config.yaml:9:16: crawler.concurrency: got 0, wanted a number from 1 to 128",
      ]
    )
  }

  @Test func `repositories are included and excluded by name`() throws {
    let crawler = try SettingsFixture.read(
      """
      crawler:
        include: [Platform/*, 'tfs/Main/Tools/build']
        exclude: ['*-old', {organization: test}]
      """
    ).crawler

    #expect(crawler.selects(organization: "o", project: "platform", repository: "a"))
    #expect(!crawler.selects(organization: "o", project: "other", repository: "a"))
    #expect(crawler.selects(organization: "tfs/Main", project: "Tools", repository: "build"))
    #expect(!crawler.selects(organization: "o", project: "Tools", repository: "build"))
    #expect(!crawler.selects(organization: "o", project: "Platform", repository: "a-OLD"))
    #expect(!crawler.selects(organization: "Test", project: "Platform", repository: "a"))
  }
}
