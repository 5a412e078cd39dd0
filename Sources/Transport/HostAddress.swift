import Foundation

/// What the host of a URL says about how to reach it.
package enum HostAddress {
  /// Whether the host is this machine's loopback: `localhost`, `127.0.0.0/8` or `[::1]`.
  package static func isLoopback(_ url: String) -> Bool {
    isLoopback(host: host(of: url))
  }

  /// Whether a proxy must never be used: loopback and link-local addresses (the machine's identity service
  /// is at 169.254.169.254; facts/azure-identity.md 6.3).
  package static func isLocal(_ url: String) -> Bool {
    let host = self.host(of: url)
    return isLoopback(host: host) || isIPv4(host) && host.hasPrefix("169.254.") || host.hasPrefix("[fe80:")
  }

  private static func isLoopback(host: String) -> Bool {
    host == "localhost" || host == "[::1]" || isIPv4(host) && host.hasPrefix("127.")
  }

  private static func isIPv4(_ host: String) -> Bool {
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
  }

  /// The host in lower case, without user information and port; empty when there is none.
  package static func host(of url: String) -> String {
    // Byte by byte: this is asked for each request, and characters take ten times as long.
    var rest = url.utf8[...]
    while let colon = rest.firstIndex(of: UInt8(ascii: ":")), !rest[colon...].starts(with: "://".utf8) {
      rest = rest[colon...].dropFirst()
    }
    guard let colon = rest.firstIndex(of: UInt8(ascii: ":")) else { return "" }
    var authority = rest[colon...].dropFirst(3).prefix {
      $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#")
    }
    if let at = authority.lastIndex(of: UInt8(ascii: "@")) { authority = authority[at...].dropFirst() }
    if authority.first == UInt8(ascii: "["), let close = authority.firstIndex(of: UInt8(ascii: "]")) {
      return Substring(authority[...close]).lowercased()
    }
    return Substring(authority.prefix { $0 != UInt8(ascii: ":") }).lowercased()
  }
}
