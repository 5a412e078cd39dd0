import AzureSimulator
import Foundation
import TestSupport
import Testing

/// `auth check` of the built program against the simulator.
@Suite(.timeLimit(.minutes(2)))
struct AuthCheckTests {
  private func simulator(_ tokens: [World.Token] = ["simulator-token"]) -> Simulator {
    Simulator(world: world(["a": component("api"), "b": component("web"), "c": nil], tokens: tokens))
  }

  @Test func `an organization that can be read is told with credential, identity and count`() async throws {
    let simulator = simulator()
    try await simulator.serving { base in
      let folder = try AuthCheckRun.settings(base, credentials: AuthCheckRun.token("Contoso"))

      let (run, report) = try await check(folder)

      #expect(run.code == 0, "\(run.errors)")
      #expect(run.errors.isEmpty)
      let organization = try #require(report.organizations.first)
      #expect(report.readable && report.organizations.count == 1)
      #expect(organization.host == "dev.azure.com" && organization.name == "Contoso")
      #expect(organization.readable)
      #expect(
        organization.credential
          == .init(
            name: "credential 1 of dev.azure.com",
            kind: "personal access token",
            reason: "the credential names the organization"
          )
      )
      #expect(organization.token == .init(expiresAt: nil))
      #expect(organization.identity?.name == "simulator@example.com")
      #expect(organization.identity?.isAnonymous == false)
      #expect(organization.repositories == 3)
      #expect(abs(organization.clockSkewSeconds ?? 999) < 300)
      #expect(organization.failure == nil)
      #expect(organization.warnings.isEmpty)
      #expect(simulator.requests.byRoute == ["connectionData": 1, "repositories": 1])
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path(""))
      #expect(!names.contains { $0.contains("sqlite") }, "a check stores nothing")
    }
  }

  @Test func `people get the same in lines`() async throws {
    try await simulator().serving { base in
      let folder = try AuthCheckRun.settings(base, credentials: AuthCheckRun.token("contoso"))

      let run = try await ProgramRun(["auth", "check"], in: folder, environment: [:])
      let quiet = try await ProgramRun(["auth", "check", "--quiet"], in: folder, environment: [:])

      let lines = run.output.split(separator: "\n").map(String.init)
      #expect(run.code == 0)
      #expect(lines.first == "contoso (dev.azure.com): can be read")
      #expect(
        lines.contains(
          "  credential: credential 1 of dev.azure.com, personal access token: the credential names the organization"
        )
      )
      #expect(lines.contains("  token: as configured; its end is not known here"))
      #expect(lines.contains { $0.hasPrefix("  signed in as: simulator@example.com (") })
      #expect(lines.contains("  repositories: 3"))
      #expect(lines.last == "1 of 1 organizations can be read")
      #expect(quiet.code == 0 && quiet.output.isEmpty && quiet.errors.isEmpty)
    }
  }

  @Test(arguments: [
    (World.Token("other"), "sign-in", "not a member of the organization (TF400813)", "scope Code (Read)"),
    (
      World.Token("simulator-token", state: .expired), "sign-in", "has expired",
      "make a personal access token in organization contoso"
    ),
    (World.Token("simulator-token", state: .withoutScope), "sign-in", "lacks the scope", "scope Code (Read)"),
    (
      World.Token("simulator-token", state: .conditionalAccess), "forbidden", "may not read this",
      "conditional access policy"
    ),
  ])
  func `a token that is not accepted fails with the next step`(
    token: World.Token,
    rule: String,
    message: String,
    step: String
  ) async throws {
    try await simulator([token]).serving { base in
      let (run, report) = try await check(
        try AuthCheckRun.settings(base, credentials: AuthCheckRun.token("contoso"))
      )

      #expect(run.code == 1)
      #expect(!report.readable)
      let organization = try #require(report.organizations.first)
      let failure = try #require(organization.failure)
      #expect(!organization.readable && organization.repositories == nil && organization.identity == nil)
      #expect(failure.stage == "repositories")
      #expect(failure.rule == rule)
      #expect(failure.message.contains(message), "\(failure.message)")
      #expect(failure.nextStep.contains(step), "\(failure.nextStep)")
    }
  }

  @Test func `a stopped organization is asked once`() async throws {
    let simulator = simulator()
    simulator.change { $0.organizations[0].state = .stopped }
    try await simulator.serving { base in
      let (run, report) = try await check(
        try AuthCheckRun.settings(base, credentials: AuthCheckRun.token("contoso"))
      )

      #expect(run.code == 1)
      #expect(report.organizations.first?.failure?.stage == "identity")
      #expect(report.organizations.first?.failure?.rule == "organization-stopped")
      #expect(simulator.requests.total == 1)
    }
  }

  @Test func `one organization that fails leaves the others readable`() async throws {
    let simulator = simulator()
    simulator.change { world in
      world.organizations.append(World.Organization("fabrikam", tokens: ["second-token"]))
    }
    try await simulator.serving { base in
      let folder = try AuthCheckRun.settings(
        base,
        credentials: [
          AuthCheckRun.token("fabrikam", "wrong-token"), AuthCheckRun.token("contoso"),
          AuthCheckRun.token("missing"),
        ]
        .joined(separator: "\n")
      )

      let (all, report) = try await check(folder)
      let (one, onlyOne) = try await check(folder, "--organization", "CONTOSO")
      let nobody = try await ProgramRun(
        ["auth", "check", "--organization", "nobody"],
        in: folder,
        environment: [:]
      )

      #expect(all.code == 1)
      #expect(report.organizations.map(\.name) == ["contoso", "fabrikam", "missing"])
      #expect(report.organizations.map(\.readable) == [true, false, false])
      #expect(report.organizations.map(\.credential?.name).last == "credential 3 of dev.azure.com")
      #expect(report.organizations.last?.failure?.rule == "organization-unknown")
      #expect(one.code == 0)
      #expect(onlyOne.organizations.map(\.name) == ["contoso"])
      #expect(nobody.code == 64)
      #expect(nobody.errors.contains("no organization 'nobody'"))
    }
  }

  @Test(
    arguments: [
      (nil, "names no organization"), ("contoso, fabrikam", "names 2 organizations"), ("contoso", nil),
    ] as [(String?, String?)]
  )
  func `a personal access token that is not for one organization is warned of`(
    organizations: String?,
    warning: String?
  ) async throws {
    try await simulator().serving { base in
      let folder = try AuthCheckRun.settings(
        base,
        credentials: AuthCheckRun.token(organizations),
        crawler: "  organizations: [contoso]"
      )

      let (run, report) = try await check(folder, "--organization", "contoso")

      let warnings = try #require(report.organizations.first).warnings
      #expect(run.code == 0)
      #expect(warnings.count == (warning == nil ? 0 : 1))
      if let warning {
        #expect(warnings.first?.contains(warning) == true)
        #expect(warnings.first?.contains("1 December 2026") == true)
      }
    }
  }

  @Test func `a token that may not ask who it is can still read`() async throws {
    let simulator = simulator()
    simulator.setFaults([FaultRule(route: "connectionData", answer: .unauthorized)])
    try await simulator.serving { base in
      let (run, report) = try await check(
        try AuthCheckRun.settings(base, credentials: AuthCheckRun.token("contoso"))
      )

      #expect(run.code == 0)
      #expect(report.organizations.first?.identity == nil)
      #expect(report.organizations.first?.repositories == 3)
      #expect(
        report.organizations.first?.warnings.first?.hasPrefix("Azure DevOps does not say who we are") == true
      )
    }
  }

  @Test func `settings without an organization are an error of the settings`() async throws {
    let folder = try TemporaryFolder()
    try folder.write("crawler: {}\n", to: "app-config.yaml")

    let run = try await ProgramRun(["auth", "check"], in: folder, environment: [:])

    #expect(run.code == 78)
    #expect(run.errors.contains("the settings name no organization"))
  }
}
