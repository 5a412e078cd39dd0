import HTTPTypes
package import Hummingbird

/// What a request must show to be answered (decisions.md 17).
package enum AccessNeed: Sendable, Equatable {
  /// Nothing: it tells and changes nothing that is anybody's.
  case open
  /// A secret of its own, which the route looks at.
  case ownSecret
  /// A token, or a session, that is good for this.
  case scope(AccessScope)

  /// Whether what comes of it is a change, which the audit log has.
  var isChange: Bool {
    switch self {
    case .scope(.refresh), .scope(.admin): true
    case .open, .ownSecret, .scope(.read): false
    }
  }
}

/// Which requests need what.
package enum AccessRule {
  /// The paths that everybody may ask for: probes, and the way in; and the style of the pages.
  private static let open: Set<String> = ["healthz", "readyz", "login", "logout"]
  /// What is posted only because the question does not fit into an address.
  private static let questions: Set<[String]> = [
    ["api", "catalog", "entities", "by-refs"], ["api", "catalog", "entities", "by-query"],
    ["api", "catalog", "entity-facets"], ["api", "catalog", "validate-entity"],
    ["api", "catalog", "analyze-location"], ["api", "catalog", "locations", "by-query"],
  ]

  /// What a request needs; whatever is not known to be harmless needs most.
  ///
  /// - Parameters:
  ///   - path: As it was sent, without the query.
  ///   - query: As it was sent; nil for none.
  package static func need(
    _ method: HTTPRequest.Method,
    _ path: String,
    query: String? = nil
  ) -> AccessNeed {
    // Most requests: nothing below /api/ is open, or has a secret of its own.
    if path.hasPrefix("/api/"), method == .get || method == .head { return .scope(.read) }
    let segments = segments(of: path)
    if segments.count == 1, open.contains(segments[0]) { return .open }
    if segments.first == "webhooks" { return .ownSecret }
    if segments.first == "assets", method == .get || method == .head { return .open }
    switch method {
    case .get, .head, .options: return .scope(.read)
    case .post where questions.contains(segments): return .scope(.read)
    case .post where segments.first == "api" && segments.last == "refresh": return .scope(.refresh)
    // Nothing is changed, but read from Azure DevOps with the crawler's own credentials.
    case .post where segments == ["api", "catalog", "locations"] && isDryRun(query): return .scope(.refresh)
    // The form of the pages; to crawl everything needs more, and the page looks at that.
    case .post where segments == ["refresh"]: return .scope(.refresh)
    default: return .scope(.admin)
    }
  }

  /// Whether the operation will find that nothing is to be registered; it reads the query in the same way.
  private static func isDryRun(_ query: String?) -> Bool {
    let parameters = try? QueryParameters(query, known: CatalogOperation.createLocation.query)
    // What it refuses registers nothing either, and needs no less for that.
    return (try? parameters?.flag("dryRun")) ?? false
  }

  /// Whether a path is one of programs' and not of people's.
  static func isAPI(_ path: String) -> Bool { segments(of: path).first == "api" }

  /// As the router takes a path apart: slashes in a row are one.
  private static func segments(of path: String) -> [String] { path.split(separator: "/").map(String.init) }
}
