import Settings
import Transport

/// Asks Microsoft Entra ID for tokens of a service principal (facts/azure-identity.md 1.2, 1.5).
///
/// The address is built, never discovered: a discovery document could send the secret to another host.
struct SignInService {
  /// Azure DevOps as the sign-in service knows it (facts/azure-identity.md 0.3).
  static let scope = "499b84ac-1321-427f-aa17-267ca6975798/.default"
  /// The largest answer, in bytes; tokens are below 20 KiB.
  static let bodyLimit = 1 << 20

  /// What the service principal proves itself by.
  enum Proof {
    case secret(Secret)
    /// A token of another identity service.
    case assertion(Secret)
  }

  let context: IdentityContext
  /// `https://HOST`, without a trailing slash.
  let authority: String

  /// - Throws: `.refused` when `AZURE_AUTHORITY_HOST` is no `https` host.
  init(_ context: IdentityContext) throws(TokenFailure) {
    self.context = context
    authority = try Self.authority(context)
  }

  /// The endpoint of the settings, else `AZURE_AUTHORITY_HOST`, else the public cloud
  /// (facts/azure-identity.md 5.4, 6.6).
  private static func authority(_ context: IdentityContext) throws(TokenFailure) -> String {
    if let endpoint = context.endpoints[IdentityContext.signInHost] { return endpoint }
    guard var text = context.environment["AZURE_AUTHORITY_HOST"] else {
      return "https://" + IdentityContext.signInHost
    }
    while text.hasSuffix("/") { text.removeLast() }
    let host = text.dropFirst("https://".count)
    let isHost =
      !host.isEmpty
      && host.utf8.allSatisfy { byte in
        (0x30...0x3A).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || byte == 0x2D || byte == 0x2E
      }
    guard text.lowercased().hasPrefix("https://"), isHost else {
      throw TokenFailure(.refused, "AZURE_AUTHORITY_HOST must be https://HOST and nothing more")
    }
    return text
  }

  /// What the token of a managed identity must be made out to, by cloud (facts/azure-identity.md 0.3).
  var exchangeAudience: String {
    switch HostAddress.host(of: authority) {
    case "login.microsoftonline.us": "api://AzureADTokenExchangeUSGov"
    case "login.partner.microsoftonline.cn", "login.chinacloudapi.cn": "api://AzureADTokenExchangeChina"
    default: "api://AzureADTokenExchange"
    }
  }

  /// Asks for a token for Azure DevOps.
  func token(tenant: String, client: String, proof: Proof) async throws(TokenFailure) -> AccessToken {
    let request = request(tenant: tenant, client: client, proof: proof)
    return try await RetrySchedule.signIn.run(in: context) {
      do throws(TransportError) {
        return read(try await context.send(request), tenant: tenant, client: client, proof: proof)
      } catch {
        return AnswerText.failure(of: error, name).failing()
      }
    }
  }

  private var name: String { "the sign-in service \(authority)" }

  private func request(tenant: String, client: String, proof: Proof) -> HTTPRequest {
    var fields = [("client_id", client)]
    switch proof {
    case .secret(let secret):
      fields.append(("client_secret", secret.reveal()))
    case .assertion(let assertion):
      fields.append(("client_assertion", assertion.reveal()))
      fields.append(("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"))
    }
    fields += [("grant_type", "client_credentials"), ("scope", Self.scope)]
    var request = HTTPRequest(
      method: .post,
      url: "\(authority)/\(tenant)/oauth2/v2.0/token",
      headers: [
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Accept", "application/json"),
      ],
      body: Array(FormEncoding.encode(fields).utf8)
    )
    request.bodyLimit = Self.bodyLimit
    request.timeouts = RetrySchedule.signIn.timeouts
    return request
  }

  private func read(
    _ response: HTTPResponse,
    tenant: String,
    client: String,
    proof: Proof
  ) -> Attempt<AccessToken> {
    switch response.status {
    case 200:
      do throws(TokenFailure) {
        return .done(try TokenAnswer(context: context, source: name).token(in: response))
      } catch {
        return .failed(error)
      }
    case 300..<400:
      let target = AnswerText.redirectTarget(of: response, hiding: [proof.text])
      return .failed(TokenFailure(.refused, "\(name) redirects to \(target), which is not followed"))
    case 400, 401, 403:
      let error = SignInError(response, secrets: [proof.text])
      let failure = error.failure(name, tenant: tenant, client: client, proof: proof)
      return error.isTransient ? .retry(failure) : .failed(failure)
    case 408, 429, 500, 502, 503, 504:
      let error = SignInError(response, secrets: [proof.text])
      let failure = TokenFailure(.transient, error.text(name))
      return .retry(failure, after: AnswerText.retryAfter(of: response, now: context.now()))
    default:
      return .failed(TokenFailure(.refused, "\(name) answered \(response.status), as no token service does"))
    }
  }
}

extension SignInService.Proof {
  /// The secret itself.
  var text: String {
    switch self {
    case .secret(let secret), .assertion(let secret): secret.reveal()
    }
  }
}
