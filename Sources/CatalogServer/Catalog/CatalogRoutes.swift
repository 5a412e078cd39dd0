import CatalogStore
import Crawl
import HTTPTypes
import Hummingbird

/// Backstage's catalog API below `/api/catalog` (facts/backstage-catalog.md 9).
struct CatalogRoutes: Sendable {
  static let base = "/api/catalog"

  let parts: ServerParts
  let reader: CatalogReader
  /// Of a big answer without paging, so many entities are held at a time.
  var chunk = 500

  init(_ parts: ServerParts) { self.init(parts, CatalogReader(parts.database)) }

  init(_ parts: ServerParts, _ reader: CatalogReader) {
    self.parts = parts
    self.reader = reader
  }

  typealias Handler = @Sendable (CatalogCall) async throws -> Response

  /// Every operation with what answers it: the router and the API document are both made of it.
  var all: [(operation: CatalogOperation, handler: Handler)] {
    [
      (.getEntities, { try await entities($0) }),
      (.getEntitiesByQuery, { try await entitiesByQuery($0) }),
      (.queryEntities, { try await entitiesByPredicate($0) }),
      (.getEntitiesByRefs, { try await entitiesByRefs($0) }),
      (.getEntityByUID, { try await entityByUID($0) }),
      (.deleteEntityByUID, { try await removeEntity($0) }),
      (.getEntityByName, { try await entityByName($0) }),
      (.getEntityAncestry, { try await ancestry($0) }),
      (.getEntityFacets, { try await facets($0) }),
      (.queryEntityFacets, { try await facetsByPredicate($0) }),
      (.refreshEntity, { try await refresh($0) }),
      (.getLocations, { try await locations($0) }),
      (.createLocation, { try await createLocation($0) }),
      (.queryLocations, { try await locationsByQuery($0) }),
      (.getLocation, { try await location($0) }),
      (.deleteLocation, { try await removeLocation($0) }),
      (.getLocationByEntity, { try await locationByEntity($0) }),
      (.validateEntity, { try await validate($0) }),
      (.analyzeLocation, { try await analyze($0) }),
      (.getDocument, { await document($0) }),
    ]
  }

  func add(to router: Router<CatalogRequestContext>) {
    let group = router.group(RouterPath(Self.base))
    for (operation, handler) in all {
      group.on(RouterPath(operation.path), method: operation.method) { request, context in
        try await Self.answer(request, context, operation, handler)
      }
    }
  }

  private static func answer(
    _ request: Request,
    _ context: CatalogRequestContext,
    _ operation: CatalogOperation,
    _ handler: Handler
  ) async throws -> Response {
    do {
      let text = operation.allowsAnyQuery ? nil : request.uri.query
      let query = try QueryParameters(text, known: operation.query)
      return try await handler(CatalogCall(request: request, context: context, query: query))
    } catch CatalogQuestionError.tookTooLong {
      throw APIError.unavailable(CatalogQuestionError.tookTooLong.description)
    } catch let error as CatalogQuestionError {
      throw APIError.input(error.description)
    } catch CrawlLeaseError.busy {
      var error = APIError.unavailable("a crawl is under way; try again when it is over")
      error.headers[.retryAfter] = "10"
      throw error
    }
  }

  private func document(_ call: CatalogCall) async -> Response {
    let text = OpenAPIDocument.text(of: all.map(\.operation), path: Self.base)
    return await CatalogAnswer.tagged(Array(text.utf8), to: call.request)
  }
}
