package import Hummingbird
import Logging
import NIOCore
package import Settings

/// The HTTP side of the service: Backstage's REST API, our own, webhooks, metrics, health.
package enum CatalogServer {
  /// Everything that is answered.
  ///
  /// What is done around every request stands here, in the order in which a request meets it.
  package static func router(_ parts: ServerParts) -> Router<CatalogRequestContext> {
    let router = Router(context: CatalogRequestContext.self)
    router.add(middleware: ErrorAnswers())
    HealthRoutes(parts).add(to: router)
    Pages.add(parts, to: router)
    return router
  }

  /// The application that answers at an address.
  ///
  /// - Parameter onRunning: Told the port, which the system may have chosen, once connections are taken.
  package static func application(
    _ parts: ServerParts,
    at address: ListenAddress,
    onRunning: @escaping @Sendable (Int) async -> Void = { _ in }
  ) -> some ApplicationProtocol {
    Application(
      router: router(parts),
      configuration: ApplicationConfiguration(address: .hostname(address.host, port: address.port)),
      onServerRunning: { channel in await onRunning(channel.localAddress?.port ?? address.port) },
      logger: parts.logger
    )
  }
}
