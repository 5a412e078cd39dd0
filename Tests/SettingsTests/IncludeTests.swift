import TestSupport
import Testing

@testable import Settings

/// `$env`, `$file` and `$include` (facts/backstage-azure.md 1.8; 9, cases 38 to 41).
@Suite struct IncludeTests {
  /// Reads `crawler.database` from a file in `/config`, with other files beside it.
  private func database(
    _ value: String,
    besides files: [String: String] = [:],
    environment: [String: String] = [:]
  ) throws(SettingsError) -> String? {
    try SettingsFixture.read(
      files: [("app-config.yaml", "crawler:\n  database: \(value)\n")],
      besides: files,
      environment: environment
    )
    .crawler.database
  }

  private func problem(
    _ value: String,
    besides files: [String: String] = [:],
    environment: [String: String] = [:]
  ) -> String {
    do throws(SettingsError) {
      _ = try database(value, besides: files, environment: environment)
      return ""
    } catch {
      return error.description
    }
  }

  @Test func `the key $env stands for a variable`() throws {
    #expect(try database("{$env: DB}", environment: ["DB": "/a.db"]) == "/a.db")
  }

  @Test func `the key $env of a variable that is not set is named`() {
    #expect(
      problem("{$env: DB}")
        == "app-config.yaml:2:14: crawler.database: got nothing: the environment variable DB is not set"
    )
  }

  @Test func `B38: $env beside another key is refused`() {
    #expect(
      problem("{$env: DB, other: 1}")
        == "app-config.yaml:2:14: crawler.database: '$env' must be the only key of its object"
    )
  }

  @Test func `B39: $file is the text of a file without white space at its end`() throws {
    #expect(try database("{$file: db.txt}", besides: ["/config/db.txt": "/b.db \n\n"]) == "/b.db")
  }

  @Test func `B40: $include picks a value from a file`() throws {
    let files = ["/config/s.json": #"{"deployment": {"key": "/c.db"}}"#]

    #expect(try database("{$include: 's.json#deployment.key'}", besides: files) == "/c.db")
  }

  @Test func `B41: $include of a file without a parser is refused`() {
    #expect(
      problem("{$include: s.txt}", besides: ["/config/s.txt": "x"])
        == "app-config.yaml:2:14: crawler.database: there is no parser for 's.txt'; wanted a .json, .yaml or .yml file"
    )
  }

  @Test(arguments: [
    ("{$file: none.txt}", "cannot read the file '/config/none.txt': there is no such file"),
    ("{$include: none.yaml}", "cannot read the file '/config/none.yaml': there is no such file"),
    ("{$file: 7}", "got number for '$file', wanted string"),
    ("{$file: '${NONE}'}", "'$file' has no value: the environment variable NONE is not set"),
    ("{$other: x}", "'$other' is not known; wanted $env, $file or $include"),
    ("{$include: 's.yaml#a.b.c'}", "'s.yaml#a.b.c' steps into a value that is no object at 'c'"),
    ("{$include: 's.yaml#x.y'}", "'s.yaml#x.y' steps into a value that is no object at 'y'"),
    ("{$include: 's.yaml#a.x'}", "got nothing: 's.yaml#a.x' names a key that is not in the file"),
    ("{$include: empty.yaml}", "the file '/config/empty.yaml' is empty"),
  ])
  func `an include that leads nowhere says why`(value: String, reason: String) {
    let files = ["/config/s.yaml": "a: {b: text}", "/config/empty.yaml": "# nothing\n"]

    #expect(problem(value, besides: files) == "app-config.yaml:2:14: crawler.database: \(reason)")
  }

  @Test func `an included file has its own folder, variables and includes`() throws {
    let files = [
      "/config/sub/a.yaml": "db: {$include: 'deep/b.yaml#db'}",
      "/config/sub/deep/b.yaml": "db: '${NAME}.db'",
    ]

    let path = try database("{$include: 'sub/a.yaml#db'}", besides: files, environment: ["NAME": "x"])

    #expect(path == "/config/sub/deep/x.db")
  }

  @Test func `a problem in an included file names that file and line`() {
    let text = "crawler: {$include: part.yaml}"

    let error = #expect(throws: SettingsError.self) {
      try SettingsFixture.read(
        files: [("app-config.yaml", text)],
        besides: ["/config/part.yaml": "codeSearch: true\nconcurrency: many\n"]
      )
    }

    #expect(
      error?.description == "/config/part.yaml:2:14: crawler.concurrency: got string, wanted whole number"
    )
  }

  @Test func `includes that form a circle are refused`() {
    let files = ["/config/a.yaml": "db: {$include: 'a.yaml#db'}"]

    #expect(problem("{$include: 'a.yaml#db'}", besides: files).contains("do they form a circle?"))
  }

  @Test func `what is not ours to read may include what is not there`() throws {
    let text = """
      backend: {auth: {keys: [{secret: {$env: NONE}}]}, tls: {$file: none.pem}}
      integrations: {github: [{apps: [{$include: none.yaml}]}]}
      catalog: {import: {$unknown: x}}
      """

    #expect(try SettingsFixture.read(text).integrations.map(\.host) == ["dev.azure.com"])
  }

  @Test func `all files that were looked at are told, also those that are not there`() throws {
    let looked = Locked<Set<String>>([])
    let files = SettingsFixture.memory([
      "/config/app-config.yaml": "crawler: {$include: parts/crawler.yaml}\n",
      "/config/parts/crawler.yaml": "database: {$file: db.txt}\ninclude: {$include: none.yaml}\n",
      "/config/parts/db.txt": "/b.db",
    ])

    #expect(throws: SettingsError.self) {
      _ = try SettingsFiles.read(
        explicit: [],
        folder: "/config",
        environment: [:],
        files: files.noting { path in looked.withLock { _ = $0.insert(path) } }
      )
    }

    let paths = looked.withLock { $0.sorted() }
    #expect(
      paths == [
        "/config/app-config.local.yaml", "/config/app-config.yaml", "/config/parts/crawler.yaml",
        "/config/parts/db.txt", "/config/parts/none.yaml",
      ]
    )
  }
}
