import AzureDevOps
import CatalogStore
import Crawl
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Reporting

/// JSON of the service's own API: members in the order of their names, absent where there is nothing.
enum CrawlerJSON {
  static func text(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  static func response(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
    Response.json(try text(value), status: status)
  }

  static func decode<Value: Decodable>(_ type: Value.Type, from body: ByteBuffer) throws -> Value {
    try JSONDecoder().decode(type, from: Data(body.readableBytesView))
  }
}

/// All there is.
struct ItemsJSON<Item: Encodable>: Encodable {
  var items: [Item]
}

/// A part of what there is.
struct PageJSON<Item: Encodable>: Encodable {
  var items: [Item]
  /// For `before` or `after` of the next page; absent at the end.
  var next: Int64?
}

/// A row of the database, its columns in camel case; null is left out.
struct RowJSON: Encodable {
  private struct Key: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }

    init(column: String) {
      let words = column.split(separator: "_")
      stringValue = (words.prefix(1) + words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() })
        .joined()
    }
  }

  private let row: NamedRow

  init(_ row: NamedRow) { self.row = row }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    for (name, value) in row.values {
      let key = Key(column: name)
      switch value {
      case .null: break
      case .integer(let number): try container.encode(number, forKey: key)
      case .real(let number):
        if let whole = Int64(exactly: number) {
          try container.encode(whole, forKey: key)
        } else {
          try container.encode(number, forKey: key)
        }
      case .text(let text): try container.encode(text, forKey: key)
      case .bytes: try container.encode(value.text, forKey: key)
      }
    }
  }
}

// MARK: - The service

struct StateJSON: Encodable {
  var running: Bool
  var stopping: Bool
  var startedAt: String?
  var crawl: RunningJSON?
  var blockedBy: String?
  var waitingRequests: Int
  var schedule: [RunJSON]
  var settings: SettingsJSON

  init(_ state: ServiceState) {
    running = state.isRunning
    stopping = state.isStopping
    startedAt = state.startedAt.map(Timestamp.text)
    crawl = state.current.map(RunningJSON.init)
    blockedBy = state.blocked
    waitingRequests = state.waiting
    schedule = state.next.map(RunJSON.init)
    settings = SettingsJSON(state.settings)
  }
}

struct RunJSON: Encodable {
  var name: String
  var at: String

  init(_ run: ScheduleBook.Run) {
    name = run.name
    at = Timestamp.text(run.at)
  }
}

struct SettingsJSON: Encodable {
  var readAt: String
  var warnings: [String]
  /// Why newer settings cannot be used; absent when they are.
  var error: String?

  init(_ state: SettingsState) {
    readAt = Timestamp.text(state.readAt)
    warnings = state.warnings
    error = state.error
  }
}

struct RunningJSON: Encodable {
  struct Organization: Encodable {
    var name: String
    var repositories: Int
    var visited: Int
    var done: Bool
    var pausedUntil: String?
  }

  var id: Int64?
  var command: String
  var scope: String?
  var reason: String
  var requests: [Int64]
  var startedAt: String
  var repositories: Int
  var visited: Int
  var organizations: [Organization]
  /// `shutdown`, `givesWay`, `timeout` or `cancelled`; absent when it goes on.
  var ending: String?

  init(_ running: RunningCrawl) {
    id = running.crawl
    command = running.request.command.rawValue
    scope = running.request.scope
    reason = running.reason
    requests = running.requests
    startedAt = Timestamp.text(running.startedAt)
    (repositories, visited) = (running.progress.repositories, running.progress.visited)
    organizations = running.organizations.map {
      Organization(
        name: $0.name,
        repositories: $0.repositories,
        visited: $0.visited,
        done: $0.isDone,
        pausedUntil: $0.pausedUntil.map(Timestamp.text)
      )
    }
    ending = running.ending?.rawValue
  }
}

/// A crawl with its organizations.
struct CrawlJSON: Encodable {
  var crawl: RowJSON
  var organizations: [RowJSON]
  /// How far it is; absent when it is over.
  var running: RunningJSON?
}

// MARK: - Requests

struct SubmittedJSON: Encodable {
  var request: Int64
}

struct RequestJSON: Encodable {
  var id: Int64
  var command: String
  var scope: String?
  var reason: String
  var requestedBy: String
  var requestedAt: String
  var state: String
  var crawl: Int64?
  var startedAt: String?
  var endedAt: String?
  var progress: CrawlProgress?
  var outcome: String?
  var exitCode: Int32?
  var error: String?
  var report: ReportJSON?

  /// - Parameter hasReport: Whether with what came of the crawl, which may be long.
  init(_ stored: StoredRequest, hasReport: Bool) {
    id = stored.id
    command = stored.command.rawValue
    scope = stored.scope
    reason = stored.reason
    requestedBy = stored.requestedBy
    requestedAt = stored.requestedAt
    state = stored.state.rawValue
    crawl = stored.crawl
    startedAt = stored.startedAt
    endedAt = stored.endedAt
    progress = stored.progress
    outcome = stored.outcome
    exitCode = stored.exitCode
    error = stored.error
    report = hasReport ? stored.report.flatMap(ReportJSON.report).map(ReportJSON.init) : nil
  }
}

// MARK: - Organizations

struct OrganizationJSON: Encodable {
  struct Problems: Encodable {
    var unread: Int
    var errors: Int
    var warnings: Int
  }

  struct Limiter: Encodable {
    var credential: String?
    var inFlight: Int
    var waiting: Int
    /// How many requests may be under way by now.
    var limit: Int
    /// Seconds until requests start again; absent without a pause.
    var pausedForSeconds: Double?
    /// What Azure DevOps said last of the budget; absent when it does not say.
    var remaining: Double?
    var requests: Int
    var waits: Int
    var waitedSeconds: Double

    init(_ status: LimiterStatus) {
      let snapshot = status.snapshot
      credential = status.credential
      (inFlight, waiting, limit) = (snapshot.inFlight, snapshot.waiting, snapshot.limit)
      pausedForSeconds = snapshot.pause.map { $0.duration / .seconds(1) }
      remaining = snapshot.remaining
      (requests, waits) = (snapshot.requests, snapshot.waits)
      waitedSeconds = snapshot.waited / .seconds(1)
    }
  }

  var host: String
  var name: String
  var lastCrawledAt: String?
  var failure: String?
  var repositories: Int
  var files: Int
  var entities: Int
  var problems: Problems
  /// Absent before the first request of this process.
  var limiter: Limiter?

  static func all(_ stored: [OrganizationStatus], _ limiters: [LimiterStatus]) -> [OrganizationJSON] {
    stored.map { organization in
      let limiter = limiters.first { $0.isOf(host: organization.host, organization: organization.name) }
      return OrganizationJSON(
        host: organization.host,
        name: organization.name,
        lastCrawledAt: organization.lastCrawledAt,
        failure: organization.failure,
        repositories: organization.repositories,
        files: organization.files,
        entities: organization.entities,
        problems: Problems(
          unread: organization.problems.unread,
          errors: organization.problems.errors,
          warnings: organization.problems.warnings
        ),
        limiter: limiter.map(Limiter.init)
      )
    }
  }
}

extension LimiterStatus {
  /// Whether it holds back the requests to an organization.
  func isOf(host: String, organization: String) -> Bool {
    key.host == host.lowercased() && key.organization == organization.lowercased()
  }
}
