/// Why a YAML document cannot be read, and where.
package struct YAMLProblem: Error, Sendable, Equatable, CustomStringConvertible {
  /// What kind of fault it is: a short stable word for machines.
  package enum Rule: String, Sendable {
    case syntax = "yaml-syntax"
    case encoding = "yaml-encoding"
    case duplicateKey = "yaml-duplicate-key"
    case alias = "yaml-alias"
    case limit = "yaml-limit"
  }

  package var rule: Rule
  /// A sentence for people, without the place.
  package var message: String
  package var mark: YAMLMark
  /// Whether no document of the text was read because of it: the text's encoding, size, number of documents.
  package var isOfWholeText = false

  package init(rule: Rule, message: String, mark: YAMLMark) {
    self.rule = rule
    self.message = message
    self.mark = mark
  }

  package var description: String { "\(mark): \(message)" }

  static func ofWholeText(_ rule: Rule, _ message: String, mark: YAMLMark) -> YAMLProblem {
    var problem = YAMLProblem(rule: rule, message: message, mark: mark)
    problem.isOfWholeText = true
    return problem
  }

  static func tooManyDocuments(limit: Int) -> YAMLProblem {
    .ofWholeText(
      .limit,
      "the file holds more than \(limit) documents",
      mark: YAMLMark(line: 1, column: 1)
    )
  }
}

/// A place in a text; both numbers count from 1, columns in characters.
package struct YAMLMark: Sendable, Equatable, CustomStringConvertible {
  package var line: Int
  package var column: Int

  package init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  package var description: String { "line \(line), column \(column)" }
}
