import Foundation
import Settings
import Transport

/// An error answer of the sign-in service: what may be shown of it, and what helps
/// (facts/azure-identity.md 1.2, 7).
struct SignInError {
  private let status: Int
  /// For example `invalid_client`; empty when the answer names none.
  private let error: String
  /// The first line of the description; empty when there is none.
  private let summary: String
  /// For support cases: trace id, correlation id, time.
  private let references: [String]
  /// `AADSTS` numbers, the most telling one first.
  let codes: [Int]

  init(_ response: HTTPResponse, secrets: [String]) {
    status = response.status
    let members = TokenJSON.object(in: response.body) ?? [:]
    let text = { (key: String) in AnswerText.clean(members[key]?.string ?? "", hiding: secrets) }
    error = text("error")
    summary = text("error_description")
    references = [
      ("trace id", text("trace_id")),
      ("correlation id", text("correlation_id")),
      ("time", text("timestamp")),
    ].filter { !$0.1.isEmpty }.map { "\($0.0) \($0.1)" }
    codes = Self.codes(members["error_codes"], summary)
  }

  private static func codes(_ value: TokenJSON.Value?, _ summary: String) -> [Int] {
    var codes: [Int] = []
    if let mark = summary.range(of: "AADSTS"),
      let code = Int(summary[mark.upperBound...].prefix { $0.isASCII && $0.isNumber })
    {
      codes.append(code)
    }
    if case .numbers(let texts) = value {
      codes += texts.compactMap { Int($0) }.filter { !codes.contains($0) }
    }
    return codes
  }

  /// Whether the same request may succeed soon although the status says no.
  var isTransient: Bool { error == "temporarily_unavailable" }

  /// Status, error and description in one line.
  func text(_ source: String) -> String {
    var text = "\(source) answered \(status)"
    if !error.isEmpty { text += " \(error)" }
    if !summary.isEmpty { text += ": \(summary)" }
    if !references.isEmpty { text += " (\(references.joined(separator: ", ")))" }
    return text
  }

  /// The failure with what helps against it.
  func failure(
    _ source: String,
    tenant: String,
    client: String,
    proof: SignInService.Proof
  ) -> TokenFailure {
    var message = text(source)
    let help = codes.lazy.compactMap { SignInHelp.text(for: $0, tenant: tenant, client: client) }.first
    if let help {
      message += ". \(help)"
    } else if let code = codes.first {
      message += ". See https://login.microsoftonline.com/error?code=\(code)"
    }
    let isFederation = codes.contains(where: SignInHelp.federationCodes.contains)
    if isFederation, case .assertion(let assertion) = proof, let claims = AssertionClaims(assertion.reveal())
    {
      message += ". Presented: \(claims)"
    }
    // A federated credential that was just made takes minutes to spread: no longer pauses than a minute.
    return TokenFailure(
      isTransient ? .transient : isFederation ? .unsettled : .refused,
      message,
      codes: codes
    )
  }
}

/// The claims of an assertion that a federated credential is compared with; none of them is secret.
struct AssertionClaims: CustomStringConvertible {
  let issuer: String
  let subject: String
  let audience: String

  /// Nil when the text is no JSON web token (RFC 7519).
  init?(_ token: String) {
    let parts = token.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3 else { return nil }
    var text = String(parts[1]).replacing("-", with: "+").replacing("_", with: "/")
    while text.count % 4 != 0 { text += "=" }
    guard let data = Data(base64Encoded: text), let members = TokenJSON.object(in: [UInt8](data)) else {
      return nil
    }
    issuer = AnswerText.clean(members["iss"]?.string ?? "none")
    subject = AnswerText.clean(members["sub"]?.string ?? "none")
    audience = AnswerText.clean(members["aud"]?.string ?? "none")
  }

  var description: String { "issuer \(issuer), subject \(subject), audience \(audience)" }
}
