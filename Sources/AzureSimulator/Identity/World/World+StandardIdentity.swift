extension World.Identity {
  /// What a world has when nothing is written down: one tenant with one application and two managed identities.
  ///
  /// The application takes a secret, and assertions of both managed identities and of a workload.
  package static let standard = World.Identity(
    tenants: [Tenant(standardTenant, domains: ["simulator.example.com"])],
    applications: [
      Application(
        standardApplication,
        tenant: standardTenant,
        isMultiTenant: true,
        secrets: [Secret(standardSecret)],
        federatedCredentials: [
          FederatedCredential(issuer: issuer(of: standardTenant), subject: standardSystemPrincipal),
          FederatedCredential(issuer: issuer(of: standardTenant), subject: standardUserPrincipal),
          FederatedCredential(issuer: standardWorkloadIssuer, subject: standardWorkload),
        ]
      )
    ],
    managedIdentities: [
      ManagedIdentity(
        standardSystemIdentity,
        principalID: standardSystemPrincipal,
        tenant: standardTenant,
        isSystemAssigned: true
      ),
      ManagedIdentity(
        standardUserIdentity,
        principalID: standardUserPrincipal,
        tenant: standardTenant,
        resourceID: "/subscriptions/10000000-0000-4000-8000-000000000009/resourceGroups/simulator"
          + "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/simulator"
      ),
    ]
  )

  /// The only tenant of ``standard``.
  package static let standardTenant = "10000000-0000-4000-8000-000000000001"
  /// The client id of the application of ``standard``.
  package static let standardApplication = "10000000-0000-4000-8000-000000000002"
  /// The application's secret; its signs need encoding in a form.
  package static let standardSecret = "simulator-secret+/="
  /// The client id of the system-assigned identity.
  package static let standardSystemIdentity = "10000000-0000-4000-8000-000000000003"
  /// The object id of the system-assigned identity.
  package static let standardSystemPrincipal = "10000000-0000-4000-8000-000000000004"
  /// The client id of the user-assigned identity.
  package static let standardUserIdentity = "10000000-0000-4000-8000-000000000005"
  /// The object id of the user-assigned identity.
  package static let standardUserPrincipal = "10000000-0000-4000-8000-000000000006"
  /// The issuer of the workload whose assertions the application takes.
  package static let standardWorkloadIssuer = "https://cluster.example.com/"
  /// The subject of the workload.
  package static let standardWorkload = "system:serviceaccount:default:simulator"

  /// The issuer of a tenant's assertions, as a federated credential names it (facts/azure-identity.md 5.1).
  package static func issuer(of tenant: String) -> String {
    "https://login.microsoftonline.com/\(tenant)/v2.0"
  }
}

extension World.Identity {
  /// The tenant with this id or domain, without regard to case.
  func tenant(_ idOrDomain: String) -> Tenant? {
    let wanted = idOrDomain.lowercased()
    return tenants.first {
      $0.id.lowercased() == wanted || $0.domains.contains { $0.lowercased() == wanted }
    }
  }

  func application(_ clientID: String) -> Application? {
    applications.first { $0.clientID.lowercased() == clientID.lowercased() }
  }
}

extension World.Identity.Application {
  func principal(in tenant: World.Identity.Tenant) -> World.Identity.Principal? {
    principals.first { $0.tenant.lowercased() == tenant.id.lowercased() }
  }

  func objectID(of principal: World.Identity.Principal) -> String {
    principal.objectID ?? GUID(name: "\(clientID)/\(principal.tenant)").description
  }
}

extension World.Identity.ManagedIdentity {
  var objectID: String { principalID ?? GUID(name: "\(clientID)/\(tenant)").description }
}
