import Testing

@testable import Settings

/// Several files and the environment (facts/backstage-azure.md 1.8).
@Suite struct MergeTests {
  private func read(
    _ texts: String...,
    environment: [String: String] = [:]
  ) throws(SettingsError) -> CrawlerSettings {
    let files = texts.enumerated().map { (name: "\($0.offset).yaml", text: $0.element) }
    return try SettingsFixture.read(files: files, environment: environment)
  }

  @Test func `objects merge deeply, a later file wins`() throws {
    let settings = try read(
      "crawler: {concurrency: 4, timeouts: {connect: 1s, idle: 2s}}",
      "crawler: {timeouts: {idle: 3s}}"
    )

    #expect(settings.crawler.concurrency == 4)
    #expect(settings.crawler.timeouts.connect == .seconds(1))
    #expect(settings.crawler.timeouts.idle == .seconds(3))
  }

  @Test func `lists are replaced whole`() throws {
    let settings = try read("crawler: {organizations: [a, b]}", "crawler: {organizations: [c]}")

    #expect(settings.crawler.organizations.map(\.name) == ["c"])
  }

  @Test func `null hides what an earlier file says`() throws {
    let settings = try read("crawler: {concurrency: 4, codeSearch: true}", "crawler: {concurrency: null}")

    #expect(settings.crawler.concurrency == 16)
    #expect(settings.crawler.codeSearch)
  }

  @Test func `a text whose variable is not set hides nothing`() throws {
    let settings = try read("crawler: {database: /a.db}", "crawler: {database: '${NONE}'}")

    #expect(settings.crawler.database == "/a.db")
  }

  @Test func `paths are relative to the file that sets them`() throws {
    let settings = try SettingsFixture.read(files: [
      ("base/a.yaml", "crawler: {database: data/a.db, tls: {caFile: ca.pem}}"),
      ("/other/b.yaml", "crawler: {database: ../b.db}"),
    ])

    #expect(settings.crawler.database == "/b.db")
    #expect(settings.crawler.caFile == "/config/base/ca.pem")
  }

  @Test func `a problem names the file that set the value`() {
    let error = #expect(throws: SettingsError.self) {
      try read("crawler: {concurrency: 1000}", "crawler:\n  codeSearch: 7\n")
    }

    #expect(
      error?.description == """
        0.yaml:1:24: crawler.concurrency: got 1000, wanted a number from 1 to 128
        1.yaml:2:15: crawler.codeSearch: got number, wanted boolean
        """
    )
  }

  // MARK: APP_CONFIG

  @Test func `variables win over files, JSON or text`() throws {
    let settings = try read(
      "crawler: {concurrency: 4, database: /a.db, timeouts: {idle: 1s}}",
      environment: [
        "APP_CONFIG_crawler_concurrency": "8",
        "APP_CONFIG_crawler_database": "sub/b.db",
        "APP_CONFIG_crawler_timeouts": #"{"connect": "2s", "total": {"minutes": 1}}"#,
        "APP_CONFIG_crawler_organizations": #"["a", {"name": "b"}]"#,
      ]
    )

    #expect(settings.crawler.concurrency == 8)
    #expect(settings.crawler.database == "/config/sub/b.db")
    #expect(settings.crawler.timeouts.connect == .seconds(2))
    #expect(settings.crawler.timeouts.idle == .seconds(1))
    #expect(settings.crawler.timeouts.total == .seconds(60))
    #expect(settings.crawler.organizations.map(\.name) == ["a", "b"])
  }

  @Test func `null in a variable hides a file's value`() throws {
    let settings = try read(
      "crawler: {concurrency: 4}",
      environment: ["APP_CONFIG_crawler_concurrency": "null"]
    )

    #expect(settings.crawler.concurrency == 16)
  }

  @Test func `a problem names the variable`() {
    let error = #expect(throws: SettingsError.self) {
      try read("", environment: ["APP_CONFIG_crawler_concurrency": "many"])
    }

    #expect(
      error?.description
        == "environment variable APP_CONFIG_crawler_concurrency: crawler.concurrency: got string, wanted whole number"
    )
  }

  @Test(arguments: ["APP_CONFIG_", "APP_CONFIG_a__b", "APP_CONFIG_1a", "APP_CONFIG_a-", "APP_CONFIG_a.b"])
  func `a variable whose name is no key path is refused`(name: String) {
    let error = #expect(throws: SettingsError.self) { try read("", environment: [name: "1"]) }

    #expect(error?.problems.map(\.file) == ["environment variable \(name)"])
  }

  @Test func `variables of which one is below the other are refused`() {
    let error = #expect(throws: SettingsError.self) {
      try read(
        "",
        environment: ["APP_CONFIG_crawler_yaml": "null", "APP_CONFIG_crawler_yaml_maxDepth": "5"]
      )
    }

    #expect(
      error?.description == "environment variable APP_CONFIG_crawler_yaml_maxDepth: "
        + "sets a value below one that environment variable APP_CONFIG_crawler_yaml sets"
    )
  }
}
