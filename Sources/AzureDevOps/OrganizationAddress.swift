/// Where an organization's API is, and under which host people know it.
package struct OrganizationAddress: Sendable, Hashable {
  /// The public host, `dev.azure.com`, `contoso.visualstudio.com` or an on-premises host with its port.
  package var host: String
  /// The organization, on-premises the collection (`DefaultCollection` or `tfs/DefaultCollection`).
  package var name: String
  /// What every API path is put behind, without a slash at the end.
  package var baseURL: String

  /// - Parameter endpoint: The base URL that answers for the host, without a slash at the end; normally
  ///   `https://` and the host.
  package init(host: String, name: String, endpoint: String) {
    self.host = host
    self.name = name
    // The organization is part of a visualstudio.com host and not of its paths
    // (facts/azure-devops-api.md 1.1); behind another endpoint it must be said.
    let isInHost = host.hasSuffix(".visualstudio.com") && endpoint == "https://\(host)"
    let path = name.split(separator: "/").map { URLText.encoded(String($0)) }.joined(separator: "/")
    baseURL = isInHost ? endpoint : "\(endpoint)/\(path)"
  }
}

/// Percent-encoding for the places where we build URLs.
package enum URLText {
  /// Everything but letters, digits and `-._~` as `%XX` (RFC 3986, 2.3).
  package static func encoded(_ text: String) -> String {
    encoded(text, keeping: "-._~")
  }

  /// Everything but letters, digits and what is kept, which is ASCII, as `%XX`.
  static func encoded(_ text: String, keeping kept: String) -> String {
    var result: [UInt8] = []
    result.reserveCapacity(text.utf8.count + 16)
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        result.append(byte)
      case _ where kept.utf8.contains(byte):
        result.append(byte)
      default:
        result.append(UInt8(ascii: "%"))
        result.append(digit(byte >> 4))
        result.append(digit(byte & 15))
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  private static func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
  }
}
