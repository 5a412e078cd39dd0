import AzureDevOps
import CatalogStore
import Crawl
import HTTPTypes
import Hummingbird
import NIOCore

/// What happens, as server-sent events: an event has a name and one line of JSON.
///
/// Whoever does not read fast enough loses the oldest events; a comment comes every so often, so that a connection that
/// is gone is found out.
struct CrawlEvents {
  private static let heartbeat = Duration.seconds(15)

  let service: CrawlService
  /// Only those of this crawl, until it has ended; nil for everything, until the service ends.
  let crawl: Int64?

  /// Begins with how the crawl is, or with how far the one under way is: whoever comes later is shown it at once.
  ///
  /// - Parameter present: Looks how the crawl is.
  func response(present: () async throws -> CrawlJSON?) async throws -> Response {
    // Followed before one looks: what happens meanwhile is not lost.
    let events = service.events()
    let first = try await present()
    var begin = ": following\n\n"
    if let first {
      begin = Self.text("crawl", try CrawlerJSON.text(first))
    } else if let current = try await service.state().current {
      begin += try Self.text(of: .progress(current)) ?? ""
    }
    let isOver = first.map { $0.running == nil } ?? false
    let crawl = crawl
    return Response(
      status: .ok,
      headers: [.contentType: "text/event-stream", .cacheControl: "no-cache"],
      body: ResponseBody { [begin] writer in
        try await writer.write(ByteBuffer(string: begin))
        if !isOver {
          let (texts, continuation) = AsyncStream<String>.makeStream(bufferingPolicy: .bufferingNewest(64))
          // Cancelled when nobody reads any more.
          async let pumped: Void = Self.pump(events, of: crawl, into: continuation)
          for await text in texts { try await writer.write(ByteBuffer(string: text)) }
          await pumped
        }
        try await writer.finish(nil)
      }
    )
  }

  /// Hands on what happens, and a sign of life every so often, until there is nothing more to come.
  private static func pump(
    _ events: AsyncStream<ServiceEvent>,
    of crawl: Int64?,
    into texts: AsyncStream<String>.Continuation
  ) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        for await event in events where crawl == nil || event.crawl == crawl {
          // Plain values always encode.
          if let text = try? text(of: event) { texts.yield(text) }
          if case .ended = event, crawl != nil { break }
        }
      }
      group.addTask {
        while (try? await ContinuousClock().sleep(for: heartbeat)) != nil { texts.yield(": still here\n\n") }
      }
      await group.next()
      group.cancelAll()
    }
    texts.finish()
  }

  private static func text(_ name: String, _ json: String) -> String { "event: \(name)\ndata: \(json)\n\n" }

  /// Nil for what is not told.
  private static func text(of event: ServiceEvent) throws -> String? {
    switch event {
    case .requested(let request):
      text("request", try CrawlerJSON.text(RequestJSON(request, hasReport: false)))
    case .began(let running): text("begun", try CrawlerJSON.text(RunningJSON(running)))
    case .progress(let running): text("progress", try CrawlerJSON.text(RunningJSON(running)))
    case .ended(let ended): text("ended", try CrawlerJSON.text(EndedJSON(ended)))
    case .blocked(let who): text("blocked", try CrawlerJSON.text(["by": who]))
    case .settings(let state): text("settings", try CrawlerJSON.text(SettingsJSON(state)))
    case .crawl(let crawl, let event):
      try MomentJSON(crawl, event).map { text("moment", try CrawlerJSON.text($0)) }
    }
  }
}

extension ServiceEvent {
  /// The crawl that it is about; nil when it is about none.
  fileprivate var crawl: Int64? {
    switch self {
    case .requested, .blocked, .settings: nil
    case .began(let running), .progress(let running): running.crawl
    case .ended(let ended): ended.crawl
    case .crawl(let crawl, _): crawl
    }
  }
}

private struct EndedJSON: Encodable {
  var crawl: Int64?
  var requests: [Int64]
  var scope: String?
  var reason: String
  var outcome: String?
  var error: String?
  /// Whether it goes on later.
  var continued: Bool

  init(_ ended: EndedCrawl) {
    crawl = ended.crawl
    requests = ended.requests
    scope = ended.scope
    reason = ended.reason
    outcome = ended.report?.outcome.rawValue
    error = ended.error
    continued = ended.isPutBack
  }
}

/// Something that has happened in a crawl.
private struct MomentJSON: Encodable {
  var crawl: Int64?
  /// `listed`, `due`, `paused`, `warning` or `crawled`.
  var kind: String
  var organization: String?
  var repositories: Int?
  var until: String?
  var message: String?

  init?(_ crawl: Int64?, _ event: CrawlEvent) {
    self.crawl = crawl
    switch event {
    case .began, .visited, .logHeld, .finished: return nil
    case .listed(let organization, let repositories):
      (kind, self.organization, self.repositories) = ("listed", organization, repositories)
    case .due(let organization, let repositories, _):
      (kind, self.organization, self.repositories) = ("due", organization, repositories)
    case .paused(let organization, _, let until, _):
      (kind, self.organization, self.until) = ("paused", organization, Timestamp.text(until))
    case .warning(let text): (kind, message) = ("warning", text)
    case .ended(let report): (kind, organization, message) = ("crawled", report.name, report.failure?.message)
    }
  }
}
