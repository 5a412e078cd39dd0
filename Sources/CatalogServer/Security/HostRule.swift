package import Settings

/// Which names a request may be addressed to.
///
/// A page of somebody else can let its own name stand for this machine's address and would then be taken by browsers
/// for a page of ours; its name gives it away. Addresses in numbers cannot be had that way.
package struct HostRule: Sendable, Equatable {
  private let names: Set<String>
  private let takesAddresses: Bool

  /// - Parameters:
  ///   - listen: Where the service listens.
  ///   - hosts: `crawler.api.hosts`.
  package init(listen: ListenAddress, hosts: [String]) {
    var names: Set<String> = ["localhost", "127.0.0.1", "::1"]
    names.insert(listen.host.lowercased())
    names.formUnion(hosts.map { Self.unbracketed($0.lowercased()) })
    self.names = names
    takesAddresses = !listen.isLoopback
  }

  /// Whether the value of `Host` is one of ours, whatever the port.
  package func allows(_ host: String?) -> Bool {
    guard let host, let name = Self.name(of: host.lowercased()) else { return false }
    return names.contains(name) || takesAddresses && Self.isAddress(name)
  }

  /// The host without its port; nil when it is none.
  private static func name(of host: String) -> String? {
    let end: String.Index
    if host.hasPrefix("[") {
      guard let close = host.firstIndex(of: "]") else { return nil }
      end = host.index(after: close)
    } else {
      end = host.firstIndex(of: ":") ?? host.endIndex
    }
    let port = host[end...]
    guard
      port.isEmpty || port.first == ":" && port.utf8.dropFirst().allSatisfy({ (0x30...0x39).contains($0) })
    else { return nil }
    var name = unbracketed(String(host[..<end]))
    if name.hasSuffix(".") { name.removeLast() }
    return name.isEmpty ? nil : name
  }

  private static func unbracketed(_ host: String) -> String {
    host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
  }

  private static func isAddress(_ name: String) -> Bool {
    if name.contains(":") { return name.allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." } }
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
  }
}

extension ListenAddress {
  /// Whether only this machine reaches it.
  package var isLoopback: Bool {
    if ["localhost", "::1"].contains(host.lowercased()) { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil } && parts[0] == "127"
  }

  /// With brackets where they are needed.
  package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

extension APISettings {
  /// Looks whether an address may be served with these settings.
  ///
  /// Others reach every address but loopback: then tokens say who may do what, and TLS keeps them secret, which a
  /// proxy in front may do too.
  ///
  /// - Throws: `SettingsError` with what is to be set.
  package func check(listen: ListenAddress) throws(SettingsError) {
    guard !listen.isLoopback else { return }
    var problems: [SettingsProblem] = []
    func add(_ keyPath: String, _ message: String) {
      let reason = "the service is to listen on \(listen.description), which others reach: \(message)"
      problems.append(
        SettingsProblem(file: "settings", line: nil, column: nil, keyPath: keyPath, message: reason)
      )
    }
    if tokens.isEmpty {
      add("crawler.api.tokens", "wanted at least one token, or an address of loopback in crawler.listen")
    }
    if tls == nil, !plainHTTP {
      add(
        "crawler.api.tls",
        "wanted certificateFile and keyFile, or crawler.api.plainHTTP: true when a proxy in front does TLS"
      )
    }
    guard problems.isEmpty else { throw SettingsError(problems: problems) }
  }
}
