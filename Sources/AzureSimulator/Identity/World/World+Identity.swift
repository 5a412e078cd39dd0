extension World {
  /// What Entra ID and the machine's identity endpoints know (facts/azure-identity.md 1, 5).
  package struct Identity: Sendable, Equatable {
    package var tenants: [Tenant]
    package var applications: [Application]
    /// The identities that this one machine has; every managed identity endpoint serves the same ones.
    package var managedIdentities: [ManagedIdentity]
    package var sources: Sources
    /// The name of the person whose tokens Cloud Shell gives, in the first tenant.
    package var user: String

    package init(
      tenants: [Tenant] = [],
      applications: [Application] = [],
      managedIdentities: [ManagedIdentity] = [],
      sources: Sources = .init(),
      user: String = "simulator@example.com"
    ) {
      self.tenants = tenants
      self.applications = applications
      self.managedIdentities = managedIdentities
      self.sources = sources
      self.user = user
    }
  }
}

extension World.Identity {
  /// One directory.
  package struct Tenant: Sendable, Equatable {
    /// A GUID's text.
    package var id: String
    /// Names that stand for the id in addresses, without regard to case.
    package var domains: [String]
    /// Whether Azure DevOps is known there; otherwise a token for it gets AADSTS500011.
    package var knowsAzureDevOps: Bool

    package init(_ id: String, domains: [String] = [], knowsAzureDevOps: Bool = true) {
      self.id = id
      self.domains = domains
      self.knowsAzureDevOps = knowsAzureDevOps
    }
  }

  /// One app registration.
  package struct Application: Sendable, Equatable {
    package var clientID: String
    /// The id of the tenant it is registered in.
    package var tenant: String
    /// Its service principals; one in another tenant is what an administrator's consent there makes.
    package var principals: [Principal]
    package var isMultiTenant: Bool
    /// A public client, which may not send a secret (AADSTS700025).
    package var isPublic: Bool
    package var secrets: [Secret]
    package var federatedCredentials: [FederatedCredential]
    /// How long its tokens are valid, in seconds.
    package var tokenLifetime: Int

    /// - Parameter principals: nil: one in its own tenant, with an object id that follows from the client id.
    package init(
      _ clientID: String,
      tenant: String,
      principals: [Principal]? = nil,
      isMultiTenant: Bool = false,
      isPublic: Bool = false,
      secrets: [Secret] = [],
      federatedCredentials: [FederatedCredential] = [],
      tokenLifetime: Int = 3599
    ) {
      self.clientID = clientID
      self.tenant = tenant
      self.principals = principals ?? [Principal(tenant: tenant)]
      self.isMultiTenant = isMultiTenant
      self.isPublic = isPublic
      self.secrets = secrets
      self.federatedCredentials = federatedCredentials
      self.tokenLifetime = tokenLifetime
    }
  }

  /// An application as one tenant sees it.
  package struct Principal: Sendable, Equatable {
    package var tenant: String
    /// A GUID's text; nil: derived from the application's client id and the tenant.
    package var objectID: String?
    /// Off, sign-in gets AADSTS7000112.
    package var isEnabled: Bool

    package init(tenant: String, objectID: String? = nil, isEnabled: Bool = true) {
      self.tenant = tenant
      self.objectID = objectID
      self.isEnabled = isEnabled
    }
  }

  /// One client secret; a string literal is one that is valid.
  package struct Secret: Sendable, Equatable, ExpressibleByStringLiteral {
    package var value: String
    /// Whether its time is over (AADSTS7000222).
    package var isExpired: Bool

    package init(_ value: String, isExpired: Bool = false) {
      self.value = value
      self.isExpired = isExpired
    }

    package init(stringLiteral value: String) {
      self.init(value)
    }
  }

  /// Whose assertions stand for an application; all three are compared exactly (facts/azure-identity.md 5.1).
  package struct FederatedCredential: Sendable, Equatable {
    package var issuer: String
    package var subject: String
    package var audience: String

    package init(issuer: String, subject: String, audience: String = "api://AzureADTokenExchange") {
      self.issuer = issuer
      self.subject = subject
      self.audience = audience
    }
  }

  /// One identity of the machine.
  package struct ManagedIdentity: Sendable, Equatable {
    package var clientID: String
    /// The object id, `oid` and `sub` of its tokens; nil: derived from the client id and the tenant.
    package var principalID: String?
    package var tenant: String
    /// The path of a user-assigned identity in the resource manager; nil: it has none that is asked for.
    package var resourceID: String?
    /// Whether it is the machine's own identity, which has no parameter in requests.
    package var isSystemAssigned: Bool
    /// How long its tokens are valid, in seconds.
    package var tokenLifetime: Int

    package init(
      _ clientID: String,
      principalID: String? = nil,
      tenant: String,
      resourceID: String? = nil,
      isSystemAssigned: Bool = false,
      tokenLifetime: Int = 86400
    ) {
      self.clientID = clientID
      self.principalID = principalID
      self.tenant = tenant
      self.resourceID = resourceID
      self.isSystemAssigned = isSystemAssigned
      self.tokenLifetime = tokenLifetime
    }
  }

  /// What the managed identity endpoints ask for besides the request (facts/azure-identity.md 2).
  package struct Sources: Sendable, Equatable {
    /// `IDENTITY_HEADER` of App Service and of Service Fabric.
    package var identityHeader: String
    /// `MSI_SECRET` of Azure ML and of the old App Service.
    package var secret: String

    package init(
      identityHeader: String = "simulator-identity-header",
      secret: String = "simulator-msi-secret"
    ) {
      self.identityHeader = identityHeader
      self.secret = secret
    }
  }
}

/// Never shows the secret.
extension World.Identity.Secret: CustomStringConvertible, CustomDebugStringConvertible {
  package var description: String { isExpired ? "expired secret" : "secret" }
  package var debugDescription: String { description }
}

/// Never shows the secrets.
extension World.Identity.Sources: CustomStringConvertible, CustomDebugStringConvertible {
  package var description: String { "identity header and secret" }
  package var debugDescription: String { description }
}
