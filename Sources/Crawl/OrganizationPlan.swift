import CatalogStore
import Settings

/// What the next crawl of one organization asks, as far as it is known before.
package struct OrganizationPlan: Sendable, Equatable {
  /// One way to find files, with what it costs.
  package struct Step: Sendable, Equatable {
    /// How the files of a repository are found.
    package enum Way: String, Sendable {
      /// The file itself is asked for: its answer has the content, or says that it is not there.
      case file
      /// The folder's id is asked for; only when it is another one than before, its files are listed.
      case folder
      /// The folder was never listed: its files are.
      case listing
    }

    package var path: String
    /// Nil for the default branch.
    package var branch: String?
    package var way: Way
    /// One for each repository.
    package var requests: Int

    package init(path: String, branch: String?, way: Way, requests: Int) {
      self.path = path
      self.branch = branch
      self.way = way
      self.requests = requests
    }
  }

  package var host: String
  package var name: String
  /// Why the list could not be read; nil when it was, or was not needed.
  package var failure: String?
  /// Requests that the plan itself has sent, for the list.
  ///
  /// The crawl sends them again; 0 when it needs no list.
  package var listRequests = 0
  /// Repositories in the list, or those that are known when it is not needed.
  package var repositories = 0
  /// Of those, the ones that were not stored before.
  package var newRepositories = 0
  /// Those that are stored and that the list does not have.
  package var missingRepositories = 0
  /// Those that answer no questions: disabled, or in maintenance.
  package var closedRepositories = 0
  /// Sorted by path, branch and way.
  package var steps: [Step] = []
  /// About how many requests follow from what locations lead to.
  package var locationRequests = 0
  /// How many requests the files at most cost that placeholders take in, as they are stored; none while the commit
  /// of the file that takes them in stays.
  package var placeholderRequests = 0
  /// Files that no rule asks for any more, and their entities: they are marked, kept for some crawls, and removed.
  package var leavingFiles = 0
  package var leavingEntities = 0
  /// Requests in a second at the present limits, and what says so; nil when nothing does.
  package var rate: Rate?

  package struct Rate: Sendable, Equatable {
    package var perSecond: Double
    package var basis: Basis
  }

  package enum Basis: Sendable, Equatable {
    /// As in that crawl.
    case crawl(Int64)
    /// `crawler.limits.requestsPerMinute` allows no more.
    case limit
    /// The answers to the list took that long, on average.
    case list(seconds: Double)
  }

  /// The requests that are known before; changed files of patterns come on top.
  package var requests: Int {
    listRequests + steps.reduce(0) { $0 + $1.requests } + locationRequests
  }

  /// How long they take; nil when that is not known.
  package var seconds: Double? {
    guard let rate, rate.perSecond > 0 else { return nil }
    return Double(requests) / rate.perSecond
  }

  package init(host: String, name: String) {
    self.host = host
    self.name = name
  }

  /// The rate that the last crawl had, or that the list lets one expect, under the limits.
  ///
  /// - Parameters:
  ///   - lastCrawl: Id, requests and seconds; nil when there was none. One with few requests says nothing.
  ///   - listSeconds: How long an answer to the list took on average; nil when none was asked for.
  static func rate(
    lastCrawl: (id: Int64, requests: Int, seconds: Double)?,
    listSeconds: Double?,
    concurrency: Int,
    requestsPerMinute: Int?
  ) -> Rate? {
    var rate: Rate?
    if let last = lastCrawl, last.requests >= 20, last.seconds > 0 {
      rate = Rate(perSecond: Double(last.requests) / last.seconds, basis: .crawl(last.id))
    } else if let listSeconds, listSeconds > 0 {
      rate = Rate(perSecond: Double(concurrency) / listSeconds, basis: .list(seconds: listSeconds))
    }
    guard let requestsPerMinute else { return rate }
    let limit = Rate(perSecond: Double(requestsPerMinute) / 60, basis: .limit)
    return rate.map { $0.perSecond < limit.perSecond ? $0 : limit } ?? limit
  }

  /// Counts what is asked of one repository.
  ///
  /// - Parameters:
  ///   - visits: Files whose paths are known.
  ///   - searches: Looks for files below folders.
  mutating func count(_ visits: [PlannedVisit], _ searches: [PatternSearch]) {
    for visit in visits {
      add(Step(path: visit.path, branch: visit.version.map(FileVersion.text), way: .file, requests: 1))
      placeholderRequests += visit.known?.inclusions.count ?? 0
    }
    for search in searches {
      let way: Step.Way = search.known?.filesID == nil ? .listing : .folder
      let branch = search.version.map(FileVersion.text)
      add(Step(path: search.pattern.text, branch: branch, way: way, requests: 1))
      placeholderRequests += search.files.reduce(0) { $0 + $1.inclusions.count }
    }
  }

  private mutating func add(_ step: Step) {
    let place = steps.firstIndex { ($0.path, $0.branch, $0.way) == (step.path, step.branch, step.way) }
    if let place { steps[place].requests += step.requests } else { steps.append(step) }
  }

  /// Counts the stored files of a repository that no rule asks for any more.
  mutating func countLeaving(
    _ repository: KnownRepository,
    _ visits: [PlannedVisit],
    _ searches: [PatternSearch]
  ) {
    for file in repository.files where file.isAsked {
      let isWanted =
        visits.contains { $0.known?.id == file.id }
        || searches.contains { search in search.files.contains { $0.id == file.id } }
      guard !isWanted else { continue }
      leavingFiles += 1
      leavingEntities += file.entityCount
    }
  }
}
