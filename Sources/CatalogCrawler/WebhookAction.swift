import ArgumentParser
import AzureDevOps
import Crawl
import Credentials
import Foundation
import Settings
import Transport

/// Looks at the subscriptions of the organizations, one after the other, and makes them what a plan says.
///
/// What fails in one place is said, and the rest goes on.
struct WebhookAction {
  /// What the address of every receiver ends in.
  static let path = "/webhooks/azure-devops"

  let options: CommonOptions
  let webhookOptions: WebhookOptions

  /// Plans for each organization, does it unless it is a dry run, and prints what was done.
  ///
  /// - Parameters:
  ///   - check: Throws when the settings do not allow it.
  ///   - plan: Gets the organization's projects and subscriptions.
  func run(
    check: (CrawlerSettings) throws -> Void,
    plan: (_ projects: [ProjectRow], _ existing: [HookSubscription]) -> HookPlan,
    url: () -> String
  ) async throws {
    var report = WebhookReport(isDryRun: webhookOptions.dryRun)
    try await forEachOrganization(check: check) { client, organization, settings in
      do throws(FetchError) {
        let hooks = try await OrganizationHooks(client, organization)
        let (projects, existing) = (hooks.projects, hooks.subscriptions)
        let names = Dictionary(projects.map { ($0.id, $0.name) }) { first, _ in first }
        let target = HookTarget(url: url(), settings: settings.crawler.webhooks)
        for step in plan(projects, existing).steps {
          var row = WebhookReport.Row(organization.name, names[step.projectID] ?? step.projectID, step)
          if !webhookOptions.dryRun {
            do throws(FetchError) {
              try await carryOut(step, client, target)
            } catch {
              row.failure = error.fullDescription
            }
          }
          report.rows.append(row)
        }
      } catch {
        report.failures.append(.init(organization: organization.name, message: error.fullDescription))
      }
    }
    try finish(report)
  }

  /// Prints what is there.
  ///
  /// - Parameter url: Nil for every address of a service like this.
  func list(_ url: String?) async throws {
    var report = WebhookReport(isDryRun: true)
    try await forEachOrganization(check: { _ in }) { client, organization, _ in
      do throws(FetchError) {
        let hooks = try await OrganizationHooks(client, organization)
        let (projects, existing) = (hooks.projects, hooks.subscriptions)
        let names = Dictionary(projects.map { ($0.id, $0.name) }) { first, _ in first }
        for found in existing where url.map({ $0 == found.url }) ?? found.address.hasSuffix(Self.path) {
          report.rows.append(
            .init(organization.name, names[found.projectID] ?? found.projectID, found)
          )
        }
      } catch {
        report.failures.append(.init(organization: organization.name, message: error.fullDescription))
      }
    }
    try finish(report)
  }

  private func carryOut(
    _ step: HookPlan.Step,
    _ client: AzureDevOpsClient,
    _ target: HookTarget
  ) async throws(FetchError) {
    switch step.action {
    case .keep: return
    case .create, .replace:
      // First the new one: an event too many is better than one too few.
      try await client.subscribe(to: step.eventType, ofProject: step.projectID, target)
    case .delete: break
    }
    for id in step.existing { try await client.unsubscribe(id) }
  }

  private func forEachOrganization(
    check: (CrawlerSettings) throws -> Void,
    _ work: (AzureDevOpsClient, ScopedOrganization, CrawlerSettings) async -> Void
  ) async throws {
    try await reportingFailures {
      let settings = try options.settings()
      try check(settings)
      let organizations = try chosen(from: settings)
      let curl = CurlClient(configuration: CurlClient.Configuration(settings.crawler))
      defer { curl.close() }
      let send: Send = { request throws(TransportError) in try await curl.send(request) }
      let authorizer = Authorizer(
        settings: settings,
        environment: ProcessInfo.processInfo.environment,
        send: send,
        warn: { StandardError.print("warning: \($0)") }
      )
      let pacing = settings.crawler.pacing()
      for organization in organizations {
        let credential = CredentialTable(settings)
          .credential(host: organization.host, organization: organization.name)
        let key = LimiterKey(
          host: organization.host,
          organization: organization.name,
          identity: credential.map { "\($0.id)" }
        )
        let address = OrganizationAddress(
          host: organization.host,
          name: organization.name,
          endpoint: settings.baseURL(forHost: organization.host)
        )
        let client = AzureDevOpsClient(
          address: address,
          authorizer: authorizer,
          pacing: pacing(key) { _ in },
          send: send
        )
        await work(client, organization, settings)
      }
    }
  }

  private func chosen(from settings: CrawlerSettings) throws(CrawlScopeError) -> [ScopedOrganization] {
    let all = settings.scope
    guard !all.isEmpty else { throw .nothingConfigured }
    guard let name = webhookOptions.organization else { return all }
    let chosen = all.filter { $0.name.lowercased() == name.lowercased() }
    guard !chosen.isEmpty else { throw .unknownOrganization(name, known: all.map(\.name)) }
    return chosen
  }

  private func finish(_ report: WebhookReport) throws {
    if !options.quiet {
      switch options.outputFormat {
      case .json: print(JSONOutput.text(of: report))
      case .text: print(report.text)
      }
    }
    if report.exitCode != 0 { throw ExitCode(report.exitCode) }
  }
}

/// What was found and done.
struct WebhookReport: Encodable {
  struct Row: Encodable {
    var organization: String
    var project: String
    var event: String
    /// What was, or in a dry run would be, done; for a list the service's word for how it is.
    var action: String
    /// The address of what is there; nil where it is not shown.
    var url: String?
    /// Why it could not be done; nil when it could.
    var failure: String?

    init(_ organization: String, _ project: String, _ step: HookPlan.Step) {
      (self.organization, self.project, event) = (organization, project, step.eventType)
      action = step.action.rawValue
    }

    init(_ organization: String, _ project: String, _ found: HookSubscription) {
      (self.organization, self.project, event) = (organization, project, found.eventType)
      action = found.status
      url = found.url
    }
  }

  struct Failure: Encodable {
    var organization: String
    var message: String
  }

  var isDryRun: Bool
  var rows: [Row] = []
  var failures: [Failure] = []

  private enum CodingKeys: String, CodingKey {
    case isDryRun = "dryRun"
    case rows = "subscriptions"
    case failures
  }

  /// 0 when everything went well, 2 when something did not, 1 when nothing did.
  var exitCode: Int32 {
    let failed = rows.count { $0.failure != nil } + failures.count
    if failed == 0 { return 0 }
    return failed == rows.count + failures.count ? ExitCodes.nothingDone : ExitCodes.partial
  }

  var text: String {
    var lines = rows.map { row in
      let parts = [row.action, row.event, "\(row.organization)/\(row.project)", row.url].compactMap(\.self)
      return DisplayLine.text(parts.joined(separator: "  ") + (row.failure.map { ": \($0)" } ?? ""))
    }
    lines += failures.map { DisplayLine.text("\($0.organization): \($0.message)") }
    let counts = Dictionary(grouping: rows) { $0.failure == nil ? $0.action : "failed" }
      .map { "\($0.value.count) \($0.key)" }.sorted()
    lines.append(
      (counts.isEmpty ? "no subscriptions" : counts.joined(separator: ", "))
        + (failures.isEmpty ? "" : ", \(failures.count) organizations could not be read")
    )
    return lines.joined(separator: "\n")
  }
}

/// One line for a terminal.
private enum DisplayLine {
  /// Without control characters, which names may hold.
  static func text(_ text: String) -> String {
    let scalars = text.unicodeScalars.map { $0.properties.generalCategory == .control ? "\u{FFFD}" : $0 }
    return String(String.UnicodeScalarView(scalars))
  }
}
