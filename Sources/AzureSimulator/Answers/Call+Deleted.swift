extension Call {
  /// The deleted repositories of a project: all that have left a trace, or those that can be restored
  /// (facts/azure-devops-api.md 1.3, 2.2).
  ///
  /// Of one that the caller could not read, nothing is shown.
  func deletedRepositories(inRecycleBin: Bool) throws(ServiceError) -> SimulatorResponse {
    guard let name = route.project, request.method == "GET" else { return unknownRoute() }
    let version = try APIVersion(of: request)
    let project = try project(named: name)
    let rows = project.project.deleted.filter {
      $0.repository.access == .readable && ($0.isInRecycleBin || !inRecycleBin)
    }
    return collection(version, rows) { deleted, json in
      json.object { row(deleted.repository, of: project, &$0) }
    }
  }

  private func row(_ deleted: World.Repository, of project: ProjectIndex, _ json: inout JSONWriter) {
    let id = World.identity(
      of: deleted,
      project: project.project.name,
      organization: project.organization
    )
    json.field("id", id.description)
    json.field("name", deleted.name)
    json.object("project") { row(project, &$0) }
    json.object("deletedBy") {
      $0.field("displayName", stamp.user)
      $0.field("id", stamp.userID.description)
      $0.field("uniqueName", stamp.user)
    }
    json.field("createdDate", "2026-01-05T08:00:00.123Z")
    json.field("deletedDate", "2026-02-05T08:00:00.123Z")
  }
}
