import AzureDevOps
import CatalogStore
import Credentials
import Foundation
import Settings
import Transport

/// Looks at everything that a support person would ask for.
///
/// Each check stands alone: what is broken keeps none of the others from being made.
struct Doctor: Sendable {
  typealias Finding = DoctorReport.Finding

  /// A clock that is wrong by more is a problem, in seconds: Entra ID's tokens are refused then.
  private static let maxClockSkew = 300

  /// Nil when the settings cannot be read.
  let settings: CrawlerSettings?
  let databasePath: String
  /// Whether the database is read from end to end.
  var isThorough = true
  let send: Send
  let warn: @Sendable (String) -> Void

  func run() async throws -> [Finding] {
    var findings = [Self.versions]
    if let settings {
      findings += await hosts(settings)
      let report = try await authReport(settings)
      findings += report.organizations.flatMap { signIn($0) }
      findings += Self.clock(report)
      findings += await listings(report)
      findings += await codeSearch(settings, report)
      findings += await webhooks(settings, report)
    } else {
      let reason = "the settings cannot be read"
      findings += ["hosts", "credentials", "clock", "listings", "code search", "webhooks"].map {
        Finding($0, nil, .notChecked, reason, next: nil)
      }
    }
    try Task.checkCancellation()
    return findings + (await database())
  }

  private static var versions: Finding {
    Finding(
      "versions",
      nil,
      .ok,
      [
        Program.name, "libcurl \(LibraryVersion.curl)", "SQLite \(CatalogDatabase.sqliteVersion)",
        "libyaml \(SettingsFiles.yamlVersion)", "schema \(CatalogDatabase.schemaVersion)",
        ProcessInfo.processInfo.operatingSystemVersionString,
      ].joined(separator: ", ")
    )
  }
}

// MARK: - Azure DevOps

extension Doctor {
  /// Whether each host answers at all, whatever it answers.
  private func hosts(_ settings: CrawlerSettings) async -> [Finding] {
    var hosts: [String] = []
    for organization in settings.scope where !hosts.contains(organization.host) {
      hosts.append(organization.host)
    }
    guard !hosts.isEmpty else {
      return [
        Finding(
          "hosts",
          nil,
          .problem,
          "the settings name no organization",
          next: "name one with a credential under integrations.azure, or in crawler.organizations"
        )
      ]
    }
    var findings: [Finding] = []
    for host in hosts {
      let url = settings.baseURL(forHost: host) + "/"
      let begin = ContinuousClock.now
      do throws(TransportError) {
        var request = HTTPRequest(url: url)
        request.timeouts.total = .seconds(20)
        _ = try await send(request)
        let milliseconds = Int(begin.duration(to: .now) / .milliseconds(1))
        findings.append(Finding("host", host, .ok, "answers at \(url) in \(milliseconds) ms"))
      } catch {
        findings.append(
          Finding(
            "host",
            host,
            .problem,
            "cannot be reached at \(url): \(error)",
            next:
              "check the network, name resolution, crawler.proxy, crawler.endpoints and crawler.tls.caFile"
          )
        )
      }
    }
    return findings
  }

  private func authReport(_ settings: CrawlerSettings) async throws -> AuthCheckReport {
    try await AuthCheck(settings: settings, authorizer: authorizer(settings), send: send).run(settings.scope)
  }

  func authorizer(_ settings: CrawlerSettings) -> Authorizer {
    Authorizer(
      settings: settings,
      environment: ProcessInfo.processInfo.environment,
      send: send,
      warn: warn
    )
  }

  /// Credential and scope: what a sign-in and the list of repositories came to.
  private func signIn(_ organization: AuthCheckReport.Organization) -> [Finding] {
    let name = organization.name
    var findings: [Finding] = []
    let isToken = organization.failure?.stage == .token
    if let failure = organization.failure, isToken {
      findings.append(Finding("credential", name, .problem, failure.message, next: failure.nextStep))
    } else {
      let kind = organization.credential.map { "\($0.name), \($0.kind)" } ?? "none is configured for the host"
      let end = organization.token?.expiresAt.map { "; its token is valid until \($0)" } ?? ""
      findings.append(Finding("credential", name, .ok, kind + end))
    }
    if let repositories = organization.repositories {
      let identity = organization.identity.map { " as \($0.name)" } ?? ""
      findings.append(Finding("scope", name, .ok, "may read \(repositories) repositories\(identity)"))
    } else if let failure = organization.failure, !isToken {
      findings.append(Finding("scope", name, .problem, failure.message, next: failure.nextStep))
    } else {
      findings.append(Finding("scope", name, .notChecked, "there is no token"))
    }
    findings += organization.warnings.filter { !$0.hasPrefix("this machine's clock") }.map {
      Finding("credential", name, .warning, $0, next: "docs/credentials.md explains what the identity needs")
    }
    return findings
  }

  private static func clock(_ report: AuthCheckReport) -> [Finding] {
    let skews = report.organizations.compactMap(\.clockSkewSeconds)
    guard let worst = skews.max(by: { abs($0) < abs($1) }) else {
      return [Finding("clock", nil, .notChecked, "no answer told the time")]
    }
    let text = "\(abs(worst)) s \(worst < 0 ? "behind" : "ahead of") Azure DevOps"
    guard abs(worst) > maxClockSkew else { return [Finding("clock", nil, .ok, text)] }
    return [
      Finding(
        "clock",
        nil,
        .problem,
        text,
        next: "set this machine's clock, with NTP for example; tokens are refused"
      )
    ]
  }

  /// What the lists have now against what the last crawl has seen.
  private func listings(_ report: AuthCheckReport) async -> [Finding] {
    // What is wrong with the database is told below.
    let stored = (try? await CatalogDatabase.openForReading(at: databasePath).organizations()) ?? []
    return report.organizations.compactMap { organization in
      guard let now = organization.repositories else { return nil }
      let known = stored.first {
        $0.host == organization.host && $0.name.lowercased() == organization.name.lowercased()
      }
      guard let known, known.lastCrawledAt != nil else {
        return Finding("listing", organization.name, .notChecked, "it was never crawled to its end")
      }
      let text = "\(now) repositories now, \(known.repositories) after the last crawl"
      // Some come and go; what goes by the tenth are rights that were lost.
      guard now < known.repositories - max(1, known.repositories / 10) else {
        return Finding("listing", organization.name, .ok, text)
      }
      return Finding(
        "listing",
        organization.name,
        .warning,
        text,
        next:
          "ask whether rights or projects were taken away; 'sync' keeps what is not listed until it is shown as deleted"
      )
    }
  }

  private func codeSearch(_ settings: CrawlerSettings, _ report: AuthCheckReport) async -> [Finding] {
    guard settings.crawler.codeSearch else {
      return [Finding("code search", nil, .notChecked, "crawler.codeSearch is off; crawls do without it")]
    }
    var findings: [Finding] = []
    for organization in settings.scope {
      guard report.isReadable(organization) else {
        findings.append(
          Finding("code search", organization.name, .notChecked, "the organization cannot be read")
        )
        continue
      }
      let client = AuthCheck(settings: settings, authorizer: authorizer(settings), send: send)
        .client(of: organization, watchedBy: AnswerSigns())
      let address = client.address.forSearch { settings.baseURL(forHost: $0) }
      do throws(FetchError) {
        switch try await client.codeSearch(.path(DiscoveryRule.defaultPath), at: address, receive: { _ in }) {
        case .answered(let total, _):
          findings.append(Finding("code search", organization.name, .ok, "knows \(total) catalog files"))
        case .unavailable(let obstacle):
          findings.append(
            Finding(
              "code search",
              organization.name,
              .warning,
              "\(obstacle)",
              next:
                "crawls do without it; install the extension Code Search, or set crawler.codeSearch to false"
            )
          )
        }
      } catch {
        findings.append(
          Finding(
            "code search",
            organization.name,
            .warning,
            error.fullDescription,
            next: "crawls do without it; check again later"
          )
        )
      }
    }
    return findings
  }
}
