import NIOCore

/// A refusal of Entra ID: its AADSTS number with status and `error` (facts/azure-identity.md 7).
///
/// The numbers and `error` values are the service's; the texts are short ones of our own, because a client
/// must not depend on them.
struct EntraError: Error, Equatable {
  let code: Int
  let status: Int
  let error: String
  let message: String

  private init(_ code: Int, _ status: Int, _ error: String, _ message: String) {
    self.code = code
    self.status = status
    self.error = error
    self.message = message
  }

  /// The refusal with this number; an unlisted number is a 400 `invalid_request`.
  /// - Parameter detail: what of the request is wrong; never a secret.
  init(_ code: Int, _ detail: String = "") {
    let row = Self.rows.first { $0.code == code }
    let text = row?.message ?? "The request was refused."
    self.init(
      code,
      row?.status ?? 400,
      row?.error ?? "invalid_request",
      detail.isEmpty ? text : "\(text) \(detail)"
    )
  }

  /// Every number of the table, for tests.
  static var codes: [Int] { rows.map(\.code) }

  /// The body; lines of the description end in CRLF (facts/azure-identity.md 1.2).
  func body(trace: String, correlation: String, second: Stamp) -> ByteBuffer {
    let moment = String(second.moment.replacing("T", with: " "))
    var json = JSONWriter()
    json.object { json in
      json.field("error", error)
      json.field(
        "error_description",
        "AADSTS\(code): \(message)\r\nTrace ID: \(trace)\r\nCorrelation ID: \(correlation)\r\n"
          + "Timestamp: \(moment)"
      )
      json.array("error_codes") { $0.verbatim("\(code)") }
      json.field("timestamp", moment)
      json.field("trace_id", trace)
      json.field("correlation_id", correlation)
      json.field("error_uri", "https://login.microsoftonline.com/error?code=\(code)")
    }
    return json.buffer
  }
}

extension EntraError {
  private static let rows: [EntraError] = clients + tenants + requests + assertions + people + transient

  private static let clients = [
    EntraError(7_000_215, 401, "invalid_client", "Invalid client secret."),
    EntraError(7_000_222, 401, "invalid_client", "The client secret is expired."),
    EntraError(70002, 401, "invalid_client", "The credentials did not validate."),
    EntraError(7_000_218, 401, "invalid_client", "Neither client_secret nor client_assertion was sent."),
    EntraError(700_025, 401, "invalid_client", "The client is public and may not send a secret."),
    EntraError(700_016, 400, "unauthorized_client", "The application was not found in the directory."),
    EntraError(700_011, 400, "unauthorized_client", "The application was not found in the directory."),
    EntraError(7_000_112, 400, "unauthorized_client", "The application is disabled."),
    EntraError(70001, 400, "unauthorized_client", "The application is disabled."),
    EntraError(1_000_031, 400, "unauthorized_client", "The application is disabled."),
    EntraError(50194, 400, "invalid_request", "The application is not multi-tenant."),
    EntraError(100_007, 400, "invalid_request", "This client may not use the regional endpoint."),
  ]

  private static let tenants = [
    EntraError(90002, 400, "invalid_tenant", "The tenant was not found."),
    EntraError(900_023, 400, "invalid_request", "The tenant is neither a GUID nor a domain name."),
    EntraError(50059, 400, "invalid_request", "The request names no tenant."),
    EntraError(50128, 400, "invalid_request", "The domain name names no tenant."),
    EntraError(90019, 400, "invalid_request", "The request names no tenant."),
    EntraError(9_001_023, 400, "invalid_request", "The grant needs a tenant of its own."),
    EntraError(50049, 400, "invalid_instance", "Unknown or invalid instance."),
    EntraError(90038, 400, "invalid_request", "The tenant is in another national cloud."),
    EntraError(900_382, 400, "invalid_request", "Confidential clients cannot cross clouds."),
    EntraError(900_432, 400, "invalid_request", "Confidential clients cannot cross clouds."),
    EntraError(90051, 400, "invalid_request", "The national cloud is invalid."),
    EntraError(500_021, 403, "access_denied", "Tenant restrictions deny the tenant."),
    EntraError(500_022, 403, "access_denied", "Tenant restrictions deny the tenant."),
    EntraError(500_212, 403, "access_denied", "A policy denies access across tenants."),
    EntraError(500_213, 403, "access_denied", "A policy denies access across tenants."),
  ]

  private static let requests = [
    EntraError(90013, 400, "invalid_request", "The input is invalid."),
    EntraError(90014, 400, "invalid_request", "A required field is missing."),
    EntraError(900_144, 400, "invalid_request", "The body lacks a parameter."),
    EntraError(900_561, 400, "invalid_request", "The endpoint accepts POST only."),
    EntraError(9_002_313, 400, "invalid_request", "The request is malformed."),
    EntraError(70003, 400, "unsupported_grant_type", "The grant type is not supported."),
    EntraError(901_002, 400, "invalid_request", "The parameter resource is not supported."),
    EntraError(70011, 400, "invalid_scope", "The scope is not valid."),
    EntraError(28002, 400, "invalid_scope", "The scope is not valid."),
    EntraError(700_022, 400, "invalid_scope", "The scope names several resources."),
    EntraError(700_023, 400, "invalid_scope", "The scope names several resources."),
    EntraError(500_011, 400, "invalid_resource", "The resource was not found in the tenant."),
    EntraError(50001, 400, "invalid_resource", "The resource is disabled or unknown."),
    EntraError(65001, 400, "invalid_grant", "Nobody has consented to the application."),
    EntraError(90094, 400, "invalid_grant", "An administrator has to consent."),
    EntraError(650_056, 400, "invalid_grant", "The application is misconfigured."),
    EntraError(650_057, 400, "invalid_resource", "The resource is not in the application's list."),
    EntraError(650_052, 400, "invalid_client", "The tenant lacks the service."),
  ]

  private static let assertions = [
    EntraError(70021, 400, "invalid_request", "The application has no matching federated credential."),
    EntraError(700_211, 401, "invalid_client", "No federated credential has the assertion's issuer."),
    EntraError(700_212, 401, "invalid_client", "No federated credential has the assertion's audience."),
    EntraError(700_213, 401, "invalid_client", "No federated credential has the assertion's subject."),
    EntraError(7_002_137, 401, "invalid_client", "The assertion's subject is of another form."),
    EntraError(7_002_138, 401, "invalid_client", "The assertion's subject differs in upper and lower case."),
    EntraError(700_024, 401, "invalid_client", "The assertion is not within its valid time range."),
    EntraError(700_027, 401, "invalid_client", "The assertion's signature or content is invalid."),
    EntraError(50012, 401, "invalid_client", "Authentication failed."),
    EntraError(50013, 400, "invalid_grant", "The assertion is not valid."),
    EntraError(500_133, 400, "invalid_grant", "The assertion is not within its valid time range."),
    EntraError(700_229, 401, "invalid_client", "Only tokens of applications may be assertions."),
    EntraError(700_005, 400, "invalid_grant", "Issuer and subject of the assertion do not fit."),
    EntraError(50048, 400, "invalid_request", "The subject does not fit the issuer."),
  ]

  private static let people = [
    EntraError(53003, 400, "invalid_grant", "Conditional access blocks the token."),
    EntraError(530_032, 400, "invalid_grant", "A security policy blocks the token."),
    EntraError(530_035, 400, "invalid_grant", "Security defaults block the token."),
    EntraError(53011, 400, "invalid_grant", "The user is blocked for risk."),
    EntraError(50131, 400, "invalid_grant", "The device is not in the required state."),
    EntraError(53000, 400, "invalid_grant", "The device is not in the required state."),
    EntraError(53001, 400, "invalid_grant", "The device is not joined to the domain."),
    EntraError(50076, 400, "interaction_required", "A second factor is needed."),
    EntraError(50078, 400, "interaction_required", "The second factor is needed again."),
    EntraError(50079, 400, "interaction_required", "The user has to set up a second factor."),
    EntraError(700_082, 400, "invalid_grant", "The login is too old."),
    EntraError(50173, 400, "invalid_grant", "The login was revoked."),
    EntraError(70043, 400, "invalid_grant", "The login is too old."),
    EntraError(50058, 400, "invalid_grant", "Nobody is signed in."),
    EntraError(50196, 400, "invalid_grant", "The client asks in a loop."),
  ]

  private static let transient = [
    EntraError(90055, 429, "temporarily_unavailable", "Too many requests."),
    EntraError(50033, 503, "temporarily_unavailable", "A transient error."),
    EntraError(90006, 503, "temporarily_unavailable", "A transient error."),
    EntraError(90012, 503, "temporarily_unavailable", "The request took too long."),
    EntraError(90024, 503, "temporarily_unavailable", "Too busy."),
    EntraError(90033, 503, "temporarily_unavailable", "A transient error."),
    EntraError(90090, 500, "server_error", "An internal error."),
  ]
}
