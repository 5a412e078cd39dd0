import AzureDevOps
import Catalog
import TestSupport
import Testing

@testable import Crawl

/// Contents by git's id of them.
@Suite(.timeLimit(.minutes(1)))
struct TextCacheTests {
  private let cache = TextCache()

  private func text(_ content: String) -> CatalogText { CatalogText(Array(content.utf8)) }

  @Test func `a content is fetched once, however many ask at once`() async throws {
    let loads = Locked(0)
    let gate = Gate()
    let text = text("a: 1")

    let found = try await withThrowingTaskGroup(of: String.self) { group in
      for _ in 1...50 {
        group.addTask { [cache] in
          let found = try await cache.text(of: "b1") {
            loads.withLock { $0 += 1 }
            await gate.wait()
            return ("b1", text)
          }
          return found.blobID + String(decoding: found.text.bytes, as: UTF8.self)
        }
      }
      await gate.open()
      return try await group.reduce(into: []) { $0.append($1) }
    }

    #expect(found == Array(repeating: "b1a: 1", count: 50))
    #expect(loads.withLock { $0 } == 1)
  }

  @Test func `who waited for one that failed tries by himself`() async throws {
    let error = await #expect(throws: FetchError.self) {
      try await cache.text(of: "b1") { () async throws(FetchError) in
        throw FetchError(.forbidden, detail: "not here")
      }
    }
    #expect(error?.meaning == .forbidden)

    let found = try await cache.text(of: "b1") { ("b1", text("x")) }
    #expect(found.text.bytes == Array("x".utf8))
  }

  @Test func `a file that has changed since the listing is not kept for what it was`() async throws {
    let changed = try await cache.text(of: "b1") { ("b2", text("new")) }
    #expect(changed.blobID == "b2")

    let other = try await cache.text(of: "b1") { ("b1", text("old")) }
    #expect(other.text.bytes == Array("old".utf8))
  }

  @Test func `what was used last is kept, and what was not is forgotten`() async throws {
    let quarter = String(repeating: "#", count: 250_000)
    let loads = Locked<[String]>([])
    for id in ["first", "kept", "a", "b", "kept", "c", "kept", "d", "kept", "first"] {
      _ = try await cache.text(of: id) {
        loads.withLock { $0.append(id) }
        return (id, text(quarter))
      }
    }
    #expect(loads.withLock { $0 } == ["first", "kept", "a", "b", "c", "d", "first"])
  }
}
