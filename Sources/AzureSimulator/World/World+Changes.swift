extension World {
  /// A repository that was deleted and has left a trace.
  package struct DeletedRepository: Sendable, Equatable {
    /// As it was; its id is written down.
    package var repository: Repository
    /// Whether it can be restored; else it was destroyed.
    package var isInRecycleBin: Bool

    package init(_ repository: Repository, isInRecycleBin: Bool) {
      self.repository = repository
      self.isInRecycleBin = isInRecycleBin
    }
  }
}

/// What people do to repositories and projects while the service runs.
///
/// Repositories are named `organization/project/repository` and projects `organization/project`, without regard
/// to case. Nothing happens where there is none of the name.
extension World {
  /// Changes a repository in any way that keeps its name, such as `isDisabled` or `access`.
  package mutating func update(_ name: String, _ change: (inout Repository) -> Void) {
    guard let place = place(of: name) else { return }
    change(&self[place])
  }

  /// Describes the first entity of `/catalog-info.yaml` otherwise in a share of all repositories, which are
  /// spread evenly.
  ///
  /// - Parameter share: Above 0, up to 1.
  package mutating func changeCatalogFiles(share: Double) {
    let (path, before) = ("/catalog-info.yaml", "description: ")
    for organization in organizations.indices {
      var due = 0.0
      for project in organizations[organization].projects.indices {
        for place in organizations[organization].projects[project].repositories.indices {
          due += share
          guard due >= 1 - 1e-9 else { continue }
          due -= 1
          let repository = organizations[organization].projects[project].repositories[place]
          guard let file = repository.files[path] else { continue }
          let text = String(decoding: file.bytes, as: UTF8.self)
          let parts = text.split(separator: before, maxSplits: 1, omittingEmptySubsequences: false)
          let changed = parts.joined(separator: "\(before)Again, ")
          organizations[organization].projects[project].repositories[place].files[path] =
            File(bytes: changed.utf8, mode: file.mode)
        }
      }
    }
  }

  /// Gives a repository another name: it keeps its id, and the old name answers 404.
  package mutating func renameRepository(_ name: String, to newName: String) {
    guard let place = place(of: name) else { return }
    self[place].id = identity(at: place)
    self[place].name = newName
  }

  /// Moves a repository to another project of its organization, which is made when it is not there: it keeps
  /// its id.
  package mutating func moveRepository(_ name: String, toProject project: String) {
    guard let repository = take(name), let organization = organizationNumber(of: name) else { return }
    let target = projectNumber(project, of: organization) ?? organizations[organization].projects.count
    if target == organizations[organization].projects.count {
      organizations[organization].projects.append(Project(project))
    }
    organizations[organization].projects[target].repositories.append(repository)
  }

  /// Deletes a repository: it is in the project's recycle bin, and can be restored.
  package mutating func deleteRepository(_ name: String) {
    guard let place = place(of: name), let repository = take(name) else { return }
    organizations[place.organization].projects[place.project].deleted.append(
      DeletedRepository(repository, isInRecycleBin: true)
    )
  }

  /// Deletes a repository for good, from the project or from its recycle bin.
  package mutating func destroyRepository(_ name: String) {
    if place(of: name) != nil { deleteRepository(name) }
    guard let place = deletedPlace(of: name) else { return }
    organizations[place.organization].projects[place.project].deleted[place.repository].isInRecycleBin = false
  }

  /// Takes a repository out of the recycle bin, as it was.
  package mutating func restoreRepository(_ name: String) {
    guard let place = deletedPlace(of: name),
      organizations[place.organization].projects[place.project].deleted[place.repository].isInRecycleBin
    else { return }
    let deleted = organizations[place.organization].projects[place.project].deleted.remove(
      at: place.repository
    )
    organizations[place.organization].projects[place.project].repositories.append(deleted.repository)
  }

  /// Gives a project another name: it and its repositories keep their ids.
  package mutating func renameProject(_ name: String, to newName: String) {
    guard let (organization, project) = projectPlace(of: name) else { return }
    fixIdentities(ofProject: project, in: organization)
    organizations[organization].projects[project].name = newName
  }

  /// Deletes a project with everything in it: only those who ask for deleted projects see it.
  package mutating func deleteProject(_ name: String) {
    guard let (organization, project) = projectPlace(of: name) else { return }
    fixIdentities(ofProject: project, in: organization)
    let deleted = organizations[organization].projects.remove(at: project)
    organizations[organization].deletedProjects.append(deleted)
  }

  /// Takes a project away from the caller, or gives it back: it is as if it did not exist.
  package mutating func hideProject(_ name: String, _ isHidden: Bool = true) {
    guard let (organization, project) = projectPlace(of: name) else { return }
    organizations[organization].projects[project].isHidden = isHidden
  }
}

// MARK: - Where things are

extension World {
  private struct Place {
    let organization: Int
    let project: Int
    let repository: Int
  }

  private subscript(place: Place) -> Repository {
    get { organizations[place.organization].projects[place.project].repositories[place.repository] }
    set {
      organizations[place.organization].projects[place.project].repositories[place.repository] = newValue
    }
  }

  private func organizationNumber(of name: String) -> Int? {
    let wanted = Self.parts(name).first
    return organizations.firstIndex { $0.name.lowercased() == wanted }
  }

  private func projectNumber(_ name: String, of organization: Int) -> Int? {
    organizations[organization].projects.firstIndex { $0.name.lowercased() == name.lowercased() }
  }

  private func projectPlace(of name: String) -> (organization: Int, project: Int)? {
    let parts = Self.parts(name)
    guard parts.count >= 2, let organization = organizationNumber(of: name),
      let project = projectNumber(parts[1], of: organization)
    else { return nil }
    return (organization, project)
  }

  private func place(of name: String) -> Place? {
    place(of: name) { $0.repositories.map(\.name) }
  }

  private func deletedPlace(of name: String) -> Place? {
    place(of: name) { $0.deleted.map(\.repository.name) }
  }

  private func place(of name: String, _ names: (Project) -> [String]) -> Place? {
    let parts = Self.parts(name)
    guard parts.count == 3, let (organization, project) = projectPlace(of: name),
      let repository = names(organizations[organization].projects[project])
        .firstIndex(where: { $0.lowercased() == parts[2] })
    else { return nil }
    return Place(organization: organization, project: project, repository: repository)
  }

  /// Removes a repository from its project; its id is written down in it.
  private mutating func take(_ name: String) -> Repository? {
    guard let place = place(of: name) else { return nil }
    let id = identity(at: place)
    var repository = organizations[place.organization].projects[place.project].repositories.remove(
      at: place.repository
    )
    repository.id = id
    return repository
  }

  private func identity(at place: Place) -> String {
    let organization = organizations[place.organization]
    return Self.identity(
      of: self[place],
      project: organization.projects[place.project].name,
      organization: organization.name
    ).description
  }

  private mutating func fixIdentities(ofProject project: Int, in organization: Int) {
    let index = ProjectIndex(
      organizations[organization].projects[project],
      organization: organizations[organization].name
    )
    organizations[organization].projects[project].id = index.id.description
    for (number, id) in index.repositoryIDs.enumerated() {
      organizations[organization].projects[project].repositories[number].id = id.description
    }
  }

  private static func parts(_ name: String) -> [String] {
    name.lowercased().split(separator: "/").map(String.init)
  }
}
