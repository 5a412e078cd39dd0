import Transport

/// What Code Search is asked for (facts/azure-devops-api.md 2.13, facts/backstage-azure.md 5.2).
package struct CodeSearchQuery: Sendable, Equatable {
  /// With the service's operators: `path:`, `file:`, `ext:`, `repo:`, `proj:`.
  package var text: String
  /// A project's name or id; nil for all of the organization.
  package var project: String?
  /// Without `refs/heads/`; nil for whatever is indexed, which is each repository's default branch.
  package var branch: String?

  package init(text: String, project: String? = nil, branch: String? = nil) {
    self.text = text
    self.project = project
    self.branch = branch
  }

  /// Files at one path of each repository; `*` and `?` are wildcards.
  package static func path(_ path: String, project: String? = nil, branch: String? = nil) -> CodeSearchQuery {
    CodeSearchQuery(text: "path:\(quoted(path))", project: project, branch: branch)
  }

  /// Files of one name in any folder; `*` and `?` are wildcards.
  package static func name(_ name: String, project: String? = nil, branch: String? = nil) -> CodeSearchQuery {
    CodeSearchQuery(text: "file:\(quoted(name))", project: project, branch: branch)
  }

  /// A value in quotes when it would fall into two.
  private static func quoted(_ value: String) -> String {
    let value = value.filter { $0 != "\"" }
    return value.contains(where: \.isWhitespace) ? "\"\(value)\"" : value
  }

  /// The body of a request for a page.
  func body(skip: Int, top: Int) -> [UInt8] {
    var body = Array("{\"searchText\":".utf8) + JSONObject.quoted(text)
    body += Array(",\"$skip\":\(skip),\"$top\":\(top)".utf8)
    if let branch {
      body += Array(",\"filters\":{\"Branch\":".utf8) + JSONObject.array([branch]) + Array("}".utf8)
    }
    // Without an order pages overlap (facts/backstage-azure.md 5.2).
    return body + Array(",\"$orderBy\":[{\"field\":\"path\",\"sortOrder\":\"ASC\"}]}".utf8)
  }
}

/// A file that Code Search knows: how things were when its repository was indexed, some time ago.
package struct CodeSearchHit: Sendable, Hashable {
  package var projectID: String
  package var repositoryID: String
  /// With a slash before it.
  package var path: String
  /// Without `refs/heads/`.
  package var branch: String
  /// Git's id of the content at the indexed commit.
  package var blobID: String
  /// The indexed commit; nil when the service does not say.
  package var commitID: String?

  package init(
    projectID: String,
    repositoryID: String,
    path: String,
    branch: String,
    blobID: String,
    commitID: String?
  ) {
    self.projectID = projectID
    self.repositoryID = repositoryID
    self.path = path
    self.branch = branch
    self.blobID = blobID
    self.commitID = commitID
  }
}

/// What came of a search.
///
/// Nothing of it says that a file is not there.
package enum CodeSearchOutcome: Sendable, Equatable {
  /// - Parameters:
  ///   - total: How many hits the service says there are.
  ///   - isWhole: Whether all of them were given: a query reaches 2,000. By project it may reach more.
  case answered(total: Int, isWhole: Bool)
  case unavailable(CodeSearchObstacle)
}

/// Why Code Search gives no hits, for good or for now.
package enum CodeSearchObstacle: Sendable, Equatable, CustomStringConvertible {
  /// There is no such resource: the Code Search extension is not installed.
  case notInstalled
  /// The credential may not search, for example without Basic access.
  case forbidden
  /// The service does not take the query.
  case refused
  /// The organization is not indexed, or not yet; with the service's number for the reason.
  case notIndexed(infoCode: Int)

  package var description: String {
    switch self {
    case .notInstalled: "the Code Search extension is not installed"
    case .forbidden: "the credential may not use Code Search"
    case .refused: "Code Search does not take the query"
    case .notIndexed(let code): "Code Search has not indexed the organization (infoCode \(code))"
    }
  }
}

extension OrganizationAddress {
  /// The host that searches the organizations of a host: one of its own in the cloud, else the same
  /// (facts/azure-devops-api.md 2.13).
  package static func searchHost(for host: String) -> String {
    let host = host.lowercased()
    return host == "dev.azure.com" || host.hasSuffix(".visualstudio.com") ? "almsearch.dev.azure.com" : host
  }

  /// Where this organization is searched.
  ///
  /// - Parameter endpoint: The base URL that answers for a host, without a slash at the end.
  package func forSearch(endpoint: (_ host: String) -> String) -> OrganizationAddress {
    let host = Self.searchHost(for: host)
    return OrganizationAddress(host: host, name: name, endpoint: endpoint(host))
  }
}

extension AzureDevOpsClient {
  /// The greatest page and the greatest number to skip (facts/azure-devops-api.md 2.13).
  private static let searchWindow = 1_000

  /// Asks Code Search for files, in one request for each thousand hits and at most two.
  ///
  /// Hits tell where to look first. That a file is not among them tells nothing: the index lags behind, leaves
  /// out forks, disabled repositories and most branches, and ends after 2,000 hits.
  ///
  /// - Parameters:
  ///   - address: Where the organization is searched; its credential is the client's.
  ///   - receive: Called with the hits of each page; none comes twice.
  /// - Throws: What says nothing of Code Search itself, such as `.throttled`. A crawl can do without the hits.
  package func codeSearch(
    _ query: CodeSearchQuery,
    at address: OrganizationAddress,
    receive: ([CodeSearchHit]) async -> Void
  ) async throws(FetchError) -> CodeSearchOutcome {
    var known: Set<CodeSearchHit> = []
    var count = 0
    while true {
      let page: CodeSearchPage
      do throws(FetchError) {
        page = try await searchPage(query, at: address, skip: count)
      } catch {
        guard let obstacle = CodeSearchObstacle(error) else { throw error }
        return .unavailable(obstacle)
      }
      if page.rowCount == 0, count == 0, page.infoCode != 0 {
        return .unavailable(.notIndexed(infoCode: page.infoCode))
      }
      count += page.rowCount
      let new = page.hits.filter { known.insert($0).inserted }
      if !new.isEmpty { await receive(new) }
      let isWhole = count >= page.total
      // A page may be shorter than asked for, and empty though there is more.
      guard !isWhole, page.rowCount > 0, count <= Self.searchWindow else {
        return .answered(total: page.total, isWhole: isWhole)
      }
    }
  }

  private func searchPage(
    _ query: CodeSearchQuery,
    at address: OrganizationAddress,
    skip: Int
  ) async throws(FetchError) -> CodeSearchPage {
    try await renewing { authorization throws(FetchError) in
      let project = query.project.map { "\(URLText.encoded($0))/" } ?? ""
      let request = question(
        "\(project)_apis/search/codesearchresults?api-version=\(Self.apiVersion)",
        authorization,
        at: address.baseURL,
        json: query.body(skip: skip, top: Self.searchWindow)
      )
      let reading = { (answer: HTTPResponse) throws(FetchError) in
        guard let page = CodeSearchPage(json: answer.body) else {
          throw FetchError(.broken, status: answer.status, detail: "the answer is not a list of hits in JSON")
        }
        return page
      }
      return try await answer(to: request, reading: reading).get()
    }
  }
}

extension CodeSearchObstacle {
  /// Nil for an error that says nothing of Code Search.
  fileprivate init?(_ error: FetchError) {
    switch (error.meaning, error.status) {
    case (.projectUnavailable, _): return nil
    case (_, 404): self = .notInstalled
    case (.forbidden, _): self = .forbidden
    case (_, 400): self = .refused
    default: return nil
    }
  }
}

/// A page of hits as the service gives it (recording 39).
struct CodeSearchPage: Sendable, Equatable {
  var total: Int
  /// Rows, those included that are no files of git.
  var rowCount: Int
  /// One for each branch.
  var hits: [CodeSearchHit]
  /// 0 when all is well.
  var infoCode: Int

  /// Nil when the bytes are no such page.
  init?(json: [UInt8]) {
    guard let object = JSONObject(json[...]), let total = object.integer("count"), total >= 0,
      let rows = object.objects("results")
    else { return nil }
    self.total = total
    rowCount = rows.count
    hits = rows.flatMap(Self.hits)
    infoCode = object.integer("infoCode") ?? 0
  }

  /// None for a file that is not in git, or that does not say which it is: a hint is worth no error.
  private static func hits(_ row: JSONObject) -> [CodeSearchHit] {
    guard let repository = row.object("repository"),
      repository.string("type")?.lowercased() ?? "git" == "git",
      let repositoryID = repository.string("id"), let projectID = row.object("project")?.string("id"),
      let path = row.string("path"), let blobID = row.string("contentId")
    else { return [] }
    return (row.objects("versions") ?? []).compactMap { version in
      guard let name = version.string("branchName") else { return nil }
      return CodeSearchHit(
        projectID: projectID.lowercased(),
        repositoryID: repositoryID.lowercased(),
        path: path.hasPrefix("/") ? path : "/\(path)",
        branch: name.hasPrefix("refs/heads/") ? String(name.dropFirst(11)) : name,
        blobID: blobID.lowercased(),
        commitID: version.string("changeId")?.lowercased()
      )
    }
  }
}
