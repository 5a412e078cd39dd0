import CatalogStore
import HTTPTypes
import Hummingbird
import Logging
import Settings
import YAML

/// What Azure DevOps tells when something has happened.
///
/// Every event is answered with 200, also those that nothing follows from: for anything else the service repeats an
/// event and in the end gives the subscription up (facts/azure-devops-api.md 7.3).
struct WebhookRoutes {
  let parts: ServerParts

  func add(to router: Router<CatalogRequestContext>) {
    router.post("webhooks/azure-devops") { request, context in try await receive(request, context) }
  }

  private func receive(_ request: Request, _ context: CatalogRequestContext) async throws -> Response {
    let settings = parts.settings()
    guard settings.crawler.webhooks.isOn else {
      throw APIError.notFound("webhooks are not set up: crawler.webhooks has no secret")
    }
    guard
      WebhookProof.isGiven(
        secret: request.headers[.unchecked(WebhookSettings.secretHeader)],
        authorization: request.headers[.authorization],
        for: settings.crawler.webhooks
      )
    else {
      parts.metrics.webhook("refused")
      var error = APIError.unauthenticated("the secret of the webhook is missing or wrong")
      error.headers[.wwwAuthenticate] = "Basic realm=\"webhooks\""
      throw error
    }
    let body = try await request.body.collect(upTo: settings.crawler.api.limits.bodyBytes)
    let event: WebhookEvent
    do {
      event = try WebhookEvent(json: Array(body.readableBytesView))
    } catch {
      parts.metrics.webhook("malformed")
      throw error
    }
    return await answer(to: event, WebhookScope(settings), context.logger)
  }

  private func answer(to event: WebhookEvent, _ scope: WebhookScope, _ logger: Logger) async -> Response {
    var known: RepositoryPlace?
    if let id = event.repositoryID {
      do {
        known = try await parts.database.repositoryPlace(guid: id)
      } catch {
        // The names in the event are a hint as well.
        logger.error("the database does not answer", metadata: ["error": "\(error)"])
      }
    }
    switch scope.verdict(event, known: known) {
    case .ignored(let reason):
      parts.metrics.webhook("ignored")
      logger.debug(
        "webhook ignored",
        metadata: ["event": "\(LogText.shortened(event.type))", "reason": "\(reason)"]
      )
      return Response.json("{\"status\":\"ignored\",\"reason\":\(JSONText.string(reason))}")
    case .refresh(let hint):
      let verdict = await parts.inbox.add(hint, id: event.id, order: event.order)
      parts.metrics.webhook(verdict.rawValue)
      return Response.json("{\"status\":\"\(verdict.rawValue)\"}")
    }
  }
}
