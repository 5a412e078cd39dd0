import ArgumentParser
import CatalogStore
import Crawl
import Foundation

/// Says what the database holds and how the last crawls went.
struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show the last crawls, and for each organization what is held and what is wrong.",
    discussion: """
      Reads the database only. With --database no settings are needed.

      Examples:
        catalog-crawler status
        catalog-crawler status --database /var/lib/catalog/catalog.sqlite --json
      """
  )

  @OptionGroup var options: CommonOptions

  @Option(name: .long, help: "How many crawls to show.")
  var crawls = 5

  func validate() throws {
    guard crawls >= 1 else { throw ValidationError("--crawls must be 1 or more") }
  }

  func run() async throws {
    try await reportingFailures {
      let settings = options.database == nil ? try options.settings() : nil
      let path = options.databasePath(settings)
      let (organizations, records, lease) = try await reportingDatabase(at: path) {
        let database = try CatalogDatabase.openForReading(at: path)
        return (
          try await database.organizations(), try await database.crawls(limit: crawls),
          try await database.lease().flatMap(alive)
        )
      }
      guard !options.quiet else { return }
      switch options.outputFormat {
      case .json:
        print(JSONOutput.text(of: Status(organizations: organizations, crawls: records, lease: lease)))
      case .text: print(text(organizations, records, lease))
      }
    }
  }

  /// The lease unless its holder is gone.
  private func alive(_ lease: StoredLease) -> StoredLease? {
    let decision = LeaseDecision.decide(
      lease,
      for: LeaseHolder(),
      at: Date(),
      isAlive: ProcessIdentity.isAlive
    )
    return decision == .busy(lease) ? lease : nil
  }

  private func text(
    _ organizations: [OrganizationStatus],
    _ crawls: [CrawlRecord],
    _ lease: StoredLease?
  ) -> String {
    var lines: [String] = []
    if let lease { lines.append(lease.description) }
    for organization in organizations {
      lines.append(
        "\(organization.name) (\(organization.host)): \(organization.repositories) repositories, "
          + "\(organization.files) files, \(organization.entities) entities; problems: "
          + "\(organization.problems.unread) unread, \(organization.problems.errors) errors, "
          + "\(organization.problems.warnings) warnings; last crawled \(organization.lastCrawledAt ?? "never")"
      )
      if let failure = organization.failure { lines.append("  \(failure)") }
    }
    for crawl in crawls {
      let scope = crawl.scope.map { " of \($0)" } ?? ""
      let isCutOff = crawl.outcome == CrawlOutcome.running.rawValue && lease?.crawl != crawl.id
      lines.append(
        "crawl \(crawl.id): \(crawl.command)\(scope) \(isCutOff ? "cut off" : crawl.outcome), \(crawl.startedAt) to "
          + "\(crawl.endedAt ?? "-"): \(ReportText.summary(of: crawl.totals))"
      )
    }
    return lines.isEmpty ? "no crawl yet" : lines.joined(separator: "\n")
  }

  private struct Status: Encodable {
    struct Organization: Encodable {
      var host: String
      var name: String
      var lastCrawledAt: String?
      var failure: String?
      var repositories: Int
      var files: Int
      var entities: Int
      var problems: ReportJSON.Problems
    }

    struct Crawl: Encodable {
      var id: Int64
      var command: String
      var scope: String?
      var startedAt: String
      var endedAt: String?
      var outcome: String
      var totals: ReportJSON.Counts
    }

    struct Crawling: Encodable {
      var crawl: Int64?
      var machine: String
      var pid: Int32
      var since: String
    }

    /// Who crawls; absent when nobody does.
    var crawling: Crawling?
    var organizations: [Organization]
    var crawls: [Crawl]

    init(organizations: [OrganizationStatus], crawls: [CrawlRecord], lease: StoredLease?) {
      crawling = lease.map { lease in
        Crawling(
          crawl: lease.crawl,
          machine: lease.holder.process.machineName,
          pid: lease.holder.process.pid,
          since: Timestamp.text(lease.since)
        )
      }
      self.organizations = organizations.map {
        Organization(
          host: $0.host,
          name: $0.name,
          lastCrawledAt: $0.lastCrawledAt,
          failure: $0.failure,
          repositories: $0.repositories,
          files: $0.files,
          entities: $0.entities,
          problems: ReportJSON.Problems($0.problems)
        )
      }
      self.crawls = crawls.map {
        Crawl(
          id: $0.id,
          command: $0.command,
          scope: $0.scope,
          startedAt: $0.startedAt,
          endedAt: $0.endedAt,
          outcome: $0.outcome,
          totals: ReportJSON.Counts($0.totals)
        )
      }
    }
  }
}
