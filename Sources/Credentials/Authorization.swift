package import Settings

/// What goes into the `Authorization` header of a request, and where it comes from.
package struct Authorization: Sendable, Equatable {
  /// The header's value; nil when the request goes without credentials.
  package var header: Secret?
  /// The credential it comes from; nil when there is none.
  package var credential: CredentialID?
  /// What the credential is: `personal access token`, ..., or `anonymous`.
  package var kind: String
  /// Whether a refusal may be cured by asking again; false for what is configured as it is.
  package var isRenewable: Bool
  /// How long the header may be used, counted from when its token was asked for; nil when it has no end
  /// that is known here.
  package var lifetime: Duration? { token?.lifetime }
  /// The token that can be rejected.
  var token: AccessToken?

  static let anonymous = Authorization(header: nil, credential: nil, kind: "anonymous", isRenewable: false)
}

/// Why an organization gets no `Authorization` header; names no secret.
package struct CredentialError: Error, Sendable, Equatable, CustomStringConvertible {
  package var host: String
  package var organization: String
  package var credential: CredentialID
  /// What the credential is, for example `client secret`.
  package var kind: String
  package var failure: TokenFailure

  package init(
    host: String,
    organization: String,
    credential: CredentialID,
    kind: String,
    failure: TokenFailure
  ) {
    self.host = host
    self.organization = organization
    self.credential = credential
    self.kind = kind
    self.failure = failure
  }

  package var description: String {
    let place = host == AzureHost.services ? organization : "\(organization) on \(host)"
    return "no token for organization \(place) from \(credential) (\(kind)): \(failure.message)"
  }
}
