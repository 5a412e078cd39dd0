import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Testing

@testable import AzureSimulator

/// TLS on real sockets (facts/azure-identity.md 8.1).
@Suite(.timeLimit(.minutes(1))) struct IdentityServingTests {
  private let certificates: SimulatorCertificates

  init() throws {
    certificates = try SimulatorCertificates(now: Date())
  }

  private static let request = """
    GET /contoso.example/v2.0/.well-known/openid-configuration HTTP/1.1\r
    Host: localhost\r
    Connection: close\r
    \r

    """

  @Test func `a client that trusts the authority gets answers`() async throws {
    let answer = try await Simulator(world: IdentityAsking.world).serving(with: certificates) { _, secure in
      try await SecureConnection(trusting: certificates.authorityPEM).exchange(Self.request, at: secure)
    }

    #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
    #expect(answer.contains(#""token_endpoint":"https://localhost/contoso.example/oauth2/v2.0/token""#))
  }

  @Test func `another authority of the same name is not trusted`() async throws {
    let other = try SimulatorCertificates(now: Date())
    try await Simulator(world: IdentityAsking.world).serving(with: certificates) { _, secure in
      _ = await #expect(throws: (any Error).self) {
        try await SecureConnection(trusting: other.authorityPEM).exchange(Self.request, at: secure)
      }
    }
  }

  @Test func `the certificate is for localhost and both loopback addresses`() throws {
    let certificate = try #require(
      try certificates.serverConfiguration().certificateChain.compactMap {
        if case .certificate(let certificate) = $0 { certificate } else { nil }
      }.first
    )

    let names = certificate._subjectAlternativeNames().map { Array($0.contents) }
    #expect(
      names == [
        Array("localhost".utf8), [127, 0, 0, 1], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
      ]
    )
  }

  @Test func `the same simulator answers without TLS at the same time`() async throws {
    let simulator = Simulator(world: IdentityAsking.world)
    let answer = try await simulator.serving(with: certificates) { plain, secure in
      _ = try await SecureConnection(trusting: certificates.authorityPEM)
        .exchange(Self.request, at: secure)
      return try Socket(plain).exchange(Self.request)
    }

    #expect(answer.contains(#""token_endpoint":"http://localhost/contoso.example/oauth2/v2.0/token""#))
    #expect(simulator.requests.byRoute == ["discovery": 2])
  }

  @Test func `the authority and the thumbprint are written, the keys are not`() throws {
    let folder = TemporaryFolder()
    let address = folder.address.appending(path: "new/tls")
    try certificates.write(to: address)

    let names = try FileManager.default.contentsOfDirectory(atPath: address.path).sorted()
    let authority = try String(contentsOf: address.appending(path: "ca.pem"), encoding: .utf8)
    #expect(names == ["ca.pem", "thumbprint.txt"])
    #expect(authority.hasPrefix("-----BEGIN CERTIFICATE-----\n"))
    #expect(authority.hasSuffix("-----END CERTIFICATE-----\n"))
    #expect(certificates.thumbprint.count == 40)
    #expect(certificates.thumbprint.allSatisfy { "0123456789ABCDEF".contains($0) })
  }
}

/// One TLS connection to loopback that checks the server's certificate as clients do.
private struct SecureConnection {
  private let context: NIOSSLContext

  init(trusting authority: String) throws {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(authority.utf8)))
    context = try NIOSSLContext(configuration: configuration)
  }

  /// Sends a request and gives everything that comes until the connection ends.
  func exchange(_ request: String, at base: String) async throws -> String {
    let port = try #require(URL(string: base)?.port)
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .connect(host: "127.0.0.1", port: port) { channel in
        channel.eventLoop.makeCompletedFuture {
          let handler = try NIOSSLClientHandler(context: context, serverHostname: nil)
          try channel.pipeline.syncOperations.addHandler(handler)
          return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
        }
      }
    return try await channel.executeThenClose { inbound, outbound in
      try await outbound.write(ByteBuffer(string: request))
      var answer = ByteBuffer()
      for try await piece in inbound { answer.writeImmutableBuffer(piece) }
      return String(buffer: answer)
    }
  }
}
