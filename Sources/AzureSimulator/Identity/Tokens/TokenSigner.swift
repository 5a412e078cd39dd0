import Crypto
import Foundation

/// Makes tokens and recognizes those it made: JWTs under HMAC-SHA256 (RFC 7515) with a key of its own.
///
/// To its callers a token is opaque, as a real one is, so the kind of signature does not matter.
final class TokenSigner: Sendable {
  private let key = SymmetricKey(size: .bits256)
  /// Tokens that were found good: checking one costs more than the answer to a small request.
  private let known = Guarded<[String: TokenClaims]>([:])

  /// More tokens than any run has in use at a time.
  private static let knownLimit = 1000

  /// A signed token.
  func token(_ claims: TokenClaims) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let header = Base64URL.text(Data(#"{"alg":"HS256","typ":"JWT"}"#.utf8))
    let body = "\(header).\(Base64URL.text(try encoder.encode(claims)))"
    return "\(body).\(Base64URL.text(Data(signature(body))))"
  }

  /// What a token says, and whether this signer made it; nil when it is no token at all.
  func read(_ token: String) -> (claims: TokenClaims, isGenuine: Bool)? {
    if let claims = known.withLock({ $0[token] }) { return (claims, true) }
    let parts = token.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, let payload = Base64URL.data(parts[1]),
      let claims = try? JSONDecoder().decode(TokenClaims.self, from: payload)
    else { return nil }
    guard let code = Base64URL.data(parts[2]), isSignature(code, of: "\(parts[0]).\(parts[1])") else {
      return (claims, false)
    }
    known.withLock {
      if $0.count >= Self.knownLimit { $0.removeAll() }
      $0[token] = claims
    }
    return (claims, true)
  }

  private func signature(_ text: String) -> HMAC<SHA256>.MAC {
    HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: key)
  }

  private func isSignature(_ code: Data, of text: String) -> Bool {
    HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: Data(text.utf8), using: key)
  }
}

/// Base64 as tokens write it (RFC 4648, section 5), without padding.
enum Base64URL {
  static func text(_ data: Data) -> String {
    data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }

  /// The bytes; nil when the text is not of that form.
  static func data(_ text: some StringProtocol) -> Data? {
    guard !text.utf8.contains(where: { "+/=".utf8.contains($0) }) else { return nil }
    let plain = String(text).replacing("-", with: "+").replacing("_", with: "/")
    return Data(base64Encoded: plain + String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4))
  }
}
