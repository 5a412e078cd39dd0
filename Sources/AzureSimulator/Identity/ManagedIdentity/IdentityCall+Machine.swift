extension IdentityCall {
  /// The endpoint of virtual machines (facts/azure-identity.md 1.3, 8.6).
  func imds() throws(SourceFailure) -> SimulatorResponse {
    try needMethod("GET")
    try needMetadata()
    for name in ["x-forwarded-for", "authorization"] where request.header(name) != nil {
      throw SourceFailure(400, "invalid_request", "The header \(name) is not allowed.")
    }
    try version("2018-02-01", "2019-08-01", "2020-06-01", "2021-02-01")
    return try textAnswer(resourceIDs: ["msi_res_id", "mi_res_id"])
  }

  /// The endpoint of servers elsewhere: a challenge names a file whose content proves that the caller may
  /// read it (facts/azure-identity.md 2.5).
  func arc() throws(SourceFailure) -> SimulatorResponse {
    try needMethod("GET")
    try needMetadata()
    try version("2019-11-01", "2020-06-01")
    guard let proof = request.header("authorization") else { return try challenge() }
    guard proof.hasPrefix("Basic "), arcKeys.take(String(proof.dropFirst("Basic ".count))) else {
      throw SourceFailure(401, "unauthorized", "The proof is not the content of a challenge file.")
    }
    return try textAnswer(resourceIDs: ["msi_res_id", "mi_res_id"])
  }

  private func challenge() throws(SourceFailure) -> SimulatorResponse {
    let arcFault: ArcKeyFault? = if case .arcKey(let fault) = fault { fault } else { nil }
    let path: String
    do {
      path = try arcKeys.challenge(arcFault)
    } catch {
      throw SourceFailure(500, "unknown", "\(error)")
    }
    var response = failure(SourceFailure(401, "unauthorized", "Prove that the challenge file can be read."))
    response.set("WWW-Authenticate", "Basic realm=\(path)")
    return response
  }

  private func textAnswer(resourceIDs: [String]) throws(SourceFailure) -> SimulatorResponse {
    let resource = try resource(request.query.value("resource"))
    let wanted = try wanted(clientID: "client_id", objectIDs: ["object_id"], resourceIDs: resourceIDs)
    guard let wanted else { throw .identityNotFound }
    try needKnown(resource)
    let token = try token(wanted, resource)
    return success(textFields(token, wanted.clientID, wanted.tokenLifetime, resource))
  }
}
