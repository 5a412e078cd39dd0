import Foundation
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore

extension Simulator {
  /// Serves on loopback while `body` runs, then closes every connection and the socket.
  ///
  /// - Parameters:
  ///   - port: the port to listen on; 0: any free one.
  ///   - host: the address to listen on.
  ///   - body: gets `http://{host}:{port}`, without a slash behind.
  /// - Throws: what `body` throws, or why the socket cannot be had.
  package func serving<R: Sendable>(
    port: Int = 0,
    host: String = "127.0.0.1",
    _ body: (_ baseURL: String) async throws -> R
  ) async throws -> R {
    try await serving(plain, scheme: "http", host: host, port: port, body)
  }

  /// Serves on two sockets, one of them with TLS, while `body` runs; the same world answers on both.
  ///
  /// - Parameters:
  ///   - certificates: what the socket with TLS shows.
  ///   - port: the port without TLS; 0: any free one.
  ///   - securePort: the port with TLS; 0: any free one.
  ///   - host: the address to listen on, one the certificate is for: `127.0.0.1`, `localhost` or `::1`.
  ///   - body: gets `http://{host}:{port}` and `https://{host}:{securePort}`, without a slash behind.
  /// - Throws: what `body` throws, or why a socket cannot be had.
  package func serving<R: Sendable>(
    with certificates: SimulatorCertificates,
    port: Int = 0,
    securePort: Int = 0,
    host: String = "127.0.0.1",
    _ body: (_ baseURL: String, _ secureBaseURL: String) async throws -> R
  ) async throws -> R {
    let secure = try HTTPServerBuilder.tls(plain, tlsConfiguration: certificates.serverConfiguration())
    return try await serving(plain, scheme: "http", host: host, port: port) { base in
      try await serving(secure, scheme: "https", host: host, port: securePort) { secureBase in
        try await body(base, secureBase)
      }
    }
  }

  private var plain: HTTPServerBuilder {
    .http1(configuration: .init(additionalChannelHandlers: [ConnectionCounter(self)]))
  }

  private func serving<R: Sendable>(
    _ server: HTTPServerBuilder,
    scheme: String,
    host: String,
    port: Int,
    _ body: (_ baseURL: String) async throws -> R
  ) async throws -> R {
    let (ports, announce) = AsyncStream.makeStream(of: Int.self)
    let executor = EventLoopExecutor(EventLoopGroupProvider.singleton.eventLoopGroup.next())
    let application = Application(
      responder: Carrier(simulator: self, scheme: scheme),
      server: server,
      // A benchmark opens many connections at once; the default of 256 waiting ones is few.
      configuration: ApplicationConfiguration(address: .hostname(host, port: port), backlog: 1024),
      onServerRunning: { channel in
        announce.yield(channel.localAddress?.port ?? port)
      },
      eventLoopGroupProvider: .shared(executor.loop),
      logger: Logger(label: "azure-simulator") { _ in SwiftLogNoOpLogHandler() }
    )
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask(executorPreference: executor) {
        defer { announce.finish() }
        try await application.run()
      }
      for await port in ports {
        group.addTask { [self] in await hooks.deliver(base: "\(scheme)://\(host):\(port)") }
        let result = try await body("\(scheme)://\(host):\(port)")
        group.cancelAll()
        // The server answers its cancellation with an error of no interest.
        try? await group.waitForAll()
        return result
      }
      try await group.waitForAll()
      throw ServingError(description: "\(host):\(port): the server ended before it listened")
    }
  }
}

/// Why the simulator does not serve.
struct ServingError: Error, CustomStringConvertible {
  let description: String
}
