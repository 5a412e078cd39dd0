import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// Names of header fields that the library does not have.
private enum PageHeader {
  static let referrerPolicy = HTTPField.Name("Referrer-Policy")
}

extension Response {
  /// What a browser lets a page do: show what comes from here, send forms to here, and nothing else; whatever a
  /// catalog file smuggles in does not run.
  static let pagePolicy = [
    "default-src 'none'", "style-src 'self'", "script-src 'self'", "connect-src 'self'", "img-src 'self'",
    "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'",
  ].joined(separator: "; ")

  /// A page as an answer.
  static func html(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
    var headers: HTTPFields = [
      .contentType: "text/html; charset=utf-8", .cacheControl: "private, no-cache",
      .xContentTypeOptions: "nosniff", .contentSecurityPolicy: pagePolicy,
    ]
    if let name = PageHeader.referrerPolicy { headers[name] = "same-origin" }
    return Response(
      status: status,
      headers: headers,
      body: ResponseBody(byteBuffer: ByteBuffer(string: text))
    )
  }

  /// Leads a browser on after a form.
  static func seeOther(_ address: String) -> Response {
    Response(status: .seeOther, headers: [.location: address])
  }
}

/// Answers a browser that meets an error with a page; programs get what the API answers.
struct PageFailures: RouterMiddleware {
  let pages: Pages

  func handle(
    _ request: Request,
    context: CatalogRequestContext,
    next: @concurrent (Request, CatalogRequestContext) async throws -> Response
  ) async throws -> Response {
    guard isBrowser(request) else { return try await next(request, context) }
    do {
      return try await next(request, context)
    } catch let error as APIError {
      return failure(error.status, error.message)
    } catch let error as HTTPError {
      return failure(error.status, error.body ?? "")
    } catch is NIOTooManyBytesError {
      return failure(.contentTooLarge, "The form is too large.")
    } catch is CancellationError {
      throw CancellationError()
    } catch {
      context.logger.error("page failed", metadata: ["error": "\(error)"])
      return failure(.internalServerError, "The log has it under request \(context.id).")
    }
  }

  private func isBrowser(_ request: Request) -> Bool {
    guard request.headers[.accept]?.contains("text/html") == true else { return false }
    return !["/api/", "/assets/", "/metrics", "/healthz", "/readyz"].contains(
      where: request.uri.path.hasPrefix
    )
  }

  private func failure(_ status: HTTPResponse.Status, _ message: String) -> Response {
    let title = status == .notFound ? "There is nothing here" : status.reasonPhrase
    return .html(
      pages.page(
        "failure",
        .none,
        ["failure": ["title": title, "message": message, "code": "\(status.code)"]]
      ),
      status: status
    )
  }
}
