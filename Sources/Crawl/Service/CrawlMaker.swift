package import AzureDevOps
import Credentials
import Settings

/// What the service crawls with: one for each version of the settings.
package struct CrawlMaker: Sendable {
  /// Looks whether a request can be answered; throws why not.
  package var check: @Sendable (CrawlRequest) async throws -> Void
  /// Crawls, tells what happens, and ends early when it is asked to or its task is cancelled.
  package var crawl:
    @Sendable (CrawlRequest, CrawlStop, @escaping @Sendable (CrawlEvent) -> Void) async throws -> CrawlReport
  /// How the limiters are.
  package var limiters: @Sendable () async -> [LimiterStatus]
  /// Says what a crawl would ask.
  package var plan: @Sendable (CrawlRequest) async throws -> [OrganizationPlan]
  /// What it crawls by itself.
  package var schedule: Schedule

  package init(
    check: @escaping @Sendable (CrawlRequest) async throws -> Void = { _ in },
    limiters: @escaping @Sendable () async -> [LimiterStatus] = { [] },
    plan: @escaping @Sendable (CrawlRequest) async throws -> [OrganizationPlan] = { _ in [] },
    schedule: Schedule = Schedule(),
    crawl:
      @escaping @Sendable (CrawlRequest, CrawlStop, @escaping @Sendable (CrawlEvent) -> Void) async throws
      -> CrawlReport
  ) {
    self.check = check
    self.limiters = limiters
    self.plan = plan
    self.schedule = schedule
    self.crawl = crawl
  }

  /// Crawls with the credentials, the connections and the limiters of an environment, which are the same from crawl to
  /// crawl.
  package init(
    _ environment: Crawler.Environment,
    limiters: @escaping @Sendable () async -> [LimiterKey: LimiterSnapshot]
  ) {
    check = { try await Crawler(environment).check($0) }
    crawl = { request, stop, observe in
      var environment = environment
      environment.stop = stop
      environment.observe = observe
      return try await Crawler(environment).run(request)
    }
    plan = { try await CrawlPlanner(environment).plan($0) }
    schedule = Schedule(environment.settings)
    let credentials = CredentialTable(environment.settings)
    self.limiters = {
      await limiters().map { key, snapshot in
        LimiterStatus(
          key: key,
          snapshot: snapshot,
          credential: credentials.credential(host: key.host, organization: key.organization)?.source.name
        )
      }
      .sorted { ($0.key.host, $0.key.organization) < ($1.key.host, $1.key.organization) }
    }
  }
}

/// How an organization's limiter is.
package struct LimiterStatus: Sendable, Equatable {
  package var key: LimiterKey
  package var snapshot: LimiterSnapshot
  /// What kind of credential the requests are sent with; nil when there is none.
  package var credential: String?

  package init(key: LimiterKey, snapshot: LimiterSnapshot, credential: String?) {
    self.key = key
    self.snapshot = snapshot
    self.credential = credential
  }
}
