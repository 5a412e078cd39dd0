import CatalogStore
import Crawl
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import CatalogServer

@Suite("Events of crawls", .timeLimit(.minutes(1)))
struct CrawlEventsTests {
  /// A service with a crawl that has begun once `begun` ends, and is over once `allow` has finished.
  ///
  /// - Parameter crawl: Its number, which it tells; nil to tell none.
  private static func service(
    _ database: CatalogDatabase,
    crawl: Int64?
  ) -> (CrawlService, begun: AsyncStream<Void>, allow: AsyncStream<Void>.Continuation) {
    let (begun, begin) = AsyncStream<Void>.makeStream()
    let (allowed, allow) = AsyncStream<Void>.makeStream()
    let maker = CrawlMaker(check: { _ in }) { request, _, observe in
      if let crawl { observe(.began(crawl: crawl)) }
      begin.finish()
      for await _ in allowed {}
      return CrawlReport(
        crawl: crawl ?? 1,
        command: request.command,
        outcome: .complete,
        seconds: 1,
        organizations: []
      )
    }
    let settings = SettingsState(readAt: .distantPast)
    return (CrawlService(database: database, maker: maker, settings: settings), begun, allow)
  }

  @Test("whoever comes during a crawl is shown at once how far it is")
  func comingLater() async throws {
    let folder = try TemporaryFolder()
    let database = try CatalogDatabase.open(at: folder.path("catalog.db"))
    let (service, begun, allow) = Self.service(database, crawl: nil)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await service.run() }
      _ = try await service.submit(.sync, reason: "test")
      for await _ in begun {}
      let answer = try await CrawlEvents(service: service, crawl: nil).response { nil }
      allow.finish()
      try await until { try await service.state().current == nil }
      await service.shutDown()
      let written = Written()
      try await answer.body.write(written)
      let text = String(buffer: written.buffer.withLock { $0 })
      #expect(text.hasPrefix(": following\n\nevent: progress\ndata: {\"command\":\"sync\""), "\(text)")
      #expect(text.contains("event: ended\n"), "\(text)")
      try await group.waitForAll()
    }
  }

  @Test("what is told of one crawl is of no other, and ends with it and not with the service")
  func oneCrawl() async throws {
    let folder = try TemporaryFolder()
    let database = try CatalogDatabase.open(at: folder.path("catalog.db"))
    let id = try await database.beginCrawl(.sync, scope: nil, program: "test", at: .distantPast)
    let (service, begun, allow) = Self.service(database, crawl: id)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await service.run() }
      _ = try await service.submit(.sync, reason: "test")
      for await _ in begun {}
      let row = try #require(try await database.crawlRows(before: nil, limit: 1).first)
      let running = try #require(try await service.state().current)
      let present = CrawlJSON(crawl: RowJSON(row), organizations: [], running: RunningJSON(running))
      let answer = try await CrawlEvents(service: service, crawl: id).response { present }
      // Of no crawl yet, and of the next one then.
      _ = try await service.submit(.sync, reason: "another")
      allow.finish()
      let written = Written()
      try await answer.body.write(written)
      let text = String(buffer: written.buffer.withLock { $0 })
      #expect(text.hasPrefix("event: crawl\ndata: {\"crawl\":"), "\(text)")
      #expect(text.contains("event: ended\n"), "\(text)")
      #expect(!text.contains("event: request\n"), "\(text)")
      await service.shutDown()
      try await group.waitForAll()
    }
  }
}

/// Keeps what a body writes.
private final class Written: ResponseBodyWriter {
  let buffer = Mutex(ByteBuffer())

  func write(_ part: ByteBuffer) async throws { buffer.withLock { _ = $0.writeImmutableBuffer(part) } }

  consuming func finish(_ trailers: HTTPFields?) async throws {}
}
