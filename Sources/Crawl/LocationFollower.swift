import AzureDevOps
import Catalog
import CatalogStore
import Settings

/// Visits the files that locations lead to, in one organization, wave by wave: the targets that are known, then
/// those that stand in the files so found, until there are none.
///
/// What is to be followed is a question to the database, so a crawl that was cut off goes on where it was, and
/// nothing is held but one page of targets.
struct LocationFollower: Sendable {
  /// How many locations may lead to a file, one behind the other.
  private static let maxDepth = 32
  /// How many targets are followed at a time.
  private static let pageSize = 200

  let session: OrganizationSession
  let environment: Crawler.Environment
  let writer: VisitWriter
  let judge: VisitJudge
  /// Whether only those targets are followed that files of this organization name: while others are under way,
  /// which of their files are known already depends on the order of answers.
  var isAlone = false

  /// How many patterns may be followed at a time: one can match thousands of files, which are held until they are
  /// visited.
  struct PatternLoad {
    /// Files that are held at most when the next patterns match as many as those before on average.
    private static let heldMatches = 2_000

    private(set) var limit = 4
    private var patterns = 0
    private var matches = 0

    /// So many patterns have matched so many files.
    mutating func note(patterns: Int, matches: Int) {
      guard patterns > 0 else { return }
      self.patterns += patterns
      self.matches += matches
      limit = max(
        1,
        min(2 * limit, LocationFollower.pageSize, Self.heldMatches * self.patterns / max(1, self.matches))
      )
    }
  }

  /// What a target came to, before its files are visited.
  private struct Resolution: Sendable {
    var target: PendingTarget
    /// Nil when that could not be found out.
    var found: [PlannedVisit]?
    var problem: TargetProblem?
    /// Why the whole organization does not answer.
    var failure: FetchError?
  }

  /// Follows until nothing is left.
  ///
  /// - Returns: Why the organization could not be visited to its end, or nil.
  /// - Throws: What the database throws.
  func follow(_ tally: inout Tally) async throws -> FetchError? {
    let place = (host: session.host, organization: session.name)
    var load = PatternLoad()
    while !Task.isCancelled, !environment.stop.isRequested {
      let targets = try await environment.database.pendingTargets(
        in: place,
        namedBy: isAlone ? session.id : nil,
        limit: Self.pageSize
      )
      guard !targets.isEmpty else { return nil }
      if let failure = try await follow(Self.wave(of: targets, load), &load, &tally) { return failure }
    }
    return FetchError(.cancelled, detail: "cancelled")
  }

  /// Says of targets that they could not be followed because their organization does not answer.
  func giveUp(_ failure: FetchError) async throws {
    let place = (host: session.host, organization: session.name)
    while true {
      let targets = try await environment.database.pendingTargets(in: place, limit: Self.pageSize)
      guard !targets.isEmpty else { return }
      let problem = TargetProblem(
        isReadFailure: true,
        rule: failure.meaning.rawValue,
        message: failure.description
      )
      try await finish(
        targets.map { ($0, FollowedTarget(id: $0.id, depth: $0.depth, files: nil, problem: problem)) }
      )
    }
  }

  /// Lets the targets that the organization's own files name in it stand for what they stood for.
  ///
  /// For one that does not answer: what its files lead to elsewhere is led to as before. Its own problem says why.
  func keep() async throws {
    let place = (host: session.host, organization: session.name)
    while true {
      let targets = try await environment.database.pendingTargets(
        in: place,
        namedBy: session.id,
        withStarting: false,
        limit: Self.pageSize
      )
      guard !targets.isEmpty else { return }
      try await finish(targets.map { ($0, .kept($0.id, depth: $0.depth)) })
    }
  }

  // MARK: - One wave

  /// The first targets, as many as may be followed at a time.
  private static func wave(of targets: [PendingTarget], _ load: PatternLoad) -> [PendingTarget] {
    var patterns = 0
    return Array(
      targets.prefix { target in
        if target.isPattern { patterns += 1 }
        return patterns <= load.limit
      }
    )
  }

  private func follow(
    _ targets: [PendingTarget],
    _ load: inout PatternLoad,
    _ tally: inout Tally
  ) async throws -> FetchError? {
    let limit = environment.settings.crawler.concurrency
    var resolutions: [Int64: Resolution] = [:]
    try await forEachConcurrently(Once(targets), limit: limit) { target in
      do {
        return Result<Resolution, any Error>.success(try await resolve(target))
      } catch {
        return .failure(error)
      }
    } collect: { result in
      let resolution = try result.get()
      resolutions[resolution.target.id] = resolution
    }
    // In the order of the targets, so that the same world is visited in the same way.
    let ordered = targets.compactMap { resolutions[$0.id] }
    if let failure = ordered.lazy.compactMap(\.failure).first { return failure }
    let patterns = ordered.filter { $0.target.isPattern }
    load.note(patterns: patterns.count, matches: patterns.reduce(0) { $0 + ($1.found?.count ?? 0) })
    let outcome = try await visit(ordered.flatMap { $0.found ?? [] }, &tally)
    if let failure = outcome.failure { return failure }
    try await writer.flush()

    var finished: [(PendingTarget, FollowedTarget)] = []
    for resolution in ordered {
      let problem = resolution.problem ?? missing(resolution, outcome.absent)
      if let problem, problem.isReadFailure { tally.count(failure(problem, resolution.target)) }
      finished.append(
        (
          resolution.target,
          FollowedTarget(
            id: resolution.target.id,
            depth: resolution.target.depth,
            files: resolution.found?.map(\.key),
            problem: problem
          )
        )
      )
    }
    try await finish(finished)
    return nil
  }

  private func finish(_ targets: [(PendingTarget, FollowedTarget)]) async throws {
    try await environment.database.finish(
      targets.map { ($0.1, $0.0.origin) },
      of: session.id,
      at: environment.now()
    )
  }

  /// Visits files, each once.
  ///
  /// - Returns: Which of them are not there, and why the organization could not be visited to its end.
  private func visit(
    _ found: [PlannedVisit],
    _ tally: inout Tally
  ) async throws -> (absent: Set<VisitKey>, failure: FetchError?) {
    var visits: [PlannedVisit] = []
    var seen: Set<VisitKey> = []
    var absent: Set<VisitKey> = []
    let known = found.compactMap(\.known?.id)
    let reached = try await environment.database.reachedFiles(among: known)
    for visit in found where seen.insert(VisitKey(visit)).inserted {
      // A rule asked for it, or another location led to it: it is as it is stored.
      if let file = visit.known, reached.contains(file.id) {
        if file.isAbsent { absent.insert(VisitKey(visit)) }
      } else {
        visits.append(visit)
      }
    }
    var failure: FetchError?
    var visited = tally
    try await forEachConcurrently(Once(visits), limit: environment.settings.crawler.concurrency) { visit in
      (visit, await judge.outcome(of: visit, session.client))
    } collect: { visit, outcome in
      if case .failed(let error) = outcome, error.endsOrganization {
        failure = failure ?? error.at("\(visit.projectName)/\(visit.repositoryName) \(visit.path)")
        return
      }
      visited.count(outcome, visit)
      environment.observe(.visited(organization: session.name))
      switch outcome {
      case .found(.absent, _): absent.insert(VisitKey(visit))
      case .unchanged where visit.known?.isAbsent == true: absent.insert(VisitKey(visit))
      default: break
      }
      if let visit = FileVisit(visit, session.id, outcome) { try await writer.add(visit) }
    }
    tally = visited
    return (absent, failure)
  }

  /// The problem of a target that must be there and is not, or nil.
  private func missing(_ resolution: Resolution, _ absent: Set<VisitKey>) -> TargetProblem? {
    guard resolution.target.isRequired, let found = resolution.found,
      found.allSatisfy({ absent.contains(VisitKey($0)) })
    else { return nil }
    let address = resolution.target.address.text
    let message = found.isEmpty ? "no file matches \(address)" : "there is no file \(address)"
    return TargetProblem(isReadFailure: false, rule: "target-absent", message: message)
  }

  private func failure(_ problem: TargetProblem, _ target: PendingTarget) -> RepositoryFailure {
    let url = try? RepositoryURL(target.address.text)  // A file of this machine has none.
    return RepositoryFailure(
      project: url?.project ?? "",
      repository: url?.repository ?? "",
      path: url?.path ?? target.address.text,
      rule: problem.rule,
      message: problem.message
    )
  }

  // MARK: - What a target stands for

  private func resolve(_ target: PendingTarget) async throws -> Resolution {
    var resolution = Resolution(target: target)
    guard target.depth <= Self.maxDepth else {
      resolution.problem = TargetProblem(
        isReadFailure: false,
        rule: "location-depth",
        message: "more than \(Self.maxDepth) locations lead here, one behind the other"
      )
      return resolution
    }
    if let fault = judge.sources.contexts.fault(of: target) {
      resolution.problem = TargetProblem(isReadFailure: false, rule: fault.rule, message: fault.message)
      return resolution
    }
    do {
      let files = TargetFiles(
        session: session,
        environment: environment,
        contexts: judge.sources.contexts,
        rulesVersion: judge.rules.version
      )
      resolution.found = try await files.visits(to: target)
    } catch let error as FetchError where error.endsOrganization {
      resolution.failure = error.at(target.address.text)
    } catch let error as FetchError where error.meaning == .fileAbsent {
      resolution.found = []
    } catch let error as FetchError where error.isPositivelyAbsent {
      // A branch or a repository that is empty proves nothing of files that were there (decisions.md 10): what the
      // target stood for before, it stands for still.
      if target.isRequired {
        resolution.problem = TargetProblem(
          isReadFailure: false,
          rule: "target-absent",
          message: "no file matches \(target.address.text): \(error.description)"
        )
      }
    } catch let error as FetchError {
      let isSilent = !target.isRequired && error.meaning == .repositoryUnavailable
      guard !isSilent else { return resolution }
      resolution.problem = TargetProblem(
        isReadFailure: true,
        rule: error.meaning.rawValue,
        message: error.description
      )
    } catch let error as UnaskedRepository {
      if target.isRequired {
        resolution.problem = TargetProblem(
          isReadFailure: false,
          rule: "target-repository",
          message: error.description
        )
      }
    } catch let error as PathGlobError {
      resolution.problem = TargetProblem(
        isReadFailure: false,
        rule: "target-pattern",
        message: error.description
      )
    }
    return resolution
  }
}

extension PendingTarget {
  /// Whether it may stand for several files.
  fileprivate var isPattern: Bool {
    switch type {
    case .file: PathGlob.isPattern(address.text)
    case .url: (try? RepositoryURL(address.text))?.isPattern ?? false
    }
  }
}

/// What makes two visits the same.
struct VisitKey: Hashable {
  let repository: Int64
  let branch: String
  let path: String

  init(_ visit: PlannedVisit) {
    repository = visit.repository
    branch = FileVersion.text(visit.version)
    path = visit.path
  }
}

extension PlannedVisit {
  var key: (repository: Int64, branch: String, path: String) { (repository, FileVersion.text(version), path) }
}
