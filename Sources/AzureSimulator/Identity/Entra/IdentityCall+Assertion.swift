extension IdentityCall {
  /// Whether an assertion stands for an application (facts/azure-identity.md 1.5, 5.1, 7).
  ///
  /// Issuer, audience and subject are not secret, so a refusal names what was presented.
  func check(_ assertion: String, of application: World.Identity.Application) throws(EntraError) {
    guard let (claims, isGenuine) = signer.read(assertion) else {
      throw EntraError(700_027, "It is no JWT with aud, iss, sub and exp.")
    }
    let credentials = application.federatedCredentials
    guard !credentials.isEmpty else { throw EntraError(70021) }
    let ofIssuer = credentials.filter { $0.issuer == claims.iss }
    guard !ofIssuer.isEmpty else { throw EntraError(700_211, "Presented issuer: '\(claims.iss)'.") }
    guard isGenuine else { throw EntraError(700_027, "The signature is not the issuer's.") }
    guard claims.isValid(at: stamp.second) else {
      throw EntraError(700_024, "Valid from \(claims.nbf ?? 0) to \(claims.exp), now \(stamp.second).")
    }
    if claims.idtyp == "user" { throw EntraError(700_229) }
    try check(claims, among: ofIssuer)
  }

  private func check(_ claims: TokenClaims, among credentials: [World.Identity.FederatedCredential])
    throws(EntraError)
  {
    let ofAudience = credentials.filter { $0.audience == claims.aud }
    guard !ofAudience.isEmpty else { throw EntraError(700_212, "Presented audience: '\(claims.aud)'.") }
    if ofAudience.contains(where: { $0.subject == claims.sub }) { return }
    let differsInCase = ofAudience.contains { $0.subject.lowercased() == claims.sub.lowercased() }
    throw EntraError(differsInCase ? 7_002_138 : 700_213, "Presented subject: '\(claims.sub)'.")
  }
}
