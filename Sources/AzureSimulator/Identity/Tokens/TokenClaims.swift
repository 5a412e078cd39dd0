/// What a token says (facts/azure-identity.md 8.6); absent parts are those a foreign assertion may lack.
struct TokenClaims: Codable, Sendable, Equatable {
  var aud: String
  var iss: String
  var sub: String
  /// Seconds since 1970, like ``nbf`` and ``iat``.
  var exp: Int
  var nbf: Int?
  var iat: Int?
  /// The tenant.
  var tid: String?
  /// The object id of the service principal, the identity or the person.
  var oid: String?
  /// The client id.
  var appid: String?
  /// `app` or `user`.
  var idtyp: String?
  /// The name of a person.
  var upn: String?
  var ver: String?
  /// Differs from token to token.
  var uti: String?

  /// Whether `second` is between the token's beginning and its end.
  func isValid(at second: Int) -> Bool {
    second < exp && second >= (nbf ?? 0)
  }
}

/// Whom a token is given to.
struct TokenSubject: Sendable {
  let clientID: String
  let objectID: String
  let tenant: String
  /// The name of the person; nil: an application or a managed identity.
  var person: String?

  /// The claims of a token for one audience.
  ///
  /// Assertions have the issuer that federated credentials name, other tokens the older form
  /// (facts/azure-identity.md 1.5).
  func claims(audience: String, lifetime: Int, stamp: Stamp) -> TokenClaims {
    let isAssertion = Resource.exchangeAudiences.contains(audience)
    return TokenClaims(
      aud: audience,
      iss: isAssertion ? World.Identity.issuer(of: tenant) : "https://sts.windows.net/\(tenant)/",
      sub: objectID,
      exp: stamp.second + lifetime,
      nbf: stamp.second,
      iat: stamp.second,
      tid: tenant,
      oid: objectID,
      appid: clientID,
      idtyp: person == nil ? "app" : "user",
      upn: person,
      ver: isAssertion ? "2.0" : "1.0",
      uti: "\(stamp.activity)"
    )
  }
}

/// What tokens can be asked for (facts/azure-identity.md 0.3).
enum Resource {
  static let azureDevOps = "499b84ac-1321-427f-aa17-267ca6975798"
  static let exchangeAudiences: Set<String> = [
    "api://AzureADTokenExchange", "api://AzureADTokenExchangeUSGov", "api://AzureADTokenExchangeChina",
  ]

  /// Whether a managed identity endpoint gives tokens for it.
  static func isKnown(_ resource: String) -> Bool {
    resource == azureDevOps || exchangeAudiences.contains(resource)
  }
}
