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

  package let address: OrganizationAddress
  private let send: Send
  private let authorizer: Authorizer
  private let timeouts: HTTPRequest.Timeouts
  let pacing: RequestPacing
  /// Seconds since 1970 by this machine, for answers that do not say when they were given.
  private let now: @Sendable () -> Int
  /// The largest answer with a file to accept: six bytes for each of the file's, which JSON's escapes may
  /// take, and room for the rest.
  private let itemLimit: Int

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

  /// Lists every repository of the organization that the credential can see, in one request.
  ///
  /// The rows come in no order (facts/azure-devops-api.md 2.2) and in chunks while the answer arrives, so
  /// that a list of any length needs little memory.
  ///
  /// - Parameters:
  ///   - receive: Called with each chunk of rows; what it throws ends the listing.
  ///   - restart: Called when the list broke off and is read again from its beginning: what `receive` was
  ///     given before comes again, as far as it is still so.
  /// - Returns: Who read the list: the identity's id in the organization as the service says it, else the
  ///   credential that was sent. The same text means the same reader.
  /// - Throws: `FetchError` when the list could not be read to its end, and what `receive` and `restart` throw.
  ///   Rows that were given before are right, but not all.
  @discardableResult
  package func listRepositories(
    _ receive: ([RepositoryRow]) async throws -> Void,
    restart: () async throws -> Void = {}
  ) async throws -> String {
    let authorization = try await authorization()
    do {
      return try await listRepositories(authorization, receive, restart)
    } catch let error as FetchError {
      guard await isRenewed(authorization, after: error) else { throw error.naming(authorization) }
      let renewed = try await self.authorization()
      do {
        return try await listRepositories(renewed, receive, restart)
      } catch let error as FetchError {
        throw error.naming(renewed)
      }
    }
  }

  private func listRepositories(
    _ authorization: Authorization,
    _ receive: ([RepositoryRow]) async throws -> Void,
    _ restart: () async throws -> Void
  ) async throws -> String {
    var hasRows = false
    // What the receiver throws is no reason to ask again.
    var failure: (any Error)?
    let result = await pacing.run {
      do {
        if hasRows { try await restart() }
        hasRows = false
        return try await listOnce(authorization) { rows in
          if !rows.isEmpty { hasRows = true }
          try await receive(rows)
        }
      } catch {
        failure = error
        return Attempt<String?>(result: .failure(FetchError(.cancelled, detail: "cancelled")))
      }
    }
    if let failure { throw failure }
    if let identity = try result.get() { return "identity \(identity)" }
    return authorization.credential.map { "\($0)" } ?? authorization.kind
  }

  /// Reads the list once, and gives the reader's id as the service says it.
  ///
  /// - Throws: What `receive` throws.
  private func listOnce(
    _ authorization: Authorization,
    _ receive: ([RepositoryRow]) async throws -> Void
  ) async throws -> Attempt<String?> {
    let route = "_apis/git/repositories?api-version=\(Self.apiVersion)"
    let attempt = try await rows(of: route, "repository list", authorization) {
      chunk throws(JSONRows.Malformed) in
      try chunk.map(Self.row)
    } receive: { rows in
      try await receive(rows)
    }
    return attempt.map { _ in attempt.signals.identityID }
  }

  /// Reads a list once, cut into rows while it arrives.
  ///
  /// - Parameters:
  ///   - name: What the list is called in errors.
  ///   - reading: What rows mean.
  /// - Throws: What `receive` throws.
  func rows<Row: Sendable, Failure: Error>(
    of route: String,
    _ name: String,
    _ authorization: Authorization,
    reading: ([[UInt8]]) throws(JSONRows.Malformed) -> [Row],
    receive: ([Row]) async throws(Failure) -> Void
  ) async throws(Failure) -> Attempt<Void> {
    let stream = BodyStream()
    var request = request(route, authorization)
    request.bodyStream = stream
    request.bodyLimit = .max
    async let response = attempt(request) { (response) throws(FetchError) in response }
    var rows = JSONRows()
    var fault: JSONRows.Malformed?
    for await chunk in stream where fault == nil {
      let found: [Row]
      do throws(JSONRows.Malformed) {
        found = try reading(try rows.feed(chunk))
      } catch {
        // What this means is known when the exchange is over: it may be a web page and no list at all.
        fault = error
        continue
      }
      try await receive(found)
    }
    let attempt = await response
    var outcome = Attempt<Void>(
      result: attempt.result.map { _ in },
      status: attempt.status,
      signals: attempt.signals,
      transport: attempt.transport
    )
    guard case .success(let end) = attempt.result else { return outcome }
    do throws(JSONRows.Malformed) {
      if let fault { throw fault }
      try rows.finish()
    } catch {
      outcome.result = .failure(
        FetchError(
          .broken,
          status: end.status,
          detail: "the \(name) is broken: \(error.reason)",
          activityID: end.headers["ActivityId"]
        )
      )
    }
    return outcome
  }

  private static func row(_ json: [UInt8]) throws(JSONRows.Malformed) -> RepositoryRow {
    guard let row = RepositoryRow(json: json) else {
      throw JSONRows.Malformed(reason: "a row has no id, name or project")
    }
    return row
  }

  /// Reads one file of a repository with its version tags, in one request.
  ///
  /// - Parameters:
  ///   - path: From the repository's root, beginning with a slash.
  ///   - version: Nil reads the default branch.
  /// - Throws: `.fileAbsent` also when the path is a folder.
  package func file(
    repositoryID: String,
    path: String,
    version: RepositoryURL.Version?
  ) async throws(FetchError) -> RepositoryFile {
    try await renewing { authorization throws(FetchError) in
      try await file(authorization, repositoryID, path: path, version: version)
    }
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

  private func file(
    _ authorization: Authorization,
    _ repositoryID: String,
    path: String,
    version: RepositoryURL.Version?
  ) async throws(FetchError) -> RepositoryFile {
    var route = "_apis/git/repositories/\(URLText.encoded(repositoryID))/items?path=\(URLText.encoded(path))"
    route += "&includeContent=true&$format=json&api-version=\(Self.apiVersion)"
    route += Self.query(for: version)
    var request = request(route, authorization)
    request.bodyLimit = itemLimit
    var file: RepositoryFile
    do throws(FetchError) {
      let reading = { (answer: HTTPResponse) throws(FetchError) in try Self.file(in: answer, path: path) }
      file = try await answer(to: request, reading: reading).get()
    } catch {
      // The list was answered, so the organization is there: a page without a code proves nothing.
      guard error.meaning == .organizationUnknown else { throw error }
      throw FetchError(
        .broken,
        status: error.status,
        detail: "Azure DevOps answered 'not found' with a web page",
        activityID: error.activityID
      )
    }
    // JSON carries text: what is not UTF-8, or begins with a byte order mark, arrives changed
    // (facts/azure-devops-api.md 2.3). The blob id tells.
    if GitObjectID.blob(file.content) != file.blobID {
      file.content = try await blob(authorization, repositoryID, id: file.blobID)
    }
    return file
  }

  /// The file that an answer has.
  ///
  /// - Throws: `.fileAbsent` when it says that the path is something else, `.broken` when it does not say.
  private static func file(in answer: HTTPResponse, path: String) throws(FetchError) -> RepositoryFile {
    guard let item = JSONObject(answer.body[...]), let blobID = item.string("objectId") else {
      throw FetchError(.broken, status: answer.status, detail: "the answer is not an item in JSON")
    }
    switch item.string("gitObjectType") {
    case "blob":
      break
    case "tree", "commit":
      throw FetchError(.fileAbsent, status: answer.status, detail: "the path is a folder or a submodule")
    default:
      throw FetchError(.broken, status: answer.status, detail: "the answer does not say what the path is")
    }
    return RepositoryFile(
      path: item.string("path") ?? path,
      blobID: blobID.lowercased(),
      commitID: item.string("commitId")?.lowercased(),
      etag: answer.headers["ETag"],
      content: item.utf8("content") ?? []
    )
  }

  /// What says in a query which state of a repository is meant; empty for the default branch.
  static func query(for version: RepositoryURL.Version?) -> String {
    guard let version else { return "" }
    let name = URLText.encoded(version.name)
    return "&versionDescriptor.version=\(name)&versionDescriptor.versionType=\(version.type)"
  }

  /// Reads a blob's bytes and verifies them against its id.
  private func blob(
    _ authorization: Authorization,
    _ repositoryID: String,
    id: String
  ) async throws(FetchError) -> [UInt8] {
    let repository = URLText.encoded(repositoryID)
    let query = "$format=octetStream&api-version=\(Self.apiVersion)"
    let route = "_apis/git/repositories/\(repository)/blobs/\(URLText.encoded(id))?\(query)"
    var request = request(route, authorization, accepting: "application/octet-stream")
    request.bodyLimit = itemLimit
    let reading = { (answer: HTTPResponse) throws(FetchError) in
      guard GitObjectID.blob(answer.body) == id else {
        throw FetchError(
          .broken,
          status: answer.status,
          detail: "the content of blob \(id.prefix(40)) does not have that id",
          activityID: answer.headers["ActivityId"]
        )
      }
      return answer.body
    }
    return try await answer(to: request, reading: reading).get()
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

  func request(
    _ route: String,
    _ authorization: Authorization,
    accepting type: String = "application/json"
  ) -> HTTPRequest {
    var headers = [
      (name: "Accept", value: type),
      // Asks for 401 in place of a redirect to the sign-in page (facts/azure-devops-api.md 5.1).
      (name: "X-TFS-FedAuthRedirect", value: "Suppress"),
      (name: "X-VSS-ForceMsaPassThrough", value: "true"),
    ]
    if let header = authorization.header { headers.append((name: "Authorization", value: header.reveal())) }
    var request = HTTPRequest(url: "\(address.baseURL)/\(route)", headers: headers)
    request.timeouts = timeouts
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

  private func attempt<Value: Sendable>(
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
      if let error = FetchError(answer: response) { throw error }
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

/// A file of a repository as it was read.
package struct RepositoryFile: Sendable, Equatable {
  /// As the service spells it, which may differ from what was asked in letter case.
  package var path: String
  /// Git's id of the content, 40 lower-case hexadecimal digits: equal ids mean equal contents.
  package var blobID: String
  /// The commit that the branch was at; nil when the service did not say.
  package var commitID: String?
  /// The answer's `ETag`; nil as a rule (facts/azure-devops-api.md 3).
  package var etag: String?
  /// The bytes as they are in the repository.
  package var content: [UInt8]

  package init(path: String, blobID: String, commitID: String?, etag: String?, content: [UInt8]) {
    self.path = path
    self.blobID = blobID
    self.commitID = commitID
    self.etag = etag
    self.content = content
  }
}
