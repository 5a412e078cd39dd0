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
    let questions = Questions(isTerminal: !json && isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1)
    let settings = try answers(questions)
    try write(settings, to: path)
    let unset = settings.variables.filter { ProcessInfo.processInfo.environment[$0, default: ""].isEmpty }
    let report = check && unset.isEmpty ? try await authCheck(path) : nil
    show(settings, unset, report)
    if let report, !report.readable { throw ExitCode(ExitCodes.nothingDone) }
  }

  private func answers(_ questions: Questions) throws -> NewSettings {
    var organizations = organization
    if organizations.isEmpty {
      organizations = try questions.ask("Organizations, with blanks between them", option: "--organization")
        .split(separator: " ").map(String.init)
    }
    let kind =
      try credential
      ?? questions.choose(
        "How to sign in",
        among: Kind.allCases.map(\.rawValue),
        option: "--credential"
      ).flatMap(Kind.init(rawValue:)) ?? .token
    let chosen: NewSettings.Credential
    switch kind {
    case .token: chosen = .personalAccessToken
    case .servicePrincipal:
      chosen = .servicePrincipal(
        tenantID: try tenantId ?? questions.ask("Tenant, an id or a domain name", option: "--tenant-id"),
        clientID: try clientId ?? questions.ask("Client id of the application", option: "--client-id")
      )
    case .managedIdentity:
      chosen = .managedIdentity(
        try clientId
          ?? questions.ask("Client id of the identity", option: "--client-id", default: "system-assigned")
      )
    }
    return NewSettings(
      host: host,
      organizations: organizations,
      credential: chosen,
      database: database,
      variable: variable
    )
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
      StandardError.print("error: \(path): cannot be written; give another file with --output")
      throw ExitCode(ExitCodes.nothingDone)
    }
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
    print("\(output): written")
    if let report { print(report.text) }
    for name in unset { print("next: export \(name)=... (the secret)") }
    if report?.readable == true {
      print("next: catalog-crawler sync")
    } else if report == nil {
      print("next: catalog-crawler auth check --config \(output)")
    }
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

/// Asks people on a terminal.
struct Questions {
  /// Without a terminal nothing is asked.
  let isTerminal: Bool

  /// - Parameters:
  ///   - option: What says the same without being asked.
  ///   - fallback: What an empty answer means; nil when there must be one.
  /// - Throws: A usage error without a terminal, or at the end of the input.
  func ask(_ question: String, option: String, default fallback: String? = nil) throws -> String {
    guard isTerminal else {
      if let fallback { return fallback }
      throw ValidationError("nobody can be asked here: give \(option)")
    }
    while true {
      StandardError.write(question + (fallback.map { " [\($0)]" } ?? "") + ": ")
      guard let line = readLine() else { throw ValidationError("the input ended: give \(option)") }
      let answer = line.trimmingCharacters(in: .whitespaces)
      if !answer.isEmpty { return answer }
      if let fallback { return fallback }
    }
  }

  /// One of a few words, or the number of one; the first is the default.
  func choose(_ question: String, among words: [String], option: String) throws -> String? {
    guard isTerminal else { throw ValidationError("nobody can be asked here: give \(option)") }
    for (index, word) in words.enumerated() { StandardError.print("  \(index + 1) \(word)") }
    while true {
      let answer = try ask(question, option: option, default: "1")
      if let number = Int(answer), words.indices.contains(number - 1) { return words[number - 1] }
      if words.contains(answer) { return answer }
      StandardError.print("expected a number from 1 to \(words.count), or one of the words")
    }
  }
}
