package import Credentials
import Foundation
import Settings
package import Transport

/// Reads one organization's repositories and files.
///
/// Every request names things by their ids: names change, and one with a blank or a bracket is easily
/// written wrong.
package struct AzureDevOpsClient: Sendable {
  /// Works with Azure DevOps Services and with Server 2022 (facts/azure-devops-api.md 1.2).
  static let apiVersion = "7.0"

  /// The header that asks for a file only when it is another than the one with that tag.
  static let condition = "If-None-Match"

  package let address: OrganizationAddress
  private let send: Send
  private let authorizer: Authorizer
  private let timeouts: HTTPRequest.Timeouts
  let pacing: RequestPacing
  /// Seconds since 1970 by this machine, for answers that do not say when they were given.
  private let now: @Sendable () -> Int
  /// The largest answer with a file to accept: six bytes for each of the file's, which JSON's escapes may
  /// take, and room for the rest.
  let itemLimit: Int

  /// - Parameters:
  ///   - pacing: When requests are started and which are repeated; its clock is what waits are measured by.
  ///   - now: Seconds since 1970.
  ///   - send: Called for every attempt.
  package init(
    address: OrganizationAddress,
    authorizer: Authorizer,
    timeouts: HTTPRequest.Timeouts = .init(),
    maxFileBytes: Int = 5 << 20,
    pacing: RequestPacing = .once,
    now: @escaping @Sendable () -> Int = { Int(Date().timeIntervalSince1970) },
    send: @escaping Send
  ) {
    self.address = address
    self.authorizer = authorizer
    self.timeouts = timeouts
    self.pacing = pacing
    self.now = now
    itemLimit = maxFileBytes * 6 + (1 << 20)
    self.send = send
  }

  /// Does something with a credential, and once more with a new one when it was refused and can be renewed.
  func renewing<Value: Sendable>(
    _ work: (Authorization) async throws(FetchError) -> Value
  ) async throws(FetchError) -> Value {
    let authorization = try await authorization()
    do throws(FetchError) {
      return try await work(authorization)
    } catch {
      guard await isRenewed(authorization, after: error) else { throw error.naming(authorization) }
      let renewed = try await self.authorization()
      do throws(FetchError) {
        return try await work(renewed)
      } catch {
        throw error.naming(renewed)
      }
    }
  }

  /// What says in a query which state of a repository is meant; empty for the default branch.
  static func query(for version: RepositoryURL.Version?) -> String {
    guard let version else { return "" }
    let name = URLText.encoded(version.name)
    return "&versionDescriptor.version=\(name)&versionDescriptor.versionType=\(version.type)"
  }

  func authorization() async throws(FetchError) -> Authorization {
    do throws(CredentialError) {
      return try await authorizer.authorization(host: address.host, organization: address.name)
    } catch {
      let meaning: FetchError.Meaning = error.failure.outcome == .cancelled ? .cancelled : .signIn
      throw FetchError(meaning, detail: error.description)
    }
  }

  /// Whether a refused credential is worth another try: a token that can be renewed is, once.
  func isRenewed(_ authorization: Authorization, after error: FetchError) async -> Bool {
    guard error.meaning == .signIn, authorization.isRenewable else { return false }
    await authorizer.reject(authorization)
    return true
  }

  /// A request to the organization's API.
  ///
  /// - Parameter base: What the route is put behind; nil is the organization's own address.
  func request(
    _ route: String,
    _ authorization: Authorization,
    accepting type: String = "application/json",
    at base: String? = nil
  ) -> HTTPRequest {
    var headers = [
      (name: "Accept", value: type),
      // Asks for 401 in place of a redirect to the sign-in page (facts/azure-devops-api.md 5.1).
      (name: "X-TFS-FedAuthRedirect", value: "Suppress"),
      (name: "X-VSS-ForceMsaPassThrough", value: "true"),
    ]
    if let header = authorization.header { headers.append((name: "Authorization", value: header.reveal())) }
    var request = HTTPRequest(url: "\(base ?? address.baseURL)/\(route)", headers: headers)
    request.timeouts = timeouts
    return request
  }

  /// A request that has its question in a body of JSON, and changes nothing.
  func question(
    _ route: String,
    _ authorization: Authorization,
    accepting type: String = "application/json",
    at base: String? = nil,
    json: [UInt8]
  ) -> HTTPRequest {
    var request = request(route, authorization, accepting: type, at: base)
    request.method = .post
    request.headers.append((name: "Content-Type", value: "application/json"))
    request.body = json
    return request
  }

  /// Sends a request as the pacing allows, again when it may help, and gives what came in the end.
  ///
  /// Every request goes this way, but for lists that are read while they arrive.
  func answer(to request: HTTPRequest) async -> Result<HTTPResponse, FetchError> {
    await answer(to: request) { (response) throws(FetchError) in response }
  }

  /// As `answer(to:)`, for answers that are read: one that cannot be read is asked for again.
  ///
  /// - Parameter reading: Throws `.broken` for an answer that is not whole.
  func answer<Value: Sendable>(
    to request: HTTPRequest,
    reading: (HTTPResponse) throws(FetchError) -> Value
  ) async -> Result<Value, FetchError> {
    precondition(request.bodyStream == nil, "a stream cannot be read twice")
    return await pacing.run { await attempt(request, reading) }
  }

  func attempt<Value: Sendable>(
    _ request: HTTPRequest,
    _ reading: (HTTPResponse) throws(FetchError) -> Value
  ) async -> Attempt<Value> {
    let response: HTTPResponse
    do throws(TransportError) {
      response = try await send(request)
    } catch {
      return Attempt(result: .failure(FetchError(error)), transport: error)
    }
    var attempt = Attempt<Value>(
      result: .failure(FetchError(.broken, detail: "")),
      status: response.status,
      signals: RateSignals(response.headers, now: now())
    )
    do throws(FetchError) {
      // 304 means something to those alone who have asked a condition.
      let isExpected = response.status == 304 && request.headers.contains { $0.name == Self.condition }
      if !isExpected, let error = FetchError(answer: response) { throw error }
      attempt.result = .success(try reading(response))
    } catch {
      attempt.result = .failure(error)
    }
    return attempt
  }
}

extension FetchError {
  /// The error with the credential that was refused, when it is about one.
  func naming(_ authorization: Authorization) -> FetchError {
    guard meaning == .signIn else { return self }
    var error = self
    error.detail +=
      "; sent was the \(authorization.kind)" + (authorization.credential.map { ", \($0)" } ?? "")
    return error
  }
}
