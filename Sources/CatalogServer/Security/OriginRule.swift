import Foundation

/// Whether a request that may change something was made by one of our own pages, or by no page at all.
///
/// Browsers say with every such request which page made it (`Sec-Fetch-Site`, `Origin`); what is no browser says
/// nothing.
package enum OriginRule {
  package enum Verdict: Sendable, Equatable {
    /// One of our pages.
    case own
    /// Another page, or one that hides what it is.
    case foreign
    /// No browser, as far as can be told.
    case unknown
  }

  /// - Parameters:
  ///   - site: `Sec-Fetch-Site`.
  ///   - origin: `Origin`.
  ///   - host: `Host`, with its port.
  package static func verdict(site: String?, origin: String?, host: String?) -> Verdict {
    if let site {
      // `none` is an address that somebody typed, which posts nothing.
      guard site.lowercased() == "same-origin" else { return .foreign }
      guard let origin else { return .own }
      return isSame(origin, host) ? .own : .foreign
    }
    guard let origin else { return .unknown }
    return isSame(origin, host) ? .own : .foreign
  }

  /// The scheme does not count: a proxy in front may do TLS.
  private static func isSame(_ origin: String, _ host: String?) -> Bool {
    guard let host, let mark = origin.range(of: "://") else { return false }
    let scheme = origin[..<mark.lowerBound].lowercased()
    guard ["http", "https"].contains(scheme) else { return false }
    return origin[mark.upperBound...].lowercased() == host.lowercased()
  }
}
