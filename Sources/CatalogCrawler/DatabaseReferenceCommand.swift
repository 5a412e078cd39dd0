import ArgumentParser
import CatalogStore

/// Prints the part of `docs/database.md` that the migrations say; for `Scripts/database-reference.sh`.
struct DatabaseReferenceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "database-reference",
    abstract: "Print what the tables and views are, in Markdown.",
    shouldDisplay: false
  )

  func run() throws { print(try SchemaReference().markdown, terminator: "") }
}
