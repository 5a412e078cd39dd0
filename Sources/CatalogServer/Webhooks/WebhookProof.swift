import Foundation
package import Settings

/// Whether a webhook comes from who was told the secret (facts/azure-devops-api.md 7.3).
package enum WebhookProof {
  /// - Parameters:
  ///   - secret: The value of `WebhookSettings.secretHeader`.
  ///   - authorization: The value of `Authorization`.
  /// - Returns: False whenever the settings have no secret.
  package static func isGiven(
    secret: String?,
    authorization: String?,
    for settings: WebhookSettings
  ) -> Bool {
    // Both are compared, whatever comes of the first.
    let hasSecret = isSame(secret, settings.secret)
    let hasBasic = isBasic(authorization, settings.basic)
    return hasSecret || hasBasic
  }

  private static func isSame(_ sent: String?, _ secret: Secret?) -> Bool {
    guard let sent, let secret else { return false }
    // Hashes, so that not even the length shows.
    return TokenHash(of: secret.reveal()).matches(sent)
  }

  private static func isBasic(_ header: String?, _ basic: WebhookSettings.Basic?) -> Bool {
    guard let basic, let parts = header?.split(separator: " ", maxSplits: 1), parts.count == 2,
      parts[0].lowercased() == "basic",
      let data = Data(base64Encoded: parts[1].trimmingCharacters(in: .whitespaces)),
      let sent = String(validating: data, as: UTF8.self)
    else { return false }
    return isSame(sent, Secret("\(basic.username):\(basic.password.reveal())"))
  }
}
