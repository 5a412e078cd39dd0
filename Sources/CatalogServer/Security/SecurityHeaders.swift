import HTTPTypes
import Hummingbird

/// What browsers are told about every answer.
struct SecurityHeaders: RouterMiddleware {
  /// Whether browsers are to come by TLS only from now on.
  let isSecure: Bool

  private static let data = "default-src 'none'; frame-ancestors 'none'"
  private static let page =
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"

  func handle(
    _ request: Request,
    context: CatalogRequestContext,
    next: @concurrent (Request, CatalogRequestContext) async throws -> Response
  ) async throws -> Response {
    var response = try await next(request, context)
    let isPage = response.headers[.contentType]?.hasPrefix("text/html") == true
    response.headers[.xContentTypeOptions] = "nosniff"
    set(.referrerPolicy, "no-referrer", &response)
    set(.frameOptions, "DENY", &response)
    set(.contentSecurityPolicy, isPage ? Self.page : Self.data, &response)
    set(.resourcePolicy, "same-origin", &response)
    // What has a tag may be kept, and is asked for again each time.
    set(.cacheControl, !response.headers.contains(.eTag) ? "no-store" : "private, no-cache", &response)
    if isSecure { set(.strictTransportSecurity, "max-age=31536000", &response) }
    return response
  }

  /// A route that has said something itself knows better.
  private func set(_ name: HTTPField.Name, _ value: String, _ response: inout Response) {
    if !response.headers.contains(name) { response.headers.append(HTTPField(name: name, value: value)) }
  }
}

extension HTTPField.Name {
  static let referrerPolicy = unchecked("Referrer-Policy")
  static let frameOptions = unchecked("X-Frame-Options")
  static let resourcePolicy = unchecked("Cross-Origin-Resource-Policy")
}
