import ArgumentParser
import CatalogStore

/// Goes on changing a generated catalog, as a crawl does: what answers are measured beside.
struct WriteCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "write",
    abstract: "Change entities of a generated database at an even pace until it is stopped."
  )

  @Option(name: .long, help: "How many entities the database has.")
  var entities = 100_000

  @Option(name: .long, help: "How many entities change a second.")
  var rate = 400

  @Argument(help: "The database.")
  var database: String

  func run() async throws {
    let catalog = try CatalogDatabase.open(at: database)
    say("writing \(rate) entities a second")
    try await GeneratedCatalog(entities: entities).keepChanging(catalog, entitiesPerSecond: rate)
  }
}
