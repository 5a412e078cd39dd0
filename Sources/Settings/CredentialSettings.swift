/// One element of `integrations.azure[].credentials` (facts/backstage-azure.md 1.2).
package struct CredentialSettings: Sendable, Equatable {
  /// Its place among the credentials of its host, counted from 1.
  package var position: Int
  /// The organizations it is for, as written; empty means every organization of the host that no other
  /// credential names.
  package var organizations: [String]
  package var kind: CredentialKind
  /// Where it is written.
  package var place: SettingsPlace

  package init(position: Int, organizations: [String] = [], kind: CredentialKind, place: SettingsPlace) {
    self.position = position
    self.organizations = organizations
    self.kind = kind
    self.place = place
  }
}

/// What a credential is; each case is one of the field sets of facts/backstage-azure.md 1.2.
package enum CredentialKind: Sendable, Equatable {
  /// The raw token, neither empty nor with control characters.
  case personalAccessToken(Secret)
  /// A service principal with its secret.
  case clientSecret(tenantID: String, clientID: String, secret: Secret)
  /// An identity that Azure gives to the machine.
  case managedIdentity(ManagedIdentity)
  /// A service principal that proves itself by a token of a managed identity.
  case clientAssertion(clientID: String, tenantID: String, managedIdentity: ManagedIdentity)

  /// For messages: `personal access token`, `client secret`, `managed identity` or `client assertion`.
  package var name: String {
    switch self {
    case .personalAccessToken: "personal access token"
    case .clientSecret: "client secret"
    case .managedIdentity: "managed identity"
    case .clientAssertion: "client assertion"
    }
  }
}

/// Which of a machine's identities is meant.
package enum ManagedIdentity: Sendable, Equatable, Hashable {
  /// The one that belongs to the machine itself; written `system-assigned`.
  case systemAssigned
  case userAssigned(clientID: String)
}
