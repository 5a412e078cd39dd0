/// An organization to crawl and what to look for in it (decisions.md 1).
package struct ScopedOrganization: Sendable, Equatable {
  package var host: String
  /// As it is first written.
  package var name: String
  /// Never empty; without duplicates.
  package var rules: [DiscoveryRule]

  package init(host: String, name: String, rules: [DiscoveryRule] = [.everything]) {
    self.host = host
    self.name = name
    self.rules = rules
  }
}

/// Which file of which repositories of an organization is a catalog file.
package struct DiscoveryRule: Sendable, Equatable {
  /// The provider that the rule comes from; nil when the organization is named by a credential or by
  /// `crawler.organizations`.
  package var provider: String?
  package var project: NamePattern
  package var repository: NamePattern
  /// With a leading slash; may have wildcards.
  package var path: String
  /// Nil means the default branch.
  package var branch: String?
  /// Whether forks are left out.
  package var skipForks: Bool
  /// Repositories with more bytes than this are left out; nil means none are.
  package var maxRepositorySize: Int?

  package init(
    provider: String? = nil,
    project: NamePattern = .any,
    repository: NamePattern = .any,
    path: String = DiscoveryRule.defaultPath,
    branch: String? = nil,
    skipForks: Bool = false,
    maxRepositorySize: Int? = nil
  ) {
    self.provider = provider
    self.project = project
    self.repository = repository
    self.path = path
    self.branch = branch
    self.skipForks = skipForks
    self.maxRepositorySize = maxRepositorySize
  }

  /// Where a catalog file is when nothing else is said (facts/backstage-azure.md 5.1).
  package static let defaultPath = "/catalog-info.yaml"

  /// Every repository, its default branch, the default path.
  package static let everything = DiscoveryRule()

  /// Whether both rules look for the same file in the same repositories, whoever asks for it.
  func finds(theSameAs other: DiscoveryRule) -> Bool {
    var other = other
    other.provider = provider
    return self == other
  }
}

extension CrawlerSettings {
  /// The organizations to crawl, each with the rules that apply to it (decisions.md 1).
  ///
  /// Sorted by host and by name in lower case; empty when the settings name no organization. Names that differ only in letter case are one organization. A rule that another one of the same
  /// organization already covers word for word is left out, since each rule costs a request per repository.
  package var scope: [ScopedOrganization] {
    var organizations: [ScopedOrganization] = []
    func add(_ host: String, _ name: String, _ rule: DiscoveryRule) {
      let isSame = { (known: ScopedOrganization) in
        known.host == host && known.name.lowercased() == name.lowercased()
      }
      guard let index = organizations.firstIndex(where: isSame) else {
        organizations.append(ScopedOrganization(host: host, name: name, rules: [rule]))
        return
      }
      if !organizations[index].rules.contains(where: rule.finds) { organizations[index].rules.append(rule) }
    }

    for provider in providers {
      for rule in provider.rules { add(provider.host, provider.organization, rule) }
    }
    if providers.isEmpty {
      for integration in integrations {
        for credential in integration.credentials {
          for name in credential.organizations { add(integration.host, name, .everything) }
          // `ORGANIZATION.visualstudio.com` names the organization itself.
          if let name = AzureHost.visualStudioOrganization(of: integration.host) {
            add(integration.host, name, .everything)
          }
        }
      }
    }
    for organization in crawler.organizations { add(organization.host, organization.name, .everything) }
    return organizations.sorted { ($0.host, $0.name.lowercased()) < ($1.host, $1.name.lowercased()) }
  }
}

extension ProviderSettings {
  /// One for each path on each branch.
  fileprivate var rules: [DiscoveryRule] {
    paths.flatMap { path in
      (branches.isEmpty ? [nil] : branches.map(Optional.some)).map { branch in
        DiscoveryRule(
          provider: id,
          project: project,
          repository: repository,
          path: path,
          branch: branch,
          skipForks: skipForkedRepos,
          maxRepositorySize: maxRepositorySize
        )
      }
    }
  }
}
