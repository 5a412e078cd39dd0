/// Everything of our own: the key `crawler` (decisions.md 3).
package struct ProgramSettings: Sendable, Equatable {
  /// `crawler.database`: absolute path of the database; nil when not set.
  package var database: String?
  /// `crawler.listen`: where `serve` listens.
  package var listen = ListenAddress(host: "127.0.0.1", port: 7007)
  /// `crawler.concurrency`: requests in flight per organization and identity, 1 to 128.
  package var concurrency = 16
  /// `crawler.organizations`: crawled besides those of providers and credentials.
  package var organizations: [OrganizationSettings] = []
  /// `crawler.endpoints`: base URL without trailing slash by host in lower case, for hosts that are reached
  /// elsewhere.
  package var endpoints: [String: String] = [:]
  /// `crawler.allowPlainHTTP`: on-premises hosts (with port) that may be reached without TLS.
  package var allowPlainHTTP: [String] = []
  /// `crawler.timeouts`: how long one request may take.
  package var timeouts = TimeoutSettings()
  /// `crawler.tls.caFile`: absolute path of certificate authorities (PEM) accepted besides the system's; nil
  /// for none.
  package var caFile: String?
  /// `crawler.proxy`: URL of the proxy, which may hold a password; nil leaves it to the environment.
  package var proxy: Secret?
  /// `crawler.limits`: how hard the service may be worked.
  package var limits = LimitSettings()
  /// `crawler.include`: when not empty, only repositories that one of these names are crawled.
  package var include: [RepositorySelector] = []
  /// `crawler.exclude`: repositories that are not crawled; wins over `include`.
  package var exclude: [RepositorySelector] = []
  /// `crawler.orphans.keepCrawls`: how many crawls an entity that nothing reaches is kept, 1 to 1000.
  package var orphanKeepCrawls = 3
  /// `crawler.removals.maxShare`: the largest share of an organization's entities that one crawl removes
  /// without being told to, 0 to 1.
  package var removalMaxShare = 0.25
  /// `crawler.resumeFor`: how old an interrupted crawl may be to be continued.
  package var resumeFor: Duration = .seconds(24 * 3600)
  /// `crawler.locations.fileRoots`: absolute folders that `file` locations may be read from.
  package var fileRoots: [String] = []
  /// `crawler.yaml`: what a catalog file may hold.
  package var yaml = YAMLSettings()
  /// `crawler.history.keepDays`: how long changes of entities, files and repositories are kept, in days; nil
  /// (written 0) means for ever.
  package var historyKeepDays: Int? = 400
  /// `crawler.codeSearch`: whether Code Search may be asked for hints.
  package var codeSearch = false
  /// `crawler.api`: who may use the API, and its certificate.
  package var api = APISettings()
  /// `crawler.webhooks`: what Azure DevOps may tell the service, and how it proves to be the one who does.
  package var webhooks = WebhookSettings()
  /// `crawler.shutdownTimeout`: how long a stop waits for work under way.
  package var shutdownTimeout: Duration = .seconds(30)
  /// `crawler.schedule`: what `serve` does by itself.
  package var schedule = ScheduleSettings()

  package init() {}

  /// Whether include and exclude leave the repository in.
  package func selects(organization: String, project: String, repository: String) -> Bool {
    let isNamed = { (selector: RepositorySelector) in
      selector.matches(organization: organization, project: project, repository: repository)
    }
    return (include.isEmpty || include.contains(where: isNamed)) && !exclude.contains(where: isNamed)
  }
}

/// A TCP address to listen at, written `HOST:PORT`.
package struct ListenAddress: Sendable, Equatable {
  /// A name or an address; IPv6 addresses without brackets.
  package var host: String
  /// 0 lets the system choose.
  package var port: Int

  package init(host: String, port: Int) {
    self.host = host
    self.port = port
  }
}

/// An element of `crawler.organizations`: a name on `dev.azure.com`, or `{host, name}`.
package struct OrganizationSettings: Sendable, Equatable {
  package var host: String
  package var name: String

  package init(host: String = AzureHost.services, name: String) {
    self.host = host
    self.name = name
  }
}

/// `crawler.timeouts`: how long the phases of one request may take (decisions.md 5).
package struct TimeoutSettings: Sendable, Equatable {
  /// Until the connection stands.
  package var connect: Duration = .seconds(10)
  /// Without a single byte.
  package var idle: Duration = .seconds(60)
  /// For the whole exchange.
  package var total: Duration = .seconds(120)
}

/// `crawler.limits`: how hard the service may be worked.
package struct LimitSettings: Sendable, Equatable {
  /// Requests per minute, organization and identity, 1 to 100 000; nil means that only the service limits.
  package var requestsPerMinute: Int?
  /// The longest pause that is waited for when the service asks for one
  /// (facts/backstage-azure.md 1.7).
  package var maxWait: Duration = .seconds(300)
  /// Whether a pause holds for all organizations of the identity.
  package var shareIdentityPause = false
}

/// `crawler.yaml`: what a catalog file may hold.
package struct YAMLSettings: Sendable, Equatable {
  /// Bytes, 1 KiB to 100 MiB.
  package var maxBytes = 5 << 20
  /// Levels of nesting, 1 to 1000.
  package var maxDepth = 100
  /// Nodes that aliases may add to a document, 0 to 10 000 000.
  package var maxAliases = 10_000
}

/// `crawler.schedule`: what `serve` does by itself.
package struct ScheduleSettings: Sendable, Equatable {
  /// The full crawl; nil when none is scheduled.
  package var sync: ScheduleFrequency?
  /// The refresh of what is due; nil when none is scheduled.
  package var refresh: ScheduleFrequency?
  /// How the two run, besides how often.
  package var syncTimes = ScheduleTimes()
  package var refreshTimes = ScheduleTimes()

  package init() {}
}

/// How a run of a schedule begins and ends.
package struct ScheduleTimes: Sendable, Equatable {
  /// How long one run may take; nil for as long as it takes.
  package var timeout: Duration?
  /// How long to wait after the start of the service before the first run; nil for not at all.
  package var initialDelay: Duration?

  package init(timeout: Duration? = nil, initialDelay: Duration? = nil) {
    self.timeout = timeout
    self.initialDelay = initialDelay
  }
}
