import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// A plain TCP connection to loopback, to see bytes and ends that HTTP clients hide.
final class Socket: Sendable {
  private let descriptor: Int32

  struct Failure: Error {
    let call: String
    let code: Int32
  }

  /// Connects to `http://127.0.0.1:{port}`.
  init(_ base: String) throws {
    guard let port = URL(string: base)?.port else { throw Failure(call: "URL \(base)", code: 0) }
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
    guard result == 0 else { throw Failure(call: "connect", code: errno) }
  }

  deinit {
    close(descriptor)
  }

  /// Sends a request and gives everything that comes until the connection ends.
  func exchange(_ request: String) throws -> String {
    try send(request)
    return try receiveAll()
  }

  func send(_ text: String) throws {
    let bytes = Array(text.utf8)
    guard write(descriptor, bytes, bytes.count) == bytes.count else {
      throw Failure(call: "write", code: errno)
    }
  }

  /// Everything that comes until the connection ends.
  func receiveAll() throws -> String {
    try receive { _ in false }
  }

  /// Everything that comes until it ends in `end`.
  func receive(until end: String) throws -> String {
    try receive { $0.suffix(end.utf8.count).elementsEqual(end.utf8) }
  }

  private func receive(_ isComplete: ([UInt8]) -> Bool) throws -> String {
    var all: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 65536)
    while !isComplete(all) {
      let count = read(descriptor, &piece, piece.count)
      // A reset is an end too: the simulator may close with unread bytes.
      if count < 0, errno != ECONNRESET { throw Failure(call: "read", code: errno) }
      if count <= 0 { break }
      all += piece[..<count]
    }
    return String(decoding: all, as: UTF8.self)
  }
}
