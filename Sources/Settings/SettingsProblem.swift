/// Something in the settings that is wrong or questionable, and where it stands.
package struct SettingsProblem: Error, Sendable, Equatable, CustomStringConvertible {
  /// The file as it was named, or `environment variable NAME`.
  package var file: String
  /// Counted from 1; nil when the problem concerns the file as a whole or an environment variable.
  package var line: Int?
  /// Counted from 1, in characters; nil when `line` is.
  package var column: Int?
  /// For example `integrations.azure[0].credentials[1].personalAccessToken`; empty for the whole file.
  package var keyPath: String
  /// What was expected and what came.
  package var message: String

  package init(file: String, line: Int?, column: Int?, keyPath: String, message: String) {
    self.file = file
    self.line = line
    self.column = column
    self.keyPath = keyPath
    self.message = message
  }

  init(_ place: SettingsPlace, keyPath: String, message: String) {
    self.init(
      file: place.file,
      line: place.line,
      column: place.column,
      keyPath: keyPath,
      message: message
    )
  }

  /// `FILE:LINE:COLUMN: KEY PATH: MESSAGE`, without the parts that are not known.
  package var description: String {
    var place = file
    if let line { place += ":\(line)" }
    if line != nil, let column { place += ":\(column)" }
    return ([place] + (keyPath.isEmpty ? [] : [keyPath]) + [message]).joined(separator: ": ")
  }
}

/// Why the settings cannot be used: every problem that was found, in the order of reading.
package struct SettingsError: Error, Sendable, Equatable, CustomStringConvertible {
  package var problems: [SettingsProblem]

  package init(problems: [SettingsProblem]) { self.problems = problems }

  /// One line per problem.
  package var description: String { problems.map(\.description).joined(separator: "\n") }
}

/// Where a value of the settings was written.
package struct SettingsPlace: Sendable, Equatable, CustomStringConvertible {
  /// The file as it was named, or `environment variable NAME`.
  package var file: String
  /// Counted from 1; nil for the file as a whole and for an environment variable.
  package var line: Int?
  /// Counted from 1; nil when `line` is.
  package var column: Int?

  package init(file: String, line: Int? = nil, column: Int? = nil) {
    self.file = file
    self.line = line
    self.column = column
  }

  package var description: String { line.map { "\(file):\($0)" } ?? file }
}
