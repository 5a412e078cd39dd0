import Foundation

/// Reads one element of `credentials` (facts/backstage-azure.md 1.2, facts/azure-identity.md 1.8).
struct CredentialReader {
  private static let fields = [
    "personalAccessToken", "clientId", "clientSecret", "managedIdentityClientId", "tenantId",
  ]
  private static let wanted =
    "wanted exactly personalAccessToken, or clientId, or clientId with clientSecret and tenantId, or clientId "
    + "with managedIdentityClientId and tenantId"
  private static let systemAssigned = "system-assigned"

  let host: String

  /// The credential, or nil when it is wrong; the problem is noted.
  func read(_ setting: Setting, position: Int) -> CredentialSettings? {
    guard setting.isObject() else { return nil }
    let known = setting.problems.count
    let organizations = setting["organizations"].organizationNames()
    var values: [String: String] = [:]
    for field in Self.fields {
      if let value = value(of: setting[field]) { values[field] = value }
    }
    let unset = Self.fields.compactMap { field in setting[field].unsetReason.map { "\(field): \($0)" } }
    guard setting.problems.count == known else { return nil }

    guard unset.isEmpty, let kind = kind(of: values, setting) else {
      // A text whose variable is not set is absent, which could turn the entry into one of another kind.
      guard setting.problems.count == known else { return nil }
      setting.fail(explanation(position: position, values: values, unset: unset))
      return nil
    }
    return CredentialSettings(
      position: position,
      organizations: organizations ?? [],
      kind: kind,
      place: setting.place
    )
  }

  /// The text of a field without white space around it, or nil when absent or wrong.
  private func value(of setting: Setting) -> String? {
    if case .null = setting.node?.content {
      setting.failType("string")
      return nil
    }
    guard setting.isPresent, let text = setting.string() else { return nil }
    let value = text.trimmingWhiteSpace()
    guard !value.isEmpty else {
      setting.fail("got only white space, wanted string")
      return nil
    }
    return value
  }

  private func explanation(position: Int, values: [String: String], unset: [String]) -> String {
    let given = Self.fields.filter { values[$0] != nil }
    var message = "credential \(position)" + (host.isEmpty ? "" : " of host \(host)")
    message +=
      " is not a valid credential: got " + (given.isEmpty ? "nothing" : given.joined(separator: " with "))
    if !unset.isEmpty { message += " (\(unset.joined(separator: ", ")))" }
    return message + ", " + Self.wanted
  }

  private func kind(of values: [String: String], _ setting: Setting) -> CredentialKind? {
    switch Set(values.keys) {
    case ["personalAccessToken"]:
      return token(values["personalAccessToken"] ?? "", setting["personalAccessToken"])
    case ["clientId"]:
      return identity(values["clientId"] ?? "", setting["clientId"]).map(CredentialKind.managedIdentity)
    case ["clientId", "clientSecret", "tenantId"]:
      guard let (client, tenant) = principal(of: values, setting) else { return nil }
      return .clientSecret(tenantID: tenant, clientID: client, secret: Secret(values["clientSecret"] ?? ""))
    case ["clientId", "managedIdentityClientId", "tenantId"]:
      guard let (client, tenant) = principal(of: values, setting) else { return nil }
      let name = values["managedIdentityClientId"] ?? ""
      return identity(name, setting["managedIdentityClientId"]).map {
        .clientAssertion(clientID: client, tenantID: tenant, managedIdentity: $0)
      }
    default:
      return nil
    }
  }
}

// MARK: - Values

extension CredentialReader {
  private func token(_ text: String, _ setting: Setting) -> CredentialKind? {
    // A line break would end the header that the token is sent in (facts/azure-identity.md 1.1).
    guard text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }) else {
      setting.fail("got a text with a line break or control character in it, wanted a token")
      return nil
    }
    if let decoded = Data(base64Encoded: text), decoded.first == UInt8(ascii: ":"),
      decoded.allSatisfy({ (0x21...0x7E).contains($0) })
    {
      setting.warn("the token looks encoded for a header; wanted the raw token")
    }
    return .personalAccessToken(Secret(text))
  }

  private func identity(_ text: String, _ setting: Setting) -> ManagedIdentity? {
    if text == Self.systemAssigned { return .systemAssigned }
    guard !isMisspelledSystemAssigned(text) else {
      setting.fail("got '\(text)', wanted '\(Self.systemAssigned)' or a client id")
      return nil
    }
    warnUnlessGUID(text, setting)
    return .userAssigned(clientID: text)
  }

  private func isMisspelledSystemAssigned(_ text: String) -> Bool {
    text != Self.systemAssigned && text.lowercased().filter(\.isLetter) == "systemassigned"
  }

  /// Client and tenant id of a service principal.
  private func principal(of values: [String: String], _ setting: Setting) -> (client: String, tenant: String)?
  {
    let (client, tenant) = (values["clientId"] ?? "", values["tenantId"] ?? "")
    if client == Self.systemAssigned || isMisspelledSystemAssigned(client) {
      setting["clientId"].fail("got '\(client)', wanted the client id of an app registration")
      return nil
    }
    warnUnlessGUID(client, setting["clientId"])
    guard TenantID.isValid(tenant) else {
      setting["tenantId"].fail("got '\(tenant)', wanted the id or the domain name of one tenant")
      return nil
    }
    return (client, tenant)
  }

  private func warnUnlessGUID(_ text: String, _ setting: Setting) {
    guard UUID(uuidString: text) == nil else { return }
    setting.warn("got '\(text)', which is no GUID as client ids are")
  }
}
