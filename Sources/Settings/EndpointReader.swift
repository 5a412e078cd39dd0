import Foundation

/// Reads the addresses under `crawler`, and keeps plain HTTP to where it is harmless or asked for
/// (decisions.md 4, facts/azure-identity.md 6.2).
struct EndpointReader {
  /// The hosts of `crawler.allowPlainHTTP`.
  func plainHosts(_ setting: Setting) -> [String] {
    (setting.elements() ?? []).compactMap { element in
      guard let host = element.string() else { return nil }
      guard AzureHost.isValid(host) else {
        element.fail("got '\(host)', wanted a host in lower case with nothing before or behind it but a port")
        return nil
      }
      guard !AzureHost.isCloud(host) else {
        element.fail(
          "got '\(host)', wanted a server of your own: Microsoft's hosts are only reached with TLS"
        )
        return nil
      }
      element.warn("requests to \(host), credentials included, travel in the clear")
      return host
    }
  }

  /// The base URLs of `crawler.endpoints` by host.
  func endpoints(_ setting: Setting, plainHosts: [String]) -> [String: String] {
    var endpoints: [String: String] = [:]
    for (key, value) in setting.entries() {
      guard AzureHost.isValid(key) else {
        value.fail("'\(key)' is no host in lower case, or has something before or behind it")
        continue
      }
      if let endpoint = endpoint(value, plainHosts: plainHosts) { endpoints[key] = endpoint }
    }
    return endpoints
  }

  private func endpoint(_ setting: Setting, plainHosts: [String]) -> String? {
    guard let text = setting.string() else { return nil }
    guard let url = SplitURL(text), ["http", "https"].contains(url.scheme), !url.hasUser, !url.hasQuery,
      AzureHost.isValid(url.authority)
    else {
      setting.fail(
        "got '\(SplitURL.masked(text))', wanted a URL like https://HOST:PORT without user and query"
      )
      return nil
    }
    if url.scheme == "http", !isLocal(url.host), !plainHosts.contains(url.authority) {
      setting.fail(
        "got '\(text)', wanted https: only loopback addresses and hosts in crawler.allowPlainHTTP may do "
          + "without"
      )
      return nil
    }
    return "\(url.scheme)://\(url.authority)\(url.path)"
  }

  /// Loopback, or link-local as the machine's identity service is.
  private func isLocal(_ host: String) -> Bool {
    if ["localhost", "[::1]"].contains(host) || host.hasPrefix("[fe80:") { return true }
    let numbers = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
    guard numbers.count == 4, !numbers.contains(nil) else { return false }
    return numbers[0] == 127 || numbers[0] == 169 && numbers[1] == 254
  }

  /// The proxy of `crawler.proxy`.
  func proxy(_ setting: Setting) -> Secret? {
    guard let text = setting.string() else { return nil }
    guard let url = SplitURL(text), ["http", "https", "socks5", "socks5h"].contains(url.scheme),
      !url.hasQuery,
      ["", "/"].contains(url.path), AzureHost.isValid(url.authority)
    else {
      setting.fail("got '\(SplitURL.masked(text))', wanted a URL like http://HOST:PORT")
      return nil
    }
    return Secret(text)
  }

  /// `crawler.listen`: `HOST:PORT`, `:PORT` for all addresses of the machine, or a port on loopback.
  func listenAddress(_ setting: Setting) -> ListenAddress? {
    if case .number = setting.node?.content {
      return setting.integer(in: 0...65_535).map { ListenAddress(host: "127.0.0.1", port: $0) }
    }
    guard let text = setting.string() else { return nil }
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
      setting.fail("got '\(text)', wanted HOST:PORT")
      return nil
    }
    var host = String(text[..<colon])
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = String(host.dropFirst().dropLast())
    } else if host.contains(":") || host.contains(where: \.isWhitespace) {
      setting.fail("got '\(text)', wanted HOST:PORT with an IPv6 address in brackets")
      return nil
    }
    return ListenAddress(host: host.isEmpty ? "0.0.0.0" : host, port: Int(port))
  }
}

/// The parts of a URL that settings are checked by.
private struct SplitURL {
  /// In lower case.
  var scheme: String
  var hasUser: Bool
  /// Host in lower case, with its port unless that is the scheme's own.
  var authority: String
  /// Empty, or begins with a slash and does not end with one.
  var path: String
  var hasQuery: Bool

  init?(_ text: String) {
    guard let mark = text.range(of: "://") else { return nil }
    scheme = text[..<mark.lowerBound].lowercased()
    let rest = text[mark.upperBound...]
    hasQuery = rest.contains { $0 == "?" || $0 == "#" }
    let end = rest.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? rest.endIndex
    let beginning = rest[..<end]
    let at = beginning.lastIndex(of: "@")
    hasUser = at != nil
    authority = beginning[(at.map(beginning.index(after:)) ?? beginning.startIndex)...].lowercased()
    if scheme == "http", authority.hasSuffix(":80") { authority.removeLast(3) }
    path = String(rest[end...])
    guard !path.contains(where: { $0.isWhitespace || $0 == "\\" }) else { return nil }
    while path.hasSuffix("/") { path.removeLast() }
  }

  /// Host without port.
  var host: String {
    if authority.hasPrefix("["), let close = authority.firstIndex(of: "]") {
      return String(authority[...close])
    }
    return String(authority.prefix { $0 != ":" })
  }

  /// The text without what may be a user name and password.
  static func masked(_ text: String) -> String {
    guard let at = text.lastIndex(of: "@") else { return text }
    let start = text.range(of: "://")?.upperBound ?? text.startIndex
    return start <= at ? text[..<start] + "***" + text[at...] : text
  }
}
