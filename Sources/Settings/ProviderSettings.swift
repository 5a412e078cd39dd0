/// What to look for in an organization: one element of `catalog.providers.azureDevOps`
/// (facts/backstage-azure.md 5.1).
package struct ProviderSettings: Sendable, Equatable {
  /// The key of the element; `default` when the providers are written as a single object.
  package var id: String
  /// A host of `integrations`.
  package var host: String
  /// Organization, or on-premises the collection, which may have a slash: `tfs/Collection`.
  package var organization: String
  package var project: NamePattern
  package var repository: NamePattern
  /// Paths of catalog files with a leading slash; one with wildcards is a pattern as `PathGlob` reads it.
  package var paths: [String]
  /// Empty means the default branch of each repository.
  package var branches: [String]
  /// Repositories with more bytes than this are left out; nil means none are.
  package var maxRepositorySize: Int?
  /// Nil when the provider has no schedule of its own.
  package var schedule: ProviderSchedule?
  /// Whether forks are left out.
  package var skipForkedRepos: Bool
  /// As written, nil when absent; every crawl lists repositories, whatever this says.
  package var discoveryMethod: String?
  /// Where it is written.
  package var place: SettingsPlace

  package init(
    id: String,
    host: String = AzureHost.services,
    organization: String,
    project: NamePattern = .any,
    repository: NamePattern = .any,
    paths: [String] = [DiscoveryRule.defaultPath],
    branches: [String] = [],
    maxRepositorySize: Int? = nil,
    schedule: ProviderSchedule? = nil,
    skipForkedRepos: Bool = false,
    discoveryMethod: String? = nil,
    place: SettingsPlace
  ) {
    self.id = id
    self.host = host
    self.organization = organization
    self.project = project
    self.repository = repository
    self.paths = paths
    self.branches = branches
    self.maxRepositorySize = maxRepositorySize
    self.schedule = schedule
    self.skipForkedRepos = skipForkedRepos
    self.discoveryMethod = discoveryMethod
    self.place = place
  }
}

/// When a provider runs, as Backstage writes it.
package struct ProviderSchedule: Sendable, Equatable {
  package var frequency: ScheduleFrequency
  /// How long one run may take; nil when not given.
  package var timeout: Duration?
  /// How long to wait after the start before the first run; nil when not given.
  package var initialDelay: Duration?
  /// Whether every process runs it by itself (`scope: local`).
  package var isLocal: Bool
}

/// How often something runs.
package enum ScheduleFrequency: Sendable, Equatable {
  case every(Duration)
  /// What `CronExpression` reads, and the IANA name of the time zone whose clocks count; nil for the machine's own.
  case cron(String, timeZone: String? = nil)
  /// Only when asked for.
  case manual
}
