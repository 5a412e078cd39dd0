import Crypto
package import Foundation
import NIOSSL
import SwiftASN1
import X509

/// A certificate for `localhost` and loopback addresses under a certificate authority of its own.
///
/// Made anew for every run: no key is ever kept in a file. Authority and leaf have key identifiers, as
/// strict clients want (facts/azure-identity.md 8.1).
package struct SimulatorCertificates: Sendable {
  /// The authority's certificate, which a client has to trust.
  package let authorityPEM: String
  /// SHA-1 of the server's certificate, 40 upper-case hexadecimal digits, for
  /// `IDENTITY_SERVER_THUMBPRINT` (facts/azure-identity.md 2.6).
  package let thumbprint: String
  private let certificatePEM: String
  private let keyPEM: String

  /// How long both certificates are valid, and how much earlier than now they begin, for clocks that differ.
  private static let lifetime: TimeInterval = 7 * 86400
  private static let earlier: TimeInterval = 3600

  /// Makes both certificates.
  ///
  /// - Parameters:
  ///   - now: when they begin to be valid, less an hour.
  ///   - authority: the authority's name, to tell one from another.
  /// - Throws: when a certificate cannot be made, which no input leads to.
  package init(now: Date, authority: String = "azure-simulator authority") throws {
    let dates = (begin: now - Self.earlier, end: now + Self.lifetime)
    let authorityKey = Certificate.PrivateKey(P256.Signing.PrivateKey())
    let leafKey = P256.Signing.PrivateKey()
    let authorityName = try DistinguishedName { CommonName(authority) }
    let authorityCertificate = try Certificate(
      version: .v3,
      serialNumber: .init(),
      publicKey: authorityKey.publicKey,
      notValidBefore: dates.begin,
      notValidAfter: dates.end,
      issuer: authorityName,
      subject: authorityName,
      signatureAlgorithm: .ecdsaWithSHA256,
      extensions: try Self.authorityExtensions(authorityKey.publicKey),
      issuerPrivateKey: authorityKey
    )
    let leafPublicKey = Certificate.PublicKey(leafKey.publicKey)
    let certificate = try Certificate(
      version: .v3,
      serialNumber: .init(),
      publicKey: leafPublicKey,
      notValidBefore: dates.begin,
      notValidAfter: dates.end,
      issuer: authorityName,
      subject: try DistinguishedName { CommonName("localhost") },
      signatureAlgorithm: .ecdsaWithSHA256,
      extensions: try Self.leafExtensions(leafPublicKey, authorityKey.publicKey),
      issuerPrivateKey: authorityKey
    )
    let certificateDocument = try certificate.serializeAsPEM()
    authorityPEM = try authorityCertificate.serializeAsPEM().pemString + "\n"
    certificatePEM = certificateDocument.pemString
    keyPEM = leafKey.pemRepresentation
    thumbprint = Insecure.SHA1.hash(data: certificateDocument.derBytes)
      .map { byte in String(byte >> 4, radix: 16) + String(byte & 15, radix: 16) }.joined().uppercased()
  }

  /// Writes `ca.pem` and `thumbprint.txt` into a folder, which is made when it is not there.
  ///
  /// - Throws: when a file cannot be written.
  package func write(to folder: URL) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data(authorityPEM.utf8).write(to: folder.appending(path: "ca.pem"))
    try Data("\(thumbprint)\n".utf8).write(to: folder.appending(path: "thumbprint.txt"))
  }

  /// How a server uses them.
  func serverConfiguration() throws -> TLSConfiguration {
    TLSConfiguration.makeServerConfiguration(
      certificateChain: [
        .certificate(try NIOSSLCertificate(bytes: Array(certificatePEM.utf8), format: .pem))
      ],
      privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(keyPEM.utf8), format: .pem))
    )
  }

  private static func authorityExtensions(_ key: Certificate.PublicKey) throws -> Certificate.Extensions {
    try Certificate.Extensions {
      Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
      Critical(KeyUsage(keyCertSign: true, cRLSign: true))
      SubjectKeyIdentifier(hash: key)
    }
  }

  private static func leafExtensions(_ key: Certificate.PublicKey, _ authority: Certificate.PublicKey) throws
    -> Certificate.Extensions
  {
    try Certificate.Extensions {
      Critical(BasicConstraints.notCertificateAuthority)
      Critical(KeyUsage(digitalSignature: true))
      try ExtendedKeyUsage([.serverAuth])
      SubjectKeyIdentifier(hash: key)
      AuthorityKeyIdentifier(keyIdentifier: SubjectKeyIdentifier(hash: authority).keyIdentifier)
      SubjectAlternativeNames([
        .dnsName("localhost"),
        .ipAddress(ASN1OctetString(contentBytes: [127, 0, 0, 1])),
        .ipAddress(ASN1OctetString(contentBytes: [UInt8](repeating: 0, count: 15) + [1])),
      ])
    }
  }
}
