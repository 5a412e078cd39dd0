import Foundation

/// A TCP server on loopback that lets a test say, byte by byte, what comes back.
///
/// Each connection has a thread that runs the test's script; the script sees one connection and may answer
/// several requests on it.
package final class LoopbackServer: Sendable {
  private let listener: Int32
  package let port: UInt16
  private let counts = Locked(Counts())

  private struct Counts {
    var accepted = 0
    var open = 0
    var maxOpen = 0
    var sockets: [Int32] = []
  }

  /// How many connections were ever accepted.
  package var accepted: Int { counts.withLock { $0.accepted } }
  /// The most connections that were open at one time.
  package var maxOpen: Int { counts.withLock { $0.maxOpen } }
  package var url: String { "http://127.0.0.1:\(port)" }

  /// - Parameter script: Runs for each connection; the connection closes when it returns.
  package init(_ script: @escaping @Sendable (Connection) -> Void) throws {
    #if canImport(Glibc)
      listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
      listener = socket(AF_INET, SOCK_STREAM, 0)
    #endif
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listener = self.listener
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        bind(listener, pointer, size) == 0 && listen(listener, 128) == 0
          && getsockname(listener, pointer, &size) == 0
      }
    }
    guard isBound else { throw POSIXError(.EADDRNOTAVAIL) }
    port = UInt16(bigEndian: address.sin_port)
    let counts = counts
    Thread.detachNewThread {
      while true {
        let socket = accept(listener, nil, nil)
        guard socket >= 0 else { return }
        counts.withLock { counts in
          counts.accepted += 1
          counts.open += 1
          counts.maxOpen = max(counts.maxOpen, counts.open)
          counts.sockets.append(socket)
        }
        Thread.detachNewThread {
          script(Connection(socket: socket))
          counts.withLock { counts in
            counts.open -= 1
            counts.sockets.removeAll { $0 == socket }
          }
          close(socket)
        }
      }
    }
  }

  deinit {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
    counts.withLock { counts in for socket in counts.sockets { shutdown(socket, Int32(SHUT_RDWR)) } }
  }

  /// One connection, seen from the server.
  package struct Connection: Sendable {
    fileprivate let socket: Int32

    /// The head of the next request, or nil when the client has closed the connection.
    ///
    /// Bodies are not read.
    package func readHead() -> String? {
      var head: [UInt8] = []
      var byte: UInt8 = 0
      while recv(socket, &byte, 1, 0) == 1 {
        head.append(byte)
        if head.suffix(4) == [13, 10, 13, 10] { return String(decoding: head, as: UTF8.self) }
      }
      return nil
    }

    package func write(_ text: String) { write(Array(text.utf8)) }

    /// - Returns: `false` when the client is gone.
    @discardableResult
    package func write(_ bytes: [UInt8]) -> Bool {
      var sent = 0
      while sent < bytes.count {
        let count = bytes[sent...].withUnsafeBytes {
          send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        guard count > 0 else { return false }
        sent += count
      }
      return true
    }

    /// Answers every request of the connection the same way until the client closes it.
    package func answerAll(_ answer: String) {
      while readHead() != nil { write(answer) }
    }

    /// Waits until the client closes the connection.
    package func waitForClose() {
      var byte: UInt8 = 0
      while recv(socket, &byte, 1, 0) > 0 {}
    }
  }
}
