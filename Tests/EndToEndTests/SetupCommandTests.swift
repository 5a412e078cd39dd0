import AzureSimulator
import Foundation
import TestSupport
import Testing

/// `init`, `settings`, `doctor` and `completions` as people run them.
@Suite(.timeLimit(.minutes(2)))
struct SetupCommandTests {
  private func run(
    _ arguments: [String],
    in folder: TemporaryFolder,
    _ environment: [String: String] = [:]
  ) async throws -> ProgramRun {
    var variables = ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? ""]
    variables.merge(environment) { $1 }
    return try await ProgramRun(arguments, in: folder, environment: variables)
  }

  private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  private func simulator() -> Simulator {
    Simulator(world: world(["a": component("api"), "b": component("web"), "c": nil]))
  }

  /// Sends requests for the organizations to a simulator.
  private func environment(_ base: String) -> [String: String] {
    [
      "CONTOSO_TOKEN": "simulator-token",
      "APP_CONFIG_crawler_endpoints": "{\"dev.azure.com\": \"\(base)\"}",
    ]
  }

  // MARK: init

  @Test func `what init writes works, holds no secret and is checked`() async throws {
    try await simulator().serving { base in
      let folder = try TemporaryFolder()
      let environment = environment(base)

      let made = try await run(
        ["init", "--organization", "contoso", "--credential", "token"],
        in: folder,
        environment
      )

      #expect(made.code == 0, "\(made.errors)")
      #expect(made.output.contains("app-config.yaml: written\n"))
      #expect(made.output.contains("contoso (dev.azure.com): can be read"))
      #expect(made.output.contains("next: catalog-crawler sync"))
      let text = try String(contentsOfFile: folder.path("app-config.yaml"), encoding: .utf8)
      #expect(text.contains("personalAccessToken: ${CONTOSO_TOKEN}\n"))
      #expect(!text.contains("simulator-token"))
      #expect(try await run(["sync"], in: folder, environment).code == 0)
      let report = try await run(["report", "repository_coverage", "--json"], in: folder, environment)
      #expect(
        report.code == 0 && report.output.hasPrefix("["),
        "reports find the database beside the settings"
      )
    }
  }

  @Test func `a file that is there is kept, unless it is said otherwise`() async throws {
    let folder = try TemporaryFolder()
    try folder.write("mine: 1\n", to: "app-config.yaml")
    let arguments = ["init", "--organization", "contoso", "--credential", "token"]

    let refused = try await run(arguments, in: folder)
    #expect(refused.code == 1)
    #expect(refused.errors == "error: app-config.yaml: the file is there already; --force writes over it\n")
    #expect(try String(contentsOfFile: folder.path("app-config.yaml"), encoding: .utf8) == "mine: 1\n")

    let forced = try await run(arguments + ["--force", "--json"], in: folder)
    #expect(forced.code == 0)
    let report = try object(forced.output)
    #expect(report["file"] as? String == "app-config.yaml")
    #expect(report["unset"] as? [String] == ["CONTOSO_TOKEN"])
    #expect(report["check"] == nil, "without its variable there is nothing to check")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path(""))
    #expect(!names.contains { $0.contains(".new-") })
  }

  @Test(arguments: [
    (["--credential", "token"], "--organization"),
    (["--organization", "contoso"], "--credential"),
    (["--organization", "contoso", "--credential", "service-principal"], "--tenant-id"),
    (
      [
        "--organization", "contoso", "--credential", "service-principal", "--tenant-id", "common",
        "--client-id", "x",
      ],
      "tenantId"
    ),
  ])
  func `without a terminal the options must say it`(arguments: [String], missing: String) async throws {
    let folder = try TemporaryFolder()

    let ended = try await run(["init"] + arguments, in: folder)

    #expect(ended.code == 64, "\(ended.errors)")
    #expect(ended.errors.contains(missing), "\(ended.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.path("app-config.yaml")))
  }

  @Test func `names that YAML would read as something else come back as they were`() async throws {
    let folder = try TemporaryFolder()

    let made = try await run(
      [
        "init", "--organization", "123", "--organization", "no", "--credential", "managed-identity",
        "--database", "/var/lib/a: b/${x}.sqlite", "--no-check",
      ],
      in: folder
    )
    let printed = try await run(["settings", "print", "--json"], in: folder)

    #expect(made.output.hasPrefix("app-config.yaml: written\n"), "\(made.errors)")
    let settings = try #require(try object(printed.output)["settings"] as? [[String: Any]])
    func value(_ path: String) -> Any? { settings.first { $0["keyPath"] as? String == path }?["value"] }
    #expect(value("integrations.azure[0].credentials[0].organizations") as? [String] == ["123", "no"])
    #expect(value("integrations.azure[0].credentials[0].clientId") as? String == "system-assigned")
    #expect(value("crawler.database") as? String == "/var/lib/a: b/${x}.sqlite")
  }

  @Test(arguments: [
    ("https://dev.azure.com/contoso/", "contoso"), ("contoso,fabrikam", "contoso fabrikam"),
    ("https://dev.azure.com/contoso/Payments/_git/api?path=/catalog-info.yaml", "contoso"),
    ("contoso Contoso", "contoso"),
  ])
  func `organizations may be pasted as addresses`(given: String, names: String) async throws {
    let folder = try TemporaryFolder()

    let made = try await run(
      [
        "init", "--organization", given, "--credential", "managed-identity", "--no-check", "--output",
        "my own.yaml",
      ],
      in: folder
    )

    let written = names.split(separator: " ").joined(separator: ", ")
    #expect(made.output == "my own.yaml: written\nnext: catalog-crawler auth check --config 'my own.yaml'\n")
    #expect(
      try String(contentsOfFile: folder.path("my own.yaml"), encoding: .utf8)
        .contains("- organizations: [\(written)]\n")
    )
  }

  @Test(arguments: [
    ("-contoso", "such as contoso of https://dev.azure.com/contoso, got '-contoso'"),
    (" ", "the name of an organization"),
    ("https://contoso.visualstudio.com/", "another host is said by --host"),
    ("https://dev.azure.com/", "got 'https://dev.azure.com/'"),
  ])
  func `what is no organization is refused at once`(given: String, message: String) async throws {
    let folder = try TemporaryFolder()

    let ended = try await run(["init", "--organization=\(given)", "--credential", "token"], in: folder)

    #expect(ended.code == 64)
    #expect(ended.errors.contains(message), "\(ended.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.path("app-config.yaml")))
  }

  @Test func `a folder that is not there is said before anything is asked`() async throws {
    let ended = try await run(["init", "--output", "nowhere/a.yaml"], in: try TemporaryFolder())

    #expect(ended.code == 1)
    #expect(
      ended.errors
        == "error: nowhere/a.yaml: cannot be written\nnext: give a file in a folder that is there and yours, with --output\n"
    )
  }

  // MARK: settings

  @Test func `settings print says where each value comes from and no secret`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      integrations:
        azure:
          - credentials:
              - organizations: [contoso]
                personalAccessToken: ${TOKEN}
      """,
      to: "app-config.yaml"
    )
    let environment = ["TOKEN": "canary-3f9a", "APP_CONFIG_crawler_concurrency": "3"]

    let text = try await run(["settings", "print", "--database", "x.sqlite"], in: folder, environment)
    let json = try await run(["settings", "print", "--json"], in: folder, environment)

    #expect(text.code == 0 && json.code == 0)
    #expect(!(text.output + json.output).contains("canary-3f9a"))
    #expect(
      text.output.contains(
        "integrations.azure[0].credentials[0].personalAccessToken: ***  # \(folder.path("app-config.yaml")):5 from ${TOKEN}"
      ),
      "\(text.output)"
    )
    #expect(text.output.contains(/crawler\.database: x\.sqlite +# option --database\n?/))
    let report = try object(json.output)
    #expect(Set(report.keys) == ["files", "settings", "ignored", "problems", "warnings"])
    let settings = try #require(report["settings"] as? [[String: Any]])
    let concurrency = try #require(settings.first { $0["keyPath"] as? String == "crawler.concurrency" })
    #expect(concurrency["value"] as? Int == 3)
    #expect(concurrency["source"] as? String == "environment")
    #expect(concurrency["variables"] as? [String] == ["APP_CONFIG_crawler_concurrency"])
  }

  @Test func `settings check tells every problem and ends with 78`() async throws {
    let folder = try TemporaryFolder()
    try folder.write("crawler: {concurrency: 900, unknown: 1}\n", to: "app-config.yaml")

    let ended = try await run(["settings", "check", "--json"], in: folder)

    #expect(ended.code == 78)
    let report = try object(ended.output)
    #expect(report["usable"] as? Bool == false)
    let problems = try #require(report["problems"] as? [[String: Any]])
    #expect(problems.compactMap { $0["keyPath"] as? String } == ["crawler.unknown", "crawler.concurrency"])
    let missing = try await run(["settings", "check"], in: try TemporaryFolder())
    #expect(missing.code == 78)
    #expect(missing.errors.contains("next: "))
  }

  // MARK: doctor

  /// States of the findings by check.
  private func states(_ run: ProgramRun) throws -> [String: String] {
    let findings = try #require(try object(run.output)["findings"] as? [[String: Any]])
    for finding in findings where finding["state"] as? String == "problem" {
      #expect(finding["nextStep"] is String, "\(finding)")
    }
    let pairs = findings.map { ($0["check"] as? String ?? "", $0["state"] as? String ?? "") }
    return Dictionary(pairs) { $0 == "ok" ? $1 : $0 }
  }

  @Test func `doctor finds all in order after a crawl`() async throws {
    try await simulator().serving { base in
      let folder = try TemporaryFolder()
      var environment = environment(base)
      environment["APP_CONFIG_crawler_codeSearch"] = "true"
      environment["APP_CONFIG_crawler_endpoints"] =
        "{\"dev.azure.com\": \"\(base)\", \"almsearch.dev.azure.com\": \"\(base)\"}"
      _ = try await run(
        ["init", "--organization", "contoso", "--credential", "token"],
        in: folder,
        environment
      )
      #expect(try await run(["sync"], in: folder, environment).code == 0)

      let json = try await run(["doctor", "--json"], in: folder, environment)
      let text = try await run(["doctor", "--quick"], in: folder, environment)

      #expect(json.code == 0, "\(json.output)")
      #expect(try object(json.output)["healthy"] as? Bool == true)
      let states = try states(json)
      for check in [
        "settings", "versions", "host", "credential", "scope", "clock", "listing", "code search", "schema",
        "database", "lease", "last crawl", "database check",
      ] {
        #expect(states[check] == "ok", "\(check): \(states[check] ?? "missing")")
      }
      #expect(states["webhooks"] == "not checked")
      #expect(text.output.contains("not checked database check: left out by --quick\n"))
      #expect(text.output.hasSuffix("0 problems, 0 warnings\n"), "\(text.output)")
      #expect(!text.output.contains("\u{1B}"), "no colour where there is no terminal")
    }
  }

  @Test func `what is broken keeps doctor from no other check`() async throws {
    let folder = try TemporaryFolder()
    try folder.write("this is no database", to: "catalog.sqlite")
    try folder.write("crawler: {concurency: 1}\n", to: "app-config.yaml")

    let broken = try await run(["doctor", "--json"], in: folder)

    #expect(broken.code == 1)
    var states = try states(broken)
    #expect(states["settings"] == "problem" && states["database"] == "problem" && states["versions"] == "ok")
    #expect(states["credentials"] == "not checked")

    try folder.write(
      """
      integrations: {azure: [{credentials: [{organizations: [contoso], personalAccessToken: wrong}]}]}
      crawler: {endpoints: {dev.azure.com: "http://127.0.0.1:9"}}
      """,
      to: "app-config.yaml"
    )
    try FileManager.default.removeItem(atPath: folder.path("catalog.sqlite"))
    let unreachable = try await run(["doctor", "--json"], in: folder)
    #expect(unreachable.code == 1)
    states = try self.states(unreachable)
    #expect(states["host"] == "problem" && states["scope"] == "problem" && states["database"] == "warning")
  }

  @Test func `doctor tells a list that has lost much, and a token that is refused`() async throws {
    let folder = try TemporaryFolder()
    let names = Dictionary(uniqueKeysWithValues: (1...20).map { ("r\($0)", String?.none) })
    try await Simulator(world: world(names)).serving { base in
      _ = try await run(
        ["init", "--organization", "contoso", "--credential", "token"],
        in: folder,
        environment(base)
      )
      #expect(try await run(["sync"], in: folder, environment(base)).code == 0)
    }
    try await simulator().serving { base in
      #expect(
        try states(await run(["doctor", "--json"], in: folder, environment(base)))["listing"] == "warning"
      )

      var wrong = environment(base)
      wrong["CONTOSO_TOKEN"] = "canary-3f9a"
      let refused = try await run(["doctor", "--json"], in: folder, wrong)
      #expect(refused.code == 1)
      #expect(try states(refused)["scope"] == "problem")
      #expect(!refused.output.contains("canary-3f9a"))
    }
  }

  @Test func `doctor looks at the subscriptions when there is a secret for webhooks`() async throws {
    try await simulator().serving { base in
      let folder = try TemporaryFolder()
      var environment = environment(base)
      _ = try await run(
        ["init", "--organization", "contoso", "--credential", "token"],
        in: folder,
        environment
      )
      func webhooks() async throws -> [String] {
        let json = try await run(["doctor", "--quick", "--json"], in: folder, environment)
        #expect(!json.output.contains("webhook-secret-0001"))
        let findings = try #require(try object(json.output)["findings"] as? [[String: Any]])
        return findings.filter { $0["check"] as? String == "webhooks" }.map { finding in
          ["subject", "state", "message", "nextStep"].compactMap { finding[$0] as? String }
            .joined(separator: " | ")
        }
      }
      let address = "http://127.0.0.1:9/webhooks/azure-devops"

      #expect(
        try await webhooks() == [
          "not checked | none are configured: crawler.webhooks has no secret; changes are seen by the schedule"
        ]
      )
      environment["APP_CONFIG_crawler_webhooks_secret"] = "webhook-secret-0001"
      #expect(
        try await webhooks() == [
          "ok | the service takes them; what proves them is a secret",
          "contoso | warning | no subscription sends events to an address that ends in /webhooks/azure-devops | "
            + "run 'catalog-crawler webhooks install --url https://NAME/webhooks/azure-devops'",
        ]
      )
      #expect(try await run(["webhooks", "install", "--url", address], in: folder, environment).code == 0)
      #expect(try await webhooks().last == "contoso | ok | 5 subscriptions of 1 projects send to \(address)")
      environment["CONTOSO_TOKEN"] = "wrong"
      #expect(try await webhooks().last == "contoso | not checked | the organization cannot be read")
    }
  }

  // MARK: completions, manual page

  @Test(arguments: [("bash", "ownership"), ("zsh", "ownership"), ("fish", "ownership")])
  func `completions know commands and values`(shell: String, value: String) async throws {
    let script = try await run(["completions", shell], in: try TemporaryFolder())

    #expect(script.code == 0)
    for word in ["doctor", value, "ndjson", "schema"] { #expect(script.output.contains(word), "\(word)") }
  }

  @Test func `organizations are completed, also where their tokens are not set`() async throws {
    let folder = try TemporaryFolder()
    let made = try await run(
      ["init", "--organization", "contoso", "--organization", "fabrikam", "--credential", "token"],
      in: folder
    )
    #expect(made.code == 0, "\(made.errors)")
    // As the scripts of the shells ask: the option, which word, where in it, and all words.
    let words = ["---completion", "refresh", "--", "--organization", "3", "0"]
    let line = ["catalog-crawler", "refresh", "--organization", ""]

    let completed = try await run(
      words + line,
      in: folder,
      ["SAP_SHELL": "bash", "SAP_SHELL_VERSION": "5.2"]
    )

    #expect(completed.output.split(separator: "\n") == ["contoso", "fabrikam"], "\(completed.errors)")
  }

  @Test func `the manual page has every command and every option`() async throws {
    let page = try await run(["manual-page"], in: try TemporaryFolder()).output

    for (name, command) in try ProgramHelp().command.leaves() where command.shouldDisplay != false {
      let written = name.replacing("-", with: "\\-")
      #expect(page.contains(".SS \"catalog\\-crawler \(written)\"\n"), "\(name)")
      for argument in command.arguments ?? [] where argument.shouldDisplay {
        for option in argument.options {
          #expect(page.contains("\\fB\(option.replacing("-", with: "\\-"))\\fR"), "\(option)")
        }
      }
    }
  }
}
