/// One row of the repository list, as the service says it (facts/azure-devops-api.md 2.2).
package struct RepositoryRow: Sendable, Equatable {
  /// Lower-case GUID; stays when the repository is renamed or moved.
  package var id: String
  package var name: String
  /// Lower-case GUID of the project.
  package var projectID: String
  package var projectName: String
  /// The default branch without `refs/heads/`; nil for an empty repository.
  package var defaultBranch: String?
  /// Bytes as stored; a hint only.
  package var size: Int
  /// Listed, but every direct request for it is answered 404.
  package var isDisabled: Bool
  /// Unreadable for a while.
  package var isInMaintenance: Bool
  package var isFork: Bool

  package init(
    id: String,
    name: String,
    projectID: String,
    projectName: String,
    defaultBranch: String?,
    size: Int = 0,
    isDisabled: Bool = false,
    isInMaintenance: Bool = false,
    isFork: Bool = false
  ) {
    self.id = id
    self.name = name
    self.projectID = projectID
    self.projectName = projectName
    self.defaultBranch = defaultBranch
    self.size = size
    self.isDisabled = isDisabled
    self.isInMaintenance = isInMaintenance
    self.isFork = isFork
  }

  /// Nil when the row lacks what identifies a repository.
  init?(json row: [UInt8]) {
    guard let object = JSONObject(row[...]), let project = object.object("project"),
      let id = object.string("id"), let name = object.string("name"),
      let projectID = project.string("id"), let projectName = project.string("name"),
      ![id, name, projectID, projectName].contains("")
    else { return nil }
    let prefix = "refs/heads/"
    let branch = object.string("defaultBranch")
    self.init(
      id: id.lowercased(),
      name: name,
      projectID: projectID.lowercased(),
      projectName: projectName,
      defaultBranch: branch.map { $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : $0 },
      size: max(0, object.integer("size") ?? 0),
      isDisabled: object.isTrue("isDisabled"),
      isInMaintenance: object.isTrue("isInMaintenance"),
      isFork: object.isTrue("isFork") || object.object("parentRepository") != nil
    )
  }
}
