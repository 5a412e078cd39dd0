import Foundation
import HTTPTypes
import Hummingbird
import Locks
import Logging
import Settings
import Transport

/// The way in for browsers: a token for a cookie that scripts cannot read and other pages cannot use.
struct SignInRoutes {
  let settings: @Sendable () -> CrawlerSettings
  let sessions: Sessions
  let now: @Sendable () -> Date
  private let throttle = Guarded(SignInThrottle())

  init(
    settings: @escaping @Sendable () -> CrawlerSettings,
    sessions: Sessions,
    now: @escaping @Sendable () -> Date
  ) {
    self.settings = settings
    self.sessions = sessions
    self.now = now
  }

  func add(to router: Router<CatalogRequestContext>) {
    router.get("login") { _, _ in Self.page(.ok, "") }
    router.post("login") { request, context in try await signIn(request, context) }
    router.post("logout") { request, _ in signOut(request) }
  }

  private func signIn(_ request: Request, _ context: CatalogRequestContext) async throws -> Response {
    let (peer, now) = (context.peer ?? "unknown", now())
    let wait = throttle.withLock { $0.wait(peer, at: now) }
    guard wait == 0 else {
      var response = Self.page(.tooManyRequests, "Too many attempts. Try again in \(wait) s.")
      response.headers[.retryAfter] = "\(wait)"
      return response
    }
    let body = try await request.body.collect(upTo: Self.longest)
    let tokens = TokenTable(settings().crawler.api.tokens)
    guard let sent = Self.token(String(buffer: body)), let token = tokens.token(sent, at: now) else {
      throttle.withLock { $0.failed(peer, at: now) }
      context.logger.notice("audit", metadata: ["what": "sign-in refused", "from": "\(peer)"])
      return Self.page(.unauthorized, "The token is not known.")
    }
    throttle.withLock { $0.succeeded(peer) }
    context.logger.notice(
      "audit",
      metadata: ["who": "\(token.name)", "what": "signed in", "from": "\(peer)"]
    )
    return Self.redirect("/", cookie(sessions.begin(token, at: now), seconds: Int(Sessions.lifetime)))
  }

  private func signOut(_ request: Request) -> Response {
    if let id = request.cookies[Sessions.cookie]?.value { sessions.end(id) }
    return Self.redirect("/login", cookie("", seconds: 0))
  }

  /// A form is small.
  private static let longest = 8 << 10

  /// The token of a form.
  private static func token(_ form: String) -> String? {
    for pair in form.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1)
      guard parts.count == 2, parts[0] == "token" else { continue }
      return parts[1].replacing("+", with: " ").removingPercentEncoding?
        .trimmingCharacters(in: .whitespacesAndNewlines)
    }
    return nil
  }

  private func cookie(_ value: String, seconds: Int) -> String {
    let api = settings().crawler.api
    let isSecure = api.tls != nil || api.plainHTTP
    return "\(Sessions.cookie)=\(value); Path=/; Max-Age=\(seconds); HttpOnly; SameSite=Strict"
      + (isSecure ? "; Secure" : "")
  }

  private static func redirect(_ place: String, _ cookie: String) -> Response {
    Response(status: .seeOther, headers: [.location: place, .setCookie: cookie])
  }

  /// - Parameter message: Plain text of ours.
  private static func page(_ status: HTTPResponse.Status, _ message: String) -> Response {
    let text = """
      <!doctype html>
      <html lang="en"><head><meta charset="utf-8"><title>Sign in</title></head><body>
      <h1>Sign in</h1>
      <p>\(message)</p>
      <form method="post" action="/login">
      <label>Token <input type="password" name="token" required autocomplete="current-password"></label>
      <button>Sign in</button>
      </form></body></html>

      """
    return Response(
      status: status,
      // With no-referrer, as everything else has it, browsers call the form's origin `null` (Fetch, 3.1), and it
      // would be taken for one of another page.
      headers: [.contentType: "text/html; charset=utf-8", .referrerPolicy: "same-origin"],
      body: ResponseBody(byteBuffer: .init(string: text))
    )
  }
}
