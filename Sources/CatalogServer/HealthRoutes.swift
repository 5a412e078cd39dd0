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
      if try await !parts.database.answers() {
        reasons.append("the database has another schema than this program")
      }
    } catch {
      reasons.append("the database cannot be read")
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

  private struct Unready: Encodable {
    var status = "unavailable"
    var reasons: [String]
  }
}
