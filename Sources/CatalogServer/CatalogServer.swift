package import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle
package import Settings

/// The HTTP side of the service: Backstage's REST API, our own, webhooks, metrics, health.
package enum CatalogServer {
  /// Everything that is answered.
  ///
  /// - Parameter listen: Where the service listens; nil for where the settings say.
  package static func router(
    _ parts: ServerParts,
    listen: ListenAddress? = nil
  ) -> Router<CatalogRequestContext> {
    let router = guardedRouter(parts, listen: listen)
    CatalogRoutes(parts).add(to: router)
    CrawlerRoutes(parts).add(to: router)
    Pages.add(parts, to: router)
    return router
  }

  /// A router without the catalog: what is done around every request, in the order in which a request meets it, and
  /// what the service answers about itself.
  package static func guardedRouter(
    _ parts: ServerParts,
    listen: ListenAddress? = nil
  ) -> Router<CatalogRequestContext> {
    let router = Router(context: CatalogRequestContext.self, options: .autoGenerateHeadEndpoints)
    let sessions = Sessions()
    router.add(middleware: OffTheLoop())
    router.add(middleware: AnswerCounter(metrics: parts.metrics))
    router.add(middleware: SecurityHeaders(isSecure: parts.settings().crawler.api.tls != nil))
    router.add(middleware: UnreadBodyCutter())
    router.add(middleware: ErrorAnswers())
    router.add(
      middleware: AccessControl(settings: parts.settings, listen: listen, sessions: sessions, now: parts.now)
    )
    router.add(middleware: BodyLimit(settings: parts.settings))
    HealthRoutes(parts).add(to: router)
    SignInRoutes(settings: parts.settings, sessions: sessions, now: parts.now).add(to: router)
    WebhookRoutes(parts: parts).add(to: router)
    MetricsRoutes(parts).add(to: router)
    return router
  }

  /// The application that answers at an address, within the limits of `crawler.api`.
  ///
  /// Runs what the routes need beside them: the webhooks' inbox, and the certificate that is read again when its
  /// files change.
  ///
  /// - Parameter onRunning: Told the port, which the system may have chosen, once connections are taken.
  /// - Throws: `SettingsError` when the address may not be served with these settings, or the certificate cannot be
  ///   used.
  package static func application(
    _ parts: ServerParts,
    at address: ListenAddress,
    onRunning: @escaping @Sendable (Int) async -> Void = { _ in }
  ) throws(SettingsError) -> some ApplicationProtocol {
    let api = parts.settings().crawler.api
    try api.check(listen: address)
    var certificate: ServiceCertificate?
    var services: [any Service] = [parts.inbox]
    if let files = api.tls {
      let read = try ServiceCertificate(
        files,
        files: { parts.settings().crawler.api.tls },
        logger: parts.logger
      )
      certificate = read
      services.append(read)
    }
    return Application(
      router: router(parts, listen: address),
      server: .service(api.limits, certificate),
      configuration: ApplicationConfiguration(
        address: .hostname(address.host, port: address.port),
        availableConnectionsDelegate: MaximumAvailableConnections(
          api.limits.connections,
          logger: parts.logger
        )
      ),
      services: services,
      onServerRunning: { channel in await onRunning(channel.localAddress?.port ?? address.port) },
      logger: parts.logger
    )
  }
}
