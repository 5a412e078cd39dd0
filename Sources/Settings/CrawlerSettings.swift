/// What the operator wants, read from `app-config.yaml` and its companions.
package struct CrawlerSettings: Sendable {
  /// In the order of the files; `dev.azure.com` is always there, added at the end when it is not written
  /// (facts/backstage-azure.md 1.1).
  package var integrations: [AzureIntegration]
  /// Sorted by id.
  package var providers: [ProviderSettings]
  /// `catalog.locations` in the order of the file.
  package var locations: [LocationSettings]
  /// `catalog.rules`; nil when the key is absent, empty when nothing is allowed.
  package var rules: [CatalogRule]?
  /// `catalog.readonly`: the API registers and removes no locations.
  package var isReadOnly = false
  package var crawler: ProgramSettings
  /// What is allowed but probably not meant.
  package var warnings: [SettingsProblem]

  package init(
    integrations: [AzureIntegration] = [AzureIntegration(host: AzureHost.services)],
    providers: [ProviderSettings] = [],
    locations: [LocationSettings] = [],
    rules: [CatalogRule]? = nil,
    crawler: ProgramSettings = ProgramSettings(),
    warnings: [SettingsProblem] = []
  ) {
    self.integrations = integrations
    self.providers = providers
    self.locations = locations
    self.rules = rules
    self.crawler = crawler
    self.warnings = warnings
  }

  /// Base URL for requests to a host, without a trailing slash: the endpoint that is configured for it, or
  /// `https://HOST`; `http://HOST` when `crawler.allowPlainHTTP` names the host.
  package func baseURL(forHost host: String) -> String {
    let host = host.lowercased()
    if let endpoint = crawler.endpoints[host] { return endpoint }
    return (crawler.allowPlainHTTP.contains(host) ? "http://" : "https://") + host
  }
}
