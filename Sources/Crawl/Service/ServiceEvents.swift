package import CatalogStore
package import Foundation
import Locks

/// What happens in the service, for those who follow it.
package enum ServiceEvent: Sendable {
  /// Something is to be crawled.
  case requested(StoredRequest)
  /// A crawl has begun, or goes on.
  case began(RunningCrawl)
  /// Something worth a line has happened in a crawl: never a single visit.
  case crawl(Int64?, CrawlEvent)
  /// How far the crawl is; again and again while it changes.
  case progress(RunningCrawl)
  /// A crawl, or what could have been one, is over.
  case ended(EndedCrawl)
  /// Another process crawls.
  case blocked(String)
  /// The settings were read anew, or could not be.
  case settings(SettingsState)
}

/// A crawl that is under way.
package struct RunningCrawl: Sendable, Equatable {
  /// How far it is in one organization.
  package struct Organization: Sendable, Equatable {
    package var name: String
    /// Repositories that may be visited; 0 before they are listed.
    package var repositories = 0
    /// Files that were asked for.
    package var visited = 0
    package var isDone = false
    /// Until when no request to it starts; nil when there is no such pause.
    package var pausedUntil: Date?
  }

  /// Its number in the database; nil in the first moments.
  package var crawl: Int64?
  package var request: CrawlRequest
  /// The requests that it answers.
  package var requests: [Int64]
  package var reason: String
  package var startedAt: Date
  /// Sorted by name.
  package var organizations: [Organization] = []
  /// Why it is to end early; nil when it is not.
  package var ending: Ending?

  /// Why a crawl ends early.
  package enum Ending: String, Sendable {
    /// The service stops; the next one goes on with it.
    case shutdown
    /// Something quick comes first, and then it goes on.
    case givesWay
    /// It has taken longer than its schedule allows.
    case timeout
    /// Somebody wants it to end.
    case cancelled
  }

  /// All organizations together.
  package var progress: CrawlProgress {
    organizations.reduce(into: CrawlProgress()) { sum, organization in
      sum.repositories += organization.repositories
      sum.visited += organization.visited
    }
  }
}

/// A crawl that is over.
package struct EndedCrawl: Sendable {
  package var crawl: Int64?
  /// The requests that are answered, or wait again.
  package var requests: [Int64]
  package var scope: String?
  package var reason: String
  /// Nil when there could be no crawl.
  package var report: CrawlReport?
  /// Why there was none; nil when there was.
  package var error: String?
  /// Whether it is to go on later.
  package var isPutBack: Bool
}

/// What the service knows of its settings.
package struct SettingsState: Sendable, Equatable {
  /// When those that are used were read.
  package var readAt: Date
  /// What is allowed but probably not meant, or has no effect before the next start.
  package var warnings: [String]
  /// Why newer ones cannot be used; nil when there are none.
  package var error: String?

  package init(readAt: Date, warnings: [String] = [], error: String? = nil) {
    self.readAt = readAt
    self.warnings = warnings
    self.error = error
  }
}

/// Tells everybody who follows what happens.
///
/// Who does not keep up loses the oldest events; nobody is waited for.
final class EventHub: Sendable {
  /// How many events are kept for one who follows.
  private static let kept = 256

  private struct State {
    var number = 0
    var isFinished = false
    var followers: [Int: AsyncStream<ServiceEvent>.Continuation] = [:]
  }

  private let state = Guarded(State())

  /// Everything that happens from now on; ends with the service.
  func follow() -> AsyncStream<ServiceEvent> {
    let (stream, continuation) = AsyncStream<ServiceEvent>.makeStream(
      bufferingPolicy: .bufferingNewest(Self.kept)
    )
    let number = state.withLock { state -> Int? in
      guard !state.isFinished else { return nil }
      state.number += 1
      state.followers[state.number] = continuation
      return state.number
    }
    guard let number else {
      continuation.finish()
      return stream
    }
    continuation.onTermination = { [weak self] _ in self?.state.withLock { $0.followers[number] = nil } }
    return stream
  }

  func send(_ event: ServiceEvent) {
    for follower in state.withLock({ Array($0.followers.values) }) { follower.yield(event) }
  }

  func finish() {
    let followers = state.withLock { state in
      state.isFinished = true
      defer { state.followers = [:] }
      return Array(state.followers.values)
    }
    for follower in followers { follower.finish() }
  }

  /// How many follow.
  var count: Int { state.withLock { $0.followers.count } }
}

/// Counts how far a crawl is, from many tasks.
final class ProgressMeter: Sendable {
  private struct State {
    var crawl: Int64?
    var organizations: [String: RunningCrawl.Organization] = [:]
  }

  private let state = Guarded(State())

  func add(_ event: CrawlEvent) {
    state.withLock { state in
      func change(_ name: String, _ change: (inout RunningCrawl.Organization) -> Void) {
        change(&state.organizations[name, default: RunningCrawl.Organization(name: name)])
      }
      switch event {
      case .began(let crawl): state.crawl = crawl
      case .listed(let name, let repositories): change(name) { $0.repositories = repositories }
      case .due(let name, _, let visited): change(name) { $0.repositories = visited }
      case .visited(let name): change(name) { $0.visited += 1 }
      case .paused(let name, _, let until, _): change(name) { $0.pausedUntil = until }
      case .ended(let report): change(report.name) { $0.isDone = true }
      case .warning, .logHeld, .finished: break
      }
    }
  }

  var crawl: Int64? { state.withLock { $0.crawl } }

  /// - Parameter now: Pauses that are over by then are left out.
  func organizations(at now: Date) -> [RunningCrawl.Organization] {
    state.withLock { $0.organizations.values.map(\.self) }
      .map { organization in
        var organization = organization
        if let end = organization.pausedUntil, end <= now { organization.pausedUntil = nil }
        return organization
      }
      .sorted { $0.name < $1.name }
  }
}
