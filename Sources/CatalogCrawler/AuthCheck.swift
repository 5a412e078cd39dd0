import AzureDevOps
import Crawl
import Credentials
import Foundation
import Settings
import Transport

/// Signs in to organizations and looks whether they can be read.
struct AuthCheck: Sendable {
  let settings: CrawlerSettings
  let authorizer: Authorizer
  let send: Send
  /// The moment that ends of tokens are counted from: never later than the tokens were asked for.
  let begin = Date()

  /// How many organizations are checked at a time: enough that a company's few dozen take seconds, few
  /// enough for every sign-in service.
  private static let maxOrganizations = 16
  /// A clock that is wrong by more is warned of, in seconds: tokens of five minutes' reserve become useless.
  private static let maxClockSkew = 300

  /// Checks each organization.
  ///
  /// - Throws: `CancellationError` when the task is cancelled; every other trouble is in the report.
  func run(_ organizations: [ScopedOrganization]) async throws -> AuthCheckReport {
    let (queue, continuation) = AsyncStream.makeStream(of: ScopedOrganization.self)
    for organization in organizations { continuation.yield(organization) }
    continuation.finish()
    var results: [AuthCheckReport.Organization] = []
    try await forEachConcurrently(queue, limit: Self.maxOrganizations) {
      await check($0)
    } collect: {
      results.append($0)
    }
    try Task.checkCancellation()
    return AuthCheckReport(
      organizations: results.sorted { ($0.host, $0.name.lowercased()) < ($1.host, $1.name.lowercased()) }
    )
  }

  private func check(_ organization: ScopedOrganization) async -> AuthCheckReport.Organization {
    let chosen = CredentialTable(settings)
      .credential(host: organization.host, organization: organization.name)
    var result = AuthCheckReport.Organization(organization, chosen)
    let advice = AuthAdvice(organization: organization, credential: chosen)
    if let chosen, let warning = GlobalToken.warning(chosen, in: settings) { result.warnings.append(warning) }
    do throws(CredentialError) {
      let authorization = try await authorizer.authorization(
        host: organization.host,
        organization: organization.name
      )
      if authorization.header != nil {
        result.token = .init(expiresAt: authorization.lifetime.map(expiry))
      }
    } catch {
      result.failure = advice.failure(error)
      return result
    }
    let signs = AnswerSigns()
    await read(client(of: organization, watchedBy: signs), into: &result, advice, signs)
    note(signs, in: &result)
    return result
  }

  /// Asks who we are and reads the list of repositories.
  private func read(
    _ client: AzureDevOpsClient,
    into result: inout AuthCheckReport.Organization,
    _ advice: AuthAdvice,
    _ signs: AnswerSigns
  ) async {
    var unknown: FetchError?
    do throws(FetchError) {
      let identity = try await client.connectionIdentity()
      result.identity = .init(id: identity.id, name: identity.name, isAnonymous: identity.isAnonymous)
      guard !identity.isAnonymous else {
        result.failure = advice.anonymous
        return
      }
    } catch {
      guard error.leavesListReadable else {
        result.failure = advice.failure(error, stage: .identity, tenant: signs.tenant)
        return
      }
      // A token that may read code only need not be allowed to ask who it is.
      unknown = error
    }
    var count = 0
    do {
      try await client.listRepositories { count += $0.count }
    } catch {
      let error = error as? FetchError ?? FetchError(.cancelled, detail: "cancelled")
      result.failure = advice.failure(error, stage: .repositories, tenant: signs.tenant)
      return
    }
    result.repositories = count
    if let unknown {
      result.warnings.append("Azure DevOps does not say who we are: \(unknown.fullDescription)")
    }
    if count == 0 {
      result.warnings.append(
        "the list of repositories is empty: the identity may be a guest or lack access to every project"
      )
    }
  }

  private func note(_ signs: AnswerSigns, in result: inout AuthCheckReport.Organization) {
    guard let skew = signs.clockSkew else { return }
    result.clockSkewSeconds = skew
    guard abs(skew) > Self.maxClockSkew else { return }
    let direction = skew > 0 ? "ahead of" : "behind"
    result.warnings.append(
      "this machine's clock is \(abs(skew)) s \(direction) Azure DevOps: set it, or tokens are refused"
    )
  }

  private func expiry(_ lifetime: Duration) -> String {
    (begin + TimeInterval(lifetime.components.seconds)).formatted(.iso8601)
  }

  /// A client of one organization.
  func client(
    of organization: ScopedOrganization,
    watchedBy signs: AnswerSigns
  ) -> AzureDevOpsClient {
    let times = settings.crawler.timeouts
    var timeouts = HTTPRequest.Timeouts()
    (timeouts.connect, timeouts.idle, timeouts.total) = (times.connect, times.idle, times.total)
    return AzureDevOpsClient(
      address: OrganizationAddress(
        host: organization.host,
        name: organization.name,
        endpoint: settings.baseURL(forHost: organization.host)
      ),
      authorizer: authorizer,
      timeouts: timeouts,
      send: signs.watching(send)
    )
  }
}

extension FetchError {
  /// Whether the list may be readable although the question who we are was answered like this.
  fileprivate var leavesListReadable: Bool {
    switch meaning {
    case .unreachable, .organizationUnknown, .organizationStopped, .throttled, .cancelled: false
    default: true
    }
  }
}
