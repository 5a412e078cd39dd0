import CatalogStore
import Crawl
import Hummingbird

/// Whether the process lives and can do its work.
struct HealthRoutes {
  private let parts: ServerParts

  init(_ parts: ServerParts) { self.parts = parts }

  func add(to router: Router<CatalogRequestContext>) {
    router.get("healthz") { _, _ in Response.json("{\"status\":\"ok\"}") }
    router.get("readyz") { [self] _, _ in
      let reasons = await reasons()
      if reasons.isEmpty { return Response.json("{\"status\":\"ok\"}") }
      return try CrawlerJSON.response(Unready(reasons: reasons), status: .serviceUnavailable)
    }
  }

  /// Why the service cannot do its work; empty when it can.
  private func reasons() async -> [String] {
    var reasons: [String] = []
    do {
      try await parts.database.checkReadable()
    } catch {
      reasons.append(Self.reason(error))
    }
    if let service = parts.service {
      if await service.isStopping {
        reasons.append("the service is stopping")
      } else if await !service.isWorking {
        reasons.append("crawls are not made")
      }
    }
    return reasons
  }

  /// Without the path, and what SQLite says: everybody may ask.
  private static func reason(_ error: any Error) -> String {
    switch error {
    case StoreError.cannotOpen: "the database's file was moved or deleted"
    case StoreError.newerSchema: "a newer program has changed the database's schema"
    case StoreError.olderSchema: "the database has the schema of an older program"
    default: "the database cannot be read"
    }
  }

  private struct Unready: Encodable {
    var status = "unavailable"
    var reasons: [String]
  }
}
