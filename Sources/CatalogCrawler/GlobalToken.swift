import Credentials
import Settings

/// Personal access tokens that are meant for more than one organization.
enum GlobalToken {
  /// A warning when the credential is such a token, else nil.
  ///
  /// Azure DevOps Services ends them on 1 December 2026 (decisions.md 8); a server of one's own and
  /// `NAME.visualstudio.com` have none.
  static func warning(_ credential: ChosenCredential, in settings: CrawlerSettings) -> String? {
    guard case .configured(.personalAccessToken) = credential.source,
      credential.id.host == AzureHost.services,
      let organizations = organizations(of: credential.id, in: settings), organizations != 1
    else { return nil }
    let named = organizations == 0 ? "no organization" : "\(organizations) organizations"
    return "\(credential.id) is a personal access token and names \(named): Azure DevOps ends tokens for "
      + "several organizations on 1 December 2026; give each organization a token of its own"
  }

  /// How many organizations the credential names.
  private static func organizations(of id: CredentialID, in settings: CrawlerSettings) -> Int? {
    guard let place = id.integrationPosition, settings.integrations.indices.contains(place - 1) else {
      return nil
    }
    return settings.integrations[place - 1].credentials
      .first { $0.position == id.credentialPosition }
      .map { Set($0.organizations.map { $0.lowercased() }).count }
  }
}
