package import HTTPTypes
package import Hummingbird
import Logging
package import NIOCore
import YAML

/// An answer that is no success, in the words of Backstage's clients.
///
/// Source: facts/backstage-catalog.md 9.1. Its text is shown to whoever asks: no path of the machine, no SQL, no
/// secret belongs there.
package struct APIError: Error, Sendable, Equatable {
  package var status: HTTPResponse.Status
  /// Backstage's name for it, such as `NotFoundError`.
  package var name: String
  package var message: String
  package var headers: HTTPFields = [:]

  package init(_ status: HTTPResponse.Status, _ name: String, _ message: String) {
    self.status = status
    self.name = name
    self.message = message
  }

  /// What was asked makes no sense: 400.
  package static func input(_ message: String) -> APIError { APIError(.badRequest, "InputError", message) }
  /// There is no such thing: 404.
  package static func notFound(_ message: String) -> APIError {
    APIError(.notFound, "NotFoundError", message)
  }
  /// Who asks is not known: 401.
  package static func unauthenticated(_ message: String) -> APIError {
    APIError(.unauthorized, "AuthenticationError", message)
  }
  /// Who asks may not do it: 403.
  package static func notAllowed(_ message: String) -> APIError {
    APIError(.forbidden, "NotAllowedError", message)
  }
  /// It is there already: 409.
  package static func conflict(_ message: String) -> APIError {
    APIError(.conflict, "ConflictError", message)
  }
  /// Not now: 503.
  package static func unavailable(_ message: String) -> APIError {
    APIError(.serviceUnavailable, "ServiceUnavailableError", message)
  }
}

extension APIError {
  /// The answer, with what was asked.
  func response(to request: Request) -> Response {
    var text = "{\"error\":{\"name\":\(JSONText.string(name)),\"message\":\(JSONText.string(message))},"
    text += "\"request\":{\"method\":\(JSONText.string(request.method.rawValue)),"
    text += "\"url\":\(JSONText.string(request.head.path ?? "/"))},"
    text += "\"response\":{\"statusCode\":\(status.code)}}"
    var response = Response.json(text, status: status)
    response.headers.append(contentsOf: headers)
    return response
  }
}

extension Response {
  /// A JSON text as an answer.
  package static func json(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
    json(ByteBuffer(string: text), status: status)
  }

  /// JSON bytes as an answer.
  package static func json(_ bytes: ByteBuffer, status: HTTPResponse.Status = .ok) -> Response {
    Response(
      status: status,
      headers: [.contentType: "application/json; charset=utf-8"],
      body: ResponseBody(byteBuffer: bytes)
    )
  }
}

/// Turns what a route throws into an answer that tells no more than it should.
///
/// Hummingbird's own errors keep their status; anything else is a 500 that names only a number of the log.
struct ErrorAnswers: RouterMiddleware {
  func handle(
    _ request: Request,
    context: CatalogRequestContext,
    next: @concurrent (Request, CatalogRequestContext) async throws -> Response
  ) async throws -> Response {
    do {
      return try await next(request, context)
    } catch let error as APIError {
      return error.response(to: request)
    } catch let error as HTTPError {
      return Self.named(error).response(to: request)
    } catch is NIOTooManyBytesError {
      let error = APIError(.contentTooLarge, "PayloadTooLargeError", "the body is too large for this")
      return error.response(to: request)
    } catch is CancellationError {
      return APIError.unavailable("the service is stopping").response(to: request)
    } catch {
      context.logger.error("request failed", metadata: ["error": "\(error)"])
      let message = "something went wrong; the log has it under request \(context.id)"
      return APIError(.internalServerError, "Error", message).response(to: request)
    }
  }

  private static func named(_ error: HTTPError) -> APIError {
    let name =
      switch error.status {
      case .notFound: "NotFoundError"
      case .unauthorized: "AuthenticationError"
      case .forbidden: "NotAllowedError"
      case .conflict: "ConflictError"
      case .serviceUnavailable: "ServiceUnavailableError"
      case .contentTooLarge: "PayloadTooLargeError"
      default: "InputError"
      }
    return APIError(error.status, name, error.body ?? error.status.reasonPhrase)
  }
}
