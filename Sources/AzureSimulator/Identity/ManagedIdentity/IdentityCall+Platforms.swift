extension IdentityCall {
  /// App Service and what is built like it; the version of 2017 gives dates (facts/azure-identity.md 2.3, 2.4).
  func appService() throws(SourceFailure) -> SimulatorResponse {
    try needMethod("GET")
    guard try version("2019-08-01", "2017-09-01") == "2019-08-01" else {
      try needSecret("secret", identity.sources.secret)
      return try platformAnswer(clientID: "clientid") { .text(Self.dateText($0)) }
    }
    try needSecret("x-identity-header", identity.sources.identityHeader)
    return try platformAnswer(
      clientID: "client_id",
      objectIDs: ["object_id", "principal_id"],
      resourceIDs: ["mi_res_id"]
    ) { .text("\($0)") }
  }

  /// Azure Machine Learning (facts/azure-identity.md 2.4).
  func azureML() throws(SourceFailure) -> SimulatorResponse {
    try needMethod("GET")
    try version("2017-09-01")
    try needSecret("secret", identity.sources.secret)
    return try platformAnswer(clientID: "clientid") { .text("\($0)") }
  }

  /// Service Fabric, where the cluster decides which identity it is (facts/azure-identity.md 2.6).
  func serviceFabric() throws(SourceFailure) -> SimulatorResponse {
    try needMethod("GET")
    guard let secret = request.header("secret") else {
      throw SourceFailure(400, "SecretHeaderNotFound", "The header Secret is missing.")
    }
    guard secret == identity.sources.identityHeader else {
      throw SourceFailure(401, "SecretHeaderNotFound", "The header Secret is wrong.")
    }
    guard request.query.value("api-version") == "2019-07-01-preview" else {
      throw SourceFailure(400, "InvalidApiVersion", "Expected api-version 2019-07-01-preview.")
    }
    guard let resource = request.query.value("resource") else {
      throw SourceFailure(400, "ArgumentNullOrEmpty", "The parameter resource is missing.")
    }
    guard let own = ownIdentity ?? identity.managedIdentities.first else {
      throw SourceFailure(404, "ManagedIdentityNotFound", "No identity is assigned.")
    }
    guard Resource.isKnown(resource) else {
      throw SourceFailure(500, "InternalServerError", "No token for '\(resource)'.")
    }
    return success(
      TokenAnswer([
        ("token_type", .text("Bearer")), ("access_token", .text(try token(own, resource))),
        ("expires_on", .number(stamp.second + own.tokenLifetime)), ("resource", .text(resource)),
      ])
    )
  }

  /// Cloud Shell, which gives a person's token (facts/azure-identity.md 2.7).
  func cloudShell() throws(SourceFailure) -> SimulatorResponse {
    try needMethod("POST")
    try needMetadata()
    let form = Form(request)
    let resource = try resource(form.value("resource"))
    let names = ["client_id", "object_id", "msi_res_id"]
    if let name = names.first(where: { form.value($0) != nil || request.query.value($0) != nil }) {
      throw SourceFailure(400, "BadRequest", "The parameter \(name) is not supported.")
    }
    try needKnown(resource)
    guard let tenant = identity.tenants.first else {
      throw SourceFailure(400, "InvalidTenant", "There is no tenant.")
    }
    let subject = TokenSubject(
      clientID: Self.cloudShellClient,
      objectID: GUID(name: "user/\(identity.user)").description,
      tenant: tenant.id,
      person: identity.user
    )
    // A person's token lives about an hour (facts/azure-identity.md 1.2).
    let lifetime = 3599
    let token = try token(subject, resource, lifetime)
    return success(textFields(token, subject.clientID, lifetime, resource))
  }

  /// The application through which Cloud Shell signs people in.
  private static let cloudShellClient = GUID(name: "cloud shell").description

  private func needSecret(_ header: String, _ secret: String) throws(SourceFailure) {
    guard request.header(header) == secret else {
      throw SourceFailure(401, "unauthorized", "The header \(header) is missing or wrong.")
    }
  }

  private func platformAnswer(
    clientID: String,
    objectIDs: [String] = [],
    resourceIDs: [String] = [],
    _ expiry: (_ second: Int) -> TokenAnswer.Value
  ) throws(SourceFailure) -> SimulatorResponse {
    let resource = try resource(request.query.value("resource"))
    let wanted = try wanted(clientID: clientID, objectIDs: objectIDs, resourceIDs: resourceIDs)
    guard let wanted else {
      throw SourceFailure(
        400,
        "invalid_request",
        "No User Assigned or Delegated Managed Identity found for specified "
          + "ClientId/ResourceId/PrincipalId."
      )
    }
    // A wrong resource is a failure without a reason (facts/azure-identity.md 2.3).
    guard Resource.isKnown(resource) else {
      throw SourceFailure(500, "unknown", "An unexpected error occurred while fetching the AAD Token.")
    }
    return success(
      TokenAnswer([
        ("access_token", .text(try token(wanted, resource))),
        ("expires_on", expiry(stamp.second + wanted.tokenLifetime)), ("resource", .text(resource)),
        ("token_type", .text("Bearer")), ("client_id", .text(wanted.clientID)),
      ])
    )
  }

  /// `06/20/2019 02:57:58 +00:00` (facts/azure-identity.md 2.4).
  static func dateText(_ second: Int) -> String {
    let moment = Stamp(number: 0, second: second, user: "", session: nil).moment
    let parts = moment.split { "-T".contains($0) }.map(String.init)
    guard parts.count == 4 else { return moment }
    return "\(parts[1])/\(parts[2])/\(parts[0]) \(parts[3].dropLast()) +00:00"
  }
}
