import ArgumentParser
import Catalog
import CatalogStore
import Crawl

extension LocationCommand {
  struct Refresh: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Read a location again, and what it leads to.",
      discussion: """
        Also one of the settings, once a sync has met it. A service that runs with the database does it, and its \
        report is printed. What is as it was costs one request for each file.

        Examples:
          catalog-crawler location refresh 'https://dev.azure.com/contoso/Docs/_git/catalog?path=/all.yaml'
          catalog-crawler location refresh 'https://dev.azure.com/contoso/Docs/_git/catalog?path=/all.yaml' --no-wait
        """
    )

    @OptionGroup var options: CommonOptions

    @OptionGroup var waitOptions: WaitOptions

    @OptionGroup var handOver: HandOverOptions

    @Argument(help: "The address of the location, in any spelling.")
    var url: String

    func run() async throws {
      let (run, result, problem) = try await reportingFailures {
        let settings = try options.settings()
        let address = try LocationCommand.address(url, settings)
        let path = options.databasePath(settings)
        return try await reportingDatabase(at: path) {
          let waiting = waitOptions.waiting(quiet: options.quiet)
          let database = try await waiting.whenFree { try CatalogDatabase.open(at: path) }
          // One that is registered and stands in the settings is one file.
          let known = try await database.locations()
          guard let location = known.first(where: { $0.type == .url && $0.address.text == address.text })
          else {
            throw RequestFailure(
              message: "\(address.text) is no location; 'catalog-crawler location list' shows what is",
              exitCode: ExitCodes.nothingDone
            )
          }
          let run = CrawlRun(
            options: options,
            request: .location(location.id, address),
            waiting: waiting,
            follows: !handOver.noWait
          )
          let result = try await run.answer(settings, database)
          guard case .answered = result else { return (run, result, String?.none) }
          let status = try await database.locationStatus().first { $0.location.id == location.id }
          return (run, result, status?.problem)
        }
      }
      run.show(result)
      if let problem {
        StandardError.print("error: \(problem)")
        throw ExitCode(ExitCodes.nothingDone)
      }
      if case .answered(let report) = result, report.exitCode != 0 { throw ExitCode(report.exitCode) }
    }
  }
}
