extension Call {
  /// The projects, a page at a time (facts/azure-devops-api.md 2.1).
  func projects() throws(ServiceError) -> SimulatorResponse {
    guard route.project == nil, request.method == "GET" else { return unknownRoute() }
    let version = try APIVersion(of: request)
    let states = ["all", "wellformed", "unchanged", "new", "createpending", "deleting", "deleted"]
    let state = query.value("statefilter")?.lowercased() ?? "wellformed"
    guard states.contains(state) else { throw .badArgument("stateFilter", state) }
    let top = try query.number("$top") ?? 100
    let start = try query.number("continuationtoken", "$skip") ?? 0
    let all: [ProjectIndex]
    switch state {
    case "all", "wellformed", "unchanged": all = organization.projects.filter { !$0.project.isHidden }
    case "deleted": all = organization.deletedProjects
    // The rest are states that a project is in for a moment.
    default: all = []
    }
    let page = Array(all.dropFirst(start).prefix(top))
    var response = collection(version, page) { project, json in
      json.object { row(project, state: state == "deleted" ? "deleted" : "wellFormed", &$0) }
    }
    if start + page.count < all.count {
      response.set("x-ms-continuationtoken", "\(start + page.count)")
    }
    return response
  }

  /// One project, with links, and with its capabilities when they are asked for (recording 09).
  func project(_ nameOrID: String) throws(ServiceError) -> SimulatorResponse {
    guard route.project == nil, request.method == "GET" else { return unknownRoute() }
    let version = try APIVersion(of: request)
    let project = try project(named: nameOrID)
    let address = address(of: project)
    let team = GUID(name: "team/\(project.id)")
    return json(version) { json in
      identity(project, &json)
      if query.isOn("includecapabilities") { capabilities(&json) }
      json.field("revision", 12)
      json.object("_links") {
        $0.link("self", address)
        $0.link("collection", "\(organizationAddress)/_apis/projectCollections/\(organization.id)")
        $0.link("web", "\(organizationAddress)/\(PercentEncoding.encoded(project.project.name))")
      }
      json.field("visibility", project.project.visibility)
      json.object("defaultTeam") {
        $0.field("id", team.description)
        $0.field("name", "\(project.project.name) Team")
        $0.field("url", "\(address)/teams/\(team)")
      }
      json.field("lastUpdateTime", Self.projectUpdateTime)
    }
  }

  /// When every project was last changed; nothing may be concluded from it (facts/azure-devops-api.md 2.1).
  private static let projectUpdateTime = "2026-01-05T08:00:00.123Z"

  /// The fields of a project as a row of a list and inside a repository.
  func row(_ project: ProjectIndex, state: String = "wellFormed", _ json: inout JSONWriter) {
    identity(project, state: state, &json)
    json.field("revision", 12)
    json.field("visibility", project.project.visibility)
    json.field("lastUpdateTime", Self.projectUpdateTime)
  }

  private func identity(_ project: ProjectIndex, state: String = "wellFormed", _ json: inout JSONWriter) {
    json.field("id", project.id.description)
    json.field("name", project.project.name)
    if let description = project.project.description { json.field("description", description) }
    json.field("url", address(of: project))
    json.field("state", state)
  }

  private func capabilities(_ json: inout JSONWriter) {
    json.object("capabilities") {
      $0.object("processTemplate") {
        $0.field("templateName", "Basic")
        $0.field("templateTypeId", GUID(name: "process template").description)
      }
      $0.object("versioncontrol") {
        $0.field("sourceControlType", "Git")
        $0.field("gitEnabled", "True")
        $0.field("tfvcEnabled", "False")
      }
    }
  }
}
