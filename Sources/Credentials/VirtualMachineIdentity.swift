import Transport

/// The identity service of a virtual machine, IMDS (facts/azure-identity.md 1.3, 1.4).
struct VirtualMachineIdentity {
  static let path = "/metadata/identity/oauth2/token"

  let identity: MachineIdentity
  /// `http://169.254.169.254`, or where it is reached instead.
  let base: String

  private var context: IdentityContext { identity.context }
  private var name: String { "the identity service \(base)" }

  func token() async throws(TokenFailure) -> AccessToken {
    var query = [("api-version", "2018-02-01"), ("resource", identity.audience)]
    if let clientID = identity.clientID { query.append(("client_id", clientID)) }
    var request = HTTPRequest(
      url: base + Self.path + "?" + FormEncoding.encode(query),
      headers: [("Metadata", "true")]
    )
    request.bodyLimit = SignInService.bodyLimit
    request.timeouts = RetrySchedule.machineIdentity.timeouts
    let sent = request
    return try await RetrySchedule.machineIdentity.run(in: context) {
      do throws(TransportError) {
        return read(try await context.send(sent))
      } catch {
        return unreachable(error)
      }
    }
  }

  /// A machine without the service does not answer at that address at all.
  private func unreachable(_ error: TransportError) -> Attempt<AccessToken> {
    if case .retry = AnswerText.failure(of: error, name) {
      return .retry(TokenFailure(.notAvailable, "no answer from \(name): \(error)"))
    }
    return AnswerText.failure(of: error, name).failing()
  }

  private func read(_ response: HTTPResponse) -> Attempt<AccessToken> {
    switch response.status {
    case 200:
      // Something else that answers at the address is no identity service.
      guard TokenJSON.object(in: response.body) != nil else {
        return .failed(TokenFailure(.notAvailable, "\(name) answered with something that is no token"))
      }
      do throws(TokenFailure) {
        return .done(try TokenAnswer(context: context, source: name).token(in: response))
      } catch {
        return .failed(error)
      }
    case 400:
      return .failed(badRequest(response))
    case 403 where response.body.contains(sequence: "unreachable"):
      // What Docker Desktop's proxy says for the address.
      return .failed(
        TokenFailure(.notAvailable, "there is no identity service here: the address is unreachable")
      )
    case 404, 408, 410, 429, 500...599:
      let failure = TokenFailure(.transient, PlatformError(response).text(name))
      let after = AnswerText.retryAfter(of: response, now: context.now())
      return .retry(failure, after: after, isGone: response.status == 410)
    default:
      return .failed(TokenFailure(.refused, PlatformError(response).text(name)))
    }
  }

  private func badRequest(_ response: HTTPResponse) -> TokenFailure {
    let error = PlatformError(response)
    let text = error.text(name)
    if error.isAboutResource { return TokenFailure(.refused, text) }
    guard let clientID = identity.clientID else {
      return TokenFailure(.notAvailable, "this machine has no system-assigned identity: \(text)")
    }
    var message = "the identity with client id \(clientID) is not assigned to this machine: \(text)"
    if context.environment["AZURE_CLIENT_ID"] == clientID { message += " (the id is in AZURE_CLIENT_ID)" }
    return TokenFailure(.refused, message)
  }
}

extension [UInt8] {
  /// Whether the ASCII text stands somewhere in the bytes.
  fileprivate func contains(sequence text: String) -> Bool {
    String(decoding: prefix(10_000), as: UTF8.self).contains(text)
  }
}
