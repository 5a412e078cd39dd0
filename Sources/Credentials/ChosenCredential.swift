package import Settings

/// A credential that was chosen for an organization, and why.
package struct ChosenCredential: Sendable, Equatable {
  /// What the credential is.
  package enum Source: Sendable, Equatable {
    case configured(CredentialKind)
    /// Whatever identity the machine offers (facts/azure-identity.md 3).
    case defaultChain

    /// For messages.
    package var name: String {
      switch self {
      case .configured(let kind): kind.name
      case .defaultChain: "default chain"
      }
    }
  }

  /// Why it was chosen.
  package enum Reason: String, Sendable {
    /// It names the organization.
    case organization = "the credential names the organization"
    /// It is the one of the host that names no organizations.
    case host = "the credential is for all other organizations of the host"
    /// No credential covers the organization.
    case nothingConfigured = "no credential covers the organization"
  }

  package var id: CredentialID
  package var source: Source
  package var reason: Reason
}

/// Names a credential in messages and as a key; holds nothing secret.
package struct CredentialID: Sendable, Hashable, CustomStringConvertible {
  package var host: String
  /// Place in `integrations.azure`, counted from 1; nil for the default chain.
  package var integrationPosition: Int?
  /// Place in `credentials` of that element, counted from 1; nil for the default chain.
  package var credentialPosition: Int?

  package init(host: String, integrationPosition: Int?, credentialPosition: Int?) {
    self.host = host
    self.integrationPosition = integrationPosition
    self.credentialPosition = credentialPosition
  }

  /// For example `credential 2 of dev.azure.com`, or `default chain of dev.azure.com`.
  package var description: String {
    credentialPosition.map { "credential \($0) of \(host)" } ?? "default chain of \(host)"
  }
}
