import Foundation

/// Standard output, or a file, in large pieces.
struct OutputBuffer {
  private static let size = 1 << 16
  private let file: FileHandle
  private let name: String
  private var bytes: [UInt8] = []

  /// - Parameter name: What people are told when it cannot be written.
  init(_ file: FileHandle = .standardOutput, name: String = OutputError.standardOutput) {
    self.file = file
    self.name = name
  }

  /// - Throws: `OutputError`.
  mutating func write(_ text: String) throws(OutputError) {
    bytes.append(contentsOf: text.utf8)
    if bytes.count >= Self.size { try flush() }
  }

  /// - Throws: `OutputError`; what was not written is lost then.
  mutating func flush() throws(OutputError) {
    defer { bytes.removeAll(keepingCapacity: true) }
    if let number = firstFailure(writing: bytes, to: file.fileDescriptor) {
      throw OutputError(number: number, name: name)
    }
  }
}

/// Why an output ends early.
enum OutputError: Error, Equatable, CustomStringConvertible {
  /// Whoever read it has seen enough, such as `head`.
  case notWanted
  /// It cannot be written: the disk is full.
  case failed(_ name: String, reason: String)

  static let standardOutput = "the standard output"

  /// - Parameter number: The system's, of what went wrong.
  init(number: Int32, name: String = standardOutput) {
    self = number == EPIPE ? .notWanted : .failed(name, reason: String(cString: strerror(number)))
  }

  /// Tells people, unless nobody wants to know.
  ///
  /// - Returns: The exit code.
  func report() -> Int32 {
    if self == .notWanted { return ExitCodes.notWanted }
    StandardError.print("error: \(self)")
    return ExitCodes.nothingDone
  }

  var description: String {
    switch self {
    case .notWanted: "nobody reads the output any more"
    case .failed(let name, let reason): "\(name) cannot be written: \(reason)"
    }
  }
}

/// Writes all of it.
///
/// - Returns: The system's number of what went wrong; nil when nothing did.
private func firstFailure(writing bytes: [UInt8], to descriptor: Int32) -> Int32? {
  var rest = bytes[...]
  while !rest.isEmpty {
    let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    if count < 0 {
      let number = errno
      if number == EINTR { continue }
      return number
    }
    rest = rest.dropFirst(count)
  }
  return nil
}
