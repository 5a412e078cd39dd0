/// What the simulated service holds: organizations, their projects, their repositories and the files in them.
///
/// A plain value that a test writes down in a few lines. Names are compared without regard to case; ids
/// that are not given follow from the names, so the same world has the same ids in every run.
package struct World: Sendable, Equatable {
  package var organizations: [Organization]
  /// Tenants, applications and managed identities.
  package var identity: Identity

  package init(organizations: [Organization] = [], identity: Identity = .standard) {
    self.organizations = organizations
    self.identity = identity
  }

  /// The token that an organization accepts when none is written down.
  package static let defaultToken = "simulator-token"
}

extension World {
  /// One organization, or one collection of a server.
  package struct Organization: Sendable, Equatable {
    package var name: String
    /// The id, as a GUID's text; nil: derived from the name.
    package var id: String?
    package var tokens: [Token]
    /// The id of the tenant it belongs to; nil: the first of the world's identity.
    ///
    /// Zeros mean that it belongs to none.
    package var tenant: String?
    /// Who of the tenant is a user of the organization, by client id or by a person's name; nil: everybody.
    package var identities: [String]?
    package var state: State
    /// How a request without a valid token is answered; nil: as the simulator's options say.
    package var authentication: AuthenticationMode?
    package var projects: [Project]
    /// Listed among the projects only when those in the state `deleted` are asked for.
    package var deletedProjects: [Project]

    package init(
      _ name: String,
      id: String? = nil,
      tokens: [Token] = [.init(stringLiteral: World.defaultToken)],
      tenant: String? = nil,
      identities: [String]? = nil,
      state: State = .running,
      authentication: AuthenticationMode? = nil,
      projects: [Project] = [],
      deletedProjects: [Project] = []
    ) {
      self.name = name
      self.id = id
      self.tokens = tokens
      self.tenant = tenant
      self.identities = identities
      self.state = state
      self.authentication = authentication
      self.projects = projects
      self.deletedProjects = deletedProjects
    }

    package enum State: Sendable, Equatable {
      case running
      /// Every request is answered with 503 TF24668 (facts/azure-devops-api.md 5.2, 6).
      case stopped
    }
  }

  /// One project of an organization.
  package struct Project: Sendable, Equatable {
    package var name: String
    /// The id, as a GUID's text; nil: derived from the names of organization and project.
    package var id: String?
    /// Absent from answers when nil.
    package var description: String?
    /// `private`, `public` or `organization`.
    package var visibility: String
    package var repositories: [Repository]
    /// What was deleted and has left a trace (facts/azure-devops-api.md 2.2).
    package var deleted: [DeletedRepository]
    /// Whether the caller may not see it: it is in no list, and asked for, it does not exist.
    package var isHidden: Bool

    package init(
      _ name: String,
      id: String? = nil,
      description: String? = nil,
      visibility: String = "private",
      repositories: [Repository] = [],
      deleted: [DeletedRepository] = [],
      isHidden: Bool = false
    ) {
      self.name = name
      self.id = id
      self.description = description
      self.visibility = visibility
      self.repositories = repositories
      self.deleted = deleted
      self.isHidden = isHidden
    }
  }
}

/// How a request without a valid token is answered (facts/azure-devops-api.md 5.2).
package enum AuthenticationMode: String, Sendable, CaseIterable {
  /// Status 203 and a page to sign in on; what a request without `X-TFS-FedAuthRedirect` mostly gets.
  case signInPage203
  /// Status 302 to the sign-in host.
  case redirect302
  /// Status 401 with three challenges; what a request with `X-TFS-FedAuthRedirect: Suppress` gets.
  case unauthorized401
}
