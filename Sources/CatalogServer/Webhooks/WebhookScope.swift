import AzureDevOps
package import CatalogStore
package import Settings

/// Which part of the catalog an event is about, by the settings and by what is known.
///
/// Nothing outside the settings' organizations ever comes of it.
package struct WebhookScope: Sendable {
  package enum Verdict: Sendable, Equatable {
    case refresh(RefreshHint)
    /// Nothing follows, and why.
    case ignored(String)
  }

  private let settings: CrawlerSettings

  package init(_ settings: CrawlerSettings) { self.settings = settings }

  /// - Parameter known: The repository with the event's id; nil when there is none.
  package func verdict(_ event: WebhookEvent, known: RepositoryPlace?) -> Verdict {
    if event.kind == .other { return .ignored("nothing follows from the event") }
    guard let place = known ?? place(of: event) else {
      return .ignored("the repository is in no organization of the settings")
    }
    guard let organization = organization(host: place.host, name: place.organization) else {
      return .ignored("the repository is in no organization of the settings")
    }
    var hint = RefreshHint(
      host: organization.host,
      organization: organization.name,
      project: place.project,
      repository: place.repository
    )
    // By its new name a repository is found once more; by its old one nothing would be.
    if event.kind == .repository, event.type != "git.repo.deleted" {
      hint.project = event.project ?? hint.project
      hint.repository = event.repository ?? hint.repository
    }
    guard let project = hint.project, let repository = hint.repository,
      isWanted(project: project, repository: repository, in: organization)
    else { return .ignored("the repository is out of scope") }
    if case .push(let refs) = event.kind, !refs.isEmpty,
      refs.isDisjoint(with: branches(organization, known, event))
    {
      return .ignored("no branch that files are read from has moved")
    }
    return .refresh(hint)
  }

  /// Where a repository is that is not known, by what the event tells.
  private func place(of event: WebhookEvent) -> RepositoryPlace? {
    guard let project = event.project, let repository = event.repository else { return nil }
    for address in event.addresses {
      let found = settings.scope.first { organization in
        addresses(of: organization).contains { Self.isBelow(address, $0) }
      }
      guard let found else { continue }
      return RepositoryPlace(
        host: found.host,
        organization: found.name,
        project: project,
        repository: repository
      )
    }
    return nil
  }

  /// The addresses under which an organization's own answers and events have it.
  private func addresses(of organization: ScopedOrganization) -> [String] {
    let endpoint = settings.baseURL(forHost: organization.host)
    let address = OrganizationAddress(host: organization.host, name: organization.name, endpoint: endpoint)
    let name = URLText.encoded(organization.name)
    let isCloud = organization.host == AzureHost.services || organization.host.hasSuffix(".visualstudio.com")
    let cloud =
      isCloud ? ["https://\(AzureHost.services)/\(name)", "https://\(name).visualstudio.com"] : []
    return [address.baseURL, "https://\(organization.host)/\(name)"] + cloud
  }

  private static func isBelow(_ address: String, _ base: String) -> Bool {
    let (address, base) = (address.lowercased(), base.lowercased())
    guard address.hasPrefix(base) else { return false }
    let rest = address.dropFirst(base.count)
    return rest.isEmpty || rest.first == "/"
  }

  private func organization(host: String, name: String) -> ScopedOrganization? {
    settings.scope.first { scoped in
      scoped.host.lowercased() == host.lowercased() && scoped.name.lowercased() == name.lowercased()
    }
  }

  private func isWanted(project: String, repository: String, in organization: ScopedOrganization) -> Bool {
    settings.crawler.selects(organization: organization.name, project: project, repository: repository)
      && organization.rules.contains { $0.project.matches(project) && $0.repository.matches(repository) }
  }

  /// The full names of the branches that files are read from.
  private func branches(
    _ organization: ScopedOrganization,
    _ known: RepositoryPlace?,
    _ event: WebhookEvent
  ) -> Set<String> {
    var names = known?.branches ?? []
    if let name = known?.defaultBranch { names.insert(name) }
    var full = Set(names.union(organization.rules.compactMap(\.branch)).map { "refs/heads/\($0)" })
    if let name = event.defaultBranch { full.insert(name) }
    return full
  }
}
