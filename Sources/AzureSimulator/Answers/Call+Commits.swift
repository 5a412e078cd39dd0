import Foundation

extension Call {
  /// The commits of a branch, newest first (facts/azure-devops-api.md 2.8, recording 36).
  func commits(_ repository: RepositoryIndex, _ version: APIVersion) throws(ServiceError) -> SimulatorResponse
  {
    if repository.isEmpty { return collection(version, [Snapshot]()) { _, _ in } }
    let descriptor = try VersionDescriptor(
      kind: criterion("itemversion.versiontype"),
      name: criterion("itemversion.version"),
      option: criterion("itemversion.versionoptions")
    )
    var found = Array(try resolve(descriptor, in: repository).commits.reversed())
    if let path = criterion("itempath").map(Self.rooted) {
      let parents = Dictionary(uniqueKeysWithValues: found.map { ($0.commit, $0.node(at: path)?.id) })
      found = found.filter { commit in
        commit.node(at: path)?.id != commit.parent.flatMap { parents[$0] ?? nil }
      }
    }
    if let author = criterion("author") {
      let (name, email) = Snapshot.author
      found = found.filter { _ in name == author || email == author }
    }
    found = try inWindow(found)
    if criterion("showoldestcommitsfirst")?.lowercased() == "true" { found.reverse() }
    let top = try query.number("searchcriteria.$top", "$top", "top") ?? 100
    let skip = try query.number("searchcriteria.$skip", "$skip", "skip") ?? 0
    return collection(version, Array(found.dropFirst(skip).prefix(top))) { commit, json in
      json.object { row(commit, repository, &$0) }
    }
  }

  /// A search criterion, with or without its prefix.
  private func criterion(_ name: String) -> String? {
    query.value("searchcriteria.\(name)", name)
  }

  /// The commits between the dates and between the ids of the criteria.
  private func inWindow(_ commits: [Snapshot]) throws(ServiceError) -> [Snapshot] {
    var found = commits
    if let from = try moment("fromdate") { found = found.filter { Double($0.date.seconds) >= from } }
    if let to = try moment("todate") { found = found.filter { Double($0.date.seconds) <= to } }
    if let to = criterion("tocommitid"), let place = found.firstIndex(where: { $0.commit.description == to })
    {
      found.removeFirst(place)
    }
    if let from = criterion("fromcommitid"),
      let place = found.firstIndex(where: { $0.commit.description == from })
    {
      found.removeLast(found.count - place - 1)
    }
    return found
  }

  private func moment(_ name: String) throws(ServiceError) -> Double? {
    guard let text = criterion(name) else { return nil }
    let full = text.contains("T") ? text : text + "T00:00:00Z"
    guard let date = try? Date(full, strategy: .iso8601) else { throw .badArgument(name, text) }
    return date.timeIntervalSince1970
  }

  /// One commit, with its tree and, when asked for, its first changes.
  func commit(_ id: String, _ repository: RepositoryIndex, _ version: APIVersion) throws(ServiceError)
    -> SimulatorResponse
  {
    let (commit, parent) = try known(id, in: repository)
    let wanted = try query.number("changecount") ?? 0
    return json(version) { json in
      if let tree = commit.tree { json.field("treeId", tree.description) }
      json.field("commitId", commit.commit.description)
      person("author", commit, &json)
      person("committer", commit, &json)
      json.field("comment", commit.message)
      json.array("parents") { if let parent { $0.string(parent.commit.description) } }
      let changes = Change.between(parent, commit)
      if wanted > 0 {
        json.object("changeCounts") { Change.counts(changes, &$0) }
        json.array("changes") { json in
          for change in changes.prefix(wanted) { json.object { row(change, commit, repository, &$0) } }
        }
      }
      json.field("url", "\(address(of: repository))/commits/\(commit.commit)")
      json.field("remoteUrl", "\(webAddress(of: repository))/commit/\(commit.commit)")
    }
  }

  /// The changes of one commit against its parent.
  func changes(_ id: String, _ repository: RepositoryIndex, _ version: APIVersion) throws(ServiceError)
    -> SimulatorResponse
  {
    let (commit, parent) = try known(id, in: repository)
    let changes = Change.between(parent, commit)
    let page = changes.dropFirst(try query.number("skip", "$skip") ?? 0)
      .prefix(try query.number("top", "$top") ?? 100)
    return json(version) { json in
      json.object("changeCounts") { Change.counts(changes, &$0) }
      json.array("changes") { json in
        for change in page { json.object { row(change, commit, repository, &$0) } }
      }
    }
  }

  /// A commit and the one before it on its line.
  func known(_ id: String, in repository: RepositoryIndex) throws(ServiceError) -> (Snapshot, Snapshot?) {
    let line = ObjectID(id).map { self.line(to: $0, in: repository) } ?? []
    guard let commit = line.last else { throw .versionMissing("<Commit: \(id) >", repository.name) }
    return (commit, line.dropLast().last)
  }

  private func row(_ commit: Snapshot, _ repository: RepositoryIndex, _ json: inout JSONWriter) {
    summary(commit, repository, &json)
    let parent = commit.parent.flatMap { line(to: $0, in: repository).last }
    json.object("changeCounts") {
      Change.counts(Change.between(parent, commit).filter { !$0.node.isFolder }, &$0)
    }
    json.field("url", "\(address(of: repository))/commits/\(commit.commit)")
    json.field("remoteUrl", "\(webAddress(of: repository))/commit/\(commit.commit)")
  }

  /// The fields every form of a commit begins with; nothing for nil.
  func summary(_ commit: Snapshot?, _ repository: RepositoryIndex, _ json: inout JSONWriter) {
    guard let commit else { return }
    json.field("commitId", commit.commit.description)
    person("author", commit, &json)
    person("committer", commit, &json)
    json.field("comment", commit.message)
  }
}
