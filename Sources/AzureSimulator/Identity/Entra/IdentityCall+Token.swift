extension IdentityCall {
  /// A token for an application (facts/azure-identity.md 1.2, 1.5, 7).
  func entraToken(_ tenant: String) -> SimulatorResponse {
    do throws(EntraError) {
      guard request.method == "POST" else { throw EntraError(900_561, "Received \(request.method).") }
      return try grant(Form(request), in: try self.tenant(tenant))
    } catch {
      return failure(error)
    }
  }

  func failure(_ error: EntraError) -> SimulatorResponse {
    json(error.status, error.body(trace: trace, correlation: correlation, second: stamp))
  }

  /// The tenant an address names.
  func tenant(_ name: String) throws(EntraError) -> World.Identity.Tenant {
    if ["common", "organizations", "consumers"].contains(name) {
      throw EntraError(9_001_023, "'\(name)' is no tenant.")
    }
    if let tenant = identity.tenant(name) { return tenant }
    // A domain has a dot; anything else is nothing a tenant can be called.
    throw EntraError(GUID(name) == nil && !name.contains(".") ? 900_023 : 90002, "Tenant '\(name)'.")
  }

  private func grant(_ form: Form, in tenant: World.Identity.Tenant) throws(EntraError) -> SimulatorResponse {
    if let name = form.repeated { throw EntraError(9_002_313, "'\(name)' was sent twice.") }
    guard let grant = form.value("grant_type") else { throw EntraError(900_144, "'grant_type'.") }
    guard grant == "client_credentials" else { throw EntraError(70003, "'\(grant)'.") }
    guard let clientID = form.value("client_id") else { throw EntraError(900_144, "'client_id'.") }
    if form.value("resource") != nil { throw EntraError(901_002) }
    let resource = try resource(form)
    let (application, principal) = try client(clientID, in: tenant)
    try authenticate(application, form)
    guard resource == Resource.azureDevOps, tenant.knowsAzureDevOps else {
      throw EntraError(500_011, "Resource '\(resource)', tenant '\(tenant.id)'.")
    }
    let subject = TokenSubject(
      clientID: application.clientID,
      objectID: application.objectID(of: principal),
      tenant: tenant.id
    )
    return token(subject, resource, application)
  }

  private func token(
    _ subject: TokenSubject,
    _ resource: String,
    _ application: World.Identity.Application
  ) -> SimulatorResponse {
    let lifetime = application.tokenLifetime
    guard let token = token(subject, audience: resource, lifetime: lifetime) else {
      return failure(EntraError(90090))
    }
    return success(
      TokenAnswer([
        ("token_type", .text("Bearer")), ("expires_in", .number(lifetime)),
        ("ext_expires_in", .number(lifetime)), ("access_token", .text(token)),
      ])
    )
  }

  /// The resource of the only scope, which ends in `/.default`.
  private func resource(_ form: Form) throws(EntraError) -> String {
    guard let scope = form.value("scope") else { throw EntraError(90014, "'scope'.") }
    let scopes = scope.split(separator: " ")
    guard scopes.count == 1, scope.hasSuffix("/.default") else { throw EntraError(70011, "'\(scope)'.") }
    return String(scope.dropLast("/.default".count))
  }

  /// The application and what it is in this tenant.
  private func client(_ clientID: String, in tenant: World.Identity.Tenant) throws(EntraError)
    -> (World.Identity.Application, World.Identity.Principal)
  {
    guard let application = identity.application(clientID) else {
      throw EntraError(700_016, "Application '\(clientID)', tenant '\(tenant.id)'.")
    }
    let isAtHome = application.tenant.lowercased() == tenant.id.lowercased()
    guard isAtHome || application.isMultiTenant else { throw EntraError(50194, "Application '\(clientID)'.") }
    guard let principal = application.principal(in: tenant) else {
      throw EntraError(700_016, "Application '\(clientID)', tenant '\(tenant.id)'.")
    }
    guard principal.isEnabled else { throw EntraError(7_000_112, "Application '\(clientID)'.") }
    return (application, principal)
  }

  private func authenticate(_ application: World.Identity.Application, _ form: Form) throws(EntraError) {
    switch (form.value("client_secret"), form.value("client_assertion")) {
    case (nil, nil): throw EntraError(7_000_218)
    case (.some, .some): throw EntraError(90013, "Both a secret and an assertion were sent.")
    case (let secret?, nil):
      if application.isPublic { throw EntraError(700_025) }
      guard let known = application.secrets.first(where: { $0.value == secret }) else {
        throw EntraError(7_000_215)
      }
      if known.isExpired { throw EntraError(7_000_222) }
    case (nil, let assertion?):
      let type = form.value("client_assertion_type")
      guard type == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" else {
        throw EntraError(type == nil ? 900_144 : 90013, "'client_assertion_type'.")
      }
      try check(assertion, of: application)
    }
  }
}
