import AzureDevOps
import CatalogStore
import Settings

/// One file to ask for.
struct PlannedVisit: Sendable, Equatable {
  var repository: Int64
  var repositoryGUID: String
  var projectName: String
  var repositoryName: String
  var path: String
  /// Nil for the default branch.
  var version: RepositoryURL.Version?
  /// The file's address as a browser shows it; for a file of this machine its path.
  var url: String
  /// The same taken apart; nil for a file of this machine.
  var address: RepositoryURL?
  var origin: FileOrigin
  /// Whether a rule of the settings asks for it; else a location leads to it.
  var isAsked = true
  /// What a listing says of it: git's id of the content, or that it is not there; nil when none was read.
  var listed: Result<String, FetchError>?
  /// The commit that the listing was of; nil when none was read, or it did not say.
  var listedCommit: String?
  /// The contents of its repository that come together with its own; nil when it is asked for alone.
  var batch: ContentBatch?
  /// What is stored of it; nil when it was never asked for.
  var known: KnownFile?

  /// Whether it is stored with this content, found in the same way and judged by the same rules.
  func isStored(as blobID: String, rulesVersion: Int64) -> Bool {
    guard let known else { return false }
    return known.blobID == blobID && known.url == url && known.origin == origin
      && known.rulesVersion == rulesVersion
  }

  /// Whether it is stored that it is not there, and nothing else is to be said of it.
  var isStoredAsAbsent: Bool {
    guard let known else { return false }
    return known.isAbsent && !known.hasReadProblem && known.url == url
  }
}

extension DiscoveryRule {
  /// The path as a pattern; nil when it has no wildcards.
  ///
  /// The settings were checked: a path with wildcards is a pattern that can be used.
  var pattern: PathGlob? { PathGlob.isPattern(path) ? try? PathGlob(path) : nil }
}

/// Decides which files of which repositories of one organization are asked for.
///
/// Pure.
struct VisitPlan: Sendable {
  /// A rule, and its path as a pattern when it has wildcards.
  private struct Rule: Sendable {
    let rule: DiscoveryRule
    let pattern: PathGlob?

    func finds(_ path: String) -> Bool { pattern?.matches(path) ?? (rule.path == path) }
  }

  let host: String
  let organization: String
  let limits: CrawlLimits
  let program: ProgramSettings
  /// The rules by which files are judged.
  let rulesVersion: Int64
  private let rules: [Rule]
  /// The plans for other limits; what they want is wanted too.
  var others: [VisitPlan] = []

  init(
    host: String,
    organization: String,
    rules: [DiscoveryRule],
    limits: CrawlLimits,
    program: ProgramSettings,
    rulesVersion: Int64 = 0
  ) {
    self.host = host
    self.organization = organization
    self.limits = limits
    self.program = program
    self.rulesVersion = rulesVersion
    self.rules = rules.map { Rule(rule: $0, pattern: $0.pattern) }
  }

  /// The visits to files of a repository whose paths are known without asking: none when no rule wants it.
  func visits(to repository: KnownRepository) -> [PlannedVisit] {
    let own = ownVisits(to: repository)
    guard !others.isEmpty else { return own }
    let searches = searches(of: repository)
    return others.reduce(own) { visits, other in
      visits
        + other.ownVisits(to: repository).filter { visit in
          !visits.contains { $0.path == visit.path && $0.version == visit.version }
        }
    }
    // What is searched for is found by the search.
    .filter { visit in !searches.contains { $0.version == visit.version && $0.pattern.matches(visit.path) } }
  }

  private func ownVisits(to repository: KnownRepository) -> [PlannedVisit] {
    guard isSelected(repository) else { return [] }
    var visits: [PlannedVisit] = []
    for rule in rules where wants(rule, repository) {
      guard let path = rule.pattern == nil ? rule.rule.path : limits.path else { continue }
      let version = rule.rule.branch.map(RepositoryURL.Version.branch)
      let isPlanned = visits.contains { $0.path == path && $0.version == version }
      if !isPlanned { visits.append(visit(to: repository, path, version)) }
    }
    return visits
  }

  /// How many requests a visit of a repository takes at least.
  func cost(of repository: KnownRepository) -> Int {
    visits(to: repository).count + visitsToUnasked(of: repository).count + searches(of: repository).count
  }

  /// The searches for files of a repository that rules with wildcards want.
  ///
  /// None when one file is wanted: whether a pattern finds it is seen without a search.
  func searches(of repository: KnownRepository) -> [PatternSearch] {
    others.reduce(ownSearches(of: repository)) { searches, other in
      searches
        + other.ownSearches(of: repository).filter { search in
          !searches.contains { $0.pattern == search.pattern && $0.version == search.version }
        }
    }
  }

  private func ownSearches(of repository: KnownRepository) -> [PatternSearch] {
    guard limits.path == nil, isSelected(repository) else { return [] }
    var searches: [PatternSearch] = []
    for rule in rules where wants(rule, repository) {
      guard let pattern = rule.pattern else { continue }
      let version = rule.rule.branch.map(RepositoryURL.Version.branch)
      let isPlanned = searches.contains { $0.pattern == pattern && $0.version == version }
      if isPlanned { continue }
      searches.append(PatternSearch(of: repository, pattern, version, rulesVersion: rulesVersion))
    }
    return searches
  }

  /// The visits that follow from a search.
  ///
  /// - Parameters:
  ///   - listing: Nil when nothing has changed below the folder since its files were stored.
  ///   - commitID: The commit that this was found at; nil when it is not known.
  func visits(
    _ search: PatternSearch,
    finding listing: FolderListing?,
    at commitID: String? = nil
  ) -> [PlannedVisit] {
    var known: [String: KnownFile] = [:]
    for file in search.files { known[file.path] = file }
    var visits: [PlannedVisit] = []
    func add(_ path: String, _ listed: Result<String, FetchError>) {
      var visit = visit(to: search.repository, path, search.version)
      (visit.listed, visit.listedCommit) = (listed, commitID)
      visits.append(visit)
    }
    if let listing {
      for row in listing.files {
        known[row.path] = nil
        add(row.path, .success(row.blobID))
      }
    } else {
      for file in search.files {
        guard let blobID = file.blobID else { continue }
        known[file.path] = nil
        add(file.path, .success(blobID))
      }
    }
    // The list was read to its end, and the repository has answered: these files are positively not there.
    let absence = FetchError(.fileAbsent, detail: "the folder was listed and has no such file")
    for path in known.keys.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
      add(path, .failure(absence))
      if let last = visits.last, last.isStoredAsAbsent { visits.removeLast() }
    }
    return visits
  }

  /// The visits to files that only locations lead to, as far as the limits want them.
  func visitsToUnasked(of repository: KnownRepository) -> [PlannedVisit] {
    others.reduce(ownVisitsToUnasked(of: repository)) { visits, other in
      visits
        + other.ownVisitsToUnasked(of: repository).filter { visit in
          !visits.contains { $0.path == visit.path && $0.version == visit.version }
        }
    }
  }

  private func ownVisitsToUnasked(of repository: KnownRepository) -> [PlannedVisit] {
    guard limits.allows(repository) else { return [] }
    return repository.files.compactMap { file in
      guard !file.isAsked, !file.isOutOfScope, let origin = file.origin,
        limits.path.map({ $0 == file.path }) ?? true,
        limits.branch.map({ $0 == file.branch || (file.branch.isEmpty && $0 == repository.defaultBranch) })
          ?? true
      else { return nil }
      var visit = visit(to: repository, file.path, FileVersion.version(file.branch))
      visit.origin = origin
      visit.isAsked = false
      return visit
    }
  }

  private func isSelected(_ repository: KnownRepository) -> Bool {
    let (project, name) = (repository.projectName, repository.name)
    return limits.allows(repository)
      && program.selects(organization: organization, project: project, repository: name)
  }

  private func wants(_ finding: Rule, _ repository: KnownRepository) -> Bool {
    let rule = finding.rule
    guard rule.project.matches(repository.projectName), rule.repository.matches(repository.name) else {
      return false
    }
    if rule.skipForks, repository.isFork { return false }
    if let limit = rule.maxRepositorySize, repository.size > limit { return false }
    // A repository without branches has no files; one branch that a rule names may have come meanwhile.
    if repository.defaultBranch == nil, rule.branch == nil { return false }
    if let path = limits.path, !finding.finds(path) { return false }
    if let branch = limits.branch, branch != rule.branch ?? repository.defaultBranch { return false }
    return true
  }

  private func visit(
    to repository: KnownRepository,
    _ path: String,
    _ version: RepositoryURL.Version?
  ) -> PlannedVisit {
    let url = RepositoryURL(
      host: host,
      organization: organization,
      project: repository.projectName,
      repository: repository.name,
      path: path,
      version: version
    )
    let text = url.text
    return PlannedVisit(
      repository: repository.id,
      repositoryGUID: repository.guid,
      projectName: repository.projectName,
      repositoryName: repository.name,
      path: path,
      version: version,
      url: text,
      address: url,
      origin: FileOrigin(source: .organization, location: "url:\(text)"),
      known: repository.files.first { $0.branch == FileVersion.text(version) && $0.path == path }
    )
  }
}
