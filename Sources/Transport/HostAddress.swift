/// What the host of a URL says about how to reach it.
package enum HostAddress {
  /// Whether the host is this machine's loopback: `localhost`, `127.0.0.0/8` or `[::1]`.
  package static func isLoopback(_ url: String) -> Bool {
    isLoopback(host: host(of: url))
  }

  private static func isLoopback(host: String) -> Bool {
    host == "localhost" || host == "[::1]" || host.hasPrefix("127.") && isIPv4(host)
  }

  /// Whether a proxy must never be used: loopback and link-local addresses (the machine's identity service
  /// is at 169.254.169.254; facts/azure-identity.md 6.3).
  package static func isLocal(_ url: String) -> Bool {
    let host = self.host(of: url)
    return isLoopback(host: host) || host.hasPrefix("169.254.") && isIPv4(host) || host.hasPrefix("[fe80:")
  }

  private static func isIPv4(_ host: String) -> Bool {
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
  }

  /// The host in lower case, without user information and port; empty when there is none.
  ///
  /// Read byte by byte, as libcurl reads it: every request needs it.
  package static func host(of url: String) -> String {
    let bytes = url.utf8
    var position = bytes.startIndex
    while let colon = bytes[position...].firstIndex(of: UInt8(ascii: ":")) {
      position = bytes.index(after: colon)
      if bytes[position...].starts(with: "//".utf8) {
        return host(ofAuthority: bytes[position...].dropFirst(2))
      }
    }
    return ""
  }

  /// - Parameter rest: What stands behind the scheme.
  private static func host(ofAuthority rest: Substring.UTF8View) -> String {
    var authority = rest.prefix { byte in
      byte != UInt8(ascii: "/") && byte != UInt8(ascii: "?") && byte != UInt8(ascii: "#")
    }
    if let at = authority.lastIndex(of: UInt8(ascii: "@")) {
      authority = authority[authority.index(after: at)...]
    }
    if authority.first == UInt8(ascii: "["), let close = authority.firstIndex(of: UInt8(ascii: "]")) {
      return String(decoding: authority[...close], as: UTF8.self).lowercased()
    }
    return String(decoding: authority.prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self).lowercased()
  }
}
