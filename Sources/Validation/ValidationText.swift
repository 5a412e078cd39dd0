import Catalog
import Reporting

/// The report for people.
package enum ValidationText {
  /// How many characters of a key path are shown; a key may be as long as a file.
  private static let maxKeyPath = 200

  /// Each problem as `path:line:column: error: message [rule]`, the line that it is in with a caret under its
  /// column, and its key path; at the end how many files, entities and problems there are.
  ///
  /// - Parameter isColoured: Whether the output is a terminal that shows colours.
  package static func text(of report: ValidationReport, isColoured: Bool) -> String {
    let style = Style(isColoured: isColoured)
    var text = ""
    for file in report.files {
      for problem in file.problems { append(problem, of: file.path, style, to: &text) }
    }
    return text + report.summary + "\n"
  }

  private static func append(
    _ problem: ReportedProblem,
    of path: String,
    _ style: Style,
    to text: inout String
  ) {
    let place = problem.place.map { ":\($0.line):\($0.column)" } ?? ""
    let severity =
      problem.severity == .error ? style.red("error:") : style.yellow("warning:")
    text += style.bold(DisplayText.line(path + place + ":").text)
    text += " \(severity) \(DisplayText.line(problem.message).text) [\(problem.rule)]\n"
    if let excerpt = problem.excerpt {
      let before = DisplayText.line((excerpt.isCutBefore ? "..." : "") + excerpt.before)
      let after = DisplayText.line(excerpt.after, from: before.width)
      text += "  | \(before.text)\(after.text)\(excerpt.isCutAfter ? "..." : "")\n"
      text += "  | \(String(repeating: " ", count: before.width))\(style.green("^"))\n"
    }
    if !problem.keyPath.isEmpty { text += "  at \(DisplayText.short(problem.keyPath, maxKeyPath))\n" }
  }

  /// Colours of a terminal (ECMA-48, 8.3.117).
  private struct Style {
    var isColoured: Bool

    func bold(_ text: String) -> String { marked(text, "1") }
    func red(_ text: String) -> String { marked(text, "1;31") }
    func yellow(_ text: String) -> String { marked(text, "1;33") }
    func green(_ text: String) -> String { marked(text, "1;32") }

    private func marked(_ text: String, _ code: String) -> String {
      isColoured ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
  }
}
