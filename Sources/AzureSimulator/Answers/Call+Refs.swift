extension Call {
  /// Branches and tags in name order; the filter is a prefix (facts/azure-devops-api.md 2.6).
  /// - Parameter routed: the filter behind `refs/`, nil when the query holds it.
  func refs(_ routed: String?, _ repository: RepositoryIndex, _ version: APIVersion) throws(ServiceError)
    -> SimulatorResponse
  {
    let prefix = "refs/" + (query.value("filter") ?? routed ?? "")
    let part = query.value("filtercontains")
    let matching = History.refs(of: repository.repository).filter { name in
      name.hasPrefix(prefix) && part.map { name.contains($0) } ?? true
    }
    let token = try query.number("continuationtoken")
    let top = try query.number("$top")
    // With a token alone a page has 100 rows; with neither everything comes at once.
    let limit = top.map { min($0, 1000) } ?? (token == nil ? matching.count : 100)
    let page = Array(matching.dropFirst(token ?? 0).prefix(limit))
    let heads = page.map { name in
      (name: name, commit: history.commits(of: name, in: repository).last?.commit)
    }
    let address = address(of: repository)
    var response = streamedCollection(version, count: heads.count) { number, json in
      json.object { row(heads[number], address, &$0) }
    }
    let given = (token ?? 0) + page.count
    if given < matching.count { response.set("x-ms-continuationtoken", "\(given)") }
    return response
  }

  private func row(
    _ head: (name: String, commit: ObjectID?),
    _ repositoryAddress: String,
    _ json: inout JSONWriter
  ) {
    json.field("name", head.name)
    if let commit = head.commit { json.field("objectId", commit.description) }
    json.object("creator") { creator(&$0) }
    let short = PercentEncoding.encoded(String(head.name.dropFirst("refs/".count)))
    json.field("url", "\(repositoryAddress)/refs?filter=\(short)")
  }

  private func creator(_ json: inout JSONWriter) {
    let user = Snapshot.author
    let id = GUID(name: "user/\(user.email)").description
    json.field("displayName", user.name)
    json.field("url", "\(organizationAddress)/_apis/Identities/\(id)")
    json.object("_links") {
      $0.link("avatar", "\(organizationAddress)/_apis/GraphProfile/MemberAvatars/\(Self.descriptor)")
    }
    json.field("id", id)
    json.field("uniqueName", user.email)
    json.field("imageUrl", "\(organizationAddress)/_api/_common/identityImage?id=\(id)")
    json.field("descriptor", Self.descriptor)
  }

  /// The subject descriptor of every user of the simulator.
  static let descriptor = "aad.U2ltdWxhdG9y"

  /// Head commit, tree and distance of one branch, or of all (facts/azure-devops-api.md 2.7, recording 35).
  /// - Parameter routed: the branch behind `branches/`, nil when the query holds it.
  func branchStatistics(_ routed: String?, _ repository: RepositoryIndex, _ version: APIVersion)
    throws(ServiceError) -> SimulatorResponse
  {
    if repository.isEmpty { throw .emptyRepositoryStatistics(repository.name) }
    let base =
      query.value("baseversiondescriptor.version", "baseversion") ?? repository.repository.defaultBranch
    let baseLength = history.commits(of: "refs/heads/\(base)", in: repository).count
    guard let name = query.value("name") ?? routed else {
      let branches = repository.repository.branches.keys.sorted()
      return collection(version, branches) { branch, json in
        let commits = history.commits(of: "refs/heads/\(branch)", in: repository)
        json.object { statistics(branch, commits, base, baseLength, repository, &$0) }
      }
    }
    let commits = history.commits(of: "refs/heads/\(name)", in: repository)
    guard !commits.isEmpty else { throw .branchMissingInStatistics(name, repository.name) }
    return json(version) { statistics(name, commits, base, baseLength, repository, &$0) }
  }

  private func statistics(
    _ name: String,
    _ commits: [Snapshot],
    _ base: String,
    _ baseLength: Int,
    _ repository: RepositoryIndex,
    _ json: inout JSONWriter
  ) {
    json.object("commit") { json in
      if let head = commits.last { statisticsCommit(head, repository, &json) }
    }
    // The branches of the simulator have no commit in common.
    json.field("name", name)
    json.field("aheadCount", name == base ? 0 : commits.count)
    json.field("behindCount", name == base ? 0 : baseLength)
    json.field("isBaseVersion", name == base)
  }

  private func statisticsCommit(_ head: Snapshot, _ repository: RepositoryIndex, _ json: inout JSONWriter) {
    if let tree = head.tree { json.field("treeId", tree.description) }
    json.field("commitId", head.commit.description)
    person("author", head, &json)
    person("committer", head, &json)
    json.field("comment", head.message)
    json.array("parents") { if let parent = head.parent { $0.string(parent.description) } }
    json.field("url", "\(address(of: repository))/commits/\(head.commit)")
  }

  func person(_ role: StaticString, _ commit: Snapshot, _ json: inout JSONWriter) {
    json.object(role) {
      $0.field("name", Snapshot.author.name)
      $0.field("email", Snapshot.author.email)
      $0.field("date", commit.date.text)
    }
  }
}
