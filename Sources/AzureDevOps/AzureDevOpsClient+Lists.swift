import Credentials
import Transport

extension AzureDevOpsClient {
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
          activityID: end.activityID
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
}
