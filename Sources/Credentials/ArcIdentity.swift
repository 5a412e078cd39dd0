import Settings
import Transport

/// The identity service of a server that Azure Arc connects (facts/azure-identity.md 2.5, 6.5).
///
/// It answers a first request with the path of a file that only privileged users can read; the text of the
/// file proves the second request.
struct ArcIdentity {
  /// The only folder that challenge files are read from.
  static let keyFolder = "/var/opt/azcmagent/tokens"
  private static let maxKeyBytes = 4096

  let identity: MachineIdentity
  let url: String

  private var context: IdentityContext { identity.context }
  private var name: String { "the Azure Arc agent" }

  func token() async throws(TokenFailure) -> AccessToken {
    var keys: [String] = []
    return try await RetrySchedule.platformIdentity.run(in: context) { await attempt(&keys) }
  }

  /// - Parameter keys: The keys that were sent so far, so that no answer shows one.
  private func attempt(_ keys: inout [String]) async -> Attempt<AccessToken> {
    do throws(TransportError) {
      let challenge = try await context.send(request(key: nil))
      // A token without a challenge would come from somebody else who listens on the port.
      guard challenge.status == 401 else {
        if [429, 500, 502, 503, 504].contains(challenge.status) {
          return retry(challenge, hiding: keys)
        }
        let text = PlatformError(challenge, secrets: keys).text(name)
        return .failed(TokenFailure(.refused, "\(text), wanted a challenge with status 401"))
      }
      let key: Secret
      do throws(TokenFailure) {
        key = try self.key(challenge.headers["WWW-Authenticate"])
      } catch {
        return .failed(error)
      }
      keys.append(key.reveal())
      return read(try await context.send(request(key: key)), hiding: keys)
    } catch {
      return AnswerText.failure(of: error, name).failing()
    }
  }

  private func request(key: Secret?) -> HTTPRequest {
    var query = [("api-version", "2020-06-01"), ("resource", identity.audience)]
    if let clientID = identity.clientID { query.append(("client_id", clientID)) }
    var request = HTTPRequest(
      url: url + (url.contains("?") ? "&" : "?")
        + FormEncoding.encode(query.map { (name: $0.0, value: $0.1) }),
      headers: [("Metadata", "true")]
    )
    if let key { request.headers.append(("Authorization", "Basic \(key.reveal())")) }
    request.bodyLimit = SignInService.bodyLimit
    request.timeouts = RetrySchedule.platformIdentity.timeouts
    return request
  }

  /// Reads the file that the challenge names, if it is where such files belong.
  private func key(_ challenge: String?) throws(TokenFailure) -> Secret {
    let path = try Self.path(in: challenge ?? "")
    switch context.files.readKey(path, Self.maxKeyBytes) {
    case .unreadable(let reason):
      throw TokenFailure(.refused, "\(name) named a challenge file that cannot be read: \(reason)")
    case .bytes(var bytes):
      while let last = bytes.last, last == 0x0A || last == 0x0D { bytes.removeLast() }
      // Sent as it is, so it must fit into a header.
      guard !bytes.isEmpty, bytes.allSatisfy({ (0x20...0x7E).contains($0) }) else {
        throw TokenFailure(.refused, "\(name) named a challenge file that holds no key")
      }
      return Secret(String(decoding: bytes, as: UTF8.self))
    }
  }

  /// The path in `Basic realm=PATH`.
  static func path(in challenge: String) throws(TokenFailure) -> String {
    let parts = challenge.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0].lowercased() == "basic", parts[1].lowercased().hasPrefix("realm="),
      parts[1].lowercased().ranges(of: "realm=").count == 1
    else {
      throw TokenFailure(.refused, "the Azure Arc agent sent a challenge that is not 'Basic realm=FILE'")
    }
    var path = String(parts[1].dropFirst("realm=".count))
    if path.count >= 2, path.hasPrefix("\""), path.hasSuffix("\"") {
      path = String(path.dropFirst().dropLast())
    }
    let file = path.dropFirst(keyFolder.count + 1)
    guard path.hasPrefix(keyFolder + "/"), !file.contains("/"), file.hasSuffix(".key"),
      file.count > ".key".count
    else {
      throw TokenFailure(
        .refused,
        "the Azure Arc agent named a challenge file that is not \(keyFolder)/NAME.key"
      )
    }
    return path
  }

  private func retry(_ response: HTTPResponse, hiding keys: [String]) -> Attempt<AccessToken> {
    let failure = TokenFailure(.transient, PlatformError(response, secrets: keys).text(name))
    return .retry(failure, after: AnswerText.retryAfter(of: response, now: context.now()))
  }

  private func read(_ response: HTTPResponse, hiding keys: [String]) -> Attempt<AccessToken> {
    if [429, 500, 502, 503, 504].contains(response.status) { return retry(response, hiding: keys) }
    guard response.status == 200 else {
      let error = PlatformError(response, secrets: keys)
      return .failed(TokenFailure(.refused, error.text(name)))
    }
    // An old agent answers with the machine's own identity whichever was asked for.
    if let clientID = identity.clientID {
      let echoed = TokenJSON.object(in: response.body)?["client_id"]?.string
      guard echoed?.lowercased() == clientID.lowercased() else {
        return .failed(
          TokenFailure(.refused, "\(name) did not confirm the identity with client id \(clientID)")
        )
      }
    }
    do throws(TokenFailure) {
      return .done(try TokenAnswer(context: context, source: name).token(in: response))
    } catch {
      return .failed(error)
    }
  }
}
