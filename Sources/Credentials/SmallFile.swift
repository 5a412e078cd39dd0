import Foundation

/// Reads files that hold a key or a token.
enum SmallFile {
  /// What reading came to.
  enum Content: Equatable, Sendable {
    case bytes([UInt8])
    /// Why there is nothing; for messages.
    case unreadable(String)
  }

  /// The content of a regular file; links are followed, since Kubernetes gives tokens as links.
  static func read(_ path: String, maxBytes: Int) -> Content { read(path, maxBytes: maxBytes, flags: 0) }

  /// The content of a regular file that is no link.
  static func readUnlinked(_ path: String, maxBytes: Int) -> Content {
    read(path, maxBytes: maxBytes, flags: O_NOFOLLOW)
  }

  private static func read(_ path: String, maxBytes: Int, flags: Int32) -> Content {
    // Without O_NONBLOCK the open of a pipe would wait for its other end.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | flags)
    guard descriptor >= 0 else { return .unreadable(String(cString: strerror(errno))) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return .unreadable(String(cString: strerror(errno))) }
    guard status.st_mode & S_IFMT == S_IFREG else { return .unreadable("it is no regular file") }
    guard Int(status.st_size) <= maxBytes else { return .unreadable("it is larger than \(maxBytes) bytes") }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while bytes.count <= maxBytes {
      let count = Foundation.read(descriptor, &buffer, buffer.count)
      guard count >= 0 else { return .unreadable(String(cString: strerror(errno))) }
      if count == 0 { return .bytes(bytes) }
      bytes += buffer[..<count]
    }
    return .unreadable("it is larger than \(maxBytes) bytes")
  }
}
