/// A world arranged for look-up: by name without regard to case, and by id.
final class WorldIndex: Sendable {
  let world: World
  private let organizations: [String: OrganizationIndex]

  init(_ world: World) {
    self.world = world
    organizations = Dictionary(
      world.organizations.map { ($0.name.lowercased(), OrganizationIndex($0)) },
      uniquingKeysWith: { first, _ in first }
    )
  }

  func organization(_ name: String) -> OrganizationIndex? {
    organizations[name] ?? organizations[name.lowercased()]
  }

  var all: [OrganizationIndex] {
    world.organizations.compactMap { organization($0.name) }
  }
}

/// One organization, arranged for look-up.
final class OrganizationIndex: Sendable {
  let organization: World.Organization
  let id: GUID
  let projects: [ProjectIndex]
  let deletedProjects: [ProjectIndex]
  private let projectsByName: [String: Int]
  private let projectsByID: [GUID: Int]
  private let repositoriesByID: [GUID: Place]

  struct Place: Sendable {
    let project: Int
    let repository: Int
  }

  init(_ organization: World.Organization) {
    self.organization = organization
    id = organization.id.flatMap { GUID($0) } ?? GUID(name: organization.name)
    let projects = organization.projects.map { ProjectIndex($0, organization: organization.name) }
    self.projects = projects
    deletedProjects = organization.deletedProjects.map { ProjectIndex($0, organization: organization.name) }
    var byName: [String: Int] = [:]
    var byID: [GUID: Int] = [:]
    var repositories: [GUID: Place] = [:]
    for (number, project) in projects.enumerated() {
      byName[project.project.name.lowercased()] = number
      byID[project.id] = number
      for (place, id) in project.repositoryIDs.enumerated() {
        repositories[id] = Place(project: number, repository: place)
      }
    }
    projectsByName = byName
    projectsByID = byID
    repositoriesByID = repositories
  }

  var name: String { organization.name }

  /// The project with this name or id.
  func project(_ nameOrID: String) -> ProjectIndex? {
    projectNumber(nameOrID).map { projects[$0] }
  }

  private func projectNumber(_ nameOrID: String) -> Int? {
    if let id = GUID(nameOrID) { return projectsByID[id] }
    return projectsByName[nameOrID.lowercased()]
  }

  /// The repository with this id, or with this name in the project; with an id the project may be nil.
  func repository(_ nameOrID: String, project: ProjectIndex?) -> RepositoryIndex? {
    if let id = GUID(nameOrID) {
      guard let place = repositoriesByID[id] else { return nil }
      let owner = projects[place.project]
      guard project == nil || project === owner else { return nil }
      return owner.repository(place.repository)
    }
    return project?.repository(named: nameOrID)
  }
}

/// One project, arranged for look-up.
final class ProjectIndex: Sendable {
  let project: World.Project
  let id: GUID
  let organization: String
  let repositoryIDs: [GUID]
  private let repositoriesByName: [String: Int]

  init(_ project: World.Project, organization: String) {
    self.project = project
    self.organization = organization
    id = project.id.flatMap { GUID($0) } ?? GUID(name: "\(organization)/\(project.name)")
    repositoryIDs = project.repositories.map {
      World.identity(of: $0, project: project.name, organization: organization)
    }
    repositoriesByName = Dictionary(
      project.repositories.enumerated().map { ($0.element.name.lowercased(), $0.offset) },
      uniquingKeysWith: { first, _ in first }
    )
  }

  func repository(_ place: Int) -> RepositoryIndex {
    RepositoryIndex(repository: project.repositories[place], id: repositoryIDs[place], project: self)
  }

  func repository(named name: String) -> RepositoryIndex? {
    repositoriesByName[name.lowercased()].map { repository($0) }
  }
}

/// One repository with its id and its project.
struct RepositoryIndex: Sendable {
  let repository: World.Repository
  let id: GUID
  let project: ProjectIndex

  var name: String { repository.name }
  /// An empty repository has no branch and no default branch (facts/azure-devops-api.md 0, point 8).
  var isEmpty: Bool { repository.branches.isEmpty }
}

extension World {
  /// The id of a repository: the one given, or the one that follows from the names.
  ///
  /// A renamed repository keeps the id of its old name (facts/azure-devops-api.md 6, "Renames").
  static func identity(of repository: Repository, project: String, organization: String) -> GUID {
    if let given = repository.id.flatMap({ GUID($0) }) { return given }
    return GUID(name: "\(organization)/\(project)/\(repository.renamedFrom ?? repository.name)")
  }

  /// The id of a repository as it stands in answers, 36 lower-case characters; nil when there is no such
  /// repository.
  ///
  /// Names are compared without regard to case.
  package func repositoryID(organization: String, project: String, repository: String) -> String? {
    guard let owner = WorldIndex(self).organization(organization) else { return nil }
    return owner.repository(repository, project: owner.project(project))?.id.description
  }

  /// The id of a project as it stands in answers; nil when there is no such project.
  package func projectID(organization: String, project: String) -> String? {
    WorldIndex(self).organization(organization)?.project(project)?.id.description
  }
}
