import Foundation

/// What people are told beside a command's output.
enum StandardError {
  static func print(_ line: String) { write(line + "\n") }

  /// Nobody can be told when it cannot be written.
  static func write(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data(text.utf8)) }

  static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }
}
