import Crypto
import Foundation
import Settings
import Transport

/// The identity endpoint of Service Fabric (facts/azure-identity.md 2.6).
///
/// Its certificate is signed by nobody: only the thumbprint that the environment names proves it. So one
/// connection looks at the certificate and sends nothing, and the request with the secret goes to a server
/// that shows this very certificate.
struct ServiceFabricIdentity {
  private static let name = "the Service Fabric identity endpoint"

  let context: IdentityContext
  let url: String
  /// 40 lower-case hexadecimal digits.
  let thumbprint: String

  /// A thumbprint as people write it, with blanks or colons and in any letter case, as digits only.
  ///
  /// - Throws: `.refused` when it is not the length of a SHA-1.
  static func thumbprint(_ text: String) throws(TokenFailure) -> String {
    let digits = text.lowercased().filter { $0 != ":" && !$0.isWhitespace }
    guard digits.utf8.count == 40, digits.allSatisfy({ $0.isASCII && $0.isHexDigit }) else {
      throw TokenFailure(.refused, "IDENTITY_SERVER_THUMBPRINT is not a SHA-1 of 40 hexadecimal digits")
    }
    return digits
  }

  func token(
    for audience: String,
    clientID: String?,
    header: Secret
  ) async throws(TokenFailure) -> AccessToken {
    guard url.lowercased().hasPrefix("https:") else {
      throw TokenFailure(.refused, "IDENTITY_ENDPOINT of Service Fabric must be an https address")
    }
    let certificate = try await provenCertificate()
    var query = [("api-version", "2019-07-01-preview"), ("resource", audience)]
    if let clientID { query.append(("client_id", clientID)) }
    let platform = PlatformIdentity(context: context, name: Self.name, clientID: clientID)
    return try await platform.token(
      .get,
      url,
      query,
      header: ("Secret", header),
      serverTrust: .certificate(certificate)
    )
  }

  /// The certificate (PEM) that the server shows, once its thumbprint is the right one.
  private func provenCertificate() async throws(TokenFailure) -> [UInt8] {
    var request = HTTPRequest(url: url)
    request.timeouts = RetrySchedule.platformIdentity.timeouts
    request.serverTrust = .lookOnly
    let sent = request
    let pem: [UInt8] = try await RetrySchedule.platformIdentity.run(in: context) {
      do throws(TransportError) {
        return .done(try await context.send(sent).body)
      } catch {
        return AnswerText.failure(of: error, Self.name).failing()
      }
    }
    guard let shown = Self.thumbprint(ofPEM: pem), shown == thumbprint else {
      throw TokenFailure(
        .refused,
        "\(Self.name) shows another certificate than IDENTITY_SERVER_THUMBPRINT names; nothing was sent to it"
      )
    }
    return pem
  }

  /// The SHA-1 over a certificate's bytes; nil when the text is no certificate.
  private static func thumbprint(ofPEM pem: [UInt8]) -> String? {
    let lines = String(decoding: pem, as: UTF8.self).split(whereSeparator: \.isNewline)
    let body = lines.filter { !$0.hasPrefix("-----") }.joined()
    guard let bytes = Data(base64Encoded: body), !bytes.isEmpty else { return nil }
    return Insecure.SHA1.hash(data: bytes).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
