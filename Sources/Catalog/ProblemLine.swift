/// Where a problem is, to find the text of its line by.
struct ProblemLine: Hashable {
  private let line: Int
  private let column: Int

  init(_ problem: Problem) { (line, column) = (problem.line, problem.column) }

  /// The text of each problem's line; the content is walked over once, and not at all without a problem.
  static func all(of problems: [Problem], in content: [UInt8]) -> [ProblemLine: String] {
    guard !problems.isEmpty else { return [:] }
    var reader = ExcerptReader(content)
    var lines: [ProblemLine: String] = [:]
    for place in Set(problems.map(ProblemLine.init)).sorted(by: isBefore) {
      let excerpt = reader.excerpt(line: place.line, column: place.column)
      lines[place] =
        (excerpt.isCutBefore ? "…" : "") + excerpt.before + excerpt.after + (excerpt.isCutAfter ? "…" : "")
    }
    return lines
  }

  private static func isBefore(_ left: ProblemLine, _ right: ProblemLine) -> Bool {
    (left.line, left.column) < (right.line, right.column)
  }
}
