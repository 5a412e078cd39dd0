import Settings
import Transport

/// The identity endpoints that platforms give to programs: one request with a header that proves where it
/// comes from (facts/azure-identity.md 2.3, 2.4, 2.7).
struct PlatformIdentity {
  let context: IdentityContext
  /// For messages.
  let name: String
  /// Nil for the machine's own identity.
  let clientID: String?

  /// - Parameters:
  ///   - fields: Added to the query of a GET; the form of a POST.
  ///   - serverTrust: How the server is proven before the header is sent.
  func token(
    _ method: HTTPRequest.Method,
    _ url: String,
    _ fields: [(String, String)],
    header: (name: String, value: Secret),
    serverTrust: HTTPRequest.ServerTrust = .authorities
  ) async throws(TokenFailure) -> AccessToken {
    let form = FormEncoding.encode(fields.map { (name: $0.0, value: $0.1) })
    var request = HTTPRequest(method: method, url: url, headers: [(header.name, header.value.reveal())])
    if method == .get {
      request.url += (url.contains("?") ? "&" : "?") + form
    } else {
      request.headers.append(("Content-Type", "application/x-www-form-urlencoded"))
      request.body = Array(form.utf8)
    }
    request.bodyLimit = SignInService.bodyLimit
    request.timeouts = RetrySchedule.platformIdentity.timeouts
    request.serverTrust = serverTrust
    let sent = request
    return try await RetrySchedule.platformIdentity.run(in: context) {
      do throws(TransportError) {
        return read(try await context.send(sent), hiding: header.value)
      } catch {
        return AnswerText.failure(of: error, name).failing()
      }
    }
  }

  private func read(_ response: HTTPResponse, hiding secret: Secret) -> Attempt<AccessToken> {
    let error = PlatformError(response, secrets: [secret.reveal()])
    switch response.status {
    case 200:
      do throws(TokenFailure) {
        return .done(try TokenAnswer(context: context, source: name).token(in: response))
      } catch {
        return .failed(error)
      }
    case 408, 429, 500, 502, 503, 504, 506...599:
      let after = AnswerText.retryAfter(of: response, now: context.now())
      return .retry(TokenFailure(.transient, error.text(name)), after: after)
    case 300..<400:
      let target = AnswerText.redirectTarget(of: response, hiding: [secret.reveal()])
      return .failed(TokenFailure(.refused, "\(name) redirects to \(target), which is not followed"))
    default:
      let subject = clientID.map { " for client id \($0)" } ?? ""
      return .failed(TokenFailure(.refused, error.text(name) + subject))
    }
  }
}

/// An error answer of an identity endpoint, whose shapes differ (facts/azure-identity.md 1.3, 2.3, 2.7).
struct PlatformError {
  private let status: Int
  private let error: String
  private let message: String

  init(_ response: HTTPResponse, secrets: [String] = []) {
    status = response.status
    let members = TokenJSON.object(in: response.body) ?? [:]
    let inner = members["error"]?.object ?? [:]
    let text = { (value: TokenJSON.Value?) in AnswerText.clean(value?.string ?? "", hiding: secrets) }
    error = text(members["error"]).isEmpty ? text(inner["code"]) : text(members["error"])
    message =
      [members["error_description"], members["message"], inner["message"]].map(text).first { !$0.isEmpty }
      ?? ""
  }

  /// Whether the service does not know what the token should be for.
  var isAboutResource: Bool {
    error == "invalid_resource" || ["AADSTS50001", "AADSTS500011"].contains { message.contains($0) }
  }

  /// Status, error and message in one line.
  func text(_ source: String) -> String {
    var text = "\(source) answered \(status)"
    if !error.isEmpty { text += " \(error)" }
    if !message.isEmpty { text += ": \(message)" }
    return text
  }
}
