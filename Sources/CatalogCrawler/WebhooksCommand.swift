import ArgumentParser
import AzureDevOps
import Crawl
import Credentials
import Foundation
import Settings
import Transport

/// What concerns webhooks.
struct WebhooksCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "webhooks",
    abstract: "Look after the subscriptions in Azure DevOps that tell the service of changes.",
    subcommands: [WebhooksInstallCommand.self, WebhooksListCommand.self, WebhooksRemoveCommand.self]
  )
}

/// What the subcommands take.
struct WebhookOptions: ParsableArguments {
  @Option(name: .long, help: "Only this organization.")
  var organization: String?

  @Flag(name: .long, help: "Only say what would be done.")
  var dryRun = false

  /// The address that events are sent to.
  ///
  /// - Throws: `ValidationError` for one that secrets must not be sent to.
  static func checked(_ text: String) throws -> String {
    guard let url = URL(string: text), let scheme = url.scheme?.lowercased(), let host = url.host(),
      url.user() == nil, url.query() == nil, url.fragment() == nil
    else {
      throw ValidationError(
        "--url: got '\(text)', expected a URL such as https://catalog.example/webhooks/azure-devops"
      )
    }
    let isLocal = ["127.0.0.1", "localhost", "::1", "[::1]"].contains(host)
    guard scheme == "https" || scheme == "http" && isLocal else {
      throw ValidationError("--url: got '\(text)', expected https: the secret is sent with every event")
    }
    guard url.path().hasSuffix(WebhookAction.path) || url.path().hasSuffix(WebhookAction.path + "/") else {
      throw ValidationError("--url: got '\(text)', expected an address that ends in \(WebhookAction.path)")
    }
    return text
  }
}

/// Makes the subscriptions.
struct WebhooksInstallCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "install",
    abstract: "Subscribe the service to the events of every project.",
    discussion: """
      Asks each organization of the settings for its projects and subscribes to pushes and to repositories that \
      are created, deleted, renamed, disabled and enabled. What is there already is left alone; what the service \
      has given up is made anew. The secret is that of crawler.webhooks. \
      The identity needs the right to edit subscriptions.

      Exit code: 0 everything is as it should be; 2 something could not be done; 1 nothing could; \
      64 wrong arguments; 78 wrong settings.

      Examples:
        catalog-crawler webhooks install --url https://catalog.example/webhooks/azure-devops --dry-run
        catalog-crawler webhooks install --url https://catalog.example/webhooks/azure-devops --renew
      """
  )

  @OptionGroup var options: CommonOptions
  @OptionGroup var webhookOptions: WebhookOptions

  @Option(name: .long, help: "Where the service is reached from Azure DevOps.")
  var url: String

  @Flag(name: .long, help: "Make those anew that are there, as after the secret has changed.")
  var renew = false

  func validate() throws { _ = try WebhookOptions.checked(url) }

  func run() async throws {
    try await WebhookAction(options: options, webhookOptions: webhookOptions)
      .run { settings in
        guard settings.crawler.webhooks.isOn else {
          throw SettingsError(problems: [
            SettingsProblem(
              file: "settings",
              line: nil,
              column: nil,
              keyPath: "crawler.webhooks",
              message: "wanted secret, or username and password: without them the service takes no webhooks"
            )
          ])
        }
      } plan: { projects, existing in
        HookPlan(installing: url, projects: projects.map(\.id), existing: existing, renew: renew)
      } url: {
        url
      }
  }
}

/// Shows the subscriptions.
struct WebhooksListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Show the subscriptions of every project that send events to the service.",
    discussion: """
      Without --url those to every address that ends in \(WebhookAction.path).

      Examples:
        catalog-crawler webhooks list --json
      """
  )

  @OptionGroup var options: CommonOptions

  @Option(name: .long, help: "Only this organization.")
  var organization: String?

  @Option(name: .long, help: "Only those to this address.")
  var url: String?

  func run() async throws {
    var webhookOptions = WebhookOptions()
    webhookOptions.organization = organization
    webhookOptions.dryRun = true
    try await WebhookAction(options: options, webhookOptions: webhookOptions).list(url)
  }
}

/// Deletes the subscriptions.
struct WebhooksRemoveCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove",
    abstract: "Delete the subscriptions to an address.",
    discussion: """
      Other subscriptions are left alone.

      Examples:
        catalog-crawler webhooks remove --url https://catalog.example/webhooks/azure-devops
      """
  )

  @OptionGroup var options: CommonOptions
  @OptionGroup var webhookOptions: WebhookOptions

  @Option(name: .long, help: "The address that nothing is to be sent to any more.")
  var url: String

  func validate() throws { _ = try WebhookOptions.checked(url) }

  func run() async throws {
    try await WebhookAction(options: options, webhookOptions: webhookOptions)
      .run { _ in
      } plan: { _, existing in
        HookPlan(removing: url, existing: existing)
      } url: {
        url
      }
  }
}
