import AzureDevOps
import CatalogStore
import Crawl
import HTTPTypes
import Hummingbird
import NIOCore
import Reporting

// MARK: - Crawls

extension CrawlerRoutes {
  /// The longest body that asks for a crawl, in bytes: 500 parts with long names.
  private static let maxBody = 1 << 20

  func addCrawls(to group: RouterGroup<CatalogRequestContext>) {
    group.get("crawls") { [parts] request, _ in
      let limit = try request.pageSize()
      let rows = try await parts.database.crawlRows(
        before: try request.number("before", in: 1...Int64.max),
        limit: limit
      )
      let next = rows.count == limit ? rows.last?.id : nil
      return try CrawlerJSON.response(PageJSON(items: rows.map(RowJSON.init), next: next))
    }
    group.get("crawls/:id") { [self] _, context in
      let id = try context.number("id", of: "crawl")
      return try CrawlerJSON.response(try await crawl(id))
    }
    group.post("crawls") { [self] request, context in
      let body = try await request.body.collect(upTo: Self.maxBody)
      let wanted = try CrawlBody.read(body)
      let service = try service
      do {
        try await service.check(wanted.request)
      } catch let failure as RequestFailure {
        throw APIError.input(failure.message)
      }
      let id = try await service.submit(wanted.request, reason: wanted.reason ?? context.reason)
      var response = try CrawlerJSON.response(SubmittedJSON(request: id), status: .accepted)
      response.headers[.location] = "/api/crawler/requests/\(id)"
      return response
    }
    group.post("crawls/:id/cancel") { [self] _, context in
      let id = try context.number("id", of: "crawl")
      guard try await service.cancel(crawl: id) else {
        throw APIError.conflict("crawl \(id) is not under way")
      }
      return try CrawlerJSON.response(try await crawl(id), status: .accepted)
    }
    group.get("crawls/:id/events") { [self] _, context in
      let id = try context.number("id", of: "crawl")
      return try await CrawlEvents(service: service, crawl: id).response { try await self.crawl(id) }
    }
  }

  private func crawl(_ id: Int64) async throws -> CrawlJSON {
    let rows = try await parts.database.crawlRows(of: id)
    guard let first = try await parts.database.crawlRows(before: id == .max ? nil : id + 1, limit: 1).first,
      first.id == id
    else { throw APIError.notFound("there is no crawl \(id)") }
    let running = try await parts.service?.state().current
    return CrawlJSON(
      crawl: RowJSON(first),
      organizations: rows.filter { $0["organization"] != .null }.map(RowJSON.init),
      running: running?.crawl == id ? running.map(RunningJSON.init) : nil
    )
  }
}

// MARK: - Requests

extension CrawlerRoutes {
  func addRequests(to group: RouterGroup<CatalogRequestContext>) {
    group.get("requests") { [parts] request, _ in
      let limit = try request.pageSize()
      let state = try request.word("state", among: RequestState.allCases.map(\.rawValue))
      let stored = try await parts.database.requests(
        before: try request.number("before", in: 1...Int64.max),
        state: state.flatMap(RequestState.init),
        limit: limit
      )
      let items = stored.map { RequestJSON($0, hasReport: false) }
      return try CrawlerJSON.response(
        PageJSON(items: items, next: stored.count == limit ? stored.last?.id : nil)
      )
    }
    group.get("requests/:id") { [self] _, context in
      try CrawlerJSON.response(try await request(try context.number("id", of: "request")))
    }
    group.post("requests/:id/cancel") { [self] _, context in
      let id = try context.number("id", of: "request")
      let before = try await request(id)
      guard try await service.cancel(request: id) else {
        throw APIError.conflict("request \(id) is \(before.state), or its crawl answers others too")
      }
      return try CrawlerJSON.response(try await request(id), status: .accepted)
    }
  }

  private func request(_ id: Int64) async throws -> RequestJSON {
    guard let stored = try await parts.database.request(id) else {
      throw APIError.notFound("there is no request \(id)")
    }
    return RequestJSON(stored, hasReport: true)
  }
}

extension NamedRow {
  /// Its own key; nil when it has none.
  var id: Int64? { if case .integer(let id) = self["id"] { id } else { nil } }
}

// MARK: - What is wanted

/// The body that asks for a crawl.
private struct CrawlBody: Decodable {
  struct Target: Decodable {
    var host: String?
    var organization: String?
    var project: String?
    var repository: String?
    var repositoryId: String?
    var path: String?
    var branch: String?
    /// In place of all of these, as copied from the browser.
    var url: String?

    func limits() throws -> CrawlLimits {
      guard let url else {
        guard (repository == nil && repositoryId == nil && project == nil) || organization != nil else {
          throw APIError.input("targets: a project or a repository needs its organization")
        }
        return CrawlLimits(
          host: host,
          organization: organization,
          project: project,
          repository: repository,
          repositoryID: repositoryId,
          path: path,
          branch: branch
        )
      }
      guard let address = try? RepositoryURL(url) else {
        throw APIError.input(
          "targets: got '\(url.prefix(200))', expected the address of a repository or a file"
        )
      }
      var limits = CrawlLimits(
        host: address.host,
        organization: address.organization,
        project: address.project,
        repository: address.repository,
        path: address.path
      )
      switch address.version {
      case .branch(let name): limits.branch = name
      case nil: break
      case .tag, .commit:
        throw APIError.input("targets: the catalog follows branches; give the address of a file on a branch")
      }
      return limits
    }
  }

  var command: String
  var acceptRemovals: Bool?
  var targets: [Target]?
  var due: Bool?
  var budget: Int?
  var reason: String?

  /// - Throws: 400 for what makes no sense.
  static func read(_ body: ByteBuffer) throws -> (request: CrawlRequest, reason: String?) {
    let wanted: CrawlBody
    do {
      wanted = try CrawlerJSON.decode(CrawlBody.self, from: body)
    } catch {
      throw APIError.input("expected a JSON object like {\"command\": \"sync\"}")
    }
    let reason = wanted.reason.map { "api: " + String($0.prefix(200)) }
    return (try wanted.request(), reason)
  }

  private func request() throws -> CrawlRequest {
    let targets = try (targets ?? []).map { try $0.limits() }
    switch command {
    case "sync":
      guard targets.isEmpty, due != true else {
        throw APIError.input("a sync is of everything; a refresh has targets")
      }
      var request = CrawlRequest.sync
      request.acceptsRemovals = acceptRemovals ?? false
      return request
    case "refresh":
      guard acceptRemovals != true else { throw APIError.input("only a sync accepts removals") }
      guard targets.count <= CrawlChoice.maxTargets else {
        throw APIError.input("got \(targets.count) targets, expected at most \(CrawlChoice.maxTargets)")
      }
      if due == true {
        guard targets.count <= 1 else { throw APIError.input("what is due is of one organization or of all") }
        guard (1...1_000_000).contains(budget ?? 1) else {
          throw APIError.input("budget: expected 1 or more")
        }
        var refresh = DueRefresh()
        if let budget { refresh.budget = budget }
        return .refresh(due: refresh, targets.first ?? CrawlLimits())
      }
      guard let request = CrawlRequest.refresh(targets) else {
        throw APIError.input("a refresh needs targets, or due; a sync is of everything")
      }
      return request
    default:
      throw APIError.input("command: got '\(command.prefix(40))', expected sync or refresh")
    }
  }
}
