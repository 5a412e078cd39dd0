import ArgumentParser
import Crawl
import Credentials
import Foundation
import Settings
import Transport

/// Writes settings that work.
struct InitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Write an app-config.yaml that works, and check that it does.",
    discussion: """
      Asks on a terminal for what no option says; elsewhere the options must say it. No secret is asked for or written: \
      the file names the environment variables that hold them. When they are set, 'auth check' follows.

      Exit code: 0; 1 the file is there already, or an organization cannot be read; 64 wrong or missing arguments.

      Examples:
        catalog-crawler init
        catalog-crawler init --organization contoso --credential token
        catalog-crawler init --organization contoso --organization fabrikam --credential service-principal \\
          --tenant-id contoso.onmicrosoft.com --client-id 11111111-2222-4333-8444-555555555555
        catalog-crawler init --organization contoso --credential managed-identity --force
      """
  )

  enum Kind: String, ExpressibleByArgument, CaseIterable {
    case token
    case servicePrincipal = "service-principal"
    case managedIdentity = "managed-identity"

    /// What stands beside the word where it is asked for.
    var meaning: String {
      switch self {
      case .token: "a personal access token of each organization, with the scope Code (Read)"
      case .servicePrincipal: "an application of Entra ID and its secret"
      case .managedIdentity: "the identity that Azure gives to this machine; no secret"
      }
    }
  }

  @Option(name: .long, help: "An organization to crawl; repeat it for several.")
  var organization: [String] = []

  @Option(name: .long, help: "The host of the organizations.")
  var host = AzureHost.services

  @Option(name: .long, help: "How to sign in: token, service-principal or managed-identity.")
  var credential: Kind?

  @Option(name: .long, help: "Of a service principal: its tenant, an id or a domain name.")
  var tenantId: String?

  @Option(
    name: .long,
    help: "Of a service principal: its client id; of a managed identity too. Default there: system-assigned."
  )
  var clientId: String?

  @Option(name: .long, help: "The environment variable that holds the secret.")
  var variable: String?

  @Option(
    name: .long,
    help: ArgumentHelp("Where the database is to be.", valueName: "file"),
    completion: .file()
  )
  var database: String?

  @Option(name: .long, help: ArgumentHelp("The file to write.", valueName: "file"), completion: .file())
  var output = "app-config.yaml"

  @Flag(name: .long, help: "Write over a file that is there.")
  var force = false

  @Flag(name: .long, inversion: .prefixedNo, help: "Run 'auth check' with what was written.")
  var check = true

  @Flag(name: .long, help: "Print JSON on standard output, and ask nothing.")
  var json = false

  func run() async throws {
    let path = URL(filePath: output).path(percentEncoded: false)
    if !force, FileManager.default.fileExists(atPath: path) {
      StandardError.print("error: \(output): the file is there already; --force writes over it")
      throw ExitCode(ExitCodes.nothingDone)
    }
    let folder = URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false)
    guard FileManager.default.isWritableFile(atPath: folder) else { throw cannotWrite() }
    let questions = Questions(isTerminal: !json && isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1)
    let settings: NewSettings
    do {
      settings = try answers(questions)
    } catch let error as Questions.Unanswered {
      StandardError.print("error: \(error.message)")
      StandardError.print("next: \(error.nextStep)")
      throw ExitCode(ExitCodes.usage)
    }
    try write(settings, to: path)
    if !json { print("\(output): written") }
    let unset = settings.variables.filter { ProcessInfo.processInfo.environment[$0, default: ""].isEmpty }
    let report = check && unset.isEmpty ? try await authCheck(path) : nil
    show(settings, unset, report)
    if let report, !report.readable { throw ExitCode(ExitCodes.nothingDone) }
  }

  private func answers(_ questions: Questions) throws -> NewSettings {
    var organizations: [String] = []
    do throws(Questions.Fault) {
      for name in organization { organizations += try OrganizationNames.read(name, host: host) }
    } catch {
      throw ValidationError("--organization: \(error.message)")
    }
    if organization.isEmpty {
      organizations = try questions.ask(
        "Organizations, with blanks between them",
        option: "--organization"
      ) { (answer) throws(Questions.Fault) in try OrganizationNames.read(answer, host: host) }
    }
    return NewSettings(
      host: host,
      organizations: organizations,
      credential: try chosenCredential(questions),
      database: database,
      variable: variable
    )
  }

  private func chosenCredential(_ questions: Questions) throws -> NewSettings.Credential {
    let kind =
      try credential
      ?? Kind(
        rawValue: questions.choose(
          "How to sign in",
          among: Kind.allCases.map { ($0.rawValue, $0.meaning) },
          option: "--credential"
        )
      ) ?? .token
    switch kind {
    case .token: return .personalAccessToken
    case .servicePrincipal:
      let tenant =
        try tenantId
        ?? questions.ask("Tenant, an id or a domain name", option: "--tenant-id") {
          (answer) throws(Questions.Fault) in
          guard TenantID.isValid(answer) else {
            throw Questions.Fault(
              message: "expected the id or the domain name of one tenant, got '\(answer)'"
            )
          }
          return answer
        }
      let client =
        try clientId
        ?? questions.ask("Client id of the application", option: "--client-id") {
          (answer) throws(Questions.Fault) in try Self.identifier(answer)
        }
      return .servicePrincipal(tenantID: tenant, clientID: client)
    case .managedIdentity:
      let identity = "system-assigned"
      guard clientId == nil, questions.isTerminal else { return .managedIdentity(clientId ?? identity) }
      return .managedIdentity(
        try questions.ask("Client id of the identity", option: "--client-id", default: identity) {
          (answer) throws(Questions.Fault) in answer == identity ? answer : try Self.identifier(answer)
        }
      )
    }
  }

  /// Client ids are GUIDs.
  private static func identifier(_ answer: String) throws(Questions.Fault) -> String {
    guard UUID(uuidString: answer) != nil else {
      throw Questions.Fault(
        message: "expected a client id such as 11111111-2222-4333-8444-555555555555, got '\(answer)'"
      )
    }
    return answer
  }

  /// Writes the file when settings can be read from it.
  private func write(_ settings: NewSettings, to path: String) throws {
    let new = path + ".new-\(ProcessInfo.processInfo.processIdentifier)"
    do {
      try Data(settings.yaml.utf8).write(to: URL(filePath: new), options: .withoutOverwriting)
      defer { try? FileManager.default.removeItem(atPath: new) }  // gone already when all went well
      let variables = settings.variables.map { ($0, "stands-for-a-secret") }
      _ = try SettingsFiles.read(
        explicit: [new],
        folder: FileManager.default.currentDirectoryPath,
        environment: Dictionary(variables) { first, _ in first }
      )
      guard rename(new, path) == 0 else { throw CocoaError(.fileWriteUnknown) }
    } catch let error as SettingsError {
      for problem in error.problems { StandardError.print("error: \(problem.keyPath): \(problem.message)") }
      StandardError.print("next: give other answers; nothing was written")
      throw ExitCode(ExitCodes.usage)
    } catch {
      throw cannotWrite()
    }
  }

  private func cannotWrite() -> ExitCode {
    StandardError.print("error: \(output): cannot be written")
    StandardError.print("next: give a file in a folder that is there and yours, with --output")
    return ExitCode(ExitCodes.nothingDone)
  }

  private func authCheck(_ path: String) async throws -> AuthCheckReport {
    try await reportingFailures {
      let settings = try SettingsFiles.read(
        explicit: [path],
        folder: FileManager.default.currentDirectoryPath,
        environment: ProcessInfo.processInfo.environment
      )
      let curl = CurlClient(configuration: CurlClient.Configuration(settings.crawler))
      defer { curl.close() }
      let send: Send = { request throws(TransportError) in try await curl.send(request) }
      let check = AuthCheck(
        settings: settings,
        authorizer: Authorizer(
          settings: settings,
          environment: ProcessInfo.processInfo.environment,
          send: send,
          warn: { StandardError.print("warning: \($0)") }
        ),
        send: send
      )
      return try await Signals.cancelling { try await check.run(settings.scope) }
    }
  }

  private func show(_ settings: NewSettings, _ unset: [String], _ report: AuthCheckReport?) {
    if json {
      print(
        JSONOutput.text(of: Report(file: output, variables: settings.variables, unset: unset, check: report))
      )
      return
    }
    // Without --config the file of that name in the working folder is read.
    let option = output == "app-config.yaml" ? "" : " --config \(Self.shellWord(output))"
    if let report { print(report.text) }
    for name in unset { print("next: export \(name)=... (the secret)") }
    if report?.readable == true {
      print("next: catalog-crawler sync\(option)")
    } else if report == nil {
      print("next: catalog-crawler auth check\(option)")
    } else {
      print("next: when that is mended: catalog-crawler auth check\(option)")
    }
  }

  /// A word as a shell reads it back.
  private static func shellWord(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy { byte in
      UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20
        || "-._/".utf8.contains(byte)
    }
    return isPlain ? text : "'" + text.replacing("'", with: "'\\''") + "'"
  }

  private struct Report: Encodable {
    var file: String
    var variables: [String]
    /// Those of them that are not set here.
    var unset: [String]
    /// As `auth check --json` prints it; absent when it was not run.
    var check: AuthCheckReport?
  }
}
