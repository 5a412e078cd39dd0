import CatalogServer
import CatalogStore
import Dispatch
import Foundation
import Hummingbird
import Settings
import TestSupport

#if canImport(Glibc)
  import Glibc
#endif

/// The service behind a real socket of loopback.
enum Served {
  /// Serves while `body` runs.
  static func run(
    _ settings: CrawlerSettings,
    commands: RecordedCommands = RecordedCommands(),
    _ body: @escaping @Sendable (_ port: Int, _ log: LogRecorder) async throws -> Void
  ) async throws {
    let folder = try TemporaryFolder()
    let log = LogRecorder()
    let parts = ServerParts(
      database: try CatalogDatabase.open(at: folder.path("catalog.db")),
      commands: commands,
      settings: { settings },
      logger: log.logger
    )
    let (ports, announce) = AsyncStream.makeStream(of: Int.self)
    let application = try CatalogServer.application(parts, at: ListenAddress(host: "127.0.0.1", port: 0)) {
      announce.yield($0)
    }
    try await run(application, ports) { try await body($0, log) }
  }

  /// Runs an application until `body` is done.
  static func run(
    _ application: some ApplicationProtocol,
    _ ports: AsyncStream<Int>,
    _ body: @escaping @Sendable (Int) async throws -> Void
  ) async throws {
    try await withThrowingTaskGroup(of: Bool.self) { group in
      group.addTask {
        try await application.run()
        return false
      }
      group.addTask {
        for await port in ports {
          try await body(port)
          return true
        }
        return false
      }
      while let isDone = try await group.next(), !isDone {}
      group.cancelAll()
      // The server answers its cancellation with an error of no interest.
      try? await group.waitForAll()
    }
  }
}

/// A plain connection to loopback, to send what no HTTP client sends.
final class ClientSocket: Sendable {
  private let descriptor: Int32

  struct Failure: Error {
    let call: String
  }

  init(port: Int) throws {
    #if canImport(Glibc)
      descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
      descriptor = socket(AF_INET, SOCK_STREAM, 0)
    #endif
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else { throw Failure(call: "connect") }
  }

  deinit { close(descriptor) }

  func send(_ text: String) throws {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { sendBytes(descriptor, $0) }
      guard count > 0 else { throw Failure(call: "send") }
      rest = rest.dropFirst(count)
    }
  }

  /// Everything that comes until the connection ends.
  func receiveAll() async -> String {
    await withCheckedContinuation { continuation in
      // On a thread of its own: whoever waits here must not keep the server from its work.
      DispatchQueue.global().async { [descriptor] in
        var all: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
          let count = read(descriptor, &piece, piece.count)
          guard count > 0 else { break }
          all += piece[..<count]
        }
        continuation.resume(returning: String(decoding: all, as: UTF8.self))
      }
    }
  }
}

/// Sends what fits, and gives how much that was.
private func sendBytes(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
  send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
}
