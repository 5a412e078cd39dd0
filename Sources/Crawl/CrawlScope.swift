import CatalogStore
import Settings

/// Which organizations a crawl goes to.
enum CrawlScope {
  /// - Throws: When the settings name no organization, or the limits leave none or no rule.
  static func organizations(
    for request: CrawlRequest,
    in settings: CrawlerSettings
  ) throws(CrawlScopeError) -> [ScopedOrganization] {
    let all = settings.scope
    guard !all.isEmpty else { throw .nothingConfigured }
    for organization in all {
      for rule in organization.rules where rule.path.contains(where: { $0 == "*" || $0 == "?" }) {
        throw .wildcardPath(rule.path, provider: rule.provider)
      }
    }
    let limits = request.limits
    let chosen = all.filter {
      limits.allows(host: $0.host, organization: $0.name, endpoint: settings.baseURL(forHost: $0.host))
    }
    guard !chosen.isEmpty else {
      let wanted = [limits.host, limits.organization].compactMap(\.self).joined(separator: "/")
      throw .unknownOrganization(wanted, known: all.map { "\($0.host)/\($0.name)" })
    }
    if let path = limits.path, !chosen.contains(where: { $0.rules.contains { $0.path == path } }) {
      let paths = Set(chosen.flatMap { $0.rules.map(\.path) })
      throw .fileNotAskedFor(path, paths: paths.sorted())
    }
    return chosen
  }
}

/// Why there is nothing to crawl.
package enum CrawlScopeError: Error, Equatable, CustomStringConvertible {
  case nothingConfigured
  case unknownOrganization(String, known: [String])
  case fileNotAskedFor(String, paths: [String])
  case wildcardPath(String, provider: String?)

  /// Whether the settings are to be changed, rather than the command.
  package var isInSettings: Bool {
    switch self {
    case .nothingConfigured, .wildcardPath: true
    case .unknownOrganization, .fileNotAskedFor: false
    }
  }

  package var description: String {
    switch self {
    case .nothingConfigured:
      "the settings name no organization: add a provider under catalog.providers.azureDevOps, an organization "
        + "to a credential under integrations.azure, or crawler.organizations"
    case .unknownOrganization(let name, let known):
      "the settings have no organization '\(name)'; they have: \(known.joined(separator: ", "))"
    case .fileNotAskedFor(let path, let paths):
      "no rule of the settings asks for \(path); they ask for: \(paths.joined(separator: ", "))"
    case .wildcardPath(let path, let provider):
      "the path '\(path)'\(provider.map { " of provider '\($0)'" } ?? "") has a wildcard, which this version "
        + "does not expand; give one path for each provider"
    }
  }
}
