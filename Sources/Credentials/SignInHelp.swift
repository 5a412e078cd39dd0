/// What helps against the errors of the sign-in service that users meet (facts/azure-identity.md 7).
///
/// Numbers and texts of the service may change, so nothing is decided by them; they only choose the
/// advice.
enum SignInHelp {
  /// No federated credential fits the assertion, or not yet.
  static let federationCodes: Set<Int> = [70_021, 700_211, 700_212, 700_213, 7_002_137, 7_002_138]
  /// The assertion itself is out of date or unreadable; a fresh one may do.
  static let staleAssertionCodes: Set<Int> = [700_024, 50_013, 500_133]

  /// Advice for an `AADSTS` number, or nil when there is none.
  static func text(for code: Int, tenant: String, client: String) -> String? {
    if [700_016, 700_011].contains(code) {
      let url = "https://login.microsoftonline.com/\(tenant)/adminconsent?client_id=\(client)"
      return
        "The application is not known in tenant \(tenant): check clientId and tenantId; an application of "
        + "another tenant needs the consent of an administrator first, at \(url)"
    }
    return advice.first { $0.codes.contains(code) }?.text
  }

  private static let advice: [(codes: Set<Int>, text: String)] = [
    (
      [7_000_215, 70_002],
      "The client secret is wrong: configure the secret's value, not its id, or create another secret"
    ),
    ([7_000_222], "The client secret has expired: create another one and configure it"),
    ([7_000_218], "Neither secret nor assertion arrived: is a variable empty?"),
    ([700_025], "The application is a public client and must not send a secret: use a confidential one"),
    ([7_000_112, 70_001, 1_000_031], "The application is disabled: an administrator must enable it"),
    ([90_002], "There is no such tenant: check tenantId, and the cloud"),
    ([900_023, 50_059, 50_128, 90_019, 9_001_023], "tenantId must be the id or a domain of one tenant"),
    (
      [90_013, 90_014, 900_144, 9_002_313, 901_002],
      "The request is malformed: please report it with the ids above"
    ),
    ([50_194], "The application works only in its own tenant: make it multi-tenant or use that tenant"),
    ([500_011, 50_001], "Azure DevOps is not known in that tenant: is it the right one?"),
    ([70_011, 28_002, 700_022, 700_023], "The scope is malformed: please report it with the ids above"),
    ([65_001, 90_094, 650_056, 650_057], "Consent is missing: an administrator of the tenant must give it"),
    ([650_052], "The tenant does not have the service: enable Azure DevOps for the organization"),
    (
      [70_021],
      "No federated credential of the application matches: compare issuer, subject and audience; one that was "
        + "just created takes minutes to spread"
    ),
    (
      [700_211],
      "No federated credential has this issuer: it must be https://login.microsoftonline.com/TENANT/v2.0 with "
        + "the tenant of the managed identity"
    ),
    ([700_212], "No federated credential has this audience: it must be api://AzureADTokenExchange"),
    (
      [700_213],
      "No federated credential has this subject: it must be the principal (object) id of the managed identity, "
        + "not its client id"
    ),
    ([7_002_138, 7_002_137], "The subject differs in letter case or form: copy it exactly"),
    ([700_024], "The assertion is outside its time: check the clock and the token file"),
    (
      [700_027, 50_012, 50_013, 500_133, 700_005, 50_048],
      "The assertion is not accepted: it comes from another issuer or is a token of another kind"
    ),
    (
      [700_229], "The assertion belongs to a user; only those of applications and identities may be exchanged"
    ),
    (
      [53_003, 530_032, 530_035, 53_011],
      "A policy of the tenant blocks the sign-in: an administrator must exclude this identity or allow the network"
    ),
    ([50_131, 53_000, 53_001], "A policy asks for a managed device: sign in again on one"),
    ([50_076, 50_079, 50_078], "More than a password is asked for: sign in again with 'az login'"),
    ([700_082, 50_173, 70_043, 50_058], "The login has ended: sign in again with 'az login'"),
    ([50_196], "The service was asked too often in a short time; it will be left alone for a while"),
    ([50_049], "The authority is not known: check AZURE_AUTHORITY_HOST"),
    ([90_038, 900_382, 900_432, 90_051], "That belongs to another national cloud, and clouds do not mix"),
    (
      [500_021, 500_022, 500_212, 500_213],
      "A policy on access between tenants forbids it: ask the administrators"
    ),
  ]
}
