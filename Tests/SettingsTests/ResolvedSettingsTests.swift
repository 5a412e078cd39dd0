import Testing

@testable import Settings

/// Of every value it is told where it comes from, and no secret is told.
struct ResolvedSettingsTests {
  private func resolve(
    _ files: [(name: String, text: String)],
    environment: [String: String] = [:]
  ) throws(SettingsError) -> ResolvedSettings {
    var contents: [String: String] = [:]
    for file in files { contents["/config/\(file.name)"] = file.text }
    return try SettingsFiles.resolve(
      explicit: files.map(\.name),
      folder: "/config",
      environment: environment,
      files: SettingsFixture.memory(contents)
    )
  }

  private func setting(_ path: String, _ resolved: ResolvedSettings) -> ResolvedSetting? {
    resolved.settings.first { $0.keyPath == path }
  }

  @Test func `the last file wins, a variable wins over files, and what is not written has its default`()
    throws
  {
    let resolved = try resolve(
      [
        ("a.yaml", "crawler:\n  concurrency: 2\n  codeSearch: true\n"),
        ("b.yaml", "\ncrawler: {concurrency: 3}\n"),
      ],
      environment: ["APP_CONFIG_crawler_resumeFor": "2h"]
    )

    #expect(resolved.files == ["a.yaml", "b.yaml"])
    #expect(setting("crawler.concurrency", resolved)?.value == .number("3"))
    #expect(
      setting("crawler.concurrency", resolved)?.source
        == .file(SettingsPlace(file: "b.yaml", line: 2, column: 24))
    )
    #expect(setting("crawler.codeSearch", resolved)?.value == .boolean(true))
    #expect(
      setting("crawler.resumeFor", resolved)?.source == .environment(name: "APP_CONFIG_crawler_resumeFor")
    )
    #expect(setting("crawler.timeouts.total", resolved)?.value == .text("120s"))
    #expect(setting("crawler.timeouts.total", resolved)?.source == .builtIn)
    #expect(resolved.values?.crawler.concurrency == 3)
  }

  @Test func `a secret is hidden, and the variable that it is made of is told`() throws {
    let resolved = try resolve(
      [
        (
          "a.yaml",
          """
          integrations:
            azure:
              - credentials:
                  - organizations: [contoso, fabrikam]
                    personalAccessToken: ${TOKEN}
          crawler: {proxy: "http://me:canary@proxy:8080"}
          """
        )
      ],
      environment: ["TOKEN": "canary-token"]
    )

    let token = setting("integrations.azure[0].credentials[0].personalAccessToken", resolved)
    #expect(token?.value == .hidden)
    #expect(token?.variables == ["TOKEN"])
    let organizations = setting("integrations.azure[0].credentials[0].organizations", resolved)
    #expect(organizations?.value == .list([.text("contoso"), .text("fabrikam")]))
    #expect(setting("crawler.proxy", resolved)?.value == .hidden)
    #expect(!"\(resolved)".contains("canary"))
  }

  @Test func `a key that nobody reads is named without its value`() throws {
    let resolved = try resolve([
      (
        "a.yaml",
        "integrations:\n  azure:\n    - credentials: [{organizations: [o], personalAccesToken: canary}]\n"
      )
    ])

    #expect(
      resolved.ignored.map(\.keyPath) == ["integrations.azure[0].credentials[0].personalAccesToken"]
    )
    #expect(!"\(resolved.settings)".contains("canary") && !"\(resolved.ignored)".contains("canary"))
    #expect(!resolved.problems.isEmpty)
    #expect(resolved.values == nil)
  }

  @Test func `a password in an address is masked`() throws {
    let resolved = try resolve([
      (
        "a.yaml",
        "catalog: {locations: [{type: url, target: \"https://me:canary@dev.azure.com/o/p/_git/r\"}]}\n"
      )
    ])

    #expect(
      setting("catalog.locations[0].target", resolved)?.value
        == .text("https://***@dev.azure.com/o/p/_git/r")
    )
  }

  @Test func `a variable that is not set is told with what needs it`() throws {
    let resolved = try resolve([("a.yaml", "crawler: {database: \"${NOWHERE}/a.sqlite\"}\n")])

    #expect(
      setting("crawler.database", resolved)?.value
        == .unset("the environment variable NOWHERE is not set")
    )
  }

  @Test func `endpoints and parts of a duration are told one by one`() throws {
    let resolved = try resolve([
      (
        "a.yaml",
        "crawler: {endpoints: {dev.azure.com: \"http://127.0.0.1:1\"}, timeouts: {total: {minutes: 3}}}\n"
      )
    ])

    #expect(setting("crawler.endpoints.dev.azure.com", resolved)?.value == .text("http://127.0.0.1:1"))
    #expect(setting("crawler.timeouts.total.minutes", resolved)?.value == .number("3"))
    #expect(setting("crawler.timeouts.total", resolved) == nil)
    #expect(resolved.ignored.isEmpty)
  }

  @Test func `parts of a provider's schedule are read, whatever the provider is called`() throws {
    let resolved = try resolve([
      (
        "a.yaml",
        """
        catalog:
          providers:
            azureDevOps:
              payments:
                organization: contoso
                project: Payments
                schedule: {frequency: {minutes: 30}, timeout: {minutes: 10}}
        """
      )
    ])

    let start = "catalog.providers.azureDevOps.payments.schedule"
    #expect(setting("\(start).frequency.minutes", resolved)?.value == .number("30"))
    #expect(setting("\(start).timeout.minutes", resolved)?.value == .number("10"))
    #expect(resolved.ignored.isEmpty)
  }
}
