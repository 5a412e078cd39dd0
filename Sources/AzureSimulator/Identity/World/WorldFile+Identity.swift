/// The key `identity` of `world.json`; what is absent is as in the initializers of ``World/Identity``.
extension WorldFile {
  struct Identity: Decodable, Sendable {
    var tenants: [Tenant]?
    var applications: [Application]?
    var managedIdentities: [ManagedIdentity]?
    var sources: Sources?
    var user: String?
  }

  struct Tenant: Decodable, Sendable {
    var id: String
    var domains: [String]?
    var knowsAzureDevOps: Bool?

    var value: World.Identity.Tenant {
      .init(id, domains: domains ?? [], knowsAzureDevOps: knowsAzureDevOps ?? true)
    }
  }

  struct Application: Decodable, Sendable {
    var clientId: String
    var tenant: String
    var principals: [Principal]?
    var multiTenant: Bool?
    var `public`: Bool?
    var secrets: [Secret]?
    var federatedCredentials: [FederatedCredential]?
    var tokenLifetime: Int?

    var value: World.Identity.Application {
      var value = World.Identity.Application(
        clientId,
        tenant: tenant,
        principals: principals?.map {
          .init(tenant: $0.tenant, objectID: $0.objectId, isEnabled: $0.enabled ?? true)
        },
        isMultiTenant: multiTenant ?? false,
        isPublic: `public` ?? false,
        secrets: secrets?.map { .init($0.value, isExpired: $0.expired ?? false) } ?? []
      )
      value.federatedCredentials = (federatedCredentials ?? []).map(\.value)
      if let tokenLifetime { value.tokenLifetime = tokenLifetime }
      return value
    }
  }

  struct Principal: Decodable, Sendable {
    var tenant: String
    var objectId: String?
    var enabled: Bool?
  }

  struct Secret: Decodable, Sendable {
    var value: String
    var expired: Bool?
  }

  struct FederatedCredential: Decodable, Sendable {
    var issuer: String
    var subject: String
    var audience: String?

    var value: World.Identity.FederatedCredential {
      guard let audience else { return .init(issuer: issuer, subject: subject) }
      return .init(issuer: issuer, subject: subject, audience: audience)
    }
  }

  struct ManagedIdentity: Decodable, Sendable {
    var clientId: String
    var principalId: String?
    var tenant: String
    var resourceId: String?
    var systemAssigned: Bool?
    var tokenLifetime: Int?

    var value: World.Identity.ManagedIdentity {
      var value = World.Identity.ManagedIdentity(
        clientId,
        principalID: principalId,
        tenant: tenant,
        resourceID: resourceId,
        isSystemAssigned: systemAssigned ?? false
      )
      if let tokenLifetime { value.tokenLifetime = tokenLifetime }
      return value
    }
  }

  struct Sources: Decodable, Sendable {
    var identityHeader: String?
    var secret: String?
  }
}

extension WorldFile.Identity {
  var value: World.Identity {
    var value = World.Identity(
      tenants: (tenants ?? []).map(\.value),
      applications: (applications ?? []).map(\.value),
      managedIdentities: (managedIdentities ?? []).map(\.value)
    )
    if let header = sources?.identityHeader { value.sources.identityHeader = header }
    if let secret = sources?.secret { value.sources.secret = secret }
    if let user { value.user = user }
    return value
  }
}
