import ArgumentParser
import Crawl
import Foundation
import Settings
import Validation

/// Judges catalog files of this machine as a crawl would judge them.
struct ValidateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate",
    abstract: "Check catalog files of this machine; needs no network, no database and no settings.",
    discussion: """
      Says the same about a file as a crawl does. Of a folder, every catalog-info.yaml and catalog-info.yml in \
      it is checked at any depth; hidden folders, node_modules and symbolic links are skipped.

      Files that placeholders take in and that Locations lead to are read from the same checkout; what is in \
      other repositories counts as valid.

      The limits of crawler.yaml and the rules of catalog.rules count when --config names settings or the working \
      folder has some.

      Exit code: 0 no error; 1 an error, also a file that cannot be read; 64 wrong arguments; 78 wrong \
      settings in a file that --config names.

      Examples:
        catalog-crawler validate
        catalog-crawler validate catalog-info.yaml services --strict
        git show :catalog-info.yaml | catalog-crawler validate -
        catalog-crawler validate --format sarif > catalog.sarif
      """
  )

  @Argument(help: "Files, folders, or - for the standard input. Default: the working folder.")
  var paths: [String] = []

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Files of this name in folders, in place of catalog-info.yaml and .yml; *, ? and [...] as in a shell.",
      discussion: "Repeat it for more names.",
      valueName: "pattern"
    )
  )
  var glob: [String] = []

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Skip folders of this name, such as skeleton; repeat it for more.",
      valueName: "folder"
    )
  )
  var exclude: [String] = []

  @Option(
    name: .long,
    help: ArgumentHelp("A settings file; repeat it to put files over one another.", valueName: "file")
  )
  var config: [String] = []

  @Flag(name: .long, help: "Fail on warnings too.")
  var strict = false

  @Option(name: .long, help: "How to print: text, json, sarif, azure-pipelines or github.")
  var format: ValidationFormat?

  @Flag(name: .long, help: "Print JSON on standard output; the same as --format json.")
  var json = false

  @Flag(name: [.long, .short], help: "Print nothing; the exit code tells.")
  var quiet = false

  func validate() throws {
    if json, let format, format != .json {
      throw ValidationError("--json and --format \(format.rawValue) exclude each other")
    }
    for name in glob + exclude where name.isEmpty || name.contains("/") {
      throw ValidationError("--glob and --exclude take names without '/', got '\(name)'")
    }
    for path in paths where path.isEmpty {
      throw ValidationError("expected a file, a folder or -, got an empty argument")
    }
  }

  func run() async throws {
    let surroundings = try await reportingFailures { try checkouts() }
    let input = ValidationInput(patterns: glob, excludedFolders: exclude)
    let items = input.items(for: paths.isEmpty ? ["."] : paths)
    if items.isEmpty {
      note("there is no catalog file in \(paths.isEmpty ? "this folder" : "what was named")")
    }
    var validator = Validator(limits: surroundings.limits, surroundings: surroundings)
    for item in items { add(item, to: &validator) }
    // What Locations lead to is judged as well, as a crawl would read it.
    while case let led = validator.takeLedFiles(), !led.isEmpty {
      for path in led { add(.file(path: path), to: &validator) }
    }
    let report = validator.report
    let isFailure = report.isFailure(strict: strict)
    if !quiet {
      try await reportingFailures {
        var output = OutputBuffer()
        try output.write(text(of: report, isFailure: isFailure))
        try output.flush()
      }
    }
    if isFailure { throw ExitCode(ExitCodes.nothingDone) }
  }

  private func add(_ item: ValidationInput.Item, to validator: inout Validator) {
    do throws(ValidationInput.Unreadable) {
      switch item {
      case .standardInput:
        validator.add(try ValidationInput.standardInput(), path: item.path, isPartOfCatalog: false)
      case .file(let path):
        validator.add(try ValidationInput.content(of: path), path: path)
      case .unreadable(let path, let reason):
        validator.add(unreadable: path, reason: reason)
      }
    } catch {
      validator.add(unreadable: item.path, reason: error.reason)
    }
  }

  private func text(of report: ValidationReport, isFailure: Bool) -> String {
    switch json ? .json : format ?? .text {
    case .text: ValidationText.text(of: report, isColoured: StandardOutput.isColoured)
    case .json: ValidationJSON.text(of: report)
    case .sarif:
      ValidationSARIF.text(
        of: report,
        version: Program.version,
        folder: FileManager.default.currentDirectoryPath
      )
    case .azurePipelines: PipelineLogs.azurePipelines(report, isFailed: isFailure)
    case .github: PipelineLogs.github(report)
    }
  }

  /// What a crawl with the settings judges by.
  ///
  /// Settings that merely lie in the working folder are not what the command is about: they may need
  /// variables that only the server has. So they count when they can be read and are told of when not.
  private func checkouts() throws -> Checkouts {
    do {
      let settings = try SettingsFiles.read(
        explicit: config,
        folder: FileManager.default.currentDirectoryPath,
        environment: ProcessInfo.processInfo.environment
      )
      return try Checkouts(settings: settings)
    } catch {
      guard config.isEmpty else { throw error }
      if SettingsFiles.defaultNames.contains(where: FileManager.default.fileExists(atPath:)) {
        note("the settings of this folder cannot be used, so the default limits count:\n\(error)")
      }
      return try Checkouts(settings: nil)
    }
  }

  private func note(_ text: String) {
    if !quiet { StandardError.print("warning: \(text)") }
  }
}

/// How `validate` prints its report.
enum ValidationFormat: String, ExpressibleByArgument, CaseIterable {
  case text
  case json
  case sarif
  case azurePipelines = "azure-pipelines"
  case github
}

/// Where reports go.
enum StandardOutput {
  /// Whether it is a terminal that may show colours (https://no-color.org).
  static var isColoured: Bool {
    let environment = ProcessInfo.processInfo.environment
    return isatty(STDOUT_FILENO) == 1 && environment["NO_COLOR", default: ""].isEmpty
      && environment["TERM"] != "dumb"
  }
}
