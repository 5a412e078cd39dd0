import Foundation
import Settings

/// A command line tool that gives tokens of the person who is signed in with it
/// (facts/azure-identity.md 3.2).
struct DeveloperTool {
  let name: String
  let arguments: [String]
  let environment: [String: String]
  /// The fields of its answer.
  let tokenKey: String
  /// What to do when nobody is signed in.
  let login: String

  static let az = DeveloperTool(
    name: "az",
    arguments: ["account", "get-access-token", "--output", "json", "--resource", MachineIdentity.resource],
    environment: ["AZURE_CORE_NO_COLOR": "true"],
    tokenKey: "accessToken",
    login: "az login"
  )

  static let azd = DeveloperTool(
    name: "azd",
    arguments: ["auth", "token", "--output", "json", "--no-prompt", "--scope", SignInService.scope],
    environment: ["NO_COLOR": "true"],
    tokenKey: "token",
    login: "azd auth login"
  )

  /// How long the tool may take; `az` starts an interpreter first.
  private static let timeout = Duration.seconds(10)
  /// Kept from the tool: secrets that it has no use for.
  private static let withheld = [
    "AZURE_CLIENT_SECRET", "IDENTITY_HEADER", "MSI_SECRET", "AZURE_CLIENT_CERTIFICATE_PASSWORD",
  ]

  /// - Throws: `.notAvailable` when the tool is not there, is too slow, or nobody is signed in; `.refused`
  ///   for anything else. Messages quote no output that could hold a token.
  func token(_ context: IdentityContext) async throws(TokenFailure) -> AccessToken {
    guard let path = ToolCall.find(name, in: context.environment["PATH"] ?? "") else {
      throw TokenFailure(.notAvailable, "'\(name)' is not on the PATH")
    }
    let secrets = context.secrets.map { $0.reveal() }
    let inherited = context.environment.filter { name, value in
      !Self.withheld.contains(name) && !secrets.contains(value)
    }
    let call = ToolCall(
      path: path,
      arguments: arguments,
      environment: inherited.merging(environment) { _, ours in ours },
      timeout: Self.timeout
    )
    switch await context.runTool(call) {
    case .timedOut:
      throw TokenFailure(.notAvailable, "'\(name)' did not answer within 10 s")
    case .notStarted(let reason):
      throw TokenFailure(.notAvailable, "'\(name)' cannot be started: \(reason)")
    case .cancelled:
      throw .cancelled
    case .ended(0, let output, _):
      return try token(in: output, context)
    case .ended(let status, let output, let errors):
      throw failure(status, output, errors)
    }
  }

  private func failure(_ status: Int32, _ output: [UInt8], _ errors: [UInt8]) -> TokenFailure {
    if status == 127 { return TokenFailure(.notAvailable, "'\(name)' is not there") }
    let text = String(decoding: errors + output, as: UTF8.self)
    let hints = [login, "az account set", "not logged in"]
    if !text.contains("AADSTS"), hints.contains(where: text.lowercased().contains) {
      return TokenFailure(.notAvailable, "not logged in; run '\(login)'")
    }
    let line = String(decoding: errors, as: UTF8.self).split(whereSeparator: \.isNewline).first ?? ""
    let said = Self.masked(AnswerText.clean(String(line)))
    return TokenFailure(
      .refused,
      "'\(name)' failed with status \(status)" + (said.isEmpty ? "" : ": \(said)")
    )
  }

  /// The text without anything that looks like a token: long words without blanks.
  static func masked(_ text: String) -> String {
    text.split(separator: " ", omittingEmptySubsequences: false)
      .map { $0.contains("eyJ") || $0.count > 80 ? "***" : $0 }
      .joined(separator: " ")
  }

  private func token(in output: [UInt8], _ context: IdentityContext) throws(TokenFailure) -> AccessToken {
    guard let members = TokenJSON.object(in: output), let value = members[tokenKey]?.string, !value.isEmpty,
      value.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
    else {
      throw TokenFailure(.refused, "'\(name)' answered with something that is no token")
    }
    guard let end = end(in: members) else {
      throw TokenFailure(.refused, "'\(name)' answered without the end of the token")
    }
    let seconds = end - context.now()
    guard seconds > 0 else {
      throw TokenFailure(.refused, "'\(name)' answered with a token that ended \(-seconds) s ago")
    }
    return AccessToken(value: Secret(value), lifetime: .seconds(seconds))
  }

  /// `az` writes seconds, and in older versions only the local time; `azd` writes UTC.
  private func end(in members: [String: TokenJSON.Value]) -> Int? {
    if let text = members["expires_on"]?.numberText, let seconds = Double(text) {
      return Moment.wholeSeconds(seconds)
    }
    guard let text = members["expiresOn"]?.string else { return nil }
    return Moment.utc(text) ?? Moment.local(text, in: .current)
  }
}
