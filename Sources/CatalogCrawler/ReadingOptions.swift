import ArgumentParser
import CatalogStore
import Foundation
import Reporting

/// What the commands take that only read the database.
struct ReadingOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp("A settings file; repeat it to put files over one another.", valueName: "file"),
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

  /// Opens the database and reads it; faults become messages and exit codes.
  func reading<Value>(_ body: (CatalogDatabase) throws -> Value) async throws -> Value {
    try await reportingFailures {
      // Values that were not parsed cannot be read.
      var common = try CommonOptions.parse([])
      common.config = config
      common.database = database
      let settings = database == nil ? try common.settings() : nil
      let path = common.databasePath(settings)
      return try await reportingDatabase(at: path) {
        try body(try CatalogDatabase.openForReading(at: path))
      }
    }
  }
}

/// How the commands print rows.
struct RowOptions: ParsableArguments {
  @Option(name: .long, help: "How to print: table, csv, json, ndjson or markdown. Default: table.")
  var format: RowFormat?

  @Flag(name: .long, help: "Print JSON; the same as --format json.")
  var json = false

  @Flag(
    name: .long,
    help: "With --format csv, put an apostrophe before texts that a spreadsheet would take for a formula."
  )
  var spreadsheet = false

  var rowFormat: RowFormat { json ? .json : format ?? .table }

  func validate() throws {
    if json, let format, format != .json {
      throw ValidationError("--json and --format \(format.rawValue) exclude each other")
    }
    if spreadsheet, rowFormat != .csv { throw ValidationError("--spreadsheet is for --format csv") }
  }
}

extension RowFormat: ExpressibleByArgument {}

/// Prints rows as they come.
struct RowPrinter: RowReceiver {
  let format: RowFormat
  var isForSpreadsheet = false
  var output = OutputBuffer()
  private var writer: RowWriter?

  init(_ options: RowOptions) {
    format = options.rowFormat
    isForSpreadsheet = options.spreadsheet
  }

  mutating func begin(columns: [String]) {
    writer = RowWriter(
      format,
      columns: columns,
      isForSpreadsheet: isForSpreadsheet,
      width: TerminalSize.columns(of: STDOUT_FILENO)
    )
  }

  mutating func receive(_ row: [Cell]) throws { try output.write(writer?.add(row) ?? "") }

  mutating func end() throws {
    try output.write(writer?.end() ?? "")
    try output.flush()
  }
}
