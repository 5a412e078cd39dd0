/// What can name a tenant of Entra ID.
package enum TenantID {
  /// Whether the text is an id or a domain name that can be part of a URL, and names one tenant
  /// (facts/azure-identity.md 6.6).
  package static func isValid(_ text: String) -> Bool {
    let isMadeOfNameBytes = text.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || byte == 0x2D || byte == 0x2E
    }
    let isShared = ["common", "organizations", "consumers", "adfs"].contains(text.lowercased())
    return !text.isEmpty && isMadeOfNameBytes && !isShared && !text.hasPrefix(".") && !text.hasSuffix(".")
      && !text.contains("..")
  }
}
