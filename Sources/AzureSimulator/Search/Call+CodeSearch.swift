import NIOCore

extension Call {
  /// Files by their names and contents, as they were when they were indexed (facts/azure-devops-api.md 2.13,
  /// recording 39).
  ///
  /// Only default branches and those that are searchable are indexed, no forks and no disabled repositories. What
  /// was deleted since is still found, under its old names; what was renamed has its new ones.
  func codeSearch() throws(ServiceError) -> SimulatorResponse {
    guard request.method == "POST", options.codeSearch != .notInstalled else { return unknownRoute() }
    let version = try APIVersion(of: request)
    let project = try route.project.map { name throws(ServiceError) in try self.project(named: name) }
    let query = try SearchQuery(request)
    switch options.codeSearch {
    case .installed, .notInstalled: break
    case .forbidden: throw .searchDenied(stamp.user)
    case .notIndexed(let code): return results([], of: [], query, version, infoCode: code)
    }
    var hits = hits(query, in: project)
    if let order = query.order {
      let key = { (hit: SearchHit) in order.field == "path" ? hit.path : hit.name }
      // Hits that are equal keep their order.
      hits = hits.enumerated().sorted { one, other in
        let (first, second) = (key(one.element), key(other.element))
        if first == second { return one.offset < other.offset }
        return (first < second) == order.rises
      }.map(\.element)
    } else if let seed = options.shuffleSeed {
      var random = SeededGenerator(seed: seed &+ UInt64(stamp.number))
      hits = random.shuffled(hits)
    }
    let page = Array(hits.dropFirst(query.skip).prefix(query.top))
    return results(page, of: hits, query, version, infoCode: 0)
  }

  private func hits(_ query: SearchQuery, in project: ProjectIndex?) -> [SearchHit] {
    var hits: [SearchHit] = []
    for owner in indexed?.projects ?? [] where !owner.project.isHidden {
      for place in owner.repositoryIDs.indices {
        let repository = owner.repository(place)
        guard !repository.repository.isDisabled, repository.repository.forkOf == nil else { continue }
        // Who may read it and what it is called are those of now.
        let current = organization.repository(repository.id.description, project: nil) ?? repository
        guard current.repository.access == .readable, !current.project.project.isHidden,
          project == nil || current.project.id == project?.id,
          query.allows(project: current.project.project.name, repository: current.name)
        else { continue }
        hits += self.hits(query, in: repository, current)
      }
    }
    return hits
  }

  private func hits(
    _ query: SearchQuery,
    in repository: RepositoryIndex,
    _ current: RepositoryIndex
  ) -> [SearchHit] {
    var hits: [SearchHit] = []
    let branches = [repository.repository.defaultBranch] + repository.repository.searchableBranches
    for branch in branches where query.allows(branch: branch) {
      guard let files = repository.repository.branches[branch]?.all else { continue }
      for (path, file) in files.sorted(by: { $0.key < $1.key })
      where query.allows(path: path, content: file.bytes) {
        // One file of several branches is one hit.
        if let same = hits.firstIndex(where: { $0.path == path && $0.content == file.bytes }) {
          hits[same].branches.append(branch)
        } else {
          hits.append(
            SearchHit(
              repository: current,
              indexed: repository,
              path: path,
              content: file.bytes,
              branches: [branch]
            )
          )
        }
      }
    }
    return hits
  }

  private func results(
    _ page: [SearchHit],
    of all: [SearchHit],
    _ query: SearchQuery,
    _ version: APIVersion,
    infoCode: Int
  ) -> SimulatorResponse {
    json(version, capacity: 256 + page.count * 700) { json in
      json.field("count", all.count)
      json.array("results") { json in
        for hit in page { json.object { row(hit, query, &$0) } }
      }
      json.field("infoCode", infoCode)
      json.object("facets") { json in
        guard query.includesFacets else { return }
        json.array("Project") { facet(all.map(\.repository.project.project.name), &$0) }
        json.array("Repository") { facet(all.map(\.repository.name), &$0) }
        json.array("CodeElement") { _ in }
      }
    }
  }

  private func facet(_ names: [String], _ json: inout JSONWriter) {
    let counts = names.reduce(into: [String: Int]()) { $0[$1, default: 0] += 1 }
    for (name, count) in counts.sorted(by: { $0.key < $1.key }) {
      json.object {
        $0.field("name", name)
        $0.field("id", name)
        $0.field("resultCount", count)
      }
    }
  }

  private func row(_ hit: SearchHit, _ query: SearchQuery, _ json: inout JSONWriter) {
    json.field("fileName", hit.name)
    json.field("path", hit.path)
    json.object("matches") { json in
      json.array("content") { json in
        for case .word(let word) in query.terms {
          for place in SearchQuery.places(of: word, in: hit.content) {
            json.object {
              $0.field("charOffset", place)
              $0.field("length", word.count)
            }
          }
        }
      }
      json.array("fileName") { json in
        json.object {
          $0.field("charOffset", 0)
          $0.field("length", -1)
        }
      }
    }
    json.object("collection") { $0.field("name", organization.name) }
    json.object("project") {
      $0.field("name", hit.repository.project.project.name)
      $0.field("id", hit.repository.project.id.description)
    }
    json.object("repository") {
      $0.field("name", hit.repository.name)
      $0.field("id", hit.repository.id.description)
      $0.field("type", "git")
    }
    json.array("versions") { json in
      for branch in hit.branches {
        json.object {
          $0.field("branchName", branch)
          $0.field("changeId", indexedCommit(of: branch, hit).description)
        }
      }
    }
    json.field("contentId", ObjectID(of: .blob, hit.content).description)
  }

  /// The newest commit whose files are the indexed ones; of a repository that is gone, the first there can be.
  private func indexedCommit(of branch: String, _ hit: SearchHit) -> ObjectID {
    let files = hit.indexed.repository.branches[branch]?.all ?? [:]
    let commits = history.commits(of: "refs/heads/\(branch)", in: hit.repository)
    return commits.last { $0.files == files }?.commit
      ?? Snapshot(files: files, parent: nil, number: 0).commit
  }
}

/// A file that a query finds.
struct SearchHit: Sendable {
  /// As it is now, or as it was when it was deleted.
  let repository: RepositoryIndex
  /// As it was when it was indexed.
  let indexed: RepositoryIndex
  let path: String
  let content: [UInt8]
  var branches: [String]

  var name: String { path.split(separator: "/").last.map(String.init) ?? "" }
}
