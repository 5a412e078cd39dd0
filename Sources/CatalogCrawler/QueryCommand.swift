import ArgumentParser
import CatalogStore

/// Answers a question in SQL.
struct QueryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "query",
    abstract: "Ask the database in SQL; nothing can be written.",
    discussion: """
      The tables and views are explained in docs/database.md. A crawl may write meanwhile: the answer is of one moment.

      Exit code: 0; 1 the database cannot be read; 64 wrong arguments, or no query.

      Examples:
        catalog-crawler query "SELECT kind, count(*) FROM report_entities GROUP BY kind"
        catalog-crawler query "SELECT * FROM report_ownership WHERE ownership <> 'owned'" --format csv > gaps.csv
      """
  )

  @OptionGroup var options: ReadingOptions
  @OptionGroup var rows: RowOptions

  @Argument(help: "One statement: SELECT, WITH, VALUES, EXPLAIN or PRAGMA.")
  var sql: String

  func run() async throws {
    var printer = RowPrinter(rows)
    try await options.reading { database in
      do {
        try database.answer(sql, to: &printer)
      } catch let error as QuestionError {
        try printer.output.flush()
        StandardError.print("error: \(error)")
        throw ExitCode(ExitCodes.usage)
      }
      try printer.end()
    }
  }
}
