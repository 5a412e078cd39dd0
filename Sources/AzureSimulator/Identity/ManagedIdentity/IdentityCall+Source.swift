import NIOCore

/// Why a managed identity endpoint gives no token.
struct SourceFailure: Error, Equatable {
  let status: Int
  let code: String
  let message: String

  init(_ status: Int, _ code: String, _ message: String) {
    self.status = status
    self.code = code
    self.message = message
  }

  static let identityNotFound = SourceFailure(400, "invalid_request", "Identity not found")
}

extension IdentityCall {
  /// A token of the machine's identity, from one of the endpoints (facts/azure-identity.md 1.3, 1.4, 2).
  func sourceAnswer(_ source: IdentityRoute.Source) -> SimulatorResponse {
    do throws(SourceFailure) {
      switch source {
      case .imds: return try imds()
      case .appService: return try appService()
      case .azureML: return try azureML()
      case .arc: return try arc()
      case .serviceFabric: return try serviceFabric()
      case .cloudShell: return try cloudShell()
      }
    } catch {
      return failure(error)
    }
  }

  /// A failure in the endpoint's own form.
  func failure(_ failure: SourceFailure) -> SimulatorResponse {
    var json = JSONWriter()
    json.object { json in
      switch route {
      case .source(.appService), .source(.azureML):
        json.field("statusCode", failure.status)
        json.field("message", failure.message)
        json.field("correlationId", correlation)
      case .source(.serviceFabric), .source(.cloudShell):
        json.object("error") {
          $0.field("correlationId", correlation)
          $0.field("code", failure.code)
          $0.field("message", failure.message)
        }
      default:
        json.field("error", failure.code)
        json.field("error_description", failure.message)
      }
    }
    return self.json(failure.status, json.buffer)
  }

  // MARK: What the endpoints have in common

  func needMethod(_ method: String) throws(SourceFailure) {
    guard request.method == method else {
      throw SourceFailure(405, "invalid_request", "Expected \(method), got \(request.method).")
    }
  }

  /// The query's version, one of those the endpoint has.
  @discardableResult
  func version(_ known: String...) throws(SourceFailure) -> String {
    let sent = request.query.value("api-version")
    guard let sent, known.contains(sent) else {
      throw SourceFailure(400, "invalid_request", "api-version '\(sent ?? "")': expected \(known).")
    }
    return sent
  }

  /// The value of a header that has to be sent, so that a page in a browser cannot ask.
  func needMetadata() throws(SourceFailure) {
    guard request.header("metadata") == "true" else {
      throw SourceFailure(400, "bad_request_102", "Required metadata header not specified")
    }
  }

  func resource(_ sent: String?) throws(SourceFailure) -> String {
    guard let sent else { throw SourceFailure(400, "invalid_request", "The parameter resource is missing.") }
    return sent
  }

  /// The identity that one of the query's parameters names; without a parameter the machine's own.
  ///
  /// - Parameters:
  ///   - clientID: the parameter's name at this endpoint.
  ///   - objectIDs: the names for the object id.
  ///   - resourceIDs: the names for the resource's path.
  /// - Returns: nil when there is none.
  /// - Throws: when more than one is sent.
  func wanted(clientID: String, objectIDs: [String] = [], resourceIDs: [String] = [])
    throws(SourceFailure) -> World.Identity.ManagedIdentity?
  {
    let names = [clientID] + objectIDs + resourceIDs
    let sent = request.query.pairs.filter { names.contains($0.name) }
    guard sent.count < 2 else {
      throw SourceFailure(400, "invalid_request", "More than one of \(names) was sent.")
    }
    guard let (name, value) = sent.first.map({ ($0.name, $0.value.lowercased()) }) else { return ownIdentity }
    return identity.managedIdentities.first {
      if name == clientID { return $0.clientID.lowercased() == value }
      if objectIDs.contains(name) { return $0.objectID.lowercased() == value }
      return $0.resourceID?.lowercased() == value
    }
  }

  /// The system-assigned identity, or the only one there is (facts/azure-identity.md 1.3).
  var ownIdentity: World.Identity.ManagedIdentity? {
    let all = identity.managedIdentities
    return all.first { $0.isSystemAssigned } ?? (all.count == 1 ? all.first : nil)
  }

  /// The token of an identity for a resource the endpoint has tokens for.
  func token(_ identity: World.Identity.ManagedIdentity, _ resource: String) throws(SourceFailure) -> String {
    let subject = TokenSubject(
      clientID: identity.clientID,
      objectID: identity.objectID,
      tenant: identity.tenant
    )
    return try token(subject, resource, identity.tokenLifetime)
  }

  func token(_ subject: TokenSubject, _ resource: String, _ lifetime: Int) throws(SourceFailure) -> String {
    guard let token = token(subject, audience: resource, lifetime: lifetime) else {
      throw SourceFailure(500, "unknown", "The token could not be made.")
    }
    return token
  }

  func needKnown(_ resource: String) throws(SourceFailure) {
    guard Resource.isKnown(resource) else {
      throw SourceFailure(
        400,
        "invalid_resource",
        "AADSTS500011: The resource was not found in the tenant. Resource '\(resource)'."
      )
    }
  }

  /// The fields of IMDS, Arc and Cloud Shell: every number is text (facts/azure-identity.md 1.3, 2.9).
  func textFields(_ token: String, _ clientID: String, _ lifetime: Int, _ resource: String) -> TokenAnswer {
    TokenAnswer([
      ("access_token", .text(token)), ("client_id", .text(clientID)), ("refresh_token", .text("")),
      ("expires_in", .text("\(lifetime)")), ("expires_on", .text("\(stamp.second + lifetime)")),
      ("ext_expires_in", .text("\(lifetime)")), ("not_before", .text("\(stamp.second)")),
      ("resource", .text(resource)), ("token_type", .text("Bearer")),
    ])
  }
}
