import ArgumentParser
import CatalogStore
import Crawl
import Foundation
import Settings
import Transport

/// Says what the next crawl asks.
struct PlanCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Show what the next sync or refresh asks Azure DevOps, and about how long that takes.",
    discussion: """
      Lists the repositories, compares with what is stored, and prints for each organization the requests that
      are known before: what is found how, what is new, what is out of scope by now. Asks for nothing but the lists,
      and stores nothing. Without a target it plans a sync, with one a refresh.

      Examples:
        catalog-crawler plan
        catalog-crawler plan --organization contoso --json
        catalog-crawler plan 'https://dev.azure.com/contoso/Payments/_git/api'
      """
  )

  @OptionGroup var options: CommonOptions

  @OptionGroup var target: RefreshTarget

  func run() async throws {
    let plans = try await reportingFailures {
      let settings = try options.settings()
      let path = options.databasePath(settings)
      return try await reportingDatabase(at: path) {
        try await withDatabase(at: path) { database in
          let curl = CurlClient(configuration: CurlClient.Configuration(settings.crawler))
          defer { curl.close() }
          let planner = CrawlPlanner(Crawler.Environment(settings, database, curl) { _ in })
          let request: CrawlRequest = target.isEmpty ? .sync : .refresh(try target.limits())
          return try await Signals.cancelling { try await planner.plan(request) }
        }
      }
    }
    if !options.quiet {
      switch options.outputFormat {
      case .json: print(JSONOutput.text(of: PlanJSON(plans)))
      case .text: print(PlanText.text(of: plans))
      }
    }
    let failed = plans.count { $0.failure != nil }
    if failed > 0 { throw ExitCode(failed == plans.count ? ExitCodes.nothingDone : ExitCodes.partial) }
  }

  /// The database; before the first crawl an empty one, which is not kept.
  private func withDatabase<Value>(
    at path: String,
    _ body: (CatalogDatabase) async throws -> Value
  ) async throws -> Value {
    if FileManager.default.fileExists(atPath: path) {
      return try await body(try CatalogDatabase.openForReading(at: path))
    }
    let folder = FileManager.default.temporaryDirectory.appending(path: "catalog-crawler-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }  // The system clears what is left.
    let empty = folder.appending(path: "catalog.sqlite").path(percentEncoded: false)
    return try await body(try CatalogDatabase.open(at: empty))
  }
}

/// A plan for people.
enum PlanText {
  static func text(of plans: [OrganizationPlan]) -> String {
    var lines = plans.flatMap(lines)
    if plans.count > 1 {
      let requests = plans.reduce(0) { $0 + $1.requests }
      lines.append("in all at least \(requests) requests, the organizations at the same time")
    }
    return lines.joined(separator: "\n")
  }

  private static func lines(of plan: OrganizationPlan) -> [String] {
    let title = "\(plan.name) (\(plan.host))"
    if let failure = plan.failure { return ["\(title): the list cannot be read: \(failure)"] }
    var facts: [String] = []
    if plan.newRepositories > 0 { facts.append("\(plan.newRepositories) new") }
    if plan.missingRepositories > 0 { facts.append("\(plan.missingRepositories) no longer listed") }
    if plan.closedRepositories > 0 { facts.append("\(plan.closedRepositories) disabled or in maintenance") }
    let suffix = facts.isEmpty ? "" : " (\(facts.joined(separator: ", ")))"
    var lines = ["\(title): \(plan.repositories) repositories\(suffix)"]
    if plan.listRequests > 0 { lines.append("  the list: \(count(plan.listRequests))") }
    for step in plan.steps {
      let branch = step.branch.map { " on \($0)" } ?? ""
      lines.append("  \(step.path)\(branch): \(count(step.requests)), \(text(of: step.way))")
    }
    if plan.locationRequests > 0 {
      lines.append("  what locations lead to: about \(count(plan.locationRequests))")
    }
    if plan.placeholderRequests > 0 {
      lines.append("  what placeholders take in: up to \(count(plan.placeholderRequests))")
    }
    if plan.leavingFiles > 0 {
      lines.append(
        "  out of scope by now: \(plan.leavingFiles) files with \(plan.leavingEntities) entities, "
          + "which are marked and kept for crawler.orphans.keepCrawls full crawls"
      )
    }
    lines.append("  at least \(count(plan.requests))\(time(plan))")
    return lines
  }

  private static func count(_ requests: Int) -> String {
    requests == 1 ? "1 request" : "\(requests) requests"
  }

  private static func text(of way: OrganizationPlan.Step.Way) -> String {
    switch way {
    case .file: "the file of each repository"
    case .folder:
      "the folder's id of each repository; its list and its new files only where the id has changed"
    case .listing: "the list of each repository, and one for each content that is not known"
    }
  }

  private static func time(_ plan: OrganizationPlan) -> String {
    guard let seconds = plan.seconds, let rate = plan.rate else { return "" }
    let basis =
      switch rate.basis {
      case .crawl(let id): "as in crawl \(id)"
      case .limit: "which crawler.limits.requestsPerMinute allows"
      case .list(let seconds):
        "if each answer takes \(String(format: "%.0f", seconds * 1000)) ms like the list"
      }
    let time = seconds < 10 ? String(format: "%.1f", seconds) : String(format: "%.0f", seconds)
    return ", about \(time) s at \(String(format: "%.0f", rate.perSecond)) a second, \(basis)"
  }
}
