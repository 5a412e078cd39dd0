import Hummingbird

/// Whether the process lives and can do its work.
struct HealthRoutes {
  private let parts: ServerParts

  init(_ parts: ServerParts) { self.parts = parts }

  func add(to router: Router<CatalogRequestContext>) {
    router.get("healthz") { _, _ in Response.json("{\"status\":\"ok\"}") }
  }
}
