import Foundation
import NIOCore

/// Who sends a request, by its `Authorization` header (facts/azure-devops-api.md 5.1).
struct Authentication: Sendable {
  /// The token of the organization that was sent; nil: none, or one the organization does not know.
  let token: World.Token?

  init(_ request: SimulatorRequest, _ organization: OrganizationIndex, _ authority: TokenAuthority) {
    let parts = request.header("authorization")?.split(separator: " ", maxSplits: 1) ?? []
    guard parts.count == 2, let sent = Self.secret(scheme: parts[0].lowercased(), parts[1]) else {
      token = nil
      return
    }
    let known = organization.organization.tokens.first { $0.form == sent.form && $0.secret == sent.secret }
    guard known == nil, sent.form == .bearer else {
      token = known
      return
    }
    token = authority.token(sent.secret, organization)
  }

  private static func secret(scheme: String, _ credentials: Substring)
    -> (form: World.Token.Form, secret: String)?
  {
    switch scheme {
    case "bearer":
      return (.bearer, String(credentials))
    case "basic":
      // The user part is ignored (facts/azure-devops-api.md 5.1).
      guard let data = Data(base64Encoded: String(credentials)) else { return nil }
      let pair = String(decoding: data, as: UTF8.self)
      guard let colon = pair.firstIndex(of: ":") else { return nil }
      return (.personalAccessToken, String(pair[pair.index(after: colon)...]))
    default:
      return nil
    }
  }
}

/// The answers to callers that may not ask (facts/azure-devops-api.md 5.2).
struct Refusal: Sendable {
  let request: SimulatorRequest
  let organization: OrganizationIndex
  let options: SimulatorOptions
  let stamp: Stamp
  /// `{base}/{organization}`.
  let address: String
  /// The id of the organization's tenant.
  let tenant: String

  /// The answer for the token that was sent; nil: the request goes on.
  func answer(to token: World.Token?) -> SimulatorResponse? {
    switch token?.state {
    case .accepted: nil
    // A token of the sign-in host that is too old is like none, whatever the caller suppresses.
    case .expired where token?.form == .bearer: notMember()
    case .expired: expired()
    case .withoutScope: withoutScope()
    case .notMember: notMember()
    case .conditionalAccess: conditionalAccess()
    case nil: unknown()
    }
  }

  /// No token, or an unknown one.
  private func unknown() -> SimulatorResponse {
    let usual = request.suppressesSignIn ? AuthenticationMode.unauthorized401 : .signInPage203
    switch organization.organization.authentication ?? options.authentication ?? usual {
    case .signInPage203: return signInPage()
    case .redirect302: return redirect()
    case .unauthorized401: return notMember()
    }
  }

  func signInPage() -> SimulatorResponse {
    page(203, Page.signIn)
  }

  private func redirect() -> SimulatorResponse {
    var response = page(302, Page.moved(to: signInAddress))
    response.set("Location", signInAddress)
    return response
  }

  /// 401 TF400813 with challenges (recording 22).
  func notMember() -> SimulatorResponse {
    let user = stamp.user.isEmpty ? "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa" : "\(tenant)\\\(stamp.user)"
    let error = ServiceError(
      401,
      "UnauthorizedRequestException",
      in: "Microsoft.TeamFoundation.Framework.Server",
      "TF400813: The user '\(user)' is not authorized to access this resource."
    )
    var response = self.error(error)
    response.headers += challenges()
    return response
  }

  /// Which tenant the organization belongs to, told to everybody on a HEAD request for `/{organization}`
  /// (facts/azure-identity.md 1.7); nil for other requests.
  func tenantAnswer() -> SimulatorResponse? {
    guard request.method == "HEAD", request.path.split(separator: "/").count == 1 else { return nil }
    var headers = stamp.frontHeaders()
    headers.append(("X-VSS-ResourceTenant", tenant))
    headers.append(
      ("WWW-Authenticate", "Bearer authorization_uri=https://login.microsoftonline.com/\(tenant)")
    )
    return SimulatorResponse(status: 404, headers: headers, body: .bytes(.init()))
  }

  private func challenges() -> [(name: String, value: String)] {
    [
      ("WWW-Authenticate", "Bearer authorization_uri=https://login.microsoftonline.com/\(tenant)"),
      ("WWW-Authenticate", "Basic realm=\"\(address)/\""),
      ("WWW-Authenticate", "TFS-Federated"),
      ("X-TFS-FedAuthRealm", "\(address)/"),
      ("X-TFS-FedAuthIssuer", "\(address)/"),
      ("X-TFS-FedAuthRedirect", signInAddress),
      ("X-VSS-AuthenticateError", "Unauthorized"),
      ("X-VSS-AuthorizationEndpoint", "\(address)/"),
      ("X-VSS-ResourceTenant", tenant),
      ("X-VSS-S2STargetService", "00000002-0000-8888-8000-000000000000/visualstudio.com"),
    ]
  }

  private func expired() -> SimulatorResponse {
    let message = "Access Denied: The Personal Access Token used has expired."
    guard request.header("accept")?.lowercased().contains("application/json") == true else {
      var response = page(401, Page.plain(title: "Access denied", text: message))
      response.set("X-TFS-ServiceError", PercentEncoding.encoded(message))
      return response
    }
    var json = JSONWriter()
    json.object { json in
      json.field("$id", "1")
      json.object("customProperties") {
        $0.null("Descriptor")
        $0.null("IdentityDisplayName")
        $0.null("Token")
        $0.field("RequestedPermissions", 0)
        $0.field("NamespaceId", "00000000-0000-0000-0000-000000000000")
      }
      json.null("innerException")
      json.field("message", message)
      json.field(
        "typeName",
        "Microsoft.TeamFoundation.Framework.Server.AccessCheckException, "
          + "Microsoft.TeamFoundation.Framework.Server"
      )
      json.field("typeKey", "AccessCheckException")
      json.field("errorCode", 0)
      json.field("eventId", 3000)
    }
    var headers = stamp.commonHeaders()
    headers.append(("Content-Type", "application/json; charset=utf-8"))
    headers.append(("X-TFS-ServiceError", PercentEncoding.encoded(message)))
    return SimulatorResponse(status: 401, headers: headers, body: .bytes(json.buffer))
  }

  /// 401 with an empty body and one challenge (recording 23).
  private func withoutScope() -> SimulatorResponse {
    var headers = stamp.identityHeaders(stamp.activity.description)
    headers.append(("WWW-Authenticate", "Basic realm=\"\(address)/\""))
    return SimulatorResponse(status: 401, headers: headers, body: .bytes(.init()))
  }

  func conditionalAccess() -> SimulatorResponse {
    error(
      ServiceError(
        403,
        "VssServiceException",
        in: "Microsoft.VisualStudio.Services.Common",
        "VS403463: The conditional access policy defined by your Microsoft Entra administrator has failed."
      )
    )
  }

  private func error(_ error: ServiceError) -> SimulatorResponse {
    var headers = stamp.commonHeaders()
    headers.append(("Content-Type", "application/json; charset=utf-8"))
    return SimulatorResponse(status: error.status, headers: headers, body: .bytes(error.body))
  }

  private func page(_ status: Int, _ html: String) -> SimulatorResponse {
    var headers = stamp.commonHeaders()
    headers.append(("Content-Type", "text/html; charset=utf-8"))
    return SimulatorResponse(status: status, headers: headers, body: .bytes(.init(string: html)))
  }

  private var signInAddress: String {
    "\(address)/_signin?realm=dev.azure.com&reply_to=\(PercentEncoding.encoded(address + "/"))&redirect=1"
  }
}
