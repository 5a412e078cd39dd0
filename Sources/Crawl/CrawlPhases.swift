import AzureDevOps
package import Catalog
import CatalogStore
import Settings

/// A crawl under way: its organizations, and what leads from one to another.
struct CrawlPhases: Sendable {
  let environment: Crawler.Environment
  let request: CrawlRequest
  let crawl: Int64
  let contexts: FileContexts
  /// The locations of the settings.
  let locations: StaticLocations
  private let writer: VisitWriter
  private let rules: JudgingRules
  private let texts = TextCache()

  init(environment: Crawler.Environment, request: CrawlRequest, crawl: Int64, contexts: FileContexts) {
    locations = environment.settings.staticLocations(contexts)
    self.environment = environment
    self.request = request
    self.crawl = crawl
    self.contexts = contexts
    writer = VisitWriter(
      database: environment.database,
      crawl: crawl,
      now: environment.now,
      log: environment.log,
      observe: environment.observe
    )
    rules = JudgingRules(environment.settings.crawler.yaml, contexts: contexts)
  }

  // MARK: - Where a crawl begins

  /// Takes over the locations of the settings, and begins with those that the request wants.
  func begin() async throws {
    let database = environment.database
    try await database.beginFollowing()
    if request.command == .sync {
      for fault in locations.faults { environment.observe(.warning(fault.message)) }
      try await database.setSettingsLocations(
        locations.usable,
        faults: locations.faults,
        at: environment.now()
      )
    }
    // What is due has a budget, and what locations lead to has no bound.
    if request.due != nil { return }
    if let location = request.location { return try await database.start(at: [location]) }
    let locations = try await database.locations().filter(isWanted)
    try await database.start(at: locations.map(\.id))
  }

  private func isWanted(_ location: StoredLocation) -> Bool {
    if request.targets.contains(CrawlLimits()) { return true }
    // A file of this machine is of no organization.
    guard let url = try? RepositoryURL(location.address.text) else { return false }
    let endpoint = environment.settings.baseURL(forHost: url.host)
    return request.targets.contains { limits in
      limits.allows(host: url.host, organization: url.organization, endpoint: endpoint)
        && (limits.repositoryID == nil || limits.repository != nil)
        && limits.allows(project: url.project, repository: url.repository)
        && limits.path.map { $0 == url.path } ?? true
    }
  }

  // MARK: - Organizations

  /// Crawls an organization as far as nothing of another is needed.
  func crawl(_ organization: ScopedOrganization) async throws -> OrganizationProgress {
    let session = try await environment.session(
      host: organization.host,
      name: organization.name,
      crawl: crawl
    )
    return try await OrganizationCrawl(
      organization: organization,
      session: session,
      request: request,
      writer: writer,
      judge: judge(session),
      environment: environment
    ).run()
  }

  /// Follows what locations lead to from one organization to another, and to this machine.
  ///
  /// - Returns: The organizations that came to something more, or were not crawled before.
  func follow(_ before: [OrganizationProgress]) async throws -> [OrganizationProgress] {
    var all = before
    var touched: Set<Int> = []
    if request.command == .sync, !locations.faults.isEmpty {
      all.append(try await progress(in: .local("")))
      touched.insert(all.count - 1)
    }
    while !Task.isCancelled, !environment.stop.isRequested {
      var pending: [PendingTarget] = []
      try await untilCancelled {
        pending = try await environment.database.pendingTargets(in: nil, limit: 1)
      }
      guard let place = pending.first?.address else { break }
      let known = all.firstIndex { progress in
        Self.isSame(progress.session.host, place.host)
          && Self.isSame(progress.session.name, place.organization)
      }
      if known == nil { all.append(try await progress(in: place)) }
      let index = known ?? all.count - 1
      touched.insert(index)
      try await follow(in: &all[index])
    }
    return touched.sorted().map { all[$0] }
  }

  /// Begins with an organization that needs no list.
  private func progress(in place: FileAddress) async throws -> OrganizationProgress {
    let session = try await environment.session(host: place.host, name: place.organization, crawl: crawl)
    var progress = OrganizationProgress(session: session)
    progress.tally.isListed = true
    // Whatever once kept it from being read does so no more, and no list is asked that something could be missing from.
    if request.command == .sync { progress.tally.heldBack = HeldBackRemovals() }
    return progress
  }

  /// As the database compares names (NOCASE): letters of ASCII without regard to case, all else byte by byte.
  private static func isSame(_ left: String, _ right: String) -> Bool {
    left.utf8.elementsEqual(right.utf8) { a, b in
      a == b || ((0x61...0x7A).contains(a | 0x20) && a | 0x20 == b | 0x20)
    }
  }

  private func follow(in progress: inout OrganizationProgress) async throws {
    let session = progress.session
    let follower = LocationFollower(
      session: session,
      environment: environment,
      writer: writer,
      judge: judge(session)
    )
    if progress.failure == nil {
      do {
        progress.failure = try await follower.follow(&progress.tally)
      } catch is CancellationError {
        progress.failure = FetchError(.cancelled, detail: "cancelled")
      }
      progress.counts = progress.counts + (try await writer.finish(session.id))
    }
    // Whatever is left of what it leads to would be met again and again.
    guard let failure = progress.failure, !Task.isCancelled else { return }
    try await untilCancelled { try await follower.giveUp(failure) }
  }

  private func judge(_ session: OrganizationSession) -> VisitJudge {
    VisitJudge(
      rules: rules,
      sources: FileSources(
        contexts: contexts,
        database: environment.database,
        maxFileBytes: environment.settings.crawler.yaml.maxBytes,
        client: { [environment] host, name in
          environment.client(host: host, name: name, counting: session.traffic)
        }
      ),
      texts: texts
    )
  }
}

/// `catalog.locations` as addresses.
struct StaticLocations: Sendable {
  var usable: [(type: LocationType, address: FileAddress)] = []
  /// What is wrong with the others, which are left out: a configuration that is written for Backstage may name
  /// hosts and files that are none of this program's business.
  var faults: [ReadFailure] = []
}

extension CrawlerSettings {
  func staticLocations(_ contexts: FileContexts) -> StaticLocations {
    var result = StaticLocations()
    for location in locations {
      switch contexts.address(type: location.type, target: location.target) {
      case .success(let found): result.usable.append(found)
      case .failure(let fault):
        let message = "\(location.place): the location '\(location.target)' is left out: \(fault.message)"
        result.faults.append(ReadFailure(rule: fault.rule, message: message))
      }
    }
    return result
  }
}

extension FileContexts {
  /// The address of a location that the settings or a command name.
  package func address(
    type: String,
    target: String
  ) -> Result<(type: LocationType, address: FileAddress), FileContext.TargetFault> {
    switch LocationType(rawValue: type) {
    case .file:
      return localFiles.address(of: target, from: "/").map { (.file, $0) }
    case .url:
      do throws(RepositoryURLError) {
        return address(of: try RepositoryURL(target)).map { (.url, $0) }
      } catch {
        return .failure(.init(rule: "target-address", message: error.description))
      }
    case nil:
      return .failure(
        .init(rule: "location-type", message: "expected the type url or file, got '\(type.prefix(60))'")
      )
    }
  }
}
