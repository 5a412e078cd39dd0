/// What is wrong with a catalog file, and where.
package struct Problem: Sendable, Equatable {
  /// How much it matters.
  package enum Severity: String, Sendable {
    /// The document is not an entity.
    case error
    /// The document is an entity all the same, or another document stands for it.
    case warning
  }

  /// What kind of fault it is: a short word for machines that stays the same when wordings change.
  package var rule: String
  package var severity: Severity
  /// A sentence for people: what was expected and what came, without the place.
  package var message: String
  /// Counted from 1 in the whole file.
  package var line: Int
  /// Counted from 1, in characters.
  package var column: Int
  /// The way to the value from the document's root, as `metadata.name` or `metadata.tags[0]`; empty for the
  /// root itself and for faults of the YAML text.
  package var keyPath: String

  package init(
    rule: String,
    severity: Severity,
    message: String,
    line: Int,
    column: Int,
    keyPath: String
  ) {
    self.rule = rule
    self.severity = severity
    self.message = message
    self.line = line
    self.column = column
    self.keyPath = keyPath
  }
}

extension Problem: CustomStringConvertible {
  package var description: String {
    let place = keyPath.isEmpty ? "" : "\(keyPath): "
    return "line \(line), column \(column): \(severity.rawValue): \(place)\(message) [\(rule)]"
  }
}
