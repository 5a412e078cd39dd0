import CatalogStore
import Settings

/// Which organizations a crawl goes to.
enum CrawlScope {
  /// - Parameters:
  ///   - hasLocations: Whether there are locations to follow, so that there may be no organization.
  ///   - knowsPath: Whether a location leads to a file at the path that is wanted.
  /// - Throws: When the settings name no organization, or the limits leave none or no rule.
  static func organizations(
    for request: CrawlRequest,
    in settings: CrawlerSettings,
    hasLocations: Bool = false,
    knowsPath: Bool = false
  ) throws(CrawlScopeError) -> [ScopedOrganization] {
    let all = settings.scope
    if all.isEmpty, hasLocations { return [] }
    guard !all.isEmpty else { throw .nothingConfigured }
    let limits = request.limits
    let chosen = all.filter { organization in
      let endpoint = settings.baseURL(forHost: organization.host)
      return request.targets.contains {
        $0.allows(host: organization.host, organization: organization.name, endpoint: endpoint)
      }
    }
    guard !chosen.isEmpty else {
      let wanted = [limits.host, limits.organization].compactMap(\.self).joined(separator: "/")
      throw .unknownOrganization(wanted, known: all.map { "\($0.host)/\($0.name)" })
    }
    if let path = limits.path, request.others.isEmpty, !knowsPath,
      !chosen.contains(where: { $0.rules.contains { $0.pattern?.matches(path) ?? ($0.path == path) } })
    {
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

  /// Whether the settings are to be changed, rather than the command.
  package var isInSettings: Bool {
    switch self {
    case .nothingConfigured: true
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
    }
  }
}
