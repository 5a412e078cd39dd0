/// Writes the language of manual pages, man(7), so that no text is taken for a command of it.
struct RoffWriter {
  private static let lineLength = 70

  private(set) var text = ""

  /// A request with its arguments.
  mutating func macro(_ name: String, _ arguments: [String] = []) {
    let list = arguments.map { " \"\(Self.escaped($0).replacing("\"", with: "\\(dq"))\"" }.joined()
    text += ".\(name)\(list)\n"
  }

  mutating func bold(_ text: String) { line("\\fB\(Self.escaped(text))\\fR") }

  /// A line that is escaped already.
  mutating func line(_ line: String) { text += line + "\n" }

  /// Text of one paragraph, in lines of a common length: what reads them fills them anew.
  mutating func paragraph(_ paragraph: String) {
    var current = ""
    for word in paragraph.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
      if !current.isEmpty, current.count + word.count >= Self.lineLength {
        line(Self.protected(Self.escaped(current)))
        current = ""
      }
      current += (current.isEmpty ? "" : " ") + word
    }
    if !current.isEmpty { line(Self.protected(Self.escaped(current))) }
  }

  /// The discussion of a command: paragraphs with empty lines between them; a line that ends with a colon and
  /// indented ones after it are examples, which are not filled.
  mutating func discussion(_ discussion: String) {
    var isExample = false
    for part in discussion.split(separator: "\n", omittingEmptySubsequences: false) {
      let isIndented = part.hasPrefix("  ")
      if isIndented != isExample {
        if isIndented {
          macro("PP")
          macro("nf")
          macro("RS", ["4"])
        } else {
          macro("RE")
          macro("fi")
        }
        isExample = isIndented
      }
      if part.allSatisfy({ $0 == " " }) {
        if !isExample { macro("PP") }
      } else if isIndented {
        line(Self.protected(Self.escaped(String(part.dropFirst(2)))))
      } else {
        paragraph(String(part))
      }
    }
    if isExample {
      macro("RE")
      macro("fi")
    }
  }

  /// Backslashes and hyphens as the language writes them; a hyphen that people may copy is a minus.
  static func escaped(_ text: String) -> String {
    var escaped = ""
    for character in text {
      switch character {
      case "\\": escaped += "\\e"
      case "-": escaped += "\\-"
      case "'": escaped += "\\(aq"
      case "`": escaped += "\\(ga"
      case "^": escaped += "\\(ha"
      case "~": escaped += "\\(ti"
      default: escaped.append(character)
      }
    }
    return escaped
  }

  /// A line that begins like a request is none.
  private static func protected(_ line: String) -> String {
    line.hasPrefix(".") || line.hasPrefix("\\(aq") ? "\\&" + line : line
  }
}
