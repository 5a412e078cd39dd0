import Foundation
import HTTPTypes
import Hummingbird
import Locks
import Logging
import Settings

/// Lets those in who may do what they ask for, and writes down who changed something.
struct AccessControl: RouterMiddleware {
  let settings: @Sendable () -> CrawlerSettings
  /// Where the service listens, whatever the settings say by now.
  let listen: ListenAddress?
  let sessions: Sessions
  let now: @Sendable () -> Date
  /// That of the last request: it is another one only when the settings are.
  private let lastHostRule = Guarded<(hosts: [String], listen: ListenAddress, rule: HostRule)?>(nil)

  init(
    settings: @escaping @Sendable () -> CrawlerSettings,
    listen: ListenAddress?,
    sessions: Sessions,
    now: @escaping @Sendable () -> Date
  ) {
    self.settings = settings
    self.listen = listen
    self.sessions = sessions
    self.now = now
  }

  func handle(
    _ request: Request,
    context: CatalogRequestContext,
    next: @concurrent (Request, CatalogRequestContext) async throws -> Response
  ) async throws -> Response {
    let settings = settings()
    let path = request.uri.path
    let need = AccessRule.need(request.method, path, query: request.uri.query)
    let isProbe = need == .open && request.method != .post && path != "/login"
    if !isProbe {
      guard hostRule(settings).allows(request.head.authority) else {
        throw APIError.notAllowed("the service does not answer to this Host; crawler.api.hosts names others")
      }
    }
    var context = context
    switch need {
    case .ownSecret: break
    case .open:
      if isForeign(request) { throw Self.foreign }
    case .scope(let scope):
      if isForeignQuestion(request) { throw Self.foreign }
      do {
        context.caller = try caller(of: request, for: scope, TokenTable(settings.crawler.api.tokens))
      } catch let error as APIError where error.status == .unauthorized && Self.isForPage(request) {
        return Response(status: .seeOther, headers: [.location: "/login"])
      }
    }
    guard need.isChange else { return try await next(request, context) }
    do {
      let response = try await next(request, context)
      audit(request, context, "\(response.status.code)")
      return response
    } catch {
      let status = (error as? APIError)?.status ?? (error as? HTTPError)?.status
      audit(request, context, status.map { "\($0.code)" } ?? "failed")
      throw error
    }
  }

  private func hostRule(_ settings: CrawlerSettings) -> HostRule {
    let (hosts, listen) = (settings.crawler.api.hosts, listen ?? settings.crawler.listen)
    return lastHostRule.withLock { last in
      if let last, last.hosts == hosts, last.listen == listen { return last.rule }
      let rule = HostRule(listen: listen, hosts: hosts)
      last = (hosts, listen, rule)
      return rule
    }
  }

  /// Who asks; nil where nobody has to say.
  ///
  /// - Throws: 401 when nobody who is known asks, 403 when it is not theirs to ask.
  private func caller(
    of request: Request,
    for scope: AccessScope,
    _ tokens: TokenTable
  ) throws -> Caller? {
    let isSafe = [.get, .head, .options].contains(request.method)
    if let sent = Self.bearer(request) {
      // Where there are no tokens whatever is sent says nothing, and is no harm.
      if tokens.isEmpty { return nil }
      guard let token = tokens.token(sent, at: now()) else {
        throw Self.unknown("the token is not known, or not good any more", "invalid_token")
      }
      return try Self.checked(Caller(token), scope)
    }
    if !isSafe, isForeign(request) { throw Self.foreign }
    if tokens.isEmpty { return nil }
    guard let id = request.cookies[Sessions.cookie]?.value else {
      throw Self.unknown("a token is needed: Authorization: Bearer TOKEN", nil)
    }
    guard let token = sessions.token(of: id, at: now()), tokens.has(token, at: now()) else {
      throw Self.unknown("the session is over; sign in again at /login", nil)
    }
    // A browser sends the cookie whatever page asks it to; only it can say that the page is ours.
    if !isSafe, request.originVerdict != .own { throw Self.foreign }
    return try Self.checked(Caller(token), scope)
  }

  private static func checked(_ caller: Caller, _ scope: AccessScope) throws -> Caller {
    guard caller.scopes.contains(scope) else {
      var error = APIError.notAllowed(
        "the token '\(caller.name)' may not do this: it needs the scope \(scope.rawValue)"
      )
      error.headers[.wwwAuthenticate] =
        "Bearer realm=\"catalog-crawler\", error=\"insufficient_scope\", scope=\"\(scope.rawValue)\""
      throw error
    }
    return caller
  }

  private static func unknown(_ message: String, _ code: String?) -> APIError {
    var error = APIError.unauthenticated(message)
    error.headers[.wwwAuthenticate] =
      "Bearer realm=\"catalog-crawler\"" + (code.map { ", error=\"\($0)\"" } ?? "")
    return error
  }

  /// Whether a person wants to see a page, and can be shown the way in.
  ///
  /// Browsers name what they show. The way in is one address: what was asked for is no part of it.
  private static func isForPage(_ request: Request) -> Bool {
    request.method == .get && !AccessRule.isAPI(request.uri.path)
      && request.headers[.authorization] == nil
      && request.headers[.accept]?.contains("text/html") == true
  }

  private static let foreign = APIError.notAllowed(
    "the request was made by another page: what changes something is asked for by our own pages, or with a token"
  )

  private func isForeign(_ request: Request) -> Bool {
    ![.get, .head, .options].contains(request.method) && request.originVerdict == .foreign
  }

  /// Whether a page of another site asks behind the back of whoever looks at it: it is not shown the answer, but the
  /// question may cost requests to Azure DevOps.
  private func isForeignQuestion(_ request: Request) -> Bool {
    request.headers[.secFetchSite]?.lowercased() == "cross-site"
      && request.headers[.secFetchMode]?.lowercased() != "navigate"
      && Self.bearer(request) == nil
  }

  static func bearer(_ request: Request) -> String? {
    guard let value = request.headers[.authorization] else { return nil }
    let parts = value.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
    return parts[1].trimmingCharacters(in: .whitespaces)
  }

  private func audit(_ request: Request, _ context: CatalogRequestContext, _ outcome: String) {
    context.logger.notice(
      "audit",
      metadata: [
        "who": "\(context.caller?.name ?? "anybody")",
        "what": "\(request.method.rawValue) \(LogText.shortened(request.uri.path))",
        "from": "\(context.peer ?? "unknown")",
        "outcome": "\(outcome)",
      ]
    )
  }
}

extension Request {
  /// Whether a page of this service sent it.
  var originVerdict: OriginRule.Verdict {
    OriginRule.verdict(site: headers[.secFetchSite], origin: headers[.origin], host: head.authority)
  }
}

extension HTTPField.Name {
  // What a browser says of the page that a request comes from.
  static let secFetchSite = unchecked("Sec-Fetch-Site")
  // What it wants the answer for.
  static let secFetchMode = unchecked("Sec-Fetch-Mode")

  /// A name that is known to be one.
  static func unchecked(_ name: String) -> HTTPField.Name {
    guard let name = HTTPField.Name(name) else { preconditionFailure("\(name) is no name of a header") }
    return name
  }
}

/// What comes from outside, for one line of the log.
enum LogText {
  private static let longest = 200

  /// Without control characters, and not too long.
  static func shortened(_ text: String) -> String {
    let scalars = text.unicodeScalars.prefix(longest).map { scalar in
      scalar.properties.generalCategory == .control ? "\u{FFFD}" : scalar
    }
    return String(String.UnicodeScalarView(scalars))
  }
}
