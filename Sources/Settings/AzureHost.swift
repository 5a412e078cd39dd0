import Foundation

/// What the name of a host says about it.
package enum AzureHost {
  /// The host of Azure DevOps Services.
  package static let services = "dev.azure.com"

  /// The organization in the older name of Azure DevOps Services, `ORGANIZATION.visualstudio.com`; nil for
  /// any other host.
  package static func visualStudioOrganization(of host: String) -> String? {
    let domain = ".visualstudio.com"
    guard host.hasSuffix(domain), host.count > domain.count else { return nil }
    let name = host.prefix { $0 != "." }
    return name.isEmpty ? nil : name.lowercased()
  }

  /// Whether the host belongs to Microsoft's cloud, as opposed to a server of one's own.
  package static func isCloud(_ host: String) -> Bool {
    let domains = ["azure.com", "visualstudio.com", "microsoftonline.com", "microsoftonline.us", "azure.cn"]
    return domains.contains { host == $0 || host.hasSuffix("." + $0) }
  }

  /// Whether a URL with the host reads back with exactly the same host: lower case, no path, no port 80,
  /// nothing that a URL would escape (facts/backstage-azure.md 1.3).
  static func isValid(_ host: String) -> Bool {
    if host.hasPrefix("[") {
      guard let close = host.firstIndex(of: "]") else { return false }
      let address = String(host[host.index(after: host.startIndex)..<close])
      return isCanonicalIPv6(address) && isValidPort(host[host.index(after: close)...])
    }
    let name = host.prefix { $0 != ":" }
    guard !name.isEmpty, name.utf8.allSatisfy(isNameByte) else { return false }
    // A name whose last part is a number is an IPv4 address, and is written back as four numbers.
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    if let last = parts.last, !last.isEmpty, last.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
      guard parts.count == 4, parts.allSatisfy({ UInt8($0).map(String.init) == String($0) }) else {
        return false
      }
    }
    return isValidPort(host[name.endIndex...])
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || "-._".utf8.contains(byte)
  }

  /// Empty, or a colon and a number that is not the default port.
  private static func isValidPort(_ text: Substring) -> Bool {
    guard let colon = text.first else { return true }
    let digits = text.dropFirst()
    guard colon == ":", let port = UInt16(digits), String(port) == digits else { return false }
    return port != 80
  }

  private static func isCanonicalIPv6(_ text: String) -> Bool {
    var address = in6_addr()
    guard inet_pton(AF_INET6, text, &address) == 1 else { return false }
    var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    guard inet_ntop(AF_INET6, &address, &buffer, socklen_t(buffer.count)) != nil else { return false }
    return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self) == text
  }
}
