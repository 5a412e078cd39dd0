import Foundation
import Hummingbird
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
    let (ports, announce) = AsyncStream.makeStream(of: Int.self)
    let executor = EventLoopExecutor(EventLoopGroupProvider.singleton.eventLoopGroup.next())
    let application = self.application(host: host, port: port, on: executor.loop, announce)
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask(executorPreference: executor) {
        defer { announce.finish() }
        try await application.run()
      }
      for await port in ports {
        let result = try await body("http://\(host):\(port)")
        group.cancelAll()
        // The server answers its cancellation with an error of no interest.
        try? await group.waitForAll()
        return result
      }
      try await group.waitForAll()
      throw ServingError(description: "\(host):\(port): the server ended before it listened")
    }
  }

  private func application(
    host: String,
    port: Int,
    on loop: any EventLoop,
    _ announce: AsyncStream<Int>.Continuation
  ) -> Application<Carrier> {
    Application(
      responder: Carrier(simulator: self),
      server: .http1(configuration: .init(additionalChannelHandlers: [ConnectionCounter(self)])),
      // A benchmark opens many connections at once; the default of 256 waiting ones is few.
      configuration: ApplicationConfiguration(address: .hostname(host, port: port), backlog: 1024),
      onServerRunning: { channel in
        announce.yield(channel.localAddress?.port ?? port)
      },
      eventLoopGroupProvider: .shared(loop),
      logger: Logger(label: "azure-simulator") { _ in SwiftLogNoOpLogHandler() }
    )
  }
}

/// Why the simulator does not serve.
struct ServingError: Error, CustomStringConvertible {
  let description: String
}
