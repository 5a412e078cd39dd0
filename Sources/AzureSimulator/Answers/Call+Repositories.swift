extension Call {
  /// Every repository the caller can read, in one unpaged, streamed answer (facts/azure-devops-api.md 2.2).
  func repositories() throws(ServiceError) -> SimulatorResponse {
    guard request.method == "GET" else { return unknownRoute() }
    let version = try APIVersion(of: request)
    let projects: [ProjectIndex]
    if let name = route.project {
      projects = [try project(named: name)]
    } else {
      projects = organization.projects.filter { !$0.project.isHidden }
    }
    var places = projects.enumerated().flatMap { number, project in
      project.project.repositories.indices.lazy
        .filter { project.project.repositories[$0].access == .readable }
        .map { (project: number, repository: $0) }
    }
    if let seed = options.shuffleSeed {
      var random = SeededGenerator(seed: seed)
      places = random.shuffled(places)
    }
    let rows = places
    return streamedCollection(version, count: rows.count) { number, json in
      let place = rows[number]
      json.object { row(projects[place.project].repository(place.repository), &$0) }
    }
  }

  /// One repository, with links (recording 13).
  func repository(_ repository: RepositoryIndex, _ version: APIVersion) -> SimulatorResponse {
    json(version) { json in
      fields(repository, &json)
      links(repository, &json)
      flags(repository, &json)
      parent(repository, &json)
    }
  }

  private func row(_ repository: RepositoryIndex, _ json: inout JSONWriter) {
    fields(repository, &json)
    flags(repository, &json)
  }

  private func fields(_ repository: RepositoryIndex, _ json: inout JSONWriter) {
    let web = webAddress(of: repository)
    json.field("id", repository.id.description)
    json.field("name", repository.name)
    json.field("url", address(of: repository))
    json.object("project") { row(repository.project, &$0) }
    if !repository.isEmpty {
      json.field("defaultBranch", "refs/heads/\(repository.repository.defaultBranch)")
    }
    json.field("size", size(of: repository.repository))
    json.field("remoteUrl", remoteAddress(web))
    json.field("sshUrl", secureShellAddress(of: repository))
    json.field("webUrl", web)
  }

  private func flags(_ repository: RepositoryIndex, _ json: inout JSONWriter) {
    json.field("isDisabled", repository.repository.isDisabled)
    json.field("isInMaintenance", repository.repository.isInMaintenance)
    if repository.repository.forkOf != nil { json.field("isFork", true) }
  }

  private func size(of repository: World.Repository) -> Int {
    repository.size ?? repository.branches.values.reduce(0) { $0 + $1.byteCount }
  }

  /// The web address with the organization as user, as the service writes it.
  private func remoteAddress(_ web: String) -> String {
    guard let slashes = web.firstRange(of: "://") else { return web }
    let organization = PercentEncoding.encoded(organization.name)
    return "\(web[..<slashes.upperBound])\(organization)@\(web[slashes.upperBound...])"
  }

  private func secureShellAddress(of repository: RepositoryIndex) -> String {
    let names = [organization.name, repository.project.project.name, repository.name]
    return "git@ssh.dev.azure.com:v3/" + names.map { PercentEncoding.encoded($0) }.joined(separator: "/")
  }

  private func links(_ repository: RepositoryIndex, _ json: inout JSONWriter) {
    let address = address(of: repository)
    json.object("_links") {
      $0.link("self", address)
      $0.link("project", "vstfs:///Classification/TeamProject/\(repository.project.id)")
      $0.link("web", webAddress(of: repository))
      $0.link("ssh", secureShellAddress(of: repository))
      $0.link("commits", "\(address)/commits")
      $0.link("refs", "\(address)/refs")
      $0.link("pullRequests", "\(address)/pullRequests")
      $0.link("items", "\(address)/items")
      $0.link("pushes", "\(address)/pushes")
    }
  }

  /// The repository a fork was made from, when it still exists.
  private func parent(_ repository: RepositoryIndex, _ json: inout JSONWriter) {
    guard let names = repository.repository.forkOf?.split(separator: "/"), names.count == 2,
      let project = organization.project(String(names[0])),
      let parent = project.repository(named: String(names[1]))
    else { return }
    json.object("parentRepository") {
      $0.field("id", parent.id.description)
      $0.field("name", parent.name)
      $0.field("url", address(of: parent))
      $0.object("project") { row(project, &$0) }
    }
  }
}
