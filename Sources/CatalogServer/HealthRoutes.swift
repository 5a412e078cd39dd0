import CatalogStore
import Crawl
import Hummingbird

/// Whether the process lives and can do its work.
struct HealthRoutes {
  private let parts: ServerParts
  private let readable: TimedCheck

  /// - Parameter readable: Looks whether the database can be read.
  init(_ parts: ServerParts, readable: TimedCheck) {
    self.parts = parts
    self.readable = readable
  }

  init(_ parts: ServerParts) {
    self.init(
      parts,
      readable: TimedCheck(limit: .seconds(5)) { [database = parts.database] in
        try await database.checkReadable()
      }
    )
  }

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
      try await readable.run()
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
    case let error as TimedCheck.TookTooLong:
      "the database did not answer within \(error.limit.components.seconds) seconds"
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
