import ArgumentParser
import Crawl
import Credentials
import Foundation
import Settings
import Transport

/// What concerns signing in.
struct AuthCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "auth",
    abstract: "Look at how the crawler signs in.",
    subcommands: [AuthCheckCommand.self]
  )
}

/// Says for every organization whether it can be signed in to and read, and what to do if not.
struct AuthCheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Check for each organization that its credential works.",
    discussion: """
      Asks for a token, asks Azure DevOps who we are, and reads the list of repositories. Stores nothing.

      Exit code: 0 every organization can be read; 1 one cannot; 64 wrong arguments; 78 wrong settings.

      Examples:
        catalog-crawler auth check
        catalog-crawler auth check --organization contoso --json
      """
  )

  @OptionGroup var options: CommonOptions

  @Option(name: .long, help: "Only this organization.", completion: .organization)
  var organization: String?

  func run() async throws {
    let report = try await reportingFailures {
      let settings = try options.settings()
      let organizations = try scope(of: settings)
      return try await check(organizations, settings)
    }
    if !options.quiet {
      switch options.outputFormat {
      case .json: print(JSONOutput.text(of: report))
      case .text: print(report.text)
      }
    }
    if !report.readable { throw ExitCode(ExitCodes.nothingDone) }
  }

  /// The organizations to check.
  private func scope(of settings: CrawlerSettings) throws(CrawlScopeError) -> [ScopedOrganization] {
    let all = settings.scope
    guard !all.isEmpty else { throw .nothingConfigured }
    guard let organization else { return all }
    let chosen = all.filter { $0.name.lowercased() == organization.lowercased() }
    guard !chosen.isEmpty else { throw .unknownOrganization(organization, known: all.map(\.name)) }
    return chosen
  }

  private func check(
    _ organizations: [ScopedOrganization],
    _ settings: CrawlerSettings
  ) async throws -> AuthCheckReport {
    let curl = CurlClient(configuration: CurlClient.Configuration(settings.crawler))
    defer { curl.close() }
    let send: Send = { request throws(TransportError) in try await curl.send(request) }
    let isQuiet = options.quiet
    let check = AuthCheck(
      settings: settings,
      authorizer: Authorizer(
        settings: settings,
        environment: ProcessInfo.processInfo.environment,
        send: send,
        warn: { if !isQuiet { StandardError.print("warning: \($0)") } }
      ),
      send: send
    )
    return try await Signals.cancelling { try await check.run(organizations) }
  }
}
