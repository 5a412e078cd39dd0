import Foundation

/// What an organization makes of tokens of the sign-in host (facts/azure-identity.md 1.7).
struct TokenAuthority: Sendable {
  let signer: TokenSigner
  let identity: World.Identity
  /// Now, in seconds since 1970.
  let second: Int

  /// The token as one of the organization; nil when the signer did not make it, or it is for another resource.
  ///
  /// Its state says whether it is too old, or its owner no user of the organization.
  func token(_ text: String, _ organization: OrganizationIndex) -> World.Token? {
    guard let (claims, isGenuine) = signer.read(text), isGenuine, claims.aud == Resource.azureDevOps else {
      return nil
    }
    guard claims.isValid(at: second) else {
      return World.Token(text, form: .bearer, state: .expired, user: "")
    }
    let isMember = isMember(claims, of: organization)
    return World.Token(
      text,
      form: .bearer,
      state: isMember ? .accepted : .notMember,
      user: claims.upn ?? claims.oid ?? claims.sub
    )
  }

  private func isMember(_ claims: TokenClaims, of organization: OrganizationIndex) -> Bool {
    let tenant = Self.tenant(of: organization, identity)
    guard claims.tid?.lowercased() == tenant.lowercased() else { return false }
    guard let members = organization.organization.identities else { return true }
    let names = [claims.upn ?? claims.appid, claims.oid].compactMap { $0?.lowercased() }
    return members.contains { names.contains($0.lowercased()) }
  }

  /// The id of the tenant an organization belongs to; zeros when it belongs to none.
  static func tenant(of organization: OrganizationIndex, _ identity: World.Identity) -> String {
    organization.organization.tenant ?? identity.tenants.first?.id ?? GUID(high: 0, low: 0).description
  }
}

extension Simulator {
  /// An assertion of any issuer, signed so that the sign-in endpoint takes it for genuine.
  ///
  /// For federated token files (facts/azure-identity.md 2.8) and for wrong assertions.
  ///
  /// - Parameters:
  ///   - lifetime: seconds from now; negative: it is too old.
  ///   - second: now, in seconds since 1970; nil: the clock's.
  /// - Throws: when the claims cannot be written as JSON.
  package func assertion(
    issuer: String,
    subject: String,
    audience: String = "api://AzureADTokenExchange",
    lifetime: Int = 3600,
    second: Int? = nil
  ) throws -> String {
    let now = second ?? Int(Date().timeIntervalSince1970)
    return try signer.token(
      TokenClaims(
        aud: audience,
        iss: issuer,
        sub: subject,
        exp: now + lifetime,
        nbf: min(now, now + lifetime),
        iat: min(now, now + lifetime)
      )
    )
  }
}
