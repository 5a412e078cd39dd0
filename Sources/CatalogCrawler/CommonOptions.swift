import ArgumentParser
import Foundation
import Settings

/// What every command takes.
struct CommonOptions: ParsableArguments {
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

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The database. Default: crawler.database of the settings, else catalog.sqlite beside them.",
      valueName: "file"
    ),
    completion: .file()
  )
  var database: String?

  @Flag(name: .long, help: "Print JSON on standard output; the same as --format json.")
  var json = false

  @Option(name: .long, help: "How to print: text or json.")
  var format: OutputFormat?

  @Flag(name: [.long, .short], help: "Print no progress and no report; the exit code tells.")
  var quiet = false

  var outputFormat: OutputFormat { json ? .json : format ?? .text }

  /// The settings of the named files, or of the files of the working folder.
  ///
  /// - Parameter noting: Told of the files that are read.
  func settings(noting: @escaping @Sendable (_ path: String) -> Void = { _ in }) throws -> CrawlerSettings {
    let settings = try readSettings(noting: noting)
    if !quiet { for warning in settings.warnings { StandardError.print("warning: \(warning)") } }
    return settings
  }

  /// The same, without its warnings.
  func readSettings(
    noting: @escaping @Sendable (_ path: String) -> Void = { _ in }
  ) throws -> CrawlerSettings {
    try SettingsFiles.read(
      explicit: config,
      folder: FileManager.default.currentDirectoryPath,
      environment: ProcessInfo.processInfo.environment,
      noting: noting
    )
  }

  /// Where the database is.
  func databasePath(_ settings: CrawlerSettings?) -> String {
    if let database { return database }
    if let path = settings?.crawler.database { return path }
    let folder = config.first.map { URL(filePath: $0).deletingLastPathComponent() } ?? URL(filePath: ".")
    return folder.appending(path: "catalog.sqlite").path(percentEncoded: false)
  }
}

enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
  case text
  case json
}
