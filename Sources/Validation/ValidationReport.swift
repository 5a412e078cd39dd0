package import Catalog

/// What validating files came to: the one value that every format prints.
package struct ValidationReport: Sendable, Equatable {
  /// In the order of their paths' bytes; each path once.
  package var files: [FileReport]

  package init(files: [FileReport] = []) {
    self.files = files
  }

  /// How many documents are entities.
  package var entities: Int { files.reduce(0) { $0 + $1.entities.count } }
  package var errors: Int { count(of: .error) }
  package var warnings: Int { count(of: .warning) }

  /// Whether the command fails.
  ///
  /// - Parameter strict: Whether a warning is enough for that.
  package func isFailure(strict: Bool) -> Bool { errors > 0 || (strict && warnings > 0) }

  /// For people: `3 files, 12 entities, 2 errors, 1 warning`.
  package var summary: String {
    func counted(_ count: Int, _ one: String, _ many: String) -> String {
      "\(count) \(count == 1 ? one : many)"
    }
    return [
      counted(files.count, "file", "files"), counted(entities, "entity", "entities"),
      counted(errors, "error", "errors"), counted(warnings, "warning", "warnings"),
    ].joined(separator: ", ")
  }

  private func count(of severity: Problem.Severity) -> Int {
    files.reduce(0) { $0 + $1.problems.count { $0.severity == severity } }
  }
}

/// What one file came to.
package struct FileReport: Sendable, Equatable {
  /// An entity and the line that its document begins at, counted from 1.
  package struct EntityPlace: Sendable, Equatable {
    package var ref: EntityRef
    package var line: Int

    package init(ref: EntityRef, line: Int) {
      self.ref = ref
      self.line = line
    }
  }

  /// As it was named, or found in a named folder: relative paths stay relative.
  package var path: String
  /// In the order of the file.
  package var entities: [EntityPlace]
  /// In the order of their places.
  package var problems: [ReportedProblem]

  package init(path: String, entities: [EntityPlace] = [], problems: [ReportedProblem] = []) {
    self.path = path
    self.entities = entities
    self.problems = problems
  }
}

/// A problem of a file, with what a reader wants to see of it.
package struct ReportedProblem: Sendable, Equatable {
  /// A place in a file; both numbers count from 1, columns in characters (Unicode scalars).
  package struct Place: Sendable, Equatable {
    package var line: Int
    package var column: Int

    package init(line: Int, column: Int) {
      self.line = line
      self.column = column
    }
  }

  package var severity: Problem.Severity
  package var rule: String
  /// A sentence for people, without the place; may hold any character of the file.
  package var message: String
  /// Nil when the file could not be read at all.
  package var place: Place?
  /// The way to the value from its document's root; empty for the root itself and for faults of the text.
  package var keyPath: String
  /// The entity that the document is or claims to be; nil when that cannot be known.
  package var ref: EntityRef?
  /// The line that the problem is in; nil as `place`.
  package var excerpt: SourceExcerpt?

  package init(
    severity: Problem.Severity,
    rule: String,
    message: String,
    place: Place? = nil,
    keyPath: String = "",
    ref: EntityRef? = nil,
    excerpt: SourceExcerpt? = nil
  ) {
    self.severity = severity
    self.rule = rule
    self.message = message
    self.place = place
    self.keyPath = keyPath
    self.ref = ref
    self.excerpt = excerpt
  }
}
