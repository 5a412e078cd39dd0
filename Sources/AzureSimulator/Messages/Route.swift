/// What a request asks for, read from its path alone (facts/azure-devops-api.md 1.1, 1.3, 2).
struct Route: Sendable, Equatable {
  /// The first segment, as written; empty when the path has none.
  let organization: String
  /// The project's name or id; nil when the path has none.
  let project: String?
  let target: Target

  /// The resource; texts are names or ids, decoded.
  enum Target: Sendable, Equatable {
    case locations(area: String?)
    case resourceAreas(id: String?)
    case connectionData
    case projects
    case project(String)
    case repositories
    case deletedRepositories
    case recycleBin
    case repository(String, Part)
    case codeSearch
    case subscriptions(id: String?)
    /// Nothing the service knows.
    case unknown
  }

  /// What of a repository is asked for.
  enum Part: Sendable, Equatable {
    case itself
    case items(path: String?)
    case itemsBatch
    case refs(filter: String?)
    case branchStatistics(name: String?)
    case commits
    case commit(String)
    case changes(String)
    case tree(String)
    case blob(String)
    case blobs
    case annotatedTag(String)
    case diffs
  }

  /// - Parameter host: the host the request names; on `{organization}.visualstudio.com` the path has no
  ///   organization and may begin with `DefaultCollection`.
  init(path: String, host: String, method: String) {
    var segments = path.utf8.split(separator: UInt8(ascii: "/"))
      .map { PercentEncoding.decoded(Substring($0)) }[...]
    organization = Self.takeOrganization(&segments, host: host)
    guard let api = segments.prefix(2).firstIndex(where: { $0.lowercased() == "_apis" }) else {
      project = nil
      target = .unknown
      return
    }
    var resource = Array(segments[(api + 1)...])
    var owner = api > segments.startIndex ? segments.first : nil
    // The old form puts the project behind the area: _apis/git/{project}/repositories.
    if owner == nil, resource.count >= 3, resource[0].lowercased() == "git",
      !["repositories", "recyclebin"].contains(resource[1].lowercased()),
      resource[2].lowercased() == "repositories"
    {
      owner = resource.remove(at: 1)
    }
    project = owner
    target = method == "OPTIONS" ? .locations(area: resource.first) : Self.target(resource)
  }

  private static func takeOrganization(_ segments: inout ArraySlice<String>, host: String) -> String {
    let name = Substring(host.utf8.prefix { $0 != UInt8(ascii: ":") })
    guard name.lowercased().hasSuffix(".visualstudio.com") else { return segments.popFirst() ?? "" }
    if segments.first?.lowercased() == "defaultcollection" { segments.removeFirst() }
    return name.split(separator: ".").first.map(String.init) ?? ""
  }

  private static func target(_ resource: [String]) -> Target {
    guard let area = resource.first?.lowercased() else { return .unknown }
    switch (area, resource.count) {
    case ("resourceareas", 1): return .resourceAreas(id: nil)
    case ("resourceareas", 2): return .resourceAreas(id: resource[1])
    case ("connectiondata", 1): return .connectionData
    case ("projects", 1): return .projects
    case ("projects", 2): return .project(resource[1])
    case ("search", 2) where resource[1].lowercased() == "codesearchresults": return .codeSearch
    case ("hooks", 2) where resource[1].lowercased() == "subscriptions": return .subscriptions(id: nil)
    case ("hooks", 3) where resource[1].lowercased() == "subscriptions":
      return .subscriptions(id: resource[2])
    case ("git", 2) where resource[1].lowercased() == "deletedrepositories": return .deletedRepositories
    case ("git", 3)
    where resource[1].lowercased() == "recyclebin" && resource[2].lowercased() == "repositories":
      return .recycleBin
    case ("git", 2...) where resource[1].lowercased() == "repositories":
      guard resource.count > 2 else { return .repositories }
      guard let part = part(Array(resource.dropFirst(3))) else { return .unknown }
      return .repository(resource[2], part)
    default: return .unknown
    }
  }

  private static func part(_ rest: [String]) -> Part? {
    guard let name = rest.first?.lowercased() else { return .itself }
    let tail = rest.count > 1 ? rest.dropFirst().joined(separator: "/") : nil
    switch (name, rest.count) {
    case ("items", _): return .items(path: tail.map { "/" + $0 })
    case ("refs", _): return .refs(filter: tail)
    case ("itemsbatch", 1): return .itemsBatch
    case ("commits", 1): return .commits
    case ("commits", 2): return .commit(rest[1])
    case ("commits", 3) where rest[2].lowercased() == "changes": return .changes(rest[1])
    case ("trees", 2): return .tree(rest[1])
    case ("blobs", 1): return .blobs
    case ("blobs", 2): return .blob(rest[1])
    case ("annotatedtags", 2): return .annotatedTag(rest[1])
    case ("diffs", 2) where rest[1].lowercased() == "commits": return .diffs
    case ("stats", 2...) where rest[1].lowercased() == "branches":
      return .branchStatistics(name: rest.count > 2 ? rest[2...].joined(separator: "/") : nil)
    default: return nil
    }
  }

  /// The short name under which requests of this kind are counted and faults are set.
  var name: String {
    switch target {
    case .locations: "locations"
    case .resourceAreas: "resourceAreas"
    case .connectionData: "connectionData"
    case .projects: "projects"
    case .project: "project"
    case .repositories: "repositories"
    case .deletedRepositories: "deletedRepositories"
    case .recycleBin: "recycleBin"
    case .codeSearch: "codeSearch"
    case .subscriptions: "subscriptions"
    case .repository(_, let part): Self.name(of: part)
    case .unknown: "unknown"
    }
  }

  /// The repository the path names, by name or id; nil when it names none.
  var repository: String? {
    if case .repository(let name, _) = target { name } else { nil }
  }

  private static func name(of part: Part) -> String {
    switch part {
    case .itself: "repository"
    case .items: "items"
    case .itemsBatch: "itemsBatch"
    case .refs: "refs"
    case .branchStatistics: "branchStatistics"
    case .commits, .commit: "commits"
    case .changes: "changes"
    case .tree: "trees"
    case .blob, .blobs: "blobs"
    case .annotatedTag: "annotatedTags"
    case .diffs: "diffs"
    }
  }
}
