import ArgumentParser
import Foundation
import Settings

/// What concerns the settings as such.
struct SettingsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "settings",
    abstract: "Look at the settings: what holds, where it comes from, what is wrong.",
    discussion: """
      Examples:
        catalog-crawler settings check
        catalog-crawler settings print
        catalog-crawler settings schema > app-config.schema.json
      """,
    subcommands: [Check.self, Print.self, Schema.self]
  )

  /// Says whether the settings can be used.
  struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Check that the settings can be used, and say what is wrong with them.",
      discussion: """
        Reads the files only and asks nobody; 'auth check' and 'doctor' try them out.

        Exit code: 0 they can be used; 64 wrong arguments; 78 they cannot.

        Examples:
          catalog-crawler settings check
          catalog-crawler settings check --config app-config.yaml --config production.yaml --json
        """
    )

    @OptionGroup var options: SettingsOptions

    func run() async throws {
      let resolved = try await reportingFailures { try options.resolve() }
      let organizations = resolved.values?.scope.map { "\($0.host)/\($0.name)" } ?? []
      let isUsable = resolved.problems.isEmpty
      switch options.outputFormat {
      case .json:
        print(
          JSONOutput.text(
            of: Report(
              usable: isUsable,
              files: resolved.files,
              organizations: organizations,
              problems: resolved.problems.map(SettingsNote.init),
              warnings: (resolved.warnings + resolved.ignored).map(SettingsNote.init)
            )
          )
        )
      case .text:
        var lines = resolved.problems.map { "problem: \($0)" }
        lines += (resolved.warnings + resolved.ignored).map { "warning: \($0)" }
        let count = organizations.count
        lines.append(
          isUsable
            ? "the settings can be used: \(count) \(count == 1 ? "organization" : "organizations")"
              + (count == 0 ? "" : ": " + organizations.joined(separator: ", "))
            : "the settings cannot be used: \(resolved.problems.count) "
              + "\(resolved.problems.count == 1 ? "problem" : "problems"); correct them and check again"
        )
        print(lines.joined(separator: "\n"))
      }
      if !isUsable { throw ExitCode(ExitCodes.settings) }
    }

    private struct Report: Encodable {
      var usable: Bool
      var files: [String]
      /// `HOST/NAME` of each that is crawled.
      var organizations: [String]
      var problems: [SettingsNote]
      var warnings: [SettingsNote]
    }
  }

  /// Prints what holds.
  struct Print: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print every setting as it holds, and where it comes from.",
      discussion: """
        Secrets are shown as ***. Of keys that nobody reads only the name is told.

        Exit code: 0; 64 wrong arguments; 78 the settings cannot be used: what could be read is printed all the same.

        Examples:
          catalog-crawler settings print
          catalog-crawler settings print --config app-config.yaml --config production.yaml
          catalog-crawler settings print --json
        """
    )

    @OptionGroup var options: SettingsOptions

    @Option(
      name: .long,
      help: ArgumentHelp("As for the other commands: wins over crawler.database.", valueName: "file"),
      completion: .file()
    )
    var database: String?

    func run() async throws {
      var resolved = try await reportingFailures { try options.resolve() }
      if let database {
        resolved.settings.removeAll { $0.keyPath == "crawler.database" }
        resolved.settings.append(
          ResolvedSetting(keyPath: "crawler.database", value: .text(database), source: .option("--database"))
        )
      }
      switch options.outputFormat {
      case .json: print(JSONOutput.text(of: SettingsReport(resolved)))
      case .text: print(Self.text(resolved))
      }
      for problem in resolved.problems { StandardError.print("problem: \(problem)") }
      guard resolved.problems.isEmpty else {
        StandardError.print("next: correct the settings, then run 'catalog-crawler settings check'")
        throw ExitCode(ExitCodes.settings)
      }
    }

    private static func text(_ resolved: ResolvedSettings) -> String {
      let rows = resolved.settings.map { ("\($0.keyPath): \($0.value.text)", $0.sourceText) }
      let width = rows.map(\.0.count).filter { $0 <= 60 }.max() ?? 0
      let lines = rows.map { setting, source in
        setting + String(repeating: " ", count: max(2, width + 2 - setting.count)) + "# \(source)"
      }
      return (lines + resolved.ignored.map { "# \($0.keyPath) is not read: \($0.file):\($0.line ?? 1)" })
        .joined(separator: "\n")
    }
  }

  /// Prints the JSON Schema.
  struct Schema: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print the JSON Schema of the settings, for editors.",
      discussion: """
        Draft 2020-12. An editor with the YAML language server checks and completes settings that begin with
        '# yaml-language-server: $schema=app-config.schema.json'.

        Examples:
          catalog-crawler settings schema > app-config.schema.json
        """
    )

    @Flag(name: .long, help: "Print JSON, which a schema always is.")
    var json = false

    func run() { print(SettingsSchema.text, terminator: "") }
  }
}

/// What the commands take that look at the settings.
struct SettingsOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "A settings file; repeat it to put files over one another, the last wins.",
      discussion: "Default: app-config.yaml, then app-config.local.yaml over it.",
      valueName: "file"
    ),
    completion: .settingsFile
  )
  var config: [String] = []

  @Flag(name: .long, help: "Print JSON; the same as --format json.")
  var json = false

  @Option(name: .long, help: "How to print: text or json.")
  var format: OutputFormat?

  var outputFormat: OutputFormat { json ? .json : format ?? .text }

  func resolve() throws(SettingsError) -> ResolvedSettings {
    try SettingsFiles.resolve(
      explicit: config,
      folder: FileManager.default.currentDirectoryPath,
      environment: ProcessInfo.processInfo.environment
    )
  }
}

/// A problem or a warning of the settings, as JSON has it.
struct SettingsNote: Encodable {
  var file: String
  var line: Int?
  var column: Int?
  var keyPath: String
  var message: String

  init(_ problem: SettingsProblem) {
    file = problem.file
    line = problem.line
    column = problem.column
    keyPath = problem.keyPath
    message = problem.message
  }
}

/// The JSON of `settings print`; members are added, never renamed.
private struct SettingsReport: Encodable {
  struct Setting: Encodable {
    var keyPath: String
    /// Absent when it has none, or is secret.
    var value: ResolvedSetting.Value?
    var secret: Bool
    /// Why it has no value; absent when it has one.
    var unset: String?
    /// file, environment, option or default.
    var source: String
    var file: String?
    var line: Int?
    /// Of the environment: the one that it is, or those that it is made of.
    var variables: [String]

    init(_ setting: ResolvedSetting) {
      keyPath = setting.keyPath
      secret = setting.value == .hidden
      variables = setting.variables
      switch setting.value {
      case .hidden: break
      case .unset(let reason): unset = reason
      default: value = setting.value
      }
      switch setting.source {
      case .file(let place):
        source = "file"
        file = place.file
        line = place.line
      case .environment(let name):
        source = "environment"
        variables = [name]
      case .option: source = "option"
      case .builtIn: source = "default"
      }
    }
  }

  var files: [String]
  var settings: [Setting]
  var ignored: [String]
  var problems: [SettingsNote]
  var warnings: [SettingsNote]

  init(_ resolved: ResolvedSettings) {
    files = resolved.files
    settings = resolved.settings.map(Setting.init)
    ignored = resolved.ignored.map(\.keyPath)
    problems = resolved.problems.map(SettingsNote.init)
    warnings = resolved.warnings.map(SettingsNote.init)
  }
}

extension ResolvedSetting.Value: Encodable {
  /// For people.
  fileprivate var text: String {
    switch self {
    case .hidden: "***"
    case .unset: "(nothing)"
    case .null: "null"
    case .boolean(let value): "\(value)"
    case .number(let text), .text(let text): text
    case .list(let values): "[" + values.map(\.text).joined(separator: ", ") + "]"
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .hidden, .unset, .null: try container.encodeNil()
    case .boolean(let value): try container.encode(value)
    case .number(let text):
      if let value = Int(text) {
        try container.encode(value)
      } else if let value = Double(text) {
        try container.encode(value)
      } else {
        try container.encode(text)
      }
    case .text(let text): try container.encode(text)
    case .list(let values): try container.encode(values)
    }
  }
}

extension ResolvedSetting {
  /// Where it comes from, for people.
  fileprivate var sourceText: String {
    var text =
      switch source {
      case .file(let place): "\(place)"
      case .environment(let name): "environment variable \(name)"
      case .option(let name): "option \(name)"
      case .builtIn: "default"
      }
    if !variables.isEmpty { text += " from " + variables.map { "${\($0)}" }.joined(separator: ", ") }
    if case .unset(let reason) = value { text += ": \(reason)" }
    return text
  }
}
