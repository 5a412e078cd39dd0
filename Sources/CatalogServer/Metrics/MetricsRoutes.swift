import AzureDevOps
import CatalogStore
import Foundation
import HTTPTypes
import Hummingbird
import Locks
import Logging
import NIOCore

/// `/metrics` for Prometheus.
struct MetricsRoutes {
  private let parts: ServerParts
  /// When the database was asked the last time, however often it is scraped.
  private let askedAt = Guarded<Date?>(nil)
  private let started: Date

  /// How long what the database said is good for, in seconds.
  private static let keptFor = 10.0

  init(_ parts: ServerParts) {
    self.parts = parts
    started = parts.now()
  }

  func add(to router: Router<CatalogRequestContext>) {
    router.get("metrics") { _, context in await answer(context.logger) }
  }

  private func answer(_ logger: Logger) async -> Response {
    let gauges = Gauges(registry: parts.metrics.registry)
    await askDatabase(gauges, logger)
    gauges.set(ProcessFigures.current)
    gauges.set(hintsWaiting: await parts.inbox.waiting, queueLength: await parts.queueLength())
    gauges.set(await parts.limiters())
    parts.metrics.registry.set(
      MetricDescription("process_start_time_seconds", .gauge, "When the service was started."),
      to: started.timeIntervalSince1970
    )
    return Response(
      status: .ok,
      headers: [.contentType: PrometheusText.contentType],
      body: ResponseBody(byteBuffer: ByteBuffer(string: parts.metrics.registry.text))
    )
  }

  private func askDatabase(_ gauges: Gauges, _ logger: Logger) async {
    let now = parts.now()
    let isDue = askedAt.withLock { asked in
      if let last = asked, abs(now.timeIntervalSince(last)) < Self.keptFor { return false }
      asked = now
      return true
    }
    guard isDue else { return }
    var isUp = true
    do {
      gauges.set(try await parts.database.figures())
    } catch {
      isUp = false
      logger.error("the database does not answer", metadata: ["error": "\(error)"])
    }
    gauges.setDatabase(path: parts.database.path, isUp: isUp)
  }
}

/// Counts answers.
struct AnswerCounter: RouterMiddleware {
  let metrics: ServiceMetrics

  func handle(
    _ request: Request,
    context: CatalogRequestContext,
    next: @concurrent (Request, CatalogRequestContext) async throws -> Response
  ) async throws -> Response {
    let begin = ContinuousClock.now
    let response = try await next(request, context)
    metrics.answered(
      method: request.method.rawValue,
      route: context.endpointPath,
      status: response.status.code,
      duration: begin.duration(to: .now)
    )
    return response
  }
}
