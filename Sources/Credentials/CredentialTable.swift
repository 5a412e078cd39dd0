package import Settings

/// Which credential an organization gets (facts/backstage-azure.md 2.1 and 2.2, decisions.md 8).
///
/// Organizations compare without letter case, as Azure DevOps itself does; hosts are compared exactly,
/// and a credential is never used for another host than its own.
package struct CredentialTable: Sendable {
  private struct Entry {
    var credential: ChosenCredential
    /// In lower case.
    var organizations: [String]
  }

  private let entries: [Entry]

  package init(_ settings: CrawlerSettings) {
    entries = settings.integrations.enumerated().flatMap { index, integration in
      integration.credentials.map { credential in
        let id = CredentialID(
          host: integration.host,
          integrationPosition: index + 1,
          credentialPosition: credential.position
        )
        return Entry(
          credential: ChosenCredential(id: id, source: .configured(credential.kind), reason: .host),
          organizations: credential.organizations.map { $0.lowercased() }
        )
      }
    }
  }

  /// Every credential that is configured, in the order of the settings.
  package var all: [ChosenCredential] { entries.map(\.credential) }

  /// What organizations of `dev.azure.com` get that no credential covers.
  let defaultChain = ChosenCredential(
    id: CredentialID(host: AzureHost.services, integrationPosition: nil, credentialPosition: nil),
    source: .defaultChain,
    reason: .nothingConfigured
  )

  /// The credential for an organization, or nil when requests go without one.
  ///
  /// A credential that names the organization comes first, then the one of the host that names none; an
  /// organization of `dev.azure.com` that neither covers gets the default chain.
  ///
  /// - Parameter organization: As in the settings; on-premises with or without the leading `tfs/`.
  package func credential(host: String, organization: String) -> ChosenCredential? {
    let host = host.lowercased()
    let names = Self.names(of: organization)
    let ofHost = entries.filter { $0.credential.id.host == host }
    if var named = ofHost.first(where: { $0.organizations.contains(where: names.contains) })?.credential {
      named.reason = .organization
      return named
    }
    if let general = ofHost.first(where: { $0.organizations.isEmpty })?.credential { return general }
    return host == AzureHost.services ? defaultChain : nil
  }

  /// What a credential may call the organization: an on-premises collection goes with and without the
  /// virtual folder `tfs` that it is served below.
  private static func names(of organization: String) -> [String] {
    let name = organization.lowercased()
    return name.hasPrefix("tfs/") ? [name, String(name.dropFirst("tfs/".count))] : [name]
  }
}
