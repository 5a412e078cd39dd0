import Dispatch
import Foundation
import GRDB
import HTTPTypes
import HummingbirdTesting
import NIOCore
import TestSupport
import Testing

@testable import CatalogStore

@Suite("Pages that wait for the database", .timeLimit(.minutes(1)))
struct PagesWaitingTests {
  /// Of so many pages each that holds a thread of other tasks holds one: there are never as many of them.
  @Test("keep nothing else from being answered")
  func others() async throws {
    let (release, isLate) = (DispatchSemaphore(value: 0), Locked(false))
    try await TestServer.run { server async throws in
      // All connections to read with: pages have to wait for one.
      let readers = server.database.pool.connections.configuration.maximumReaderCount
      let (begins, began) = AsyncStream.makeStream(of: Void.self)
      for _ in 0..<readers {
        Thread.detachNewThread {
          try? server.database.pool.read { _ in
            began.yield()
            // For the case that nothing is answered any more.
            if release.wait(timeout: .now() + 15) == .timedOut { isLate.withLock { $0 = true } }
          }
        }
      }
      var waiting = begins.makeAsyncIterator()
      for _ in 0..<readers { await waiting.next() }
      try await withThrowingTaskGroup(of: Void.self) { pages in
        for index in 0..<64 {
          let path = ["/", "/catalog", "/repositories", "/problems", "/crawls"][index % 5]
          pages.addTask {
            let answer = try await server.get(path)
            #expect(answer.status == .ok)
          }
        }
        for _ in 0..<100 { await Task.yield() }
        #expect(try await server.get("/healthz").status == .ok)
        #expect(!isLate.withLock { $0 })
        for _ in 0..<readers { release.signal() }
        try await pages.waitForAll()
      }
    }
  }
}
