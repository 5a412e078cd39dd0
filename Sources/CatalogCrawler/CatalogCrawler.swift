import ArgumentParser
import Foundation

/// The program: its commands.
@main
struct CatalogCrawler: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "catalog-crawler",
    abstract:
      "Keeps a company's software catalog true: reads it out of Azure DevOps into one SQLite database.",
    discussion: """
      Examples:
        catalog-crawler init
        catalog-crawler sync
        catalog-crawler report ownership

      Something does not work: catalog-crawler doctor
      """,
    version: Program.version,
    subcommands: [
      ServeCommand.self, SyncCommand.self, RefreshCommand.self, PlanCommand.self, LocationCommand.self,
      StatusCommand.self,
      ReportCommand.self, ShowCommand.self, QueryCommand.self, ExportCommand.self, ValidateCommand.self,
      DatabaseCommand.self, AuthCommand.self, WebhooksCommand.self, DatabaseReferenceCommand.self,
      InitCommand.self, SettingsCommand.self, DoctorCommand.self, CompletionsCommand.self,
      ManualPageCommand.self,
    ]
  )

  /// Runs the command of the command line; one that has printed what could not be written has failed.
  static func main() async {
    await main(nil)
    // What `print` has collected is written at the end, and nobody would be told how that went.
    guard fflush(nil) != 0 else { return }
    exit(withError: ExitCode(OutputError(number: errno).report()))
  }
}

/// What the program calls itself.
enum Program {
  static let version = "0.1.0"
  /// When the version came out.
  static let date = "2026-11-26"
  static let name = "catalog-crawler/\(version)"
}
