import Foundation
import Transport

/// What may be said of an answer in a message (facts/azure-identity.md 6.1): never its body, and of an
/// error answer only the fields that are made for it.
enum AnswerText {
  /// The longest text that is taken over, in Unicode scalars: marks upon marks are one character, however many.
  private static let maxLength = 500

  /// One line without control characters, cut, and with the given secrets masked, escaped and base64 forms
  /// included (facts/azure-identity.md 6.1).
  static func clean(_ text: String, hiding secrets: [String] = []) -> String {
    let line =
      text.unicodeScalars.prefix(20_000).split { Character($0).isNewline }.first ?? Substring().unicodeScalars
    let printable = line.filter { $0.properties.generalCategory != .control }
    // Bytes, since a mark that follows a secret would make another character of its end; and after the controls are
    // gone, which could part it.
    var bytes = Array(String(String.UnicodeScalarView(printable)).utf8)
    for secret in secrets where !secret.isEmpty {
      for form in [secret, FormEncoding.escape(secret), Data(secret.utf8).base64EncodedString()] {
        bytes.replace(Array(form.utf8), with: Array("***".utf8))
      }
    }
    return String(
      String.UnicodeScalarView(String(decoding: bytes, as: UTF8.self).unicodeScalars.prefix(maxLength))
    )
  }

  /// The host that a redirect leads to, for messages.
  static func redirectTarget(of response: HTTPResponse, hiding secrets: [String]) -> String {
    let host = clean(HostAddress.host(of: response.headers["Location"] ?? ""), hiding: secrets)
    return host.isEmpty ? "elsewhere" : host
  }

  /// What a failed exchange means for the next attempt.
  static func failure(of error: TransportError, _ source: String) -> Attempt<Never> {
    switch error {
    case .cancelled:
      return .failed(.cancelled)
    case .failed(let code, _) where certificateCodes.contains(code):
      return .failed(TokenFailure(.refused, "the certificate of \(source) is not accepted: \(error)"))
    case .failed, .closed:
      return .retry(TokenFailure(.transient, "\(source) cannot be reached: \(error)"))
    case .bodyTooLarge, .invalidRequest:
      return .failed(TokenFailure(.refused, "\(source) cannot be used: \(error)"))
    }
  }

  /// The pause an answer asks for: seconds or a date (RFC 9110, 10.2.3); nil when it asks for none.
  static func retryAfter(of response: HTTPResponse, now: Int) -> Duration? {
    guard let text = response.headers["Retry-After"] else { return nil }
    if let seconds = Int(text) { return .seconds(max(0, min(seconds, 86_400))) }
    return Moment.http(text).map { .seconds(max(0, min($0 - now, 86_400))) }
  }

  /// libcurl's codes for certificates and authorities that are not accepted (`CURLE_SSL_CERTPROBLEM`,
  /// `CURLE_PEER_FAILED_VERIFICATION`, `CURLE_SSL_CACERT_BADFILE`, `CURLE_SSL_ISSUER_ERROR`,
  /// `CURLE_SSL_PINNEDPUBKEYNOTMATCH`, `CURLE_SSL_INVALIDCERTSTATUS`).
  private static let certificateCodes: Set<Int> = [58, 60, 77, 83, 90, 91]
}

extension TokenFailure {
  static let cancelled = TokenFailure(.cancelled, "the wait for a token was cancelled")
}

extension Attempt where Value == Never {
  /// The same failure for an attempt that would have had a value.
  func failing<Other>(_ type: Other.Type = Other.self) -> Attempt<Other> {
    switch self {
    case .failed(let failure): .failed(failure)
    case .retry(let failure, let after, let isGone): .retry(failure, after: after, isGone: isGone)
    }
  }
}
