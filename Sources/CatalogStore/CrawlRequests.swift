package import Foundation

/// How far a request is.
package enum RequestState: String, Sendable, CaseIterable {
  case waiting
  /// A crawl is answering it.
  case running
  /// A crawl has answered it, whatever came of that.
  case done
  /// There could be no crawl.
  case failed
  /// It was taken back.
  case cancelled

  /// Whether something is still to come.
  package var isOpen: Bool { self == .waiting || self == .running }
}

/// Something that is to be crawled, to be written down.
package struct NewRequest: Sendable, Equatable {
  package var command: CrawlCommand
  /// What is to be crawled, as JSON, in one spelling for the same thing.
  package var request: String
  /// The same for people; nil for everything.
  package var scope: String?
  package var reason: String
  /// Who asks.
  package var requestedBy: String

  package init(command: CrawlCommand, request: String, scope: String?, reason: String, requestedBy: String) {
    self.command = command
    self.request = request
    self.scope = scope
    self.reason = reason
    self.requestedBy = requestedBy
  }
}

/// How far the crawl is that answers a request.
package struct CrawlProgress: Sendable, Equatable, Codable {
  /// Repositories that may be visited, as far as they are listed.
  package var repositories: Int
  /// Files that were asked for.
  package var visited: Int

  package init(repositories: Int = 0, visited: Int = 0) {
    self.repositories = repositories
    self.visited = visited
  }
}

/// How a request was answered.
package struct RequestAnswer: Sendable, Equatable {
  package var state: RequestState
  /// Nil when there was no crawl.
  package var outcome: CrawlOutcome?
  package var exitCode: Int32
  /// Why there was no crawl; nil when there was one.
  package var error: String?
  /// What came of the crawl, as JSON; nil when there was none.
  package var report: String?

  package init(
    state: RequestState,
    outcome: CrawlOutcome? = nil,
    exitCode: Int32,
    error: String? = nil,
    report: String? = nil
  ) {
    self.state = state
    self.outcome = outcome
    self.exitCode = exitCode
    self.error = error
    self.report = report
  }
}

/// A request as it is stored.
package struct StoredRequest: Sendable, Equatable {
  package var id: Int64
  package var command: CrawlCommand
  package var request: String
  package var scope: String?
  package var reason: String
  package var requestedBy: String
  /// A moment as `Timestamp` writes it, like those below.
  package var requestedAt: String
  package var state: RequestState
  /// Nil as long as no crawl answers it.
  package var crawl: Int64?
  package var startedAt: String?
  package var endedAt: String?
  package var progress: CrawlProgress?
  package var outcome: String?
  package var exitCode: Int32?
  package var error: String?
  /// What came of the crawl, as JSON.
  package var report: String?
}

/// The service that runs, as it shows itself to other processes.
package struct StoredService: Sendable, Equatable {
  package var holder: LeaseHolder
  package var since: Date
  package var expiresAt: Date

  package init(holder: LeaseHolder, since: Date, expiresAt: Date) {
    self.holder = holder
    self.since = since
    self.expiresAt = expiresAt
  }

  /// Who it is, for people.
  package var description: String {
    "the service in process \(holder.process.pid) on \(holder.process.machineName), running since "
      + Timestamp.text(since)
  }

  /// Whether it still runs: decided as for the lease of a crawl.
  package func isRunning(at now: Date, isAlive: (ProcessIdentity) -> Bool = ProcessIdentity.isAlive) -> Bool {
    let lease = StoredLease(crawl: nil, holder: holder, since: since, expiresAt: expiresAt)
    return LeaseDecision.decide(lease, for: LeaseHolder(), at: now, isAlive: isAlive) == .busy(lease)
  }
}

/// Another service runs with the same database.
package struct ServiceRunningError: Error, Equatable, CustomStringConvertible {
  package var service: StoredService

  package init(service: StoredService) { self.service = service }

  package var description: String {
    "\(service.description) serves this database already; stop it first, or give this one a database of its own"
  }
}
