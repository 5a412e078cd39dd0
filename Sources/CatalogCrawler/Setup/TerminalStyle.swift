import Foundation

/// Colours, where they are wanted: on a terminal that has them, unless `NO_COLOR` says otherwise.
struct TerminalStyle: Sendable {
  let isColoured: Bool

  /// How standard output is written.
  static var output: TerminalStyle {
    let environment = ProcessInfo.processInfo.environment
    return TerminalStyle(
      isColoured: isatty(STDOUT_FILENO) == 1 && environment["NO_COLOR", default: ""].isEmpty
        && environment["TERM"] != "dumb"
    )
  }

  func red(_ text: String) -> String { coloured(text, 31) }
  func green(_ text: String) -> String { coloured(text, 32) }
  func yellow(_ text: String) -> String { coloured(text, 33) }
  func dim(_ text: String) -> String { coloured(text, 2) }

  private func coloured(_ text: String, _ code: Int) -> String {
    isColoured ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}

/// The size of a terminal.
enum TerminalSize {
  /// Columns of the terminal that a descriptor writes to; nil when it is none, or does not say.
  static func columns(of descriptor: Int32) -> Int? {
    var size = winsize()
    guard isatty(descriptor) == 1, ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
      return nil
    }
    return Int(size.ws_col)
  }
}
