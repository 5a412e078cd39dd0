import ArgumentParser
import CatalogStore
import Foundation

/// Measures what the database costs with many entities: makes them with the code that a crawl stores them with, and
/// asks what people and the API ask.
///
/// Run by `Scripts/benchmark.sh --entities N`; not a part of the product.
@main
struct CatalogBenchmark: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "catalog-benchmark",
    abstract: "Measures a database of many generated entities.",
    subcommands: [ServeCommand.self, WriteCommand.self, MeasureCommand.self],
    defaultSubcommand: MeasureCommand.self
  )
}

/// Asks what people and the API ask, and times it.
struct MeasureCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "measure",
    abstract: "Time questions to a generated database, and changes of it."
  )

  @Option(name: .long, help: "How many entities.")
  var entities = 100_000

  @Argument(help: "The database: made when it is not there, else only asked.")
  var database: String

  func run() async throws {
    let isNew = !FileManager.default.fileExists(atPath: database)
    let catalog = try CatalogDatabase.open(at: database)
    let world = GeneratedCatalog(entities: entities)
    if isNew { try await world.fill(catalog) }
    let sizes = DatabaseSizes(path: database)
    try await sizes.report(catalog)
    try await world.reportChanges(catalog)
    let isFast = try await QueryTimes(entities: entities).report(catalog)
    if !isFast { throw ExitCode(1) }
  }
}

/// Prints a line at once: a run takes minutes.
func say(_ line: String) {
  print(line)
  fflush(nil)
}

extension Duration {
  /// In milliseconds.
  var milliseconds: Double { self / .milliseconds(1) }
}
